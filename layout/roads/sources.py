"""Where networks come from: files of several formats, and the study's own road file."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from layout.errors import InputError, Problem
from layout.progress import step
from layout.readers import osm
from layout.readers.database import Fetched
from layout.readers.roadfile import (
    ROAD_SUFFIXES,
    Roads,
    opened_roads,
    roads_name,
    roads_sha256,
    shifted,
)
from layout.readers.roads_lines import is_lines, read_lines
from layout.roads.graphs import read_graphml
from layout.roads.network import RoadNetwork, from_tables
from layout.roads.projection import metre_crs
from layout.standards import Standards
from layout.study import Study
from layout.text import tr

__all__ = ["network", "read_network"]


def read_network(
    roads: Roads, *, crs: str, standards: Standards | None = None, datum: str = "WGS 84"
) -> RoadNetwork:
    """Read a road file and make a network of it.

    Parameters
    ----------
    roads
        ``.osm.pbf``, ``.osm``, ``.osm.xml``; ``.graphml`` as osmnx saves it; road lines in
        ``.gpkg`` (``file.gpkg|layer`` chooses a layer), ``.shp``, ``.geojson``, ``.fgb``,
        ``.parquet``; a ``.zip`` of one of these; or rows of a database.
    crs
        Projected CRS in metres.
    standards
        Norms in force; the default ones where not given.
    datum
        ``GCJ-02`` or ``BD-09`` where the file is shifted; it is brought to WGS 84.

    Returns
    -------
    RoadNetwork

    Raises
    ------
    InputError
        The file is missing, of another format, malformed, unsafe, or holds no usable road.
    """
    metre_crs(crs)
    norms = standards or Standards()
    if isinstance(roads, Fetched):
        return from_tables(shifted(read_lines(roads), datum), crs=crs, standards=norms)
    with opened_roads(roads) as (file, layer):
        if file.suffix.lower() == ".graphml":
            return read_graphml(file, crs=crs, standards=norms, datum=datum)
        if osm.is_osm(file):
            tables = osm.read_roads(file)
        elif is_lines(file):
            tables = read_lines(file, layer=layer)
        else:
            raise InputError(
                Problem(
                    code="roads-format",
                    file=file.name,
                    reason=tr("Roads cannot be read from a file of this format."),
                    remedy=tr("Use one of: {choices}.", choices=", ".join(ROAD_SUFFIXES)),
                )
            )
    return from_tables(shifted(tables, datum), crs=crs, standards=norms)


def network(study: Study) -> RoadNetwork:
    """Return the road network of a study, read once per content of its road file.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    RoadNetwork
        In the study's CRS, with bus speeds by its standards.

    Raises
    ------
    InputError
        As for `read_network`; or a unit of the study has no road (code ``unit-without-roads``).
    """
    roads = study.roads_file
    with step(tr("Reading the roads")):
        found = _held(roads, roads_sha256(roads), study.crs, study.standards, study.roads_datum)
    _check_units(study, found)
    return found


@lru_cache(maxsize=2)
def _held(roads: Roads, digest: str, crs: str, standards: Standards, datum: str) -> RoadNetwork:
    """Read a road file; `digest` is there to tell contents apart."""
    del digest
    return read_network(roads, crs=crs, standards=standards, datum=datum)


def _check_units(study: Study, found: RoadNetwork) -> None:
    shapes = study.units.geometry.to_crs(found.crs)
    tree = shapely.STRtree(found.geometry)
    touched = tree.query(shapes.to_numpy(), predicate="intersects")[0]
    bare = np.setdiff1d(np.arange(len(shapes)), touched)
    if len(bare):
        raise InputError(
            *(
                Problem(
                    code="unit-without-roads",
                    file=roads_name(study.roads_file),
                    row=str(study.units.index[at]),
                    value=str(study.units["name"].iloc[at]),
                    reason=tr("No road of the road file lies in this county."),
                    remedy=tr("Use a road file that covers the whole study area."),
                )
                for at in bare
            )
        )
