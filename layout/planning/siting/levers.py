"""What a planner may turn of a siting programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["UNTIL", "SiteLevers"]

UNTIL = 2030
"""The last year whose children count, where none is named."""


@dataclass(frozen=True, kw_only=True)
class SiteLevers:
    """What a planner may turn of a programme, beside its numbers.

    Attributes
    ----------
    force, forbid
        Settlements that get a new site in any case, and settlements and schools that get none.
    quota
        The most new sites by code of a county.
    floors
        Whether the floors of the public share come first (kindergartens).
    births
        ``middle``, ``low``, ``high``, or ``worst``: the reading that leaves fewest children.
    until
        The last year whose children count.
    """

    force: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    quota: Mapping[str, int] = field(default_factory=dict)
    floors: bool = True
    births: str = "middle"
    until: int = UNTIL

    @property
    def reading(self) -> str:
        """The reading of births that is chosen on; fewer births leave fewer children everywhere."""
        return "low" if self.births == "worst" else self.births
