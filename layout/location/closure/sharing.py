r"""A number shared out over several parties, each with a cost by number that need not be convex.

With :math:`C_i(n)` the cost of n at party i, and :math:`a_i \le n_i \le b_i`,

.. math::

    \min \Big\{ \sum_i C_i(n_i) : \sum_i n_i = N \Big\} = (C_1 \oplus C_2 \oplus \dots)(N),

the min-plus convolution of the menus, see `layout.location.closure.menus`. Each :math:`C_i(n)` is
a problem of its own and dear, so a menu begins as lower bounds, and a number is solved only where
the best allocation under the bounds asks for it. Once that allocation is solved throughout, no
other can be better.

What bounds a number that was not solved: costs never fall with the number, so it costs what the
next smaller solved one is proved to cost, or more; and what its party has proved of it meanwhile,
such as a tangent of a relaxation. Above a number that is possible, what is impossible at one number
is at all larger ones; below, at all smaller ones. Where answers show that the costs of a party do
fall somewhere, only what was proved of each number itself bounds it.

References
----------
Bellman (1957), Dynamic Programming, for the allocation of a whole number over parties. Bellman and
Karush (1962), "Mathematical programming and the maximum transform", Journal of the Society for
Industrial and Applied Mathematics 10.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from layout.core.arrays import Floats, Ints
from layout.location.closure.menus import min_plus

__all__ = ["FIRST_SHARES", "Party", "cheapest", "first_numbers", "totals"]

FIRST_SHARES = (0.5, 1.0, 2.0)
"""Shares of an even share at which a menu begins to be solved."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Party:
    """One party: the numbers it may have, and what is known of what they cost.

    Attributes
    ----------
    least, most
        The fewest and the most that it may have.
    solved
        By number that was asked: value of the best solution, infinite without one, and proved lower
        bound, infinite where there is none.
    bounds
        Lower bounds by number 0, 1, …; beyond the last nothing is possible. Empty where not known.
    """

    least: int
    most: int
    solved: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    bounds: Floats = field(default_factory=lambda: np.zeros(0))

    def told(self, costs: Mapping[int, tuple[float, float]], bounds: Iterable[float]) -> Party:
        """The party after an answer: values and bounds by number, and bounds of all numbers."""
        new = np.fromiter(bounds, dtype=np.float64)
        if new.size and self.bounds.size:
            # What both tell; beyond the shorter one nothing is possible.
            size = min(new.size, self.bounds.size)
            new = np.maximum(new[:size], self.bounds[:size])
        return replace(
            self,
            solved={**self.solved, **costs},
            bounds=new if new.size else self.bounds,
        )

    @property
    def falls(self) -> bool:
        """Whether an answer contradicts that costs never fall, or the bounds of all numbers."""
        numbers, value, bound = self._table()
        possible, never = np.isfinite(value), np.isinf(bound)
        # The most that is proved of a number or of a smaller one that is possible.
        proved = np.maximum.accumulate(np.where(possible, bound, -np.inf))
        inside = np.flatnonzero(numbers < self.bounds.size)
        proved[inside] = np.maximum(proved[inside], self.bounds[numbers[inside]])
        # Nothing impossible lies between two numbers that are possible.
        ends = numbers[possible][[0, -1]] if possible.any() else np.zeros(2)
        hole = never & (numbers > ends[0]) & (numbers < ends[1])
        return bool((value < proved)[possible].any() or hole.any())

    def lower(self) -> Floats:
        """Lower bounds of the numbers 0 … most + 1, infinite where impossible."""
        numbers, value, bound = self._table()
        lower, falls = np.zeros(self.most + 2), self.falls
        if self.bounds.size and not falls:
            # Beyond the last nothing is possible.
            size = min(lower.size, self.bounds.size)
            lower[:size], lower[size:] = self.bounds[:size], np.inf
        at = np.flatnonzero(numbers < lower.size)
        lower[numbers[at]] = np.maximum(lower[numbers[at]], bound[at])
        if falls:
            return lower
        possible, never = numbers[np.isfinite(value)], numbers[np.isinf(bound)]
        if possible.size:
            lower[never[never > possible[0]].min(initial=lower.size) :] = np.inf
            lower[: never[never < possible[0]].max(initial=-1) + 1] = np.inf
        # What a smaller number is proved to cost; impossible ones say nothing of larger ones.
        running = np.maximum.accumulate(np.where(np.isfinite(lower), lower, 0.0))
        return np.maximum(lower, running)

    def hoped(self) -> Floats:
        """What is known of the numbers 0 … most + 1: values of solved ones, bounds of others."""
        return self._with_values(self.lower())

    def paid(self) -> Floats:
        """Values of the numbers 0 … most + 1, infinite where they were not solved."""
        return self._with_values(np.full(self.most + 2, np.inf))

    def within(self, menu: Floats) -> Floats:
        """A menu up to the most, infinite below the least."""
        menu = menu[: self.most + 1].copy()
        menu[: self.least] = np.inf
        return menu

    def asked_with(self, number: int) -> tuple[int, ...]:
        """What to solve with a number: neighbours, and quarters of the way from the next smaller.

        Where nothing else is known, bounds jump at solved numbers, so that an allocation likes
        those just below one. The neighbours are what one more and one fewer cost in the end.
        """
        smaller = max((n for n in self.solved if n < number), default=self.least)
        quarters = {smaller + (number - smaller) * part // 4 for part in (1, 2, 3)}
        some = {n for n in quarters if n >= self.least} | {max(0, number - 1), number, number + 1}
        return tuple(sorted(some - set(self.solved)))

    def _with_values(self, menu: Floats) -> Floats:
        numbers, value, _ = self._table()
        inside = numbers < menu.size
        menu[numbers[inside]] = value[inside]
        return menu

    def _table(self) -> tuple[Ints, Floats, Floats]:
        """Solved numbers ascending, their values and bounds."""
        numbers = np.array(sorted(self.solved), dtype=np.int64)
        pairs = np.array([self.solved[n] for n in numbers.tolist()], dtype=np.float64)
        value, bound = pairs.reshape(-1, 2).T
        return numbers, value, bound


def cheapest(menus: Sequence[Floats], total: int) -> tuple[float, tuple[int, ...] | None]:
    """Share a number out at the least sum of costs.

    Parameters
    ----------
    menus
        By party the cost of 0, 1, …, infinite where impossible; whole numbers, so that sums are
        exact.
    total
        What the numbers add up to.

    Returns
    -------
    tuple
        The least sum, infinite where there is no allocation, and the allocation: among equals the
        first party has as little as can be, then the second, and so on.
    """
    # Min-plus sums of the menus from each party on, up to the total.
    after = [np.zeros(1)]
    for menu in reversed(menus):
        after.append(min_plus(after[-1], menu[: total + 1])[: total + 1])
    after = after[::-1]
    if total >= after[0].size or math.isinf(after[0][total]):
        return math.inf, None
    numbers, left = [], total
    for menu, whole, rest in zip(menus, after, after[1:], strict=False):
        # Numbers of this party that leave the others no more than they can have.
        n = np.arange(max(0, left - rest.size + 1), min(left + 1, menu.size))
        best = n[menu[n] + rest[left - n] == whole[left]]
        numbers.append(int(best[0]))
        left -= numbers[-1]
    return float(after[0][total]), tuple(numbers)


def totals(menus: Sequence[Floats]) -> Ints:
    """All numbers that can be shared out, ascending."""
    possible = np.ones(1, dtype=bool)
    for menu in menus:
        # Ends that are not possible are left out; how many ways lead to a number does not matter.
        finite = np.isfinite(menu)
        finite = finite[: np.flatnonzero(finite).max(initial=0) + 1]
        possible = np.convolve(possible, finite) > 0.5
    return np.flatnonzero(possible)


def first_numbers(parties: Sequence[Party], total: int) -> list[tuple[int, ...]]:
    """A coarse grid for each party: the least, and about what its share would be.

    Parameters
    ----------
    parties
        The parties; nothing is known of them.
    total
        What is shared out.
    """
    # What is left over the least numbers, evenly.
    share = max(0, total - sum(party.least for party in parties)) / max(1, len(parties))
    grids = []
    for party in parties:
        most = min(party.most, total)
        steps = (party.least + math.ceil(share * part) for part in FIRST_SHARES)
        grids.append(tuple(sorted({min(most, n) for n in (party.least, *steps)})))
    return grids
