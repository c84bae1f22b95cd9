"""Where networks come from: files of several formats, and the study's own road file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import shapely

from layout.core import cache
from layout.core.errors import InputError, expect
from layout.core.problems import problem, refuse
from layout.core.progress import step
from layout.core.standards import Standards, norms_text
from layout.core.text import tr
from layout.inputs.database.postgis import Fetched
from layout.inputs.datum import metre_crs
from layout.inputs.roads import osm
from layout.inputs.roads.file import (
    ROAD_SUFFIXES,
    Roads,
    RoadSource,
    opened_roads,
    roads_name,
    roads_sha256,
    shifted,
)
from layout.inputs.roads.joins import across_180
from layout.inputs.roads.lines import is_lines, read_lines
from layout.inputs.roads.words import RoadWords
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.study import Study
from layout.network.roads.classes import ROAD_NORMS
from layout.network.roads.graphs import read_graphml
from layout.network.roads.network import RoadNetwork, from_tables
from layout.network.roads.remarks import road_problems
from layout.network.roads.slope import with_heights
from layout.network.roads.stored import from_arrays, to_arrays

__all__ = ["network", "network_key", "read_network"]


def read_network(
    roads: Path | Roads,
    *,
    crs: str,
    standards: Standards | None = None,
    datum: str = "WGS 84",
    words: RoadWords | None = None,
) -> RoadNetwork:
    """Read a road file and make a network of it.

    Parameters
    ----------
    roads
        ``.osm.pbf``, ``.osm``, ``.osm.xml``; ``.graphml`` as osmnx saves it; road lines in
        ``.gpkg``, ``.shp``, ``.geojson``, ``.fgb``, ``.parquet``; a ``.zip`` of one of these, all
        by their path or, where a layer or member is meant, as `RoadSource`; or rows of a database.
    crs
        Projected CRS in metres.
    standards
        Norms in force; the default ones where not given.
    datum
        ``GCJ-02`` or ``BD-09`` where the file is shifted; it is brought to WGS 84.
    words
        What the columns and values of road lines mean, and how near ends are joined.

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
    # Tables of a database need no file.
    if isinstance(roads, Fetched):
        tables = read_lines(roads, words=words)
        return from_tables(shifted(tables, datum), crs=crs, standards=norms)
    source = RoadSource(roads) if isinstance(roads, Path) else roads
    with opened_roads(source) as (file, layer):
        if file.suffix.lower() == ".graphml":
            other = "" if words is None else words.other_class
            return read_graphml(file, crs=crs, standards=norms, datum=datum, other_class=other)
        if osm.is_osm(file):
            tables = across_180(osm.read_roads(file))
        elif is_lines(file):
            tables = read_lines(file, layer=layer, encoding=source.encoding, words=words)
        else:
            raise refuse("roads-format", file=file.name, choices=", ".join(ROAD_SUFFIXES))
    return from_tables(shifted(tables, datum), crs=crs, standards=norms)


def network(study: Study) -> RoadNetwork:
    """Return the road network of a study, from the cache on disk where it is there.

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
        As for `read_network` and `layout.network.roads.slope.with_heights`; a unit of the study
        has no road (code ``unit-without-roads``); most roads have no known class
        (``unclassified-ways``); or the road file is no longer the one that the
        study was read with (``file-changed``).
    """
    expect(Study, study=study)
    with step(tr("Reading the roads")):
        # The key covers everything that the network depends on; see `network_key`.
        name = network_key(study)
        arrays = cache.load(name)
        roads = None if arrays is None else from_arrays(arrays, crs=study.crs)
        if roads is None:
            roads = _read(study)
            cache.store(name, to_arrays(roads))
    _check_units(study, roads)
    doubts = road_problems(study, roads)
    # With what else is to be said of the roads, as which column was not found.
    if any(one.severity == "error" for one in doubts):
        raise InputError(*doubts)
    return roads


def _read(study: Study) -> RoadNetwork:
    """Read the roads of a study from their file, which must still be the one it names."""
    roads = read_network(
        study.roads,
        crs=study.crs,
        standards=study.standards,
        datum=study.roads_datum,
        words=study.road_words,
    )
    source = study.roads
    # A study that was read earlier must not be routed on another file under the same name.
    if isinstance(source, RoadSource) and source.sha256 not in ("", sha256_of(source.path)):
        raise refuse("file-changed", file=source.path.name)
    if study.height_file is None:
        return roads
    return with_heights(roads, study.height_file, standards=study.standards)


def network_key(study: Study) -> str:
    """Name the network of a study in the cache on disk.

    Parameters
    ----------
    study
        The study; of its road file the content counts, and the name, layer, encoding and words,
        which tell how it is read; of its height model the content; of its norms `ROAD_NORMS`.
    """
    roads = study.roads
    layer = ("", "") if isinstance(roads, Fetched) else (roads.layer, roads.encoding)
    return cache.key(
        "roads",
        *(roads_name(roads), *layer, roads_sha256(roads)),
        *(study.roads_datum, study.road_words.text()),
        *(study.crs, norms_text(study.standards, ROAD_NORMS)),
        *(() if study.height_file is None else ("height", sha256_of(study.height_file))),
    )


def _check_units(study: Study, roads: RoadNetwork) -> None:
    # Units whose shape no road touches, by position.
    shapes = study.units.geometry.to_crs(roads.crs)
    tree = shapely.STRtree(roads.geometry)
    touched = tree.query(shapes.to_numpy(), predicate="intersects")[0]
    bare = np.setdiff1d(np.arange(len(shapes)), touched)
    if len(bare):
        raise InputError(
            *(
                problem(
                    "unit-without-roads",
                    file=roads_name(study.roads),
                    label=study.units.index[at],
                    value=study.units["name"].iloc[at],
                )
                for at in bare
            )
        )
