"""What was proved of a number that was shared out, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layout.core.text import Sentence, sentence
from layout.output.maps.proofs import gap_text

__all__ = ["proof_of", "unit_of"]

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
        As for `proof_of`; None where nothing was shared out.
    """
    return _UNITS[_MINUTES if shared is None else shared["objective"]]


def proof_of(shared: Mapping[str, Any]) -> Sentence:
    """Say what was proved of the sharing, and what it costs.

    Parameters
    ----------
    shared
        How the closures were shared out, as `Shared.as_data` tells it.
    """
    said = {
        "total": sum(shared["numbers"].values()),
        "value": f"{shared['value']:,.0f}",
        "unit": unit_of(shared),
        "asked": sum(map(len, shared["asked"].values())),
    }
    if shared["status"] == "proven":
        return sentence(
            "{total} closures shared out at {value} {unit}; proved: no other sharing costs less. "
            "{asked} numbers were solved.",
            **said,
        )
    return sentence(
        "{total} closures shared out at {value} {unit}; another sharing may cost up to {gap} less. "
        "{asked} numbers were solved.",
        gap=gap_text(shared["gap"]),
        **said,
    )
