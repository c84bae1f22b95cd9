"""Labelled costs: read a wide or long table once, refuse what has no meaning, sort by label.

Everything a model of this package takes goes through here, so that the solver only ever sees
finite numbers in label order. All problems of one call are gathered and raised together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import InputError, Problem
from layout.core.problems import Maker, problem
from layout.core.show import brief

if TYPE_CHECKING:
    pass

#: Numbers by label: a Series or mapping, a plain sequence in the order of the cost table's
#: labels, or one number for all.
Numbers = pd.Series | Mapping[Any, float] | Sequence[float] | np.ndarray | float | int

MOST = 10**12
"""More than this is no number of sites or of modules."""
LARGEST = 1e303
"""The sum of any table of numbers up to this one is a number."""

LONG_COLUMNS = ("demand", "site", "cost")


@dataclass(frozen=True, kw_only=True, eq=False)
class Costs:
    """Allowed pairs of demand and site in label order.

    Parameters
    ----------
    demands, sites
        Labels in ascending order, and in the order of the caller's table (`given_…`).
    row, col, cost
        One entry per allowed pair, sorted by demand, then cost, then site.
    """

    demands: pd.Index
    sites: pd.Index
    given_demands: pd.Index
    given_sites: pd.Index
    row: Ints
    col: Ints
    cost: Floats

    def within(self, limit: Floats) -> Costs:
        """Only the pairs whose cost is at most the limit of their demand."""
        keep = self.cost <= limit[self.row]
        return self.where(keep)

    def where(self, keep: Bools) -> Costs:
        """Only the pairs marked in `keep`; labels stay."""
        return Costs(
            demands=self.demands,
            sites=self.sites,
            given_demands=self.given_demands,
            given_sites=self.given_sites,
            row=self.row[keep],
            col=self.col[keep],
            cost=self.cost[keep],
        )


def sorted_labels(labels: Iterable[Any]) -> pd.Index:
    """Distinct labels in ascending order; labels of mixed types are ordered by their text."""
    index: pd.Index = pd.Index(labels).unique()
    try:
        index = index.sort_values()
    except TypeError:
        index = pd.Index(sorted(index, key=lambda label: (str(label), type(label).__name__)))
    return index


def read_costs(cost: pd.DataFrame, problems: list[Problem], *, demands: object = None) -> Costs:
    """Read a table of costs.

    Parameters
    ----------
    cost
        Wide: demands × sites, ``inf`` where a pair is not allowed. Or long: one row per allowed
        pair with the columns ``demand``, ``site`` and ``cost``.
    problems
        Where NaN, negative costs and repeated labels are noted.
    demands
        A Series or mapping whose labels complete those of a long table: a demand without any
        allowed pair does not occur in it.

    Raises
    ------
    layout.core.errors.InputError
        Where there is no table.
    """
    if not isinstance(cost, pd.DataFrame):
        raise InputError(problem("wrong-kind:costs", column="cost", kind=type(cost).__name__))
    if set(LONG_COLUMNS) <= set(cost.columns):
        return _long(cost, problems, demands)
    return _wide(cost, problems)


def _long(cost: pd.DataFrame, problems: list[Problem], demands: object) -> Costs:
    """Pairs from one row each; refuses unusable costs and repeated pairs."""
    value = _numbers_of(cost["cost"], problems)
    # Codes in the order of first appearance, which plain sequences of the caller follow.
    from_code, given_demands = pd.factorize(pd.Index(cost["demand"]), use_na_sentinel=False)
    to_code, given_sites = pd.factorize(pd.Index(cost["site"]), use_na_sentinel=False)
    labels = cost["demand"].to_numpy(), cost["site"].to_numpy()
    # One number for each pair, so that a repeated pair is a repeated number.
    repeated = pd.Series(from_code * max(1, len(given_sites)) + to_code).duplicated().to_numpy()
    problems += _of_pairs(labels, repeated, partial(problem, "duplicate-pair", column="cost"))
    problems += _of_costs(labels, value)
    # Demands that no pair names are known by their weight.
    if isinstance(demands, pd.Series):
        given_demands = given_demands.append(pd.Index(demands.index)).unique()
    elif isinstance(demands, Mapping):
        given_demands = given_demands.append(pd.Index(list(demands))).unique()
    # Positions in ascending label order; infinite costs are no pairs.
    all_demands, all_sites = sorted_labels(given_demands), sorted_labels(given_sites)
    row = all_demands.get_indexer(given_demands)[from_code]
    col = all_sites.get_indexer(given_sites)[to_code]
    keep = np.isfinite(value)
    row, col, value = row[keep], col[keep], value[keep]
    # Sorted by demand, cost, site.
    order = np.lexsort((col, value, row))
    return Costs(
        demands=all_demands,
        sites=all_sites,
        given_demands=given_demands,
        given_sites=given_sites,
        row=row[order].astype(np.int64),
        col=col[order].astype(np.int64),
        cost=value[order],
    )


def _wide(cost: pd.DataFrame, problems: list[Problem]) -> Costs:
    """Pairs from a table of demands × sites; refuses unusable costs and repeated labels."""
    for name, index in (("cost rows", cost.index), ("cost columns", cost.columns)):
        for label in index[index.duplicated()].unique():
            problems.append(problem("duplicate-label", row=label, column=name))
    value = _numbers_of(cost, problems)
    # `~(x >= 0)` finds NaN as well as negative costs.
    for row, col in np.argwhere(~(value >= 0)):
        label = np.array([cost.index[row]], dtype=object), np.array([cost.columns[col]])
        problems += _of_costs(label, value[row, col : col + 1])
    # First occurrence of each repeated label, so that the rest can still be checked.
    first = ~cost.index.duplicated(), ~cost.columns.duplicated()
    given_demands, given_sites = cost.index[first[0]], cost.columns[first[1]]
    demands, sites = sorted_labels(given_demands), sorted_labels(given_sites)
    # Rows and columns of the table in ascending label order.
    at = np.flatnonzero(first[0])[given_demands.get_indexer(demands)]
    to = np.flatnonzero(first[1])[given_sites.get_indexer(sites)]
    value = value[np.ix_(at, to)]
    # A stable sort of each row by cost keeps sites of equal cost in label order.
    order = np.argsort(value, axis=1, kind="stable")
    value = np.take_along_axis(value, order, axis=1).ravel()
    keep = np.isfinite(value)
    row = np.repeat(np.arange(at.size), to.size)
    # A dense table is not copied again.
    everything = bool(keep.all())
    return Costs(
        demands=demands,
        sites=sites,
        given_demands=given_demands,
        given_sites=given_sites,
        row=row if everything else row[keep],
        col=order.ravel() if everything else order.ravel()[keep],
        cost=value if everything else value[keep],
    )


def _numbers_of(table: pd.DataFrame | pd.Series, problems: list[Problem]) -> Floats:
    """The costs as numbers; zeros where they are none."""
    try:
        return np.asarray(table.to_numpy(dtype=np.float64))
    except (TypeError, ValueError, OverflowError):
        problems.append(problem("not-a-number:cost", column="cost"))
        return np.zeros(table.shape)


def _of_costs(labels: tuple[Any, Any], value: Floats) -> list[Problem]:
    """The pairs whose cost is missing or negative."""
    return [
        *_of_pairs(labels, np.isnan(value), partial(problem, "nan:cost", column="cost")),
        *_of_pairs(labels, value < 0, partial(problem, "negative:cost", column="cost")),
    ]


def _of_pairs(labels: tuple[Any, Any], bad: Bools, told: Maker) -> list[Problem]:
    """One problem for each pair marked in `bad`."""
    return [told(row=f"{labels[0][at]} → {labels[1][at]}") for at in np.flatnonzero(bad)]


def read_numbers(
    values: Numbers | None,
    labels: pd.Index,
    given: pd.Index,
    problems: list[Problem],
    *,
    argument: str,
    default: float | None = None,
    infinite: bool = False,
    strict: bool = True,
) -> Floats:
    """Numbers aligned to `labels`; missing, NaN, negative and infinite ones are noted.

    Parameters
    ----------
    given
        The same labels in the caller's order, for plain sequences.
    default
        For ``None`` and for labels that `values` does not name; without a default a missing
        label is a problem.
    infinite
        Whether ``inf`` has a meaning here, as for a limit.
    strict
        Whether a label that is not in `labels` is a problem.
    """
    # One number for all labels.
    if values is None or isinstance(values, (int, float, np.integer, np.floating)):
        number = default if values is None else _as_float(values, problems, argument)
        series = pd.Series(np.nan if number is None else number, index=labels, dtype=float)
    else:
        series = _as_series(values, given, problems, argument)
    for label in series.index[series.index.duplicated()].unique():
        problems.append(problem("duplicate-label", row=label, column=argument))
    series = series[~series.index.duplicated()]
    if strict:
        for label in series.index.difference(labels, sort=False):
            problems.append(problem("unknown-label", row=label, column=argument))
    # Values by label; labels without one stay NaN unless there is a default.
    missing = ~labels.isin(series.index)
    aligned = np.array(series.reindex(labels), dtype=np.float64)
    if default is not None:
        aligned[missing] = default
    problems += _of_numbers(aligned, labels, argument, infinite=infinite)
    return aligned


def _as_series(values: Any, given: pd.Index, problems: list[Problem], argument: str) -> pd.Series:
    """A Series by label from a Series, a mapping or a sequence in the order of `given`."""
    if isinstance(values, pd.Series):
        series = values
    elif isinstance(values, Mapping):
        series = pd.Series(dict(values), dtype=object)
    else:
        # A plain sequence follows the labels as the caller's table has them.
        try:
            plain = list(values)
        except TypeError:
            kind = type(values).__name__
            problems.append(problem("wrong-kind:numbers", column=argument, kind=kind))
            return pd.Series(0.0, index=given)
        if len(plain) != len(given):
            problems.append(
                problem("wrong-length", column=argument, found=len(plain), wanted=len(given))
            )
            return pd.Series(0.0, index=given)
        series = pd.Series(plain, index=given)
    try:
        return series.astype(float)
    except (TypeError, ValueError, OverflowError):
        problems.append(problem("not-a-number:argument", column=argument))
        return pd.Series(0.0, index=series.index)


def _as_float(value: Any, problems: list[Problem], argument: str) -> float:
    """One number; a whole number of Python may be larger than any float."""
    try:
        return float(value)
    except OverflowError:
        problems.append(problem("infinite", column=argument))
        return 0.0


def _of_numbers(
    values: Floats, labels: pd.Index, argument: str, *, infinite: bool
) -> list[Problem]:
    """NaN, negative and, unless allowed, infinite numbers."""
    kinds = (
        (partial(problem, "nan"), np.isnan(values)),
        (partial(problem, "negative"), values < 0),
        (partial(problem, "infinite"), (values > LARGEST) & (not infinite)),
    )
    return [told(row=label, column=argument) for told, bad in kinds for label in labels[bad]]


def read_labels(
    labels: Iterable[Any], known: pd.Index, problems: list[Problem], *, argument: str
) -> Ints:
    """Positions of `labels` in `known`, ascending; unknown ones are noted."""
    try:
        # A text is a list of letters, and nobody means it as one.
        given = () if isinstance(labels, (str, bytes)) else labels
        wanted = pd.Index(list(given)).unique()
        positions = known.get_indexer(wanted)
    except TypeError:
        # No list, or one of lists.
        given, wanted, positions = (), pd.Index([]), np.empty(0, dtype=np.intp)
    if given is not labels:
        kind = type(labels).__name__
        problems.append(problem("wrong-kind:labels", column=argument, kind=kind))
    for label in wanted[positions < 0]:
        problems.append(problem("unknown-label", row=label, column=argument))
    return np.sort(positions[positions >= 0]).astype(np.int64)


def read_count(value: object, problems: list[Problem], *, argument: str, least: int = 0) -> int:
    """A whole number of at least `least`."""
    # 2.0 counts as 2; True and 2.5 are no counts.
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    whole |= isinstance(value, (float, np.floating)) and float(value).is_integer()
    count: int | None = int(value) if whole else None  # type: ignore[call-overload]
    if count is None or not least <= count <= MOST:
        problems.append(problem("not-a-count", column=argument, number=brief(value), least=least))
        return least
    return count


def read_switch(value: object, problems: list[Problem], *, argument: str) -> None:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        kind = type(value).__name__
        problems.append(problem("wrong-kind:switch", column=argument, kind=kind))


def read_share(value: object, problems: list[Problem], *, argument: str) -> None:
    """A number from 0 to 1."""
    number = isinstance(value, (int, float, np.integer, np.floating))
    if not (number and 0 <= value <= 1):  # type: ignore[operator]
        problems.append(problem("out-of-range:share", column=argument, number=brief(value)))


def is_whole(*arrays: Floats) -> bool:
    """Whether every number is whole and small enough for exact sums in double precision."""
    return all(
        bool((np.rint(array) == array).all()) and bool((np.abs(array) < 2**40).all())
        for array in arrays
    )
