"""Where networks come from: files of several formats, and the study's own road file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import shapely

from layout import cache
from layout.errors import InputError, Problem
from layout.progress import step
from layout.readers import osm
from layout.readers.roads_lines import is_lines, read_lines
from layout.readers.safe import sha256_of, split_layer
from layout.roads.graphs import read_graphml
from layout.roads.network import RoadNetwork, from_tables
from layout.roads.projection import metre_crs
from layout.roads.stored import from_arrays, to_arrays
from layout.standards import Standards
from layout.study import Study
from layout.text import tr

__all__ = ["network", "network_key", "read_network"]


def read_network(path: Path, *, crs: str, standards: Standards | None = None) -> RoadNetwork:
    """Read a road file and make a network of it.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, ``.osm.xml``; ``.graphml`` as osmnx saves it; or road lines in
        ``.gpkg`` (``file.gpkg|layer`` chooses a layer), ``.shp``, ``.geojson``.
    crs
        Projected CRS in metres.
    standards
        Norms in force; the default ones where not given.

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
    name, layer = split_layer(str(path))
    file = Path(name)
    if osm.is_osm(file):
        return from_tables(osm.read_roads(file), crs=crs, standards=norms)
    if file.suffix.lower() == ".graphml":
        return read_graphml(file, crs=crs, standards=norms)
    if is_lines(file):
        return from_tables(read_lines(file, layer=layer or None), crs=crs, standards=norms)
    raise InputError(
        Problem(
            code="roads-format",
            file=file.name,
            reason=tr("Roads cannot be read from a file of this format."),
            remedy=tr("Use .osm.pbf, .osm, .graphml, .gpkg, .shp or .geojson."),
        )
    )


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
    path = study.roads_file
    file = Path(split_layer(str(path))[0])
    digest = sha256_of(file) if file.is_file() else ""
    with step(tr("Reading the roads")):
        found = _held(str(path), digest, study.crs, study.standards)
    _check_units(study, found)
    return found


@lru_cache(maxsize=2)
def _held(path: str, digest: str, crs: str, standards: Standards) -> RoadNetwork:
    """Read a road file, or what the cache holds of the same content."""
    if not digest:  # no such file
        return read_network(Path(path), crs=crs, standards=standards)
    name = network_key(path, digest, crs, standards)
    arrays = cache.load(name)
    found = None if arrays is None else from_arrays(arrays, crs=crs)
    if found is None:
        found = read_network(Path(path), crs=crs, standards=standards)
        cache.store(name, to_arrays(found))
    return found


def network_key(path: str, digest: str, crs: str, standards: Standards) -> str:
    """Name the network of a road file in the cache on disk.

    Parameters
    ----------
    path
        The road file; only its name and layer count, which tell how it is read.
    digest
        SHA-256 of its content.
    crs, standards
        As for `read_network`.
    """
    return cache.key("roads", Path(path).name, digest, crs, repr(standards))


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
                    file=Path(split_layer(str(study.roads_file))[0]).name,
                    row=str(study.units.index[at]),
                    value=str(study.units["name"].iloc[at]),
                    reason=tr("No road of the road file lies in this county."),
                    remedy=tr("Use a road file that covers the whole study area."),
                )
                for at in bare
            )
        )
