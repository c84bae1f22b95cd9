r"""Two numbers, sites and modules, shared out over several parties.

With :math:`F_i(n, c)` the least that exactly n new sites and c modules leave missing at party i,

.. math::

    \min \Big\{ \sum_i F_i(n_i, c_i) : \sum_i n_i = N, \; \sum_i c_i = C \Big\}

is a dynamic programme over pairs of whole numbers. As in `layout.location.closure.sharing` each
:math:`F_i(n, c)` is dear, so that all begin as lower bounds, and a pair is solved only where the
best allocation under the bounds asks for it.

What bounds a pair that was not solved. At a given c, F rises and falls with n, as a further site
takes its least modules :math:`\ell` from others. But it never rises with n and the spare modules
:math:`s = c - \ell n` together: any choice can take a further site with its least, or a further
module where there is room, and serves nobody less. So a pair costs no less than a solved one of no
fewer sites and no fewer spare modules is proved to cost; only where all modules fit into the new
sites, and others may therefore not grow, a solved pair says nothing of pairs where they may. And
the prices of a relaxation bound all pairs, see `layout.location.modular.tangent`.

A table of all pairs can be too large to add up. Then modules count in steps of d: the bound is
that of pairs that each have up to d − 1 modules more than they are charged, at a price that makes
this matter least, and the allocation one whose modules are multiples of d, one party aside.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.closure.sharing import FIRST_SHARES
from layout.location.modular.tangent import Tangent

__all__ = ["FIRST", "Frame", "SiteParty", "cheapest_pairs", "first_pairs", "least_sum"]

Pair = tuple[int, int]

FIRST = 2.0**32
"""What one of the first level counts beside one of the second; sums are exact below 2⁵³."""
MOST_SUMS = 2e9
"""The most sums of two menus' entries; above it modules count in steps."""
_WHOLE, _ROUNDING = 1e-6, 1e-14
"""Below a whole number by so much it counts as that; what sums lose, of their size."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Which pairs are possible, and what bounds all of them.

    Attributes
    ----------
    least, most
        Modules of a new site.
    sites
        The most new sites.
    room
        Modules that other sites may add where not all fit into the new ones.
    size
        What a module serves in each period.
    left
        By period: what could be served.
    tangents
        Bounds of the first level, ``floors``, and of the second, ``covered``.
    """

    least: int
    most: int
    sites: int
    room: int
    size: int
    left: tuple[int, ...]
    tangents: tuple[Tangent, ...] = ()

    def others(self, sites: Ints, modules: Ints) -> Ints:
        """Return 1 where sites that exist may grow, else 0."""
        return np.asarray(modules > sites * self.most, dtype=np.int64)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Frame:
        """Return the frame that `dataclasses.asdict` wrote, through JSON."""
        tangents = (Tangent(**{**one, "worth": tuple(one["worth"])}) for one in data["tangents"])
        return cls(**{**data, "left": tuple(data["left"]), "tangents": tuple(tangents)})

    def lower(self, sites: Ints, modules: Ints) -> Floats:
        """Return what pairs cost at least, infinite where they are impossible."""
        others = self.others(sites, modules)
        floors = np.zeros(np.broadcast_shapes(sites.shape, modules.shape))
        # No more is served than there are places, or children.
        covered = floors.copy()
        for amount in self.left:
            covered -= np.minimum(amount, self.size * modules)
        for one in self.tangents:
            bound = one.at(sites, modules, others)
            if one.level == "floors":
                floors = np.maximum(floors, np.ceil(bound - _WHOLE))
        for one in self.tangents:
            if one.level == "covered":
                bound = one.at(sites, modules, others) - one.price * (floors - one.kept)
                covered = np.maximum(covered, np.ceil(bound - _WHOLE * (1.0 + np.abs(bound))))
        possible = (
            (sites <= self.sites)
            & (modules >= sites * self.least)
            & (modules <= sites * self.most + self.room)
        )
        return np.where(possible, FIRST * floors + covered, np.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteParty:
    """One party: the pairs that it may have, and what is known of what they cost.

    Attributes
    ----------
    least, most
        The fewest and the most sites and modules that it may have.
    frame
        Which pairs are possible; None before any answer.
    solved
        By pair that was asked: value of the best solution, and proved lower bound; infinite
        without one, and where there is none.
    """

    least: Pair
    most: Pair
    frame: Frame | None = None
    solved: Mapping[Pair, tuple[float, float]] = field(default_factory=dict)

    def told(self, costs: Mapping[Pair, tuple[float, float]], frame: Frame) -> SiteParty:
        """The party after an answer: values and bounds by pair, and what bounds all of them."""
        tangents = self.frame.tangents if self.frame else ()
        return replace(
            self,
            solved={**self.solved, **costs},
            frame=replace(frame, tangents=tangents + frame.tangents),
        )

    @property
    def _numbers(self) -> tuple[Ints, Ints]:
        """Sites as a column, modules as a row: all pairs up to the most."""
        sites, modules = (np.arange(most + 1) for most in self.most)
        return sites[:, None], modules[None, :]

    def _covers(self, pair: Pair, sites: Ints, modules: Ints) -> Bools:
        """Which pairs have no more sites and spare modules than one, nor more that may grow."""
        frame = self.frame
        assert frame is not None
        spare = pair[1] - frame.least * pair[0]
        grows = int(pair[1] > pair[0] * frame.most)
        return np.asarray(
            (sites <= pair[0])
            & (modules - frame.least * sites <= spare)
            & (frame.others(sites, modules) <= grows)
        )

    @property
    def rises(self) -> bool:
        """Whether an answer contradicts that costs never rise, or the bounds of all pairs."""
        pairs = list(self.solved)
        sites, modules = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        value, bound = np.array(list(self.solved.values())).reshape(-1, 2).T
        assert self.frame is not None
        proved = np.where(np.isfinite(value), self.frame.lower(sites, modules), -np.inf)
        for pair, own, known in zip(pairs, bound, value, strict=True):
            if math.isfinite(known):
                under = self._covers(pair, sites, modules)
                proved = np.where(under, np.maximum(proved, own), proved)
        return bool((value < proved).any())

    def lower(self) -> Floats:
        """Lower bounds, sites × modules, infinite where impossible."""
        assert self.frame is not None
        sites, modules = self._numbers
        rises = self.rises
        frame = replace(self.frame, tangents=()) if rises else self.frame
        menu = frame.lower(sites, modules)
        for pair, (value, bound) in self.solved.items():
            if math.isfinite(value) and not rises:
                np.maximum(menu, bound, out=menu, where=self._covers(pair, sites, modules))
            elif pair[0] < menu.shape[0] and pair[1] < menu.shape[1]:
                menu[pair] = max(menu[pair], bound)
        return menu

    def hoped(self) -> Floats:
        """What is known: values of solved pairs, bounds of others."""
        return self._with_values(self.lower())

    def paid(self) -> Floats:
        """Values of solved pairs, infinite for others."""
        return self._with_values(np.full([most + 1 for most in self.most], np.inf))

    def within(self, menu: Floats) -> Floats:
        """A menu, infinite below the least."""
        menu = menu.copy()
        menu[: self.least[0]] = np.inf
        menu[:, : self.least[1]] = np.inf
        return menu

    def ends(self) -> tuple[Pair, Pair] | None:
        """The fewest and the most sites, and modules, that are possible; None where none are."""
        possible = np.argwhere(np.isfinite(self.within(self.lower())))
        if not possible.size:
            return None
        fewest, most = possible.min(axis=0).tolist(), possible.max(axis=0).tolist()
        return (fewest[0], most[0]), (fewest[1], most[1])

    def asked_with(self, number: Pair) -> tuple[Pair, ...]:
        """What to solve with a pair: itself."""
        return (number,)

    def _with_values(self, menu: Floats) -> Floats:
        for pair, (value, _) in self.solved.items():
            if pair[0] < menu.shape[0] and pair[1] < menu.shape[1]:
                menu[pair] = value
        return menu


def cheapest_pairs(menus: Sequence[Floats], total: Pair) -> tuple[float, tuple[Pair, ...] | None]:
    """Share two numbers out at the least sum of costs.

    Parameters
    ----------
    menus
        By party the cost of pairs, sites × modules, infinite where impossible; whole numbers.
    total
        What the sites and the modules add up to.

    Returns
    -------
    tuple
        The sum, infinite where there is no allocation, and the allocation: among equals the first
        party has as few sites as can be, then modules, then the second, and so on. Where the table
        is too large, the modules of all but one party are multiples of some number.
    """
    step = _step(menus, total)
    rest = total[1] % step
    for at in range(len(menus) if rest else 1):
        # One party has what is left over.
        first = [rest * (party == at) for party in range(len(menus))]
        some = [menu[:, start::step] for menu, start in zip(menus, first, strict=True)]
        cost, best = _exactly(some, (total[0], total[1] // step))
        if best is not None:
            pairs = zip(best, first, strict=True)
            return cost, tuple((n, start + step * c) for (n, c), start in pairs)
    return math.inf, None


def least_sum(menus: Sequence[Floats], total: Pair) -> float:
    """Return a number that no allocation costs less than: the least sum, where it can be found.

    Parameters
    ----------
    menus, total
        As for `cheapest_pairs`.
    """
    step = _step(menus, total)
    if step == 1:
        return _exactly(menus, total)[0]
    most = total[1] // step
    fewest = max(0, -(-(total[1] - len(menus) * (step - 1)) // step))
    bounds, price = [-math.inf], 0.0
    for _ in range(2):
        blocks = [_blocks(menu + price * np.arange(menu.shape[1]), step) for menu in menus]
        sums = _sums(blocks, (total[0], most))[0][total[0], fewest:]
        bounds.append(float(sums.min()) - price * total[1])
        # What a module is worth there: at this price it matters little who has a few more.
        ends = sums[np.isfinite(sums)][[0, -1]] if np.isfinite(sums).any() else np.zeros(2)
        price = max(0.0, float(ends[0] - ends[1]) / (step * max(1, sums.size - 1)))
    bound = max(bounds)
    # Prices are not whole, and sums of them not exact.
    slack = _WHOLE + _ROUNDING * abs(bound)
    return math.ceil(bound - slack) if math.isfinite(bound) else bound


def _step(menus: Sequence[Floats], total: Pair) -> int:
    """Of how many modules at a time a table of sums is small enough."""
    finite = sum(int(np.isfinite(menu).sum()) for menu in menus)
    step = 1
    while finite / step * (total[0] + 1) * (total[1] // step + 1) > MOST_SUMS:
        step += 1
    return step


def _blocks(menu: Floats, step: int) -> Floats:
    """The least of every `step` columns."""
    wide = np.full((menu.shape[0], -(-menu.shape[1] // step) * step), np.inf)
    wide[:, : menu.shape[1]] = menu
    return np.asarray(wide.reshape(menu.shape[0], -1, step).min(axis=2))


def _sums(menus: Sequence[Floats], total: Pair) -> list[Floats]:
    """Min-plus sums of the menus from each party on, up to the total; last that of none."""
    shape = (total[0] + 1, total[1] + 1)
    after = [np.full(shape, np.inf)]
    after[0][0, 0] = 0.0
    for menu in reversed(menus):
        whole, part = np.full(shape, np.inf), np.full(shape, np.inf)
        inside = menu[: shape[0], : shape[1]]
        part[: inside.shape[0], : inside.shape[1]] = inside
        # The one with fewer entries is gone through, the other one shifted.
        few, many = sorted((after[-1], part), key=lambda one: int(np.isfinite(one).sum()))
        for n, c in np.argwhere(np.isfinite(few)).tolist():
            moved = many[: shape[0] - n, : shape[1] - c] + few[n, c]
            np.minimum(whole[n:, c:], moved, out=whole[n:, c:])
        after.append(whole)
    return after[::-1]


def _exactly(menus: Sequence[Floats], total: Pair) -> tuple[float, tuple[Pair, ...] | None]:
    """The least sum of exactly the total, and the allocation."""
    after = _sums(menus, total)
    if math.isinf(after[0][total]):
        return math.inf, None
    pairs, left = [], total
    for menu, whole, rest in zip(menus, after, after[1:], strict=False):
        # Pairs of this party, and what the others then have, backwards.
        mine = menu[: left[0] + 1, : left[1] + 1]
        others = rest[: left[0] + 1, : left[1] + 1][::-1, ::-1]
        sums = mine + others[: mine.shape[0], : mine.shape[1]]
        n, c = np.argwhere(sums == whole[left])[0].tolist()
        pairs.append((n, c))
        left = (left[0] - n, left[1] - c)
    return float(after[0][total]), tuple(pairs)


def first_pairs(parties: Sequence[SiteParty], total: Pair) -> list[tuple[Pair, ...]]:
    """What to solve first: about what the share of each party would be, half of it and twice.

    Parameters
    ----------
    parties
        The parties; nothing is known of them.
    total
        What is shared out.
    """
    # What is left over the least numbers, evenly.
    even = [
        max(0, total[at] - sum(party.least[at] for party in parties)) / max(1, len(parties))
        for at in (0, 1)
    ]
    firsts = []
    for party in parties:
        pairs = set()
        for part in FIRST_SHARES:
            sites, modules = (
                min(party.most[at], total[at], party.least[at] + math.ceil(even[at] * part))
                for at in (0, 1)
            )
            pairs.add((sites, modules))
        firsts.append(tuple(sorted(pairs)))
    return firsts
