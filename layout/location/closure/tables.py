"""Reading the tables of `close_sites`: labels to positions, refusals, and what is plain at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from layout.core.errors import InputError, Problem
from layout.core.problems import problem
from layout.core.text import tr
from layout.location.closure.instance import (
    WORST,
    Instance,
    dominated,
    never_scarce,
    without_arcs,
)
from layout.location.labelled.costs import read_count, sorted_labels


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosureInput:
    """The arguments of `close_sites` as given; see there."""

    groups: pd.DataFrame
    arcs: pd.DataFrame
    candidates: tuple[Any, ...]
    n_close: int | None
    resources: pd.Series | Mapping[Any, float] | None = None
    use: pd.DataFrame | None = None
    quotas: pd.DataFrame | None = None
    quota_limits: pd.Series | Mapping[Any, int] | None = None
    covers: pd.DataFrame | None = None
    must_close: tuple[Any, ...] = ()
    must_keep: tuple[Any, ...] = ()
    levels: tuple[str, ...] = ("cost",)
    ties: pd.Series | None = None
    max_receivers: int | None = None
    site_costs: pd.DataFrame | None = None
    cost_limit: int | None = None

    @property
    def arc_levels(self) -> tuple[str, ...]:
        """Levels that are costs of arcs; the others are costs of sites."""
        of_sites = () if self.site_costs is None else tuple(self.site_costs.columns)
        return tuple(level for level in self.levels if level not in of_sites)


def column_of(level: str) -> str:
    """The arc column of a level, whether summed or ``max:``."""
    return level.removeprefix(WORST)


def read_instance(given: ClosureInput) -> tuple[Instance, tuple[str, ...]]:
    """Refuse unusable tables, then build the instance and the plain reasons why none can exist.

    Raises
    ------
    InputError
        With every problem of every table.
    """
    problems: list[Problem] = []
    _check_tables(given, problems)
    if problems:
        raise InputError(*problems)
    # Presolve: arcs too large for their receiver, stranded sites, then dominated arcs.
    sites = _closable(given)
    arcs, level_columns = _sorted_arcs(given, sites)
    instance = _assemble(given, sites, arcs, level_columns)
    instance = without_arcs(instance, _alone_too_large(instance))
    instance = _shut_stranded(instance)
    reasons = _plain_reasons(given, instance)
    if instance.max_receivers is not None:
        # A dearer arc may be needed to meet the others of the site at one receiver.
        return instance, reasons
    return without_arcs(instance, dominated(instance, ~never_scarce(instance))), reasons


def _check_tables(given: ClosureInput, problems: list[Problem]) -> None:
    """Note missing columns, unknown labels and numbers without meaning."""
    # Columns first: without them nothing else can be read.
    _need_columns(given.groups, ("site",), "groups", problems)
    wanted = ("group", "site", *(column_of(level) for level in given.arc_levels))
    _need_columns(given.arcs, wanted, "arcs", problems)
    for table, columns, name in (
        (given.use, ("arc", "resource", "amount"), "use"),
        (given.quotas, ("quota", "site"), "quotas"),
        (given.covers, ("cover", "site"), "covers"),
    ):
        if table is not None:
            _need_columns(table, columns, name, problems)
    if problems:
        raise InputError(*problems)
    _check_labels(given, problems)
    for level in given.arc_levels:
        _whole(given.arcs[column_of(level)], f"arcs {column_of(level)}", problems)
    if given.use is not None:
        _whole(given.use["amount"], "use amount", problems)
    if given.resources is not None:
        _whole(pd.Series(given.resources), "resources", problems)
    if given.quota_limits is not None:
        _whole(pd.Series(given.quota_limits), "quota_limits", problems)
    if given.n_close is not None:
        read_count(given.n_close, problems, argument="n_close")
    for argument in ("max_receivers", "cost_limit"):
        if getattr(given, argument) is not None:
            read_count(getattr(given, argument), problems, argument=argument)
    if given.site_costs is not None:
        for column, costs in given.site_costs.items():
            _whole(costs.reindex(list(given.candidates)), f"site_costs {column}", problems)


def _need_columns(
    table: pd.DataFrame, columns: Iterable[str], name: str, problems: list[Problem]
) -> None:
    for column in columns:
        if column not in table.columns:
            problems.append(problem("missing-column:argument", column=f"{name} {column}"))


def _whole(values: pd.Series, argument: str, problems: list[Problem]) -> None:
    """Note values that are not whole numbers of at least zero."""
    # Above 2**40 sums of costs would no longer be exact in float64.
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        bad = ~((numbers >= 0) & (numbers < 2**40) & (np.rint(numbers) == numbers))
    for label, value in values[bad].items():
        problems.append(problem("not-a-count", row=label, column=argument, number=value, least=0))


def _check_labels(given: ClosureInput, problems: list[Problem]) -> None:
    """Note repeated labels, and labels that another table does not know."""
    arcs, groups = given.arcs, given.groups
    _no_repeats(pd.Series(groups.index), "groups", problems)
    _no_repeats(pd.Series(arcs.index), "arcs", problems)
    # An arc is a (group, site) pair; two of one pair would make the solution ambiguous.
    pairs = arcs.duplicated(["group", "site"])
    for label in arcs.index[pairs]:
        problems.append(problem("duplicate-pair", row=label, column="arcs"))
    _known(arcs["group"], groups.index, "arcs group", problems)
    candidates = pd.Index(given.candidates)
    _known(pd.Series(given.must_close, dtype=object), candidates, "must_close", problems)
    for label in pd.Index(given.must_close).intersection(pd.Index(given.must_keep)):
        problems.append(problem("kept-and-closed", row=label, column="must_close"))
    if given.use is not None:
        free = pd.Series(given.resources if given.resources is not None else {}, dtype=object)
        _known(given.use["arc"], arcs.index, "use arc", problems)
        _known(given.use["resource"], free.index, "use resource", problems)
    if given.quotas is not None:
        limits = given.quota_limits if given.quota_limits is not None else {}
        known = pd.Series(limits, dtype=object).index
        _known(given.quotas["quota"], known, "quotas quota", problems)


def _no_repeats(labels: pd.Series, argument: str, problems: list[Problem]) -> None:
    for label in labels[labels.duplicated()].unique():
        problems.append(problem("duplicate-label", row=label, column=argument))


def _known(labels: pd.Series, known: pd.Index, argument: str, problems: list[Problem]) -> None:
    for label in labels[~labels.isin(known)].unique():
        problems.append(problem("unknown-label:rows", row=label, column=argument))


def _closable(given: ClosureInput) -> pd.Index:
    """Candidates that nothing keeps, ascending."""
    return sorted_labels(pd.Index(given.candidates).difference(pd.Index(given.must_keep)))


def _sorted_arcs(given: ClosureInput, sites: pd.Index) -> tuple[pd.DataFrame, list[str]]:
    """Arcs of groups whose site may close, to another site that need not close, in order."""
    level_columns = [column_of(level) for level in given.arc_levels]
    arcs = given.arcs
    # Site of each arc's group today, by arc.
    home = given.groups["site"].reindex(arcs["group"]).to_numpy()
    keep = (
        pd.Index(home).isin(sites)
        & (home != arcs["site"].to_numpy())
        & ~arcs["site"].isin(list(given.must_close)).to_numpy()
    )
    arcs = arcs.loc[keep, ["group", "site", *dict.fromkeys(level_columns)]]
    # Ranks instead of labels, so that labels of any type sort, and levels decide before labels.
    arcs = arcs.rename_axis("arc").reset_index()
    labels = sorted_labels(arcs["site"])
    groups = sorted_labels(given.groups.index)
    arcs["group_rank"] = groups.get_indexer(pd.Index(arcs["group"]))
    arcs["site_rank"] = labels.get_indexer(pd.Index(arcs["site"]))
    order = ["group_rank", *dict.fromkeys(level_columns), "site_rank"]
    return arcs.sort_values(order, kind="stable", ignore_index=True), level_columns


def _assemble(
    given: ClosureInput, sites: pd.Index, arcs: pd.DataFrame, level_columns: list[str]
) -> Instance:
    """Positions for labels."""
    home = given.groups["site"]
    groups = sorted_labels(home.index[home.isin(sites)])
    resources, free = _resources(given)
    keep_sets, keep_limits = _keep_sets(given, sites)
    # Costs, arcs × levels, in the order of the sorted arcs.
    levels = np.column_stack([arcs[name].to_numpy(dtype=np.int64) for name in level_columns])
    return Instance(
        sites=sites,
        must_close=np.asarray(sites.isin(list(given.must_close))),
        groups=groups,
        group_site=sites.get_indexer(pd.Index(home.reindex(groups))).astype(np.int64),
        group_tie=_ties(given, groups),
        arc_label=pd.Index(arcs["arc"]),
        arc_group=groups.get_indexer(pd.Index(arcs["group"])).astype(np.int64),
        arc_site=sites.get_indexer(pd.Index(arcs["site"])).astype(np.int64),
        arc_receiver=arcs["site"].to_numpy(dtype=object),
        levels=levels,
        use=_use(given, arcs, resources),
        free=free,
        keep_sets=keep_sets,
        keep_limits=keep_limits,
        n_close=None if given.n_close is None else int(given.n_close),
        max_receivers=None if given.max_receivers is None else int(given.max_receivers),
        site_levels={}
        if given.site_costs is None
        else {
            str(name): costs.reindex(sites).to_numpy(dtype=np.int64)
            for name, costs in given.site_costs.items()
        },
        cost_limit=None if given.cost_limit is None else int(given.cost_limit),
    )


def _ties(given: ClosureInput, groups: pd.Index) -> np.ndarray:
    """Text of each group for the choice among equals: its label, where no other is given."""
    if given.ties is None:
        return groups.to_numpy(dtype=object)
    return given.ties.reindex(groups).to_numpy(dtype=object)


def _resources(given: ClosureInput) -> tuple[pd.Index, np.ndarray]:
    """Resource labels, ascending, and their free amounts."""
    if given.resources is None:
        return pd.Index([]), np.empty(0, dtype=np.int64)
    table = pd.Series(given.resources)
    labels = sorted_labels(table.index)
    return labels, table.reindex(labels).to_numpy(dtype=np.int64)


def _use(given: ClosureInput, arcs: pd.DataFrame, resources: pd.Index) -> sparse.csr_matrix:
    """Resources × arcs; entries of the same arc and resource add up."""
    shape = (len(resources), len(arcs))
    if given.use is None:
        return sparse.csr_matrix(np.zeros(shape, dtype=np.int64))
    # Uses of arcs that were dropped have position −1.
    position = pd.Index(arcs["arc"]).get_indexer(pd.Index(given.use["arc"]))
    amount = given.use["amount"].to_numpy(dtype=np.int64)
    keep = (position >= 0) & (amount > 0)
    row = resources.get_indexer(pd.Index(given.use["resource"]))
    return sparse.csr_matrix((amount[keep], (row[keep], position[keep])), shape=shape)


def _keep_sets(given: ClosureInput, sites: pd.Index) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Quotas and covers alike: of a set of sites at most so many may close.

    A cover with a member that never closes always holds, and so does a set whose limit is not
    below its size; neither is kept. Equal sets are kept once.
    """
    # Largest number that may close, by ascending site positions: equal sets meet in one key.
    sets: dict[tuple[int, ...], int] = {}
    if given.quotas is not None:
        limits = pd.Series(given.quota_limits)
        for quota, members in given.quotas.groupby("quota", sort=True)["site"]:
            _keep_set(sets, _positions(members, sites), int(limits[quota]))
    # A cover of n sites is a set of which n − 1 may close.
    if given.covers is not None:
        closable = given.covers["site"].isin(sites)
        always = set(given.covers.loc[~closable, "cover"])
        doubtful = given.covers[~given.covers["cover"].isin(always)]
        for _, members in doubtful.groupby("cover", sort=True)["site"]:
            chosen = _positions(members, sites)
            _keep_set(sets, chosen, len(chosen) - 1)
    # Sets × sites, a one for each member.
    keys = sorted(sets)
    counts = [len(key) for key in keys]
    matrix = sparse.csr_matrix(
        (
            np.ones(sum(counts)),
            (
                np.repeat(np.arange(len(keys)), counts),
                np.concatenate([np.array(key, dtype=np.int64) for key in keys])
                if keys
                else np.empty(0, dtype=np.int64),
            ),
        ),
        shape=(len(keys), len(sites)),
    )
    return matrix, np.array([sets[key] for key in keys], dtype=np.int64)


def _positions(members: pd.Series, sites: pd.Index) -> tuple[int, ...]:
    positions = sites.get_indexer(pd.Index(members.unique()))
    return tuple(sorted(int(position) for position in positions if position >= 0))


def _keep_set(sets: dict[tuple[int, ...], int], members: tuple[int, ...], most: int) -> None:
    if most < len(members):
        sets[members] = min(most, sets.get(members, most))


def _alone_too_large(instance: Instance) -> np.ndarray:
    """Arcs that take more of a resource than there is even for them alone."""
    # Entries (resource, arc) that exceed what is free.
    use = sparse.coo_matrix(instance.use)
    mask = np.zeros(instance.n_arcs, dtype=bool)
    mask[use.col[use.data > instance.free[use.row]]] = True
    return mask


def stranded(instance: Instance) -> np.ndarray:
    """Mask of sites with a group that has no arc: they cannot close."""
    with_arc = np.zeros(len(instance.groups), dtype=bool)
    with_arc[instance.arc_group] = True
    mask = np.zeros(len(instance.sites), dtype=bool)
    mask[instance.group_site[~with_arc]] = True
    return mask


def _shut_stranded(instance: Instance) -> Instance:
    """Mark stranded sites as kept: an own keep set with limit zero each."""
    positions = np.flatnonzero(stranded(instance))
    # One row for each stranded site, with a single one.
    rows = sparse.csr_matrix(
        (np.ones(positions.size), (np.arange(positions.size), positions)),
        shape=(positions.size, len(instance.sites)),
    )
    none = np.zeros(positions.size, dtype=np.int64)
    return replace(
        instance,
        keep_sets=sparse.vstack([instance.keep_sets, rows], format="csr"),
        keep_limits=np.concatenate([instance.keep_limits, none]),
    )


def _plain_reasons(given: ClosureInput, instance: Instance) -> tuple[str, ...]:
    """Reasons, found by counting alone, why no plan can exist."""
    reasons: list[str] = []
    is_stranded = stranded(instance)
    closable = int((~is_stranded).sum())
    if given.n_close is not None and int(given.n_close) > closable:
        reasons.append(
            tr(
                "{wanted:is|are} to close, but only {closable} can: "
                "{candidates:candidate|candidates}, of which {kept} must stay and "
                "{stranded:has|have} a group without any way to another site",
                wanted=given.n_close,
                closable=closable,
                candidates=len(set(given.candidates)),
                kept=len(set(given.candidates)) - len(instance.sites),
                stranded=int(is_stranded.sum()),
            )
        )
    forced = int(instance.must_close.sum())
    if given.n_close is not None and forced > int(given.n_close):
        reasons.append(
            tr(
                "{forced} must close, but only {wanted:is|are} to",
                forced=forced,
                wanted=given.n_close,
            )
        )
    for label in instance.sites[instance.must_close & is_stranded]:
        reasons.append(
            tr("{site} must close, but one of its groups has no way to another site", site=label)
        )
    # Sites of each keep set that must close, against its limit; sets of one are stranded sites.
    closed_in_set = instance.keep_sets @ instance.must_close.astype(float)
    for position in np.flatnonzero(closed_in_set > instance.keep_limits):
        members = instance.sites[instance.keep_sets[[int(position)]].indices]
        if len(members) > 1:
            reasons.append(
                tr(
                    "of {members} at most {most} may close, but {forced} must",
                    members=", ".join(map(str, members)),
                    most=int(instance.keep_limits[position]),
                    forced=int(closed_in_set[position]),
                )
            )
    return tuple(reasons)
