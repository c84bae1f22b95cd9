"""The sums of the province in words, for the cover and for the page."""

from __future__ import annotations

from layout.core.text import tr
from layout.output.province.contents import Total

__all__ = ["figure_titles", "number_text"]


def figure_titles() -> dict[str, str]:
    """Return what each of `layout.output.province.totals` is called."""
    return {
        "studies": tr("Studies with a plan"),
        "closed": tr("Schools closed"),
        "pupils_moved": tr("Pupils who change school"),
        "added_pupil_minutes": tr("Added pupil-minutes a day"),
        "kindergarten_sites": tr("Kindergarten sites"),
        "kindergarten_classes": tr("Kindergarten classes built"),
        "kindergarten_places": tr("Kindergarten places built"),
        "compulsory_sites": tr("Compulsory sites"),
        "compulsory_classes": tr("Classes of grades 1 to 9 built"),
        "compulsory_places": tr("Places of grades 1 to 9 built"),
        "other_sites": tr("Sites of other programmes"),
        "unserved_preschool": tr("Kindergarten places short"),
        "unserved_compulsory": tr("Places of grades 1 to 9 short"),
    }


def number_text(total: Total) -> str:
    """Return a sum as a text, beside what was asked where something was."""
    reached = f"{total.value:,.0f}"
    return reached if total.asked is None else f"{reached} / {total.asked:,.0f}"
