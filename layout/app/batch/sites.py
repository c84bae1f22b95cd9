"""Kindergarten sites shared out over studies, by number and classes, with what is proved.

What is shared out is what the studies' own plans put first: as few children as can be are missing
to the floors of the public share, all studies together, then as many as can be are served in all
years. See `layout.location.modular.sharing` for how this is proved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from layout.app.batch.search import Search
from layout.app.steps import begun
from layout.core.errors import InfeasibleError, UsageError
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.location.labelled.results import relative_gap
from layout.location.modular.sharing import (
    FIRST,
    Frame,
    SiteParty,
    cheapest_pairs,
    first_pairs,
    least_sum,
)
from layout.location.solver.highs import Status
from layout.planning import consolidation
from layout.planning.siting.kindergarten.worth import kindergarten_worth

__all__ = ["AskSites", "SharedSites", "SiteCosts", "costs_of_sites", "share_sites"]

Pair = tuple[int, int]

MOST_ROUNDS = 30
"""After so many rounds of questions the gap is stated."""


@dataclass(frozen=True, kw_only=True)
class SiteCosts:
    """The answer of a study.

    Attributes
    ----------
    pairs
        By sites and classes value and bound, see `layout.location.modular.sharing`.
    bounds
        Which numbers are possible, and what bounds all of them.
    """

    pairs: Mapping[Pair, tuple[float, float]]
    bounds: Frame
    objective: str = "children"

    def as_data(self) -> dict[str, Any]:
        """Return it ready for JSON; what is infinite is null."""
        rows = [
            [*pair, *(value if math.isfinite(value) else None for value in cost)]
            for pair, cost in self.pairs.items()
        ]
        return {"pairs": rows, "bounds": asdict(self.bounds)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SiteCosts:
        """Return the answer that `as_data` wrote."""
        pairs = {
            (sites, classes): (
                math.inf if value is None else value,
                math.inf if bound is None else bound,
            )
            for sites, classes, value, bound in data["pairs"]
        }
        return cls(pairs=pairs, bounds=Frame.from_data(data["bounds"]))


AskSites = Callable[[Mapping[str, tuple[Pair, ...]]], Mapping[str, SiteCosts]]


@dataclass(frozen=True, kw_only=True)
class SharedSites:
    """How many kindergartens and classes are built in each study.

    Attributes
    ----------
    numbers
        By study, in the order of their names: new sites, and classes of all sites together.
    missing, missing_bound
        Children to be served for the floors of the public share who are not, all studies together,
        and the proved least.
    served, served_bound
        Children served, summed over the years, and the most that can be; None where the least that
        is missing is not proved.
    status
        ``proven`` where both are equal, else ``gap``.
    asked
        By study the numbers that were solved, ascending.
    rounds
        How often the studies were asked.
    """

    numbers: Mapping[str, Pair]
    missing: int
    missing_bound: int
    served: int
    served_bound: int | None
    status: Status
    asked: Mapping[str, tuple[Pair, ...]]
    rounds: int

    @property
    def gap(self) -> float:
        """Relative distance between value and bound of the first of the two that has one."""
        if self.served_bound is None:
            return relative_gap(self.missing, self.missing_bound, self.status)
        return relative_gap(self.served, self.served_bound, self.status)

    def as_data(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "gap": self.gap}


def costs_of_sites(study: Study, pairs: Iterable[Pair], *, close: int | None = None) -> SiteCosts:
    """Find what some numbers of kindergartens and classes leave missing in a study at least.

    Parameters
    ----------
    study
        The study under its levers.
    pairs
        New sites, and classes of all sites together.
    close
        How many schools close before; the study's own number where None.

    Raises
    ------
    layout.core.errors.UsageError
        The study names no kindergartens, or parcels make sites of several sizes.
    layout.core.errors.InfeasibleError
        So many schools cannot close.
    """
    asked = study.programmes.kindergarten
    if asked is None:
        raise UsageError(tr("the study names no programme {name}", name="kindergarten"))
    today, study = begun(study, {"close": close})
    plan = today
    if study.programmes.closures is not None or study.options.close is not None:
        plan = consolidation.consolidate(study, ways=today.ways(), baseline=today)
    frame, costs = kindergarten_worth(plan, asked, pairs)
    return SiteCosts(pairs=costs, bounds=frame)


def share_sites(
    total: Pair,
    *,
    least: Mapping[str, Pair],
    most: Mapping[str, Pair],
    ask: AskSites,
    rounds: int = MOST_ROUNDS,
) -> SharedSites:
    """Share kindergartens and classes out over studies so that all together miss least.

    Parameters
    ----------
    total
        New sites and classes of all studies together.
    least, most
        Floor and ceiling of both in each study, by name.
    ask
        Answers what numbers leave missing; called once a round.
    rounds
        After so many the gap is stated.

    Raises
    ------
    layout.core.errors.InfeasibleError
        So many cannot be built: the diagnosis has the ``total``, and by study the ``smallest`` and
        the ``largest`` number of sites and of classes.
    layout.core.errors.NoSolutionError
        Nothing was found within the limits.
    """
    parties = {name: SiteParty(least=least[name], most=most[name]) for name in sorted(least)}
    search: Search[Pair, SiteParty] = Search(
        parties, ask, rounds=rounds, cheapest=cheapest_pairs, least_sum=least_sum
    )
    search.learn(dict(zip(parties, first_pairs(list(parties.values()), total), strict=True)))
    numbers = search.settled(total)
    if numbers is None:
        raise _refusal(search, total)
    value = sum(search.value(name, pair) for name, pair in numbers.items())
    bound = min(search.bound(total), value)
    (missing, served), (fewest, highest) = _two(value), _two(bound)
    return SharedSites(
        numbers=numbers,
        missing=missing,
        missing_bound=fewest,
        served=served,
        served_bound=highest if fewest == missing else None,
        status="proven" if bound == value else "gap",
        asked=search.asked,
        rounds=search.rounds,
    )


def _two(cost: float) -> tuple[int, int]:
    """The two levels of a cost: what is missing, and what is served."""
    missing = math.ceil(cost / FIRST)
    return missing, round(missing * FIRST - cost)


def _refusal(search: Search[Pair, SiteParty], total: Pair) -> InfeasibleError:
    """Say which numbers each study can have."""
    ends = {name: party.ends() for name, party in search.parties.items()}
    names = [name for name, one in ends.items() if one is None]
    told: dict[str, dict[str, Any]] = {"smallest": {}, "largest": {}}
    for name, one in ends.items():
        for at, word in enumerate(told):
            told[word][name] = None if one is None else [one[0][at], one[1][at]]
    sums = [
        [sum(one[what][at] for one in ends.values() if one) for at in (0, 1)] for what in (0, 1)
    ]
    numbers = {"sites": total[0], "classes": total[1]}
    if names:
        message = tr(
            "{sites:kindergarten|kindergartens} with {classes:class|classes} cannot be built: no "
            "number within floor and ceiling is possible in {names}.",
            names=", ".join(names),
            **numbers,
        )
    else:
        message = tr(
            "{sites:kindergarten|kindergartens} with {classes:class|classes} cannot be built in "
            "all studies together; possible are {fewest} to {most} kindergartens and {least} to "
            "{largest} classes, where these fit into each other.",
            fewest=sums[0][0],
            most=sums[0][1],
            least=sums[1][0],
            largest=sums[1][1],
            **numbers,
        )
    diagnosis = {"programme": "kindergarten", "total": list(total), **told}
    return InfeasibleError(message, diagnosis=diagnosis)
