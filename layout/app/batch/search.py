"""The questions of a sharing: what is known so far, and what the best allocation asks for next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

from layout.core.arrays import Floats
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.location.solver.watch import nothing_found

__all__ = ["Party", "Search"]

N = TypeVar("N", int, tuple[int, int])
P = TypeVar("P", bound="Party[Any]")


class Party(Protocol[N]):
    """One party: the numbers it may have, and menus of what is known of their costs."""

    @property
    def solved(self) -> Mapping[N, tuple[float, float]]:
        """Value and proved bound by number that was asked."""

    def told(self, costs: Mapping[N, tuple[float, float]], bounds: Any) -> Self:
        """The party after an answer."""

    def lower(self) -> Floats:
        """Lower bounds."""

    def hoped(self) -> Floats:
        """Values of solved numbers, bounds of others."""

    def paid(self) -> Floats:
        """Values of solved numbers alone."""

    def within(self, menu: Floats) -> Floats:
        """A menu between floor and ceiling."""

    def asked_with(self, number: N) -> tuple[N, ...]:
        """What to solve with a number."""


Ask = Callable[[Mapping[str, tuple[N, ...]]], Mapping[str, Any]]
"""Answers, for all studies of one round, with `objective`, `pairs` of value and bound, `bounds`."""
Cheapest = Callable[[Sequence[Floats], N], tuple[float, tuple[N, ...] | None]]


class Search(Generic[N, P]):
    """What is known so far, and the questions; not shared, not stored.

    Parameters
    ----------
    parties
        By name.
    ask
        Answers, for all studies of one round together, what the numbers wanted cost.
    rounds
        After so many nothing is asked any more.
    cheapest, least_sum
        Find the best allocation of menus, and what no allocation costs less than.
    """

    def __init__(
        self,
        parties: Mapping[str, P],
        ask: Ask[N],
        *,
        rounds: int,
        cheapest: Cheapest[N],
        least_sum: Callable[[Sequence[Floats], N], float],
    ) -> None:
        self.names = sorted(parties)
        self.parties: dict[str, P] = {name: parties[name] for name in self.names}
        self.rounds, self.objective = 0, ""
        self._most_rounds = rounds
        self._ask: Ask[N] = ask
        self._cheapest: Cheapest[N] = cheapest
        self._least_sum: Callable[[Sequence[Floats], N], float] = least_sum

    @property
    def asked(self) -> dict[str, tuple[N, ...]]:
        """By name the numbers that were solved, ascending."""
        return {name: tuple(sorted(self.parties[name].solved)) for name in self.names}

    def bound(self, total: N) -> float:
        """What no allocation costs less than."""
        return self._least_sum([one.within(one.lower()) for one in self.parties.values()], total)

    def value(self, name: str, number: N) -> float:
        """Cost of a number that was solved, infinite where it has none."""
        return self.parties[name].solved.get(number, (math.inf, 0.0))[0]

    def learn(self, wanted: Mapping[str, Iterable[N]]) -> None:
        """Ask for what is not known yet: one round, all studies together."""
        asked = {
            name: new
            for name, numbers in sorted(wanted.items())
            if (new := tuple(sorted(set(numbers) - set(self.parties[name].solved))))
        }
        if not asked:
            return
        self.rounds += 1
        answers = self._ask(asked)
        for name in asked:
            answer = answers[name]
            self.parties[name] = self.parties[name].told(answer.pairs, answer.bounds)
        objectives = {answer.objective for answer in answers.values()} | {self.objective} - {""}
        if len(objectives) > 1:
            raise UsageError(
                tr(
                    "studies share a number only where they count the same; they count: {words}",
                    words=", ".join(sorted(objectives)),
                )
            )
        self.objective = objectives.pop()

    def settled(self, total: N) -> dict[str, N] | None:
        """The best allocation, solved throughout; None where there is none."""
        while True:
            numbers = self._best([one.hoped() for one in self.parties.values()], total)
            if numbers is None:
                if math.isfinite(self.bound(total)):
                    raise nothing_found()
                return None
            unsolved = {
                name: self.parties[name].asked_with(number)
                for name, number in numbers.items()
                if number not in self.parties[name].solved
            }
            if not unsolved:
                return numbers
            if self.rounds >= self._most_rounds:
                break
            self.learn(unsolved)
        # Rounds are used up: the best of what is solved.
        numbers = self._best([one.paid() for one in self.parties.values()], total)
        if numbers is None:
            raise nothing_found()
        return numbers

    def _best(self, menus: Sequence[Floats], total: N) -> dict[str, N] | None:
        """The cheapest allocation of menus, one for each party."""
        parties = zip(self.parties.values(), menus, strict=True)
        _, best = self._cheapest([one.within(menu) for one, menu in parties], total)
        return None if best is None else dict(zip(self.names, best, strict=True))
