"""Where networks come from: files of several formats, and the study's own road file."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import shapely

from layout.core import cache
from layout.core.errors import InputError, Problem
from layout.core.progress import step
from layout.core.standards import Standards
from layout.core.text import tr
from layout.inputs.database.postgis import Fetched
from layout.inputs.roads import osm
from layout.inputs.roads.file import (
    ROAD_SUFFIXES,
    Roads,
    opened_roads,
    roads_name,
    roads_sha256,
    shifted,
)
from layout.inputs.roads.lines import is_lines, read_lines
from layout.inputs.safety.paths import sha256_of, split_layer
from layout.inputs.study.study import Study
from layout.network.roads.graphs import read_graphml
from layout.network.roads.network import RoadNetwork, from_tables
from layout.network.roads.projection import metre_crs
from layout.network.roads.slope import with_heights
from layout.network.roads.stored import from_arrays, to_arrays

__all__ = ["network", "network_key", "read_network"]


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
        In the study's CRS, with bus speeds by its standards, and by slope where it has heights.

    Raises
    ------
    InputError
        As for `read_network` and `layout.network.roads.slope.with_heights`; or a unit of the
        study has no road (code ``unit-without-roads``).
    """
    with step(tr("Reading the roads")):
        found = _held(_Key(name=network_key(study), study=study))
    _check_units(study, found)
    return found


@dataclass(frozen=True)
class _Key:
    """A study, equal to another one wherever the network is the same."""

    name: str
    study: Study = field(compare=False)


@lru_cache(maxsize=2)
def _held(key: _Key) -> RoadNetwork:
    """Read the roads, or what the cache holds of the same content."""
    study = key.study
    arrays = cache.load(key.name)
    found = None if arrays is None else from_arrays(arrays, crs=study.crs)
    if found is None:
        found = read_network(
            study.roads_file, crs=study.crs, standards=study.standards, datum=study.roads_datum
        )
        if study.height_file is not None:
            found = with_heights(found, study.height_file, standards=study.standards)
        cache.store(key.name, to_arrays(found))
    return found


def network_key(study: Study) -> str:
    """Name the network of a study in the cache on disk.

    Parameters
    ----------
    study
        The study; of its road file the content counts, and the name and the layer, which tell
        how it is read; of its height model the content.
    """
    roads = study.roads_file
    layer = "" if isinstance(roads, Fetched) else split_layer(str(roads))[1]
    return cache.key(
        "roads",
        *(roads_name(roads), layer, roads_sha256(roads)),
        *(study.roads_datum, study.crs, repr(study.standards)),
        *(() if study.height_file is None else ("height", sha256_of(study.height_file))),
    )


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
