"""What was proved of a number that was shared out, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.core.text import Sentence, sentence
from layout.output.maps.proofs import gap_text

__all__ = ["proofs_of", "unit_of"]

_MINUTES = "minutes"
_UNITS = {
    _MINUTES: sentence("pupil-minutes a day"),
    "metres": sentence("pupil-metres a day"),
    "bus_seats": sentence("bus seats"),
}


def unit_of(shared: Mapping[str, Any] | None) -> Sentence:
    """Say what a sharing counts, and so what one closure more or less costs in.

    Parameters
    ----------
    shared
        How closures were shared out, as ``batch.json`` holds it; None where they were not.
    """
    return _UNITS[_MINUTES if shared is None else shared["objective"]]


def proofs_of(record: Mapping[str, Any]) -> list[Sentence]:
    """Say what was proved of each sharing, and what it costs.

    Parameters
    ----------
    record
        What ``batch.json`` holds; of batches before kindergartens were shared out as well.
    """
    told = []
    if isinstance(record.get("shared"), dict):
        told.append(_closures(record["shared"]))
    if isinstance(record.get("shared_kindergartens"), dict):
        told.append(_kindergartens(record["shared_kindergartens"]))
    return told


def _closures(shared: Mapping[str, Any]) -> Sentence:
    said = {
        "total": sum(shared["numbers"].values()),
        "value": f"{shared['value']:,.0f}",
        "unit": unit_of(shared),
        "asked": sum(map(len, shared["asked"].values())),
    }
    if shared["status"] == "proven":
        return sentence(
            "{total} closures shared out at {value} {unit}; proved: no other sharing costs less. "
            "For this {asked} single plans were solved.",
            **said,
        )
    return sentence(
        "{total} closures shared out at {value} {unit}; another sharing may cost up to {gap} less. "
        "For this {asked} single plans were solved.",
        gap=gap_text(shared["gap"]),
        **said,
    )


def _kindergartens(shared: Mapping[str, Any]) -> Sentence:
    sites, classes = map(sum, zip(*shared["numbers"].values(), strict=True))
    said = {
        "sites": sites,
        "classes": classes,
        "missing": shared["missing"],
        "served": f"{shared['served']:,}",
        "asked": sum(map(len, shared["asked"].values())),
    }
    if shared["status"] == "proven":
        return sentence(
            "{sites:kindergarten|kindergartens} with {classes:class|classes} shared out: "
            "{missing:child is|children are} missing to the floors of the public share, {served} "
            "are served over the years; proved: no other sharing does better. {asked} pairs of "
            "numbers were solved.",
            **said,
        )
    if shared["served_bound"] is None:
        return sentence(
            "{sites:kindergarten|kindergartens} with {classes:class|classes} shared out: "
            "{missing:child is|children are} missing to the floors of the public share, with "
            "another sharing perhaps {least}; {served} are served over the years. {asked} pairs "
            "of numbers were solved.",
            least=shared["missing_bound"],
            **said,
        )
    return sentence(
        "{sites:kindergarten|kindergartens} with {classes:class|classes} shared out: "
        "{missing:child is|children are} missing to the floors of the public share, proved to be "
        "fewest; {served} are served over the years, with another sharing at most {gap} more. "
        "{asked} pairs of numbers were solved.",
        gap=gap_text(shared["gap"]),
        **said,
    )
