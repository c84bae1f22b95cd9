"""A number of closures shared out over studies at the least cost of all, with what is proved.

Each study is asked what few numbers of closures cost it, and tells with them lower bounds of all
others; see `layout.location.closure.sharing` for how these make a proof. Among allocations that
cost the same the first study by name closes as few as can be, then the second, and so on: the
order in which studies are given or answer does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from layout.app.batch.search import Search
from layout.app.levers import is_count
from layout.core.errors import InfeasibleError, UsageError
from layout.core.show import brief
from layout.core.text import tr
from layout.demand.attendance import with_attendance
from layout.inputs.study.study import Study
from layout.location.closure.sharing import Party, cheapest, first_numbers, totals
from layout.location.closure.what_if import closure_menu
from layout.location.labelled.results import relative_gap
from layout.location.solver.highs import Status
from layout.network.travel import study_travel
from layout.planning.consolidation.candidates import check_names
from layout.planning.consolidation.diagnosis import refuse_forced
from layout.planning.consolidation.model import closure_input
from layout.planning.consolidation.setting import build_setting

__all__ = ["Ask", "Cost", "Costs", "Shared", "costs_by_number", "share"]

SECONDS_PER_MINUTE = 60
MOST_ROUNDS = 60
"""After so many rounds of questions the gap is stated."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one number of closures costs a study at least.

    Attributes
    ----------
    value, bound
        Of the leading level in its whole unit: pupil-seconds a day, pupil-metres or bus seats.
        Infinite without a plan, and where there can be none.
    status
        What is proved.
    """

    value: float
    bound: float
    status: Status


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The answer of a study.

    Attributes
    ----------
    objective
        What its leading level counts, see the lever.
    costs
        By number of closures.
    bounds
        Lower bounds on the cost of 0, 1, … closures; more than the last cannot close. Empty where
        nothing is known but what `costs` say.
    """

    objective: str
    costs: Mapping[int, Cost]
    bounds: tuple[float, ...] = ()

    @property
    def pairs(self) -> dict[int, tuple[float, float]]:
        """Value and bound by number."""
        return {number: (cost.value, cost.bound) for number, cost in self.costs.items()}

    def as_data(self) -> dict[str, Any]:
        """Return it ready for JSON; what is infinite is null."""
        return {
            "objective": self.objective,
            "costs": {
                str(number): {name: _finite(value) for name, value in asdict(cost).items()}
                for number, cost in self.costs.items()
            },
            "bounds": [_finite(bound) for bound in self.bounds],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Costs:
        """Return the answer that `as_data` wrote."""
        return cls(
            objective=data["objective"],
            costs={
                int(number): Cost(**{name: _number(value) for name, value in cost.items()})
                for number, cost in data["costs"].items()
            },
            bounds=tuple(_number(bound) for bound in data["bounds"]),
        )


Ask = Callable[[Mapping[str, tuple[int, ...]]], Mapping[str, Costs]]
"""Answers, for all studies of one round together, what the numbers wanted of each cost."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """How many schools close in each study.

    Attributes
    ----------
    objective
        What is counted: added ``minutes``, added ``metres``, or ``bus_seats``.
    numbers
        By study, in the order of their names.
    value, bound
        Sum of the leading levels, and the proved least: pupil-minutes a day, or metres, or seats.
    status
        ``proven`` where both are equal, else ``gap``.
    asked
        By study the numbers that were solved, ascending.
    one_more, one_less
        By study what one closure more costs and one fewer saves there, in the same unit; None where
        it is impossible or not known.
    rounds
        How often the studies were asked, the last time for the two above.
    """

    objective: str
    numbers: Mapping[str, int]
    value: float
    bound: float
    status: Status
    asked: Mapping[str, tuple[int, ...]]
    one_more: Mapping[str, float | None]
    one_less: Mapping[str, float | None]
    rounds: int

    @property
    def gap(self) -> float:
        """Relative distance between value and bound; 0 where it is proven."""
        return relative_gap(self.value, self.bound, self.status)

    def as_data(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {**asdict(self), "gap": self.gap}


def costs_by_number(study: Study, numbers: Iterable[int]) -> Costs:
    """Find what some numbers of closures cost a study at least.

    Parameters
    ----------
    study
        The study under its levers.
    numbers
        How many close; none are needed for bounds alone.

    Returns
    -------
    Costs

    Raises
    ------
    layout.core.errors.UsageError
        Schools or rules are unknown or contradict each other.
    layout.core.errors.InfeasibleError
        A school must close that may not.
    """
    options = study.options
    check_names(
        study.schools,
        keep=options.keep,
        must_close=options.must_close,
        forbid_receiver=options.forbid_receiver,
        drop=options.drop,
    )
    ways = study_travel(study)
    setting = build_setting(with_attendance(study, ways.walk, ways.bus), ways.walk, ways.bus)
    # However many close, what must close has to be able to.
    refuse_forced(setting, len(options.must_close))
    table, bounds = closure_menu(
        closure_input(setting), sorted(set(numbers)), time_limit_s=options.time_limit_s
    )
    rows = zip(table.index, table["objective"], table["bound"], table["status"], strict=True)
    return Costs(
        objective=options.objective,
        costs={
            int(number): Cost(value=float(value), bound=float(bound), status=status)
            for number, value, bound, status in rows
        },
        bounds=tuple(bounds.tolist()),
    )


def share(
    total: int,
    *,
    least: Mapping[str, int],
    most: Mapping[str, int],
    ask: Ask,
    rounds: int = MOST_ROUNDS,
) -> Shared:
    """Share a number of closures out over studies at the least cost of all together.

    Parameters
    ----------
    total
        How many schools close in all studies together.
    least, most
        Floor and ceiling of each study, by name.
    ask
        Answers what numbers of closures cost; called once a round.
    rounds
        After so many the gap is stated.

    Returns
    -------
    Shared
        Proved, or with its gap: where a study's own search ended with one, or `rounds` were used.

    Raises
    ------
    layout.core.errors.UsageError
        A number is none, no study is given, a ceiling is below its floor, or the studies do not
        have the same objective.
    layout.core.errors.InfeasibleError
        So many cannot close: the diagnosis has ``total``, the ``smallest`` and the ``largest``
        number of each study, and as ``offer`` the cheapest allocation of the nearest number that
        can close; None where there is none.
    layout.core.errors.NoSolutionError
        Time limits of the studies left no plan to count on.
    """
    _check(total, least, most)
    parties = {name: Party(least=least[name], most=most[name]) for name in sorted(least)}
    search: Search[int, Party] = Search(
        parties, ask, rounds=rounds, cheapest=cheapest, least_sum=lambda *one: cheapest(*one)[0]
    )
    firsts = first_numbers(list(parties.values()), total)
    search.learn(dict(zip(parties, firsts, strict=True)))
    numbers = search.settled(total)
    if numbers is None:
        raise _refusal(search, total)
    bound = search.bound(total)
    value = sum(search.value(name, number) for name, number in numbers.items())
    # One more and one fewer of each, also beyond its floor and ceiling.
    search.learn({name: (*((n - 1,) if n else ()), n + 1) for name, n in numbers.items()})
    unit = SECONDS_PER_MINUTE if search.objective == "minutes" else 1
    return Shared(
        objective=search.objective,
        numbers=numbers,
        value=value / unit,
        bound=min(bound, value) / unit,
        status="proven" if bound >= value else "gap",
        asked=search.asked,
        one_more={name: _more(search, name, n, unit) for name, n in numbers.items()},
        one_less={name: _more(search, name, n - 1, unit) for name, n in numbers.items()},
        rounds=search.rounds,
    )


def _more(search: Search[int, Party], name: str, number: int, unit: float) -> float | None:
    """What one more than a number costs more, None where that is not known."""
    more = search.value(name, number + 1) - search.value(name, number)
    return more / unit if math.isfinite(more) else None


def _refusal(search: Search[int, Party], total: int) -> InfeasibleError:
    """Say how many can close, and offer the nearest number that can."""
    offer: dict[str, int] | None = None
    while offer is None:
        possible = totals([party.within(party.lower()) for party in search.parties.values()])
        if not possible.size:
            break
        fewer = possible[possible < total]
        offer = search.settled(int(fewer.max() if fewer.size else possible.min()))
    ends = {
        name: totals([party.within(party.lower())]).tolist()
        for name, party in search.parties.items()
    }
    diagnosis = {
        "total": total,
        "smallest": {name: min(ends[name], default=None) for name in search.names},
        "largest": {name: max(ends[name], default=None) for name in search.names},
        "offer": offer,
    }
    hopeless = [name for name in search.names if not ends[name]]
    if hopeless:
        message = tr(
            "{total} schools cannot close: no number within floor and ceiling is possible in "
            "{names}.",
            total=total,
            names=", ".join(hopeless),
        )
    else:
        message = tr(
            "{total} schools cannot close in all studies together; the nearest number that can "
            "is {number}.",
            total=total,
            number=sum((offer or {}).values()),
        )
    return InfeasibleError(message, diagnosis=diagnosis, offer=offer)


def _check(total: int, least: Mapping[str, int], most: Mapping[str, int]) -> None:
    """Refuse numbers that mean nothing."""
    wrong = []
    if not least or set(least) != set(most):
        wrong.append(tr("a number is shared out over studies that each have floor and ceiling"))
    wrong += [
        tr("{name}: {value} is no number of schools", name=name, value=brief(value))
        for name, value in [("share", total), *least.items(), *most.items()]
        if not is_count(value, 0)
    ]
    if not wrong:
        wrong += [
            tr("{name}: the ceiling {most} is below the floor {least}", name=name, **ends)
            for name in sorted(least)
            if (ends := {"least": least[name], "most": most[name]}) and most[name] < least[name]
        ]
    if wrong:
        raise UsageError("\n".join(wrong))


def _finite(value: Any) -> Any:
    return None if value == math.inf else value


def _number(value: Any) -> Any:
    return math.inf if value is None else value
