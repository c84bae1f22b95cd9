"""The sums of the province in words, for the cover and for the page."""

from __future__ import annotations

from layout.core.text import tr, words
from layout.output.province.contents import SHORT, Province, Total

__all__ = ["cost_titles", "figure_titles", "number_text"]


def figure_titles() -> dict[str, str]:
    """Return what each of `layout.output.province.totals` is called."""
    return {
        "studies": tr("Studies with a plan"),
        "closed": tr("Schools closed"),
        "pupils_moved": tr("Pupils who change school"),
        "added_pupil_minutes": tr("Added pupil-minutes a day"),
        "kindergarten_sites": tr("Kindergartens, new or enlarged"),
        "kindergarten_classes": tr("Kindergarten classes built"),
        "kindergarten_places": tr("Kindergarten places built"),
        "compulsory_sites": tr("Schools, new or enlarged"),
        "compulsory_classes": tr("Classes of grades 1 to 9 built"),
        "compulsory_places": tr("Places of grades 1 to 9 built"),
        "other_sites": tr("Sites of other programmes"),
        **{name: words.indicators()[name] for name in SHORT},
    }


def cost_titles(province: Province) -> dict[str, str]:
    """Return the headings of what one closure more or less costs, with its unit."""
    return {
        "one_less": tr("One closure less saves, {unit}", unit=province.unit),
        "one_more": tr("One closure more costs, {unit}", unit=province.unit),
    }


def number_text(total: Total) -> str:
    """Return a sum as a text, beside what was asked where something was."""
    reached = f"{total.value:,.0f}"
    return reached if total.asked is None else f"{reached} / {total.asked:,.0f}"
