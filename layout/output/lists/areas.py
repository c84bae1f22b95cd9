"""Service areas as a GeoPackage."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from layout.core.files import refusals_told, whole_file
from layout.inputs.study.study import Study
from layout.output.lists.csvs import with_ending
from layout.output.lists.geopackage import fixed_date, write_places
from layout.output.maps.geometry import WGS84

__all__ = ["areas_target", "write_areas"]


def areas_target(path: str | Path) -> Path:
    """Return the path if service areas can be written there.

    Parameters
    ----------
    path
        A file name that ends in ``.gpkg``.

    Raises
    ------
    UsageError
        For any other ending.
    InputError
        If it cannot be written.
    """
    return with_ending(path, ".gpkg")


def write_areas(study: Study, areas: gpd.GeoDataFrame, path: str | Path) -> Path:
    """Write the service areas of schools as the layer ``service_areas``, whole or not at all.

    Parameters
    ----------
    study
        The study, for the names of its schools and its date.
    areas
        What `layout.network.travel.service_areas` returns for its schools.
    path
        The file; an earlier one stays until the new one is complete.

    Returns
    -------
    pathlib.Path
        The file that was written: columns school_id, name, minutes, MultiPolygons in EPSG:4326.
        The same areas give the same bytes.

    Raises
    ------
    UsageError
        The file name does not end in ``.gpkg``.
    InputError
        It cannot be written.
    """
    target = areas_target(path)
    # Labels of the sites are school ids; names in the order of the rows.
    table = areas.to_crs(WGS84).rename(columns={"site": "school_id"})
    table.insert(1, "name", study.schools["name"].reindex(table["school_id"]).to_numpy())
    with (
        refusals_told(target),
        whole_file(target) as partial,
        fixed_date(f"{study.data_date.isoformat()}T00:00:00Z"),
    ):
        write_places(
            table,
            partial,
            layer="service_areas",
            driver="GPKG",
            geometry_type="MultiPolygon",
        )
    return target
