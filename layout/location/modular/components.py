"""Covering most, component by component: demands and sites that share no pair are chosen apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from layout.core.arrays import Floats, Ints
from layout.location.modular.instance import within_reach
from layout.location.modular.model import columns_of, level_model
from layout.location.solver.highs import Effort, Model, linear, solve
from layout.location.solver.watch import over

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance
    from layout.location.solver.highs import Status
    from layout.location.solver.watch import Watch

LARGEST_PART = 1_000
"""Pairs of the largest part up to which parts are searched to the end one by one."""
# Rounds of the dynamic programme; what a float may exceed an exact bound by.
MOST_ROUNDS = 400
_SLIP = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Covered:
    """Modules by site that cover most, if found, and the most that any choice covers."""

    modules: Floats | None
    bound: float


class Part:
    """Sites and demands without a pair to any other; what they cover by what they get.

    `most` has an upper bound for each number of new sites (rows) and of modules (columns).
    """

    def __init__(self, instance: Instance, sites: Ints, demands: Ints) -> None:
        self.sites = sites
        self.own = _part_of(instance, sites, demands)
        self.n_new = min(int(self.own.new.sum()), instance.n_new)
        # Modules that could serve somebody at each site, within its limits.
        reach = within_reach(self.own)[0]
        useful = np.minimum(
            self.own.most, np.maximum(np.ceil(reach / self.own.size), self.own.least)
        )
        self.n_modules = int(min(float(instance.modules or 0), useful.sum()))
        self.most = self._first_bounds()
        # Exact choices by (new sites, modules), and entries whose relaxation is known.
        self.known: dict[tuple[int, int], Floats] = {}
        self.relaxed: set[tuple[int, int]] = set()

    def _first_bounds(self) -> Floats:
        own = self.own
        # Number of new sites × modules: no more than their capacity, nor than all demand.
        counts = np.arange(self.n_modules + 1)
        capacity = own.size.max(initial=0.0) * counts
        most = np.tile(np.minimum(capacity, own.amount.sum()), (self.n_new + 1, 1))
        # Outside the fewest and the most modules that so many new sites may hold there is no
        # choice.
        least, largest = np.sort(own.least[own.new]), np.sort(own.most[own.new])[::-1]
        for new in range(self.n_new + 1):
            grown = own.most[~own.new].sum()
            outside = counts < least[:new].sum()
            outside |= counts > largest[:new].sum() + grown
            most[new, outside] = -np.inf
        return most

    def _model(self, new: int, modules: int) -> Model:
        """Exactly so many new sites, at most so many modules."""
        model = level_model(replace(self.own, n_new=new, modules=modules), "covered", {})
        # The second row of the model counts the modules: at most, not exactly.
        lower = model.row_lower.copy()
        lower[1] = 0.0
        return replace(model, row_lower=lower)

    def settle(self, new: int, modules: int, effort: Effort) -> bool:
        """Learn more of one entry; whether it is known for certain now."""
        key = (new, modules)
        if key in self.known:
            return True
        model = self._model(new, modules)
        if key not in self.relaxed:
            self.relaxed.add(key)
            # One relaxation bounds the whole table: its duals are the slopes of a cut plane.
            before = self.most[key]
            outcome = solve(linear(model), effort=effort)
            if outcome.x is None or outcome.row_dual is None:
                return self._without(key, outcome.status)
            # New sites and modules away from this entry.
            slope_new, slope = outcome.row_dual[0], outcome.row_dual[1]
            rise = np.arange(self.n_new + 1)[:, None] - new
            run = np.arange(self.n_modules + 1)[None, :] - modules
            cut = -(outcome.objective + slope_new * rise + slope * run)
            self._lower(cut + _SLIP)
            # The bound fell: the dynamic programme may now choose elsewhere, and nothing exact is
            # needed.
            if self.most[key] < before - 0.5:
                return False
        outcome = solve(model, effort=effort)
        if outcome.x is None:
            return self._without(key, outcome.status)
        # An exact bound here bounds the row: each further module serves at most its size.
        bound = -outcome.bound
        run = np.arange(self.n_modules + 1) - modules
        size = self.own.size.max(initial=0.0)
        row = self.most.copy()
        row[new] = np.minimum(row[new], bound + size * np.maximum(run, 0))
        self._lower(row)
        # A proven choice is kept with its modules.
        if outcome.status == "proven":
            at = columns_of(self.own).modules
            self.known[key] = np.asarray(np.rint(outcome.x[at]))
            self.most[key] = -outcome.objective
        return outcome.status == "proven"

    def _without(self, key: tuple[int, int], status: Status) -> bool:
        """Note that there is no choice with these numbers, where that is certain."""
        if status == "infeasible":
            self.most[key] = -np.inf
        return False

    def _lower(self, bound: Floats) -> None:
        self.most = np.minimum(self.most, np.floor(bound + 2 * _SLIP) if self.own.whole else bound)


def _part_of(instance: Instance, sites: Ints, demands: Ints) -> Instance:
    # New positions of sites and demands; −1 outside the component.
    new_site = np.full(instance.size.size, -1)
    new_site[sites] = np.arange(sites.size)
    new_demand = np.full(instance.amount.size, -1)
    new_demand[demands] = np.arange(demands.size)
    mine = new_site[instance.col] >= 0
    return replace(
        instance,
        period=np.zeros(demands.size, dtype=np.int64),
        floor=np.zeros(0),
        must=instance.must[sites],
        capped=instance.capped[sites],
        amount=instance.amount[demands],
        group=np.zeros(demands.size, dtype=np.int64),
        totals=np.zeros(0),
        new=instance.new[sites],
        least=instance.least[sites],
        most=instance.most[sites],
        size=instance.size[sites],
        row=new_demand[instance.row[mine]],
        col=new_site[instance.col[mine]],
        cost=instance.cost[mine],
        part=instance.part[mine],
    )


def parts_of(instance: Instance) -> tuple[list[tuple[Ints, Ints]], Ints]:
    """Sites and demands of each part, and the sites that reach nobody."""
    # Bipartite graph: sites first, then demands.
    n_sites, n = instance.size.size, instance.size.size + instance.amount.size
    graph = sparse.coo_matrix(
        (np.ones(instance.row.size), (instance.col, n_sites + instance.row)), shape=(n, n)
    )
    _, label = connected_components(graph, directed=False)
    # Components with a pair; sites without any pair are idle.
    used = np.unique(label[instance.col])
    idle = np.flatnonzero(~np.isin(label[:n_sites], used))
    return [
        (np.flatnonzero(label[:n_sites] == k), np.flatnonzero(label[n_sites:] == k)) for k in used
    ], idle


def apart(instance: Instance) -> bool:
    """Whether the parts are small enough to be searched one by one."""
    if instance.modules is None or not instance.row.size:
        return False
    # Periods and floors hang together over all parts.
    if instance.n_periods > 1 or instance.floor.size or instance.quota.size or instance.must.any():
        return False
    groups, _ = parts_of(instance)
    # Pairs of the largest component decide whether an exact search of each is cheap.
    site_part = np.zeros(instance.size.size, dtype=np.int64)
    for number, (sites, _demands) in enumerate(groups):
        site_part[sites] = number
    return int(np.bincount(site_part[instance.col]).max()) <= LARGEST_PART


def by_parts(instance: Instance, effort: Effort, watch: Watch) -> Covered:
    """Cover most by a dynamic programme over the parts, whose entries are bounds until needed.

    The programme shares new sites and modules out among the parts by what each covers at most.
    The entries that its solution uses are settled, first by a relaxation, whose prices bound the
    whole table, then exactly; a choice of which every entry is known is optimal.
    """
    groups, idle = parts_of(instance)
    parts = [Part(instance, sites, demands) for sites, demands in groups]
    bound = math.inf
    # The value of the programme is an upper bound in every round.
    for _ in range(MOST_ROUNDS):
        value, chosen = _shared(instance, parts, idle)
        if math.isinf(value):
            return Covered(modules=None, bound=math.inf)
        bound = min(bound, value)
        watch.tell(math.inf, -bound)
        if over(watch):
            break
        # Settle every entry in use, not only the first unknown one: fewer rounds.
        sure = [
            part.settle(*key, effort.under(watch)) for part, key in zip(parts, chosen, strict=True)
        ]
        if all(sure):
            return Covered(modules=_joined(instance, parts, chosen, idle), bound=bound)
    return Covered(modules=None, bound=bound)


def _joined(
    instance: Instance, parts: Sequence[Part], chosen: list[tuple[int, int]], idle: Ints
) -> Floats | None:
    """Modules by site from the parts; what is left over goes where there is room.

    ``None`` where there is not room enough; what is covered is then only a bound.
    """
    modules = np.zeros(instance.size.size)
    for part, key in zip(parts, chosen, strict=True):
        modules[part.sites] = part.known[key]
    # New sites still to open go where they reach nobody and take the fewest modules.
    new = idle[instance.new[idle]]
    more = instance.n_new - sum(key[0] for key in chosen)
    opened = new[np.argsort(instance.least[new], kind="stable")[:more]]
    modules[opened] = instance.least[opened]
    # Modules left over, by the room of sites that are open or exist already.
    left = float(instance.modules or 0) - modules.sum()
    room = np.where(~instance.new | (modules > 0), instance.most - modules, 0.0)
    # Sites that reach nobody come first: modules there change nothing else.
    order = np.concatenate([idle, np.setdiff1d(np.arange(modules.size), idle)])
    before = np.cumsum(room[order]) - room[order]
    modules[order] += np.clip(left - before, 0.0, room[order])
    return modules if left >= 0 and modules.sum() == instance.modules else None


def _shared(
    instance: Instance, parts: Sequence[Part], idle: Ints
) -> tuple[float, list[tuple[int, int]]]:
    """Most covered by all parts as far as their bounds tell, and what each part gets."""
    total = int(instance.modules or 0)
    # Most covered by (new sites, modules) after each component.
    table = _idle_table(instance, idle, total)
    tables = [table]
    for part in parts:
        # Max-plus product of the table with the component's own.
        following = np.full_like(table, -np.inf)
        for new in range(part.n_new + 1):
            for modules in range(part.n_modules + 1):
                gain = part.most[new, modules]
                if gain == -np.inf:
                    continue
                target = following[new:, modules:]
                np.maximum(
                    target,
                    table[: table.shape[0] - new, : table.shape[1] - modules] + gain,
                    out=target,
                )
        table = following
        tables.append(table)
    # Modules that serve nobody are left out here: the most covered with no more than there are.
    at = (instance.n_new, int(np.argmax(table[instance.n_new])))
    value = float(table[at])
    chosen: list[tuple[int, int]] = []
    if math.isinf(value):
        return value, chosen
    # Backwards through the tables: what each component got.
    for k in range(len(parts) - 1, -1, -1):
        key = _back(tables[k], parts[k], at, float(tables[k + 1][at]))
        chosen.append(key)
        at = (at[0] - key[0], at[1] - key[1])
    return value, chosen[::-1]


def _idle_table(instance: Instance, idle: Ints, total: int) -> Floats:
    """Zero at the numbers of new sites that reach nobody, and the fewest modules they need."""
    table = np.full((instance.n_new + 1, total + 1), -np.inf)
    # The idle sites with the fewest modules, added up.
    least = np.sort(instance.least[idle[instance.new[idle]]])
    for count in range(min(least.size, instance.n_new) + 1):
        low = int(least[:count].sum())
        if low <= total:
            table[count, low] = 0.0
    return table


def _back(table: Floats, part: Part, at: tuple[int, int], value: float) -> tuple[int, int]:
    """The entry of a component that the optimum at `at` uses, the fewest modules first."""
    for modules in range(min(part.n_modules, at[1]) + 1):
        for new in range(min(part.n_new, at[0]) + 1):
            if table[at[0] - new, at[1] - modules] + part.most[new, modules] >= value - 1e-9:
                return new, modules
    raise ArithmeticError("the table holds no way back")
