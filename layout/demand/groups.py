"""Groups: the undivided unit that a plan moves, with its way to school today.

A group is (settlement, grade band, school attended today). A settlement whose children of one
band attend several schools is several groups.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import UsageError
from layout.core.standards import BAND_OF_GRADE, BANDS, COMPULSORY_GRADES, Standards, limit_minutes
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

__all__ = ["COMPULSORY_BANDS", "boarding_bands", "day_ways", "group_counts", "groups", "seconds"]

COMPULSORY_BANDS: tuple[str, ...] = ("1-3", "4-6", "7-9")
SECONDS_PER_MINUTE = 60


def groups(
    study: Study,
    walk: TravelMatrix,
    bus: TravelMatrix,
    *,
    attendance: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather attendance into groups and describe each one's way to school today.

    Parameters
    ----------
    study
        Supplies schools, norms and, by default, the attendance table.
    walk, bus
        Ways from settlements to schools.
    attendance
        Who goes where, columns settlement_id, grade, school_id, pupils; by default the study's.

    Returns
    -------
    pandas.DataFrame
        Index ``group`` = "settlement|band|school", sorted. Columns settlement_id, band,
        school_id, pupils, ``n_g1`` … ``n_g9``, mode_before (``walk``, ``bus``, ``board``),
        minutes_before, metres_before (one way; missing where the matrices hold no way),
        beyond (bool: no way is held although settlement and school both have ways, so that the
        way of today is longer than the cut-off).

    Raises
    ------
    UsageError
        Where there is no attendance: neither given nor in the study.

    Notes
    -----
    On foot within the walking limit, else by bus. Pupils from the boarding grade on, whose day
    way is over the limit or unknown, at a school that has boarders, count as boarders: their
    minutes are those of one weekly trip by bus.
    """
    table = study.attendance if attendance is None else attendance
    if table is None:
        raise UsageError(tr("the study has no attendance table; infer one first"))
    result = group_counts(table)
    norms = study.standards
    ways = day_ways(
        walk,
        bus,
        origins=result["settlement_id"],
        sites=result["school_id"],
        bands=result["band"],
        standards=norms,
    )
    has_boarders = study.schools["boarders"].reindex(result["school_id"]).fillna(0).to_numpy() > 0
    may_board = result["band"].isin(boarding_bands(norms)).to_numpy()
    boards = has_boarders & may_board & ~ways["within"].to_numpy()
    pairs = result["settlement_id"].tolist(), result["school_id"].tolist()
    bus_minutes, bus_metres = _missing(bus.minutes_of(*pairs)), _missing(bus.metres_of(*pairs))
    by_bus = boards & ~np.isnan(bus_minutes)
    result["mode_before"] = np.where(boards, "board", ways["mode"].to_numpy())
    result["minutes_before"] = np.where(by_bus, bus_minutes, ways["minutes"].to_numpy())
    result["metres_before"] = np.where(by_bus, bus_metres, ways["metres"].to_numpy())
    routed = _routed(walk, bus, result["settlement_id"], result["school_id"])
    result["beyond"] = result["minutes_before"].isna().to_numpy() & routed
    return result


def group_counts(attendance: pd.DataFrame) -> pd.DataFrame:
    """Count pupils of the compulsory stage by settlement, band and school.

    Parameters
    ----------
    attendance
        Columns settlement_id, grade, school_id, pupils. Rows without a school are children who
        attend none; they make no group.

    Returns
    -------
    pandas.DataFrame
        Index ``group``, sorted; columns settlement_id, band, school_id, pupils, ``n_<grade>``.
    """
    attends = (attendance["school_id"] != "") & attendance["grade"].isin(COMPULSORY_GRADES)
    rows = attendance.loc[attends, ["settlement_id", "grade", "school_id", "pupils"]]
    rows = rows.assign(band=rows["grade"].map(BAND_OF_GRADE))
    keys = ["settlement_id", "band", "school_id"]
    wide = rows.pivot_table(
        index=keys, columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=list(COMPULSORY_GRADES), fill_value=0).astype("int64")
    wide.columns = pd.Index([f"n_{grade}" for grade in COMPULSORY_GRADES])
    result = wide.reset_index()
    result.insert(3, "pupils", wide.sum(axis=1).to_numpy())
    result = result[result["pupils"] > 0]
    for key in keys:
        result[key] = result[key].astype("str")
    label = result["settlement_id"] + "|" + result["band"] + "|" + result["school_id"]
    return result.set_index(pd.Index(label, name="group")).sort_index()


def day_ways(
    walk: TravelMatrix,
    bus: TravelMatrix,
    *,
    origins: pd.Series,
    sites: pd.Series,
    bands: pd.Series,
    standards: Standards,
) -> pd.DataFrame:
    """Choose the daily way of each pair of settlement and school: on foot, else by bus.

    Parameters
    ----------
    walk, bus
        Ways from settlements to schools.
    origins, sites, bands
        One entry for each pair, aligned.
    standards
        Walking limit in metres and limits in minutes.

    Returns
    -------
    pandas.DataFrame
        Columns mode, minutes, metres, within (the limits hold), one row a pair in order. Where
        neither way keeps its limit, the bus way is told, else the walk, else nothing (NaN).
    """
    limit_s = np.asarray(bands.map(_limits_s(standards)), dtype=np.int64)
    pairs = origins.tolist(), sites.tolist()
    walk_minutes, walk_metres = walk.minutes_of(*pairs), walk.metres_of(*pairs)
    bus_minutes, bus_metres = bus.minutes_of(*pairs), bus.metres_of(*pairs)
    on_foot = (walk_metres <= standards.walk_limit_m) & _within(walk_minutes, limit_s)
    by_bus = ~on_foot & _within(bus_minutes, limit_s)
    no_bus = ~on_foot & ~np.isfinite(bus_minutes)
    walked = on_foot | (no_bus & np.isfinite(walk_minutes))
    return pd.DataFrame(
        {
            "mode": np.where(walked, "walk", "bus"),
            "minutes": _missing(np.where(walked, walk_minutes, bus_minutes)),
            "metres": _missing(np.where(walked, walk_metres, bus_metres)),
            "within": on_foot | by_bus,
        }
    )


def boarding_bands(standards: Standards) -> tuple[str, ...]:
    """Bands of the compulsory stage whose grades may all board."""
    return tuple(
        band
        for band in COMPULSORY_BANDS
        if min(int(grade[1:]) for grade in BANDS[band]) >= standards.boarding_from_grade
    )


def seconds(minutes: npt.NDArray[np.floating]) -> Ints:
    """Whole seconds of finite minutes; the unit in which models add and compare."""
    return np.rint(np.asarray(minutes, dtype=np.float64) * SECONDS_PER_MINUTE).astype(np.int64)


def _routed(walk: TravelMatrix, bus: TravelMatrix, origins: pd.Series, sites: pd.Series) -> Bools:
    """Whether both ends of each pair have any way at all, on foot or by bus."""
    routed = np.zeros(len(origins), dtype=np.bool_)
    for matrix in (walk, bus):
        start = (matrix.origin_status == "ok").reindex(origins, fill_value=False)
        end = (matrix.site_status == "ok").reindex(sites, fill_value=False)
        routed |= start.to_numpy(dtype=bool) & end.to_numpy(dtype=bool)
    return routed


def _limits_s(standards: Standards) -> dict[str, int]:
    return {
        band: int(limit_minutes(standards, band) * SECONDS_PER_MINUTE) for band in COMPULSORY_BANDS
    }


def _within(minutes: npt.NDArray[np.floating], limit_s: Ints) -> Bools:
    finite = np.isfinite(minutes)
    return np.asarray(finite & (seconds(np.where(finite, minutes, 0.0)) <= limit_s), dtype=np.bool_)


def _missing(values: npt.NDArray[np.floating]) -> Floats:
    """Turn the matrices' infinity into a missing value, as tables hold it."""
    result = np.asarray(values, dtype=np.float64).copy()
    result[~np.isfinite(result)] = np.nan
    return result
