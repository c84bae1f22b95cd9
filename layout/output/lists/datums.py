"""The datum that a list is written in: its name in columns, and how points and shapes get there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from layout.core.arrays import Floats
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.datum import (
    THREE_DEGREES,
    WGS84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
    zone_at,
    zone_crs,
)

__all__ = ["DATUMS", "ZONE", "Datum", "check_datum", "datum_of", "wgs84"]

ZONE = "cgcs2000-zone"
DATUMS = ("wgs84", "cgcs2000", ZONE, "gcj02", "bd09")
"""Datums by name; the number of a three-degree zone may follow: ``cgcs2000-zone36``.

CGCS2000 is taken as equal to WGS 84; the last two have no EPSG code, so columns and layers name
them, and what is in them is for display alone.
"""

_CGCS2000 = "EPSG:4490"
_SHIFTS: dict[str, Callable[[Floats, Floats], tuple[Floats, Floats]]] = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
}
_NUMBERED = re.compile(rf"{ZONE}(\d+)")


@dataclass(frozen=True)
class Datum:
    """One datum.

    Attributes
    ----------
    name
        One of `DATUMS`, a zone with its number.
    crs
        Its EPSG code; None where it has none.
    zone
        Number of its three-degree zone; 0 for degrees.
    """

    name: str
    crs: str | None
    zone: int = 0

    @property
    def suffix(self) -> str:
        """What names of columns and layers end in: nothing for WGS 84."""
        return "" if self.name == "wgs84" else "_" + self.name.replace("-", "_")

    @property
    def columns(self) -> tuple[str, str]:
        """Names of the columns of a point, the one to the east first."""
        if self.zone:
            return f"easting{self.suffix}_m", f"northing{self.suffix}_m"
        return f"lon{self.suffix}", f"lat{self.suffix}"

    @property
    def shifted(self) -> bool:
        """Whether what is in it is for display alone."""
        return self.name in _SHIFTS

    def label(self) -> str:
        """Return its name for readers; a shifted one is marked as a copy for display."""
        if self.zone:
            return tr(
                "CGCS2000, 3° zone {zone}, {meridian}° E", zone=self.zone, meridian=3 * self.zone
            )
        named = {"wgs84": "WGS 84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
        name = named[self.name]
        return tr("{datum}, for display only", datum=name) if self.shifted else name

    def titles(self) -> dict[str, str]:
        """Return the headings of its two columns."""
        axes = (
            (tr("Easting, m"), tr("Northing, m"))
            if self.zone
            else (tr("Longitude, °"), tr("Latitude, °"))
        )
        return {
            column: tr("{axis} ({datum})", axis=axis, datum=self.label())
            for column, axis in zip(self.columns, axes, strict=True)
        }

    def points(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Return points that are given in degrees of WGS 84; arrays of one shape."""
        if self.shifted:
            return _SHIFTS[self.name](lon, lat)
        if not self.zone:
            return lon, lat
        # CGCS2000 is taken as WGS 84, so that only the projection is left.
        way = pyproj.Transformer.from_crs(_CGCS2000, self.crs, always_xy=True)
        east, north = way.transform(lon, lat)
        return np.asarray(east), np.asarray(north)

    def table(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table whose columns ``lon`` and ``lat`` are in the datum, and say so."""
        if "lon" not in table or self.name == "wgs84":
            return table
        lon, lat = (table[name].to_numpy(dtype="float64") for name in ("lon", "lat"))
        first, second = self.points(lon, lat)
        renamed = dict(zip(("lon", "lat"), self.columns, strict=True))
        return table.assign(lon=first, lat=second).rename(columns=renamed)

    def layer(self, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return a layer of WGS 84 in the datum; without a code where the datum has none."""
        table = self.table(pd.DataFrame(layer.drop(columns=layer.geometry.name)))

        # Every vertex is converted on its own, since a shift varies from place to place.
        def moved(xy: Floats) -> Floats:
            return np.stack(self.points(xy[:, 0], xy[:, 1]), axis=1)

        shapes = layer.geometry.to_numpy()
        if self.shifted or self.zone:
            shapes = shapely.transform(shapes, moved)
        return gpd.GeoDataFrame(table, geometry=shapes, crs=self.crs)


def wgs84() -> Datum:
    """Return WGS 84, which all tables of a plan are in."""
    return Datum("wgs84", WGS84)


def check_datum(name: str) -> str:
    """Return the name of a datum if there is one.

    Raises
    ------
    layout.core.errors.UsageError
        There is none, or no zone of this number.
    """
    numbered = _NUMBERED.fullmatch(name)
    if name not in DATUMS and not (numbered and int(numbered[1]) in THREE_DEGREES):
        known = ", ".join((*DATUMS, f"{ZONE}{THREE_DEGREES[0]}…{THREE_DEGREES[-1]}"))
        raise UsageError(
            tr("There is no datum {name}; use one of: {known}", name=name, known=known)
        )
    return name


def datum_of(name: str, places: gpd.GeoSeries | None = None) -> Datum:
    """Return a datum by its name.

    Parameters
    ----------
    name
        One of `DATUMS`, or a zone with its number.
    places
        What lies in the zone, in EPSG:4326; its middle chooses a zone that is not given.

    Raises
    ------
    layout.core.errors.UsageError
        As `check_datum`, or the places lie in no zone of CGCS2000.
    """
    numbered = _NUMBERED.fullmatch(check_datum(name))
    if numbered:
        return Datum(name, zone_crs(int(numbered[1])), int(numbered[1]))
    if name != ZONE:
        return Datum(name, {"wgs84": WGS84, "cgcs2000": _CGCS2000}.get(name))
    west, _, east, _ = (0.0, 0.0, 0.0, 0.0) if places is None else places.total_bounds
    zone = zone_at((west + east) / 2)
    if zone not in THREE_DEGREES:
        raise UsageError(tr("CGCS2000 has no zone of three degrees where this study lies."))
    return Datum(f"{ZONE}{zone}", zone_crs(zone), zone)
