"""What the model stands on: the committed boundaries, names and census table in ``data/``."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

MODEL_CRS = "EPSG:4507"
WGS84 = "EPSG:4326"
BORDER_COUNTIES = ("451026", "451081")
KARST_COUNTIES = ("451024", "451026", "451027", "451028", "451031", "451081")


@dataclass(frozen=True, eq=False)
class Sources:
    """Committed inputs of the builder.

    Attributes
    ----------
    counties : GeoDataFrame
        Index county_code, columns name and geometry, in metres (EPSG:4507).
    border : shapely geometry
        Land border line in metres (EPSG:4507); for distances only, never drawn.
    land : shapely geometry
        The 12 counties on the inner side of the border line, in metres.
    villages, townships, census : DataFrame
        Name tables (statistical codes of 2023-06) and the census bands of 2020.
    """

    counties: gpd.GeoDataFrame
    border: BaseGeometry
    land: BaseGeometry
    villages: pd.DataFrame
    townships: pd.DataFrame
    census: pd.DataFrame


def read_sources(data: Path) -> Sources:
    """Read the committed inputs below ``data``.

    Parameters
    ----------
    data : Path
        Folder that holds ``boundaries/``, ``settlements/`` and ``census/``.

    Returns
    -------
    Sources
        Everything in metres (EPSG:4507), rows sorted by code.
    """
    counties = gpd.read_file(data / "boundaries" / "counties.gpkg", layer="counties")
    counties = counties.to_crs(MODEL_CRS).set_index("county_code").sort_index()
    line = gpd.read_file(data / "boundaries" / "border.gpkg", layer="border")
    border = line.to_crs(MODEL_CRS).geometry.iloc[0]
    names = data / "settlements"
    codes = {"village_code": str, "township_code": str, "county_code": str}
    villages = pd.read_csv(names / "villages_nbs2023.csv", dtype=codes, encoding="utf-8-sig")
    townships = pd.read_csv(names / "townships_nbs2023.csv", dtype=codes, encoding="utf-8-sig")
    census = pd.read_csv(data / "census" / "census_2020.csv", dtype=codes, encoding="utf-8-sig")
    return Sources(
        counties=counties,
        border=border,
        land=inner_side(shapely.union_all(counties.geometry.to_numpy()), border),
        villages=villages.sort_values("village_code").reset_index(drop=True),
        townships=townships.sort_values("township_code").reset_index(drop=True),
        census=census.set_index("county_code").sort_index(),
    )


def inner_side(city: BaseGeometry, border: BaseGeometry) -> BaseGeometry:
    """Part of the city on the inner side of both the county outline and the border line.

    The line runs up to 2.4 km off the county polygons, so pieces of the polygons lie beyond it;
    the largest piece that the line leaves is the inner side.

    Parameters
    ----------
    city, border : shapely geometry
        Polygon and line in the same metric CRS.

    Returns
    -------
    shapely geometry
        The largest polygon left after cutting ``city`` along ``border``.
    """
    return max(split(city, border).geoms, key=lambda piece: float(piece.area))
