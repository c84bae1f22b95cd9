r"""What closing any number of sites costs at least: a menu for each piece, put together exactly.

The pieces of a problem (see `layout.location.closure.pieces`) share only the number of sites
that close. With :math:`C_p(n)` the least cost of closing n sites of piece p, the whole costs

.. math::

    C(N) = \min \Big\{ \sum_p C_p(n_p) : \sum_p n_p = N \Big\}
         = (C_1 \oplus C_2 \oplus \dots)(N), \qquad
    (A \oplus B)(N) = \min_n A(n) + B(N - n),

the min-plus convolution of the menus. A site that stays open again takes nothing and frees what
its groups took, so that menus never fall, and are finite between what must close and what can.
They are filled in only where it matters: every number starts with a lower bound, the best
allocation under the bounds is solved, and so on until what is best is solved throughout.

References
----------
Bellman and Karush (1962), "Mathematical programming and the maximum transform", Journal of the
Society for Industrial and Applied Mathematics 10. Handler and Zang (1980), "A dual algorithm for
the constrained shortest path problem", Networks 10, for closing the gap of a relaxation by
solving only what its bounds let be best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from layout.core.arrays import Bools, Floats
from layout.location.closure.choice import Choice, Piece, Question, answer, ask, piece_of, preferred
from layout.location.closure.instance import Instance, tie_weight
from layout.location.closure.pieces import part, pieces, reduced
from layout.location.solver.highs import Effort, Status
from layout.location.solver.watch import Watch, over

__all__ = ["Menus", "Plan", "min_plus"]

#: A piece, and how many of its sites close.
Entry = tuple[int, int]

# A site that closes under one of two choices and not under the other outweighs all hashes.
_HASH_SHIFT = 2
_DIFFERENT = 2.0**22
_SLACK = 1e-2


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """The least cost of a plan, and the sites that close in it.

    `closed` are bools over all sites of the problem; ``None`` without a plan. `weight` is what
    chose among equals.
    """

    value: float
    bound: float
    closed: Bools | None = None
    weight: float = 0.0

    @property
    def status(self) -> Status:
        """What is proved."""
        if math.isinf(self.bound):
            return "infeasible"
        if self.closed is None:
            return "no_solution"
        return "proven" if self.value == self.bound else "gap"


_IMPOSSIBLE = Plan(value=math.inf, bound=math.inf)


class Menus:
    """The menus of a problem as far as they are known; not shared, not stored.

    Parameters
    ----------
    instance
        The problem. Its number of closures does not matter, nor do levels after the first.
    effort
        Of the solver.
    watch
        Clock and Ctrl-C of all that is asked.
    given
        Bools over the sites: a plan. Among equals the choice nearest to it is taken, and among
        those the one with the least sum of hashes of its sites.

    Attributes
    ----------
    pieces
        The pieces, by the positions of their sites.
    lower
        By piece, lower bounds on the cost of closing 0, 1, … of its sites.
    """

    def __init__(
        self, instance: Instance, effort: Effort, watch: Watch, given: Bools | None = None
    ) -> None:
        self._effort, self._watch, self._n_all = effort, watch, len(instance.sites)
        smaller, least = reduced(instance, effort.under(watch))
        # Positions in the whole problem of the sites that can close at all.
        self._all = instance.sites.get_indexer(smaller.sites)
        possible = np.isin(np.arange(self._n_all), self._all)
        self._hopeless = set(np.flatnonzero(instance.must_close & ~possible).tolist())
        self.pieces = [
            piece_of(self._all[sites], part(smaller, sites), least[sites])
            for sites in pieces(smaller)
        ]
        self._piece_of = np.full(self._n_all, -1)
        for at, piece in enumerate(self.pieces):
            self._piece_of[piece.sites] = at
        self.lower = [_first_bounds(piece) for piece in self.pieces]
        # What a site weighs when it closes: whether the given plan closes it too, then its hash.
        hashes = [tie_weight(label, salt="menu") >> _HASH_SHIFT for label in instance.sites]
        self._weight = np.array(hashes, dtype=np.float64)
        if given is not None:
            self._weight += np.where(given, -_DIFFERENT, _DIFFERENT)
        # By piece and number: relaxations and exact choices; the preferred one among equals.
        self._questions: dict[Entry, Question] = {}
        self._choices: dict[Entry, Choice] = {}
        self._preferred: dict[Entry, tuple[float, Bools]] = {}
        self._plans: dict[tuple[int, int | None], Plan] = {}
        self._sums: dict[int | None, list[Floats]] = {}

    def plan(self, number: int) -> Plan:
        """Close so many sites at the least cost."""
        return _IMPOSSIBLE if self._hopeless else self._rest(number, None)

    def bounds(self) -> Floats:
        """Lower bounds on closing 0, 1, … sites as far as they are known; nothing beyond can."""
        bounds = self._sum(None)[-1]
        return np.full_like(bounds, np.inf) if self._hopeless else bounds

    def forced(self, number: int, site: int, *, closes: bool) -> Plan:
        """Close so many sites at the least cost where one closes, or stays, in any case.

        Parameters
        ----------
        number
            How many sites close.
        site
            Position of the one in the whole problem.
        closes
            Whether it closes; this goes before what must close.
        """
        at = int(self._piece_of[site])
        if self._hopeless - (set() if closes else {site}) or (closes and at < 0):
            return _IMPOSSIBLE
        if at < 0:
            # It cannot close even alone.
            return self._rest(number, None)
        piece, effort = self.pieces[at], self._effort
        inside = int(np.searchsorted(piece.sites, site))
        force = {"closed": inside} if closes else {"kept": inside}
        while True:
            # Least cost of the rest, by number that closes in the piece: bounds, exact in the end.
            rest = np.full(piece.n_sites + 1, np.inf)
            others_cost = self._sum(at)[-1]
            n = np.arange(max(0, number - others_cost.size + 1), min(number + 1, rest.size))
            rest[n] = others_cost[number - n]
            question = ask(piece, rest, effort.under(self._watch), **force)
            choice = answer(question, effort.under(self._watch))
            if choice.closed is None:
                return Plan(value=math.inf, bound=choice.bound)
            # Numbers that the best choice may have.
            usable = question.usable(choice.value)[-rest.size :]
            others = {int(n): self._rest(number - int(n), at) for n in np.flatnonzero(usable)}
            if over(self._watch) or all(plan.bound == rest[n] for n, plan in others.items()):
                return self._joined(question, choice, others)

    def _joined(self, question: Question, choice: Choice, others: dict[int, Plan]) -> Plan:
        """The preferred choice in one piece with the best of the rest, by number in the piece."""
        piece, closed, cost = question.piece, choice.closed, question.model.cost
        weight = np.concatenate([self._weight[piece.sites], np.zeros(piece.n_sites + 1)])
        if choice.status == "proven" and all(p.status == "proven" for p in others.values()):
            # Weights of the rest from the least on, so that they stay small.
            least = min(plan.weight for plan in others.values())
            for n, plan in others.items():
                weight[piece.n_sites + n] = plan.weight - least
            better = preferred(question, choice.value, weight, self._effort.under(self._watch))
            closed = closed if better is None else better
        assert closed is not None
        # Where the clock ended the rest, its bound was taken for its cost: put that right.
        rest = others[int(closed.sum())]
        value = choice.value - cost[closed.sum() - piece.n_sites - 1] + rest.value
        if rest.closed is None:
            return Plan(value=math.inf, bound=choice.bound)
        whole = rest.closed.copy()
        whole[piece.sites] = closed
        return Plan(value=float(value), bound=choice.bound, closed=whole)

    def _rest(self, number: int, without: int | None) -> Plan:
        """Close so many sites at the least cost in all pieces, or in all but one."""
        key = (number, without)
        if key not in self._plans:
            self._plans[key] = self._plan(number, without)
        return self._plans[key]

    def _plan(self, number: int, without: int | None) -> Plan:
        """Solve whatever can be part of the best allocation, then choose among the best."""
        order = [at for at in range(len(self.pieces)) if at != without]
        while True:
            sums = self._sum(without)
            if number >= sums[-1].size or math.isinf(sums[-1][number]):
                return _IMPOSSIBLE
            # One best allocation first; once it is solved, every other that costs the same.
            for only_one in (True, False):
                ways = self._ways(order, sums, number, only_one=only_one)
                entries = {(at, n) for at, way in ways for some in way.values() for n in some}
                unsolved = sorted(entry for entry in entries if not self._is_solved(entry))
                if unsolved:
                    break
            if not unsolved or over(self._watch):
                break
            for entry in unsolved:
                self._tighten(entry)
        return self._preferred_way(ways, number, float(sums[-1][number]))

    def _sum(self, without: int | None) -> list[Floats]:
        """Min-plus sums of the lower bounds of the first 0, 1, … pieces, one left out."""
        if without not in self._sums:
            total = np.zeros(1)
            sums = [total]
            for at, menu in enumerate(self.lower):
                if at != without:
                    total = min_plus(total, menu)
                    sums.append(total)
            self._sums[without] = sums
        return self._sums[without]

    def _ways(
        self, order: list[int], sums: list[Floats], number: int, *, only_one: bool
    ) -> list[tuple[int, dict[int, list[int]]]]:
        """All best allocations, or one of them.

        For each piece in order: by number in it and all before, the numbers in it.
        """
        ways: list[tuple[int, dict[int, list[int]]]] = []
        totals = {number}
        for at, before, after in zip(order[::-1], sums[-2::-1], sums[:0:-1], strict=True):
            menu = self.lower[at]
            way = {}
            for total in sorted(totals):
                # Numbers in this piece that leave the pieces before no more than they can close.
                n = np.arange(max(0, total - before.size + 1), min(total + 1, menu.size))
                best = n[before[total - n] + menu[n] == after[total]].tolist()
                way[total] = best[:1] if only_one else best
            ways.append((at, way))
            totals = {total - n for total, some in way.items() for n in some}
        return ways[::-1]

    def _is_solved(self, entry: Entry) -> bool:
        return entry in self._choices or math.isinf(self.lower[entry[0]][entry[1]])

    def _tighten(self, entry: Entry) -> None:
        """Raise the lower bounds of a piece: by a relaxation first, then by the exact choice."""
        at, n = entry
        piece, menu = self.pieces[at], self.lower[at]
        effort = self._effort.under(self._watch)
        numbers = np.arange(menu.size)
        if entry not in self._questions:
            rest = np.full(menu.size, np.inf)
            rest[n] = 0.0
            question = ask(piece, rest, effort)
            # The relaxation is convex in the number: its slope bounds all numbers at once.
            bound = np.ceil(question.low + question.slope * (numbers - n) - _SLACK)
            if question.status == "infeasible":
                bound = np.where(numbers >= n, np.inf, 0.0)
            self._questions[entry] = question
        else:
            choice = answer(self._questions[entry], effort)
            bound = np.where(numbers >= n, choice.bound, 0.0)
            self._choices[entry] = choice
        self.lower[at] = np.maximum(menu, bound)
        self._sums.clear()

    def _chosen(self, entry: Entry) -> tuple[float, Bools]:
        """The choice of least weight among the best of a piece and number, and its weight."""
        if entry not in self._preferred:
            at, choice = entry[0], self._choices[entry]
            weight = self._weight[self.pieces[at].sites]
            assert choice.closed is not None
            closed = choice.closed
            if choice.status == "proven":
                padded = np.concatenate([weight, np.zeros(weight.size + 1)])
                effort = self._effort.under(self._watch)
                better = preferred(self._questions[entry], choice.value, padded, effort)
                closed = closed if better is None else better
            self._preferred[entry] = float(weight @ closed), closed
        return self._preferred[entry]

    def _preferred_way(
        self, ways: list[tuple[int, dict[int, list[int]]]], number: int, bound: float
    ) -> Plan:
        """The best allocation of least weight; no plan where part of it is unknown."""
        entries = {(at, n) for at, way in ways for some in way.values() for n in some}
        choices = [self._choices.get(entry) for entry in entries]
        if any(choice is None or choice.closed is None for choice in choices):
            return Plan(value=math.inf, bound=bound)
        # Least weight by number in all pieces so far, and the number in the last of them.
        weights, steps = {0: 0.0}, []
        for at, way in ways:
            options = {
                total: min((weights[total - n] + self._chosen((at, n))[0], n) for n in some)
                for total, some in way.items()
            }
            weights = {total: weight for total, (weight, _) in options.items()}
            steps.append({total: n for total, (_, n) in options.items()})
        # Back from the last piece to the first.
        closed, value, total = np.zeros(self._n_all, dtype=bool), 0.0, number
        for (at, _), step in zip(ways[::-1], steps[::-1], strict=True):
            n = step[total]
            closed[self.pieces[at].sites] = self._chosen((at, n))[1]
            value += self._choices[at, n].value
            total -= n
        return Plan(value=value, bound=bound, closed=closed, weight=weights[number])


def min_plus(one: Floats, two: Floats) -> Floats:
    """Min-plus convolution of two menus: entry N is the least of one[N − n] + two[n]."""
    total = np.full(one.size + two.size - 1, np.inf)
    for n, cost in enumerate(two.tolist()):
        np.minimum(total[n : n + one.size], one + cost, out=total[n : n + one.size])
    return total


def _first_bounds(piece: Piece) -> Floats:
    """Nothing is known of a menu but that what must close does."""
    bounds = np.zeros(piece.n_sites + 1)
    bounds[: int(piece.instance.must_close.sum())] = np.inf
    return bounds
