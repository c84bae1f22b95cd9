"""What OpenStreetMap's servers have of a place, downloaded by osmnx, for those who are online.

osmnx keeps its settings for the whole process and points the resolver of names at one address;
both are changed only within `_our_settings`, which puts them back.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from layout.core.arrays import Bools
from layout.core.problems import refuse
from layout.core.text import Sentence, sentence
from layout.inputs.datum import WGS84, choose_metre_crs, to_metres
from layout.inputs.roads.osm_objects import TagFilters
from layout.inputs.roads.tables import WAY_TAGS

if TYPE_CHECKING:
    import networkx as nx
    import requests

__all__ = ["Downloaded", "download"]

LARGEST_KM2 = 50_000
"""Larger than almost every prefecture; servers that all share are not asked for more."""

MARGIN_M = 5_000.0
"""Ways from place to place may leave the area; roads and border are fetched this far around it."""

_SIMPLER_M = 1_000.0
"""An outline of few corners, as each query says it some fifty times."""

# Parts into which osmnx may cut the area, one query each; waits for a busy server.
_MOST_PARTS = 8
_MOST_WAITS = 2
Area = shapely.Polygon | shapely.MultiPolygon

# HTTP status of a server that is busy, and the query of national borders on land.
_BUSY = (429, 504)
_BORDER = '["boundary"="administrative"]["admin_level"="2"]["maritime"!="yes"]'
_POINT = shapely.GeometryType.POINT
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, eq=False, kw_only=True)
class Downloaded:
    """What the servers have of a place; EPSG:4326.

    Parameters
    ----------
    area
        Polygon or multipolygon of the place, as the geocoder has it.
    features
        Objects in and around it, sorted by ``osm_id`` (``n123``, ``w123``, ``r123``), with a
        column for each tag.
    border
        Lines of national borders; columns ``osm_id``, geometry.
    graph
        Roads as osmnx builds them, simplified where no tag changes.
    """

    area: Area
    features: gpd.GeoDataFrame
    border: gpd.GeoDataFrame
    graph: nx.MultiDiGraph[Any]

    def points(
        self, filters: TagFilters, *, languages: Sequence[str], keep: Sequence[str] = ()
    ) -> gpd.GeoDataFrame:
        """Objects by their tags as points, as those of an extract.

        Parameters
        ----------
        filters, languages, keep
            As for `layout.inputs.roads.osm_objects.read_points`; only what was downloaded can be
            found.
        """
        # Bools over the features: those with any of the tags.
        passes = np.zeros(len(self.features), dtype=bool)
        for key, values in filters.items():
            text = _text(self.features, key)
            passes |= ((text != "") if values is True else text.isin([*values])).to_numpy()
        kept = self._kept(passes, (_POINT, *_AREAS), [*filters, *keep], languages)
        inside = shapely.point_on_surface(kept.geometry.to_numpy())
        return kept.set_geometry(gpd.GeoSeries(inside, index=kept.index, crs=WGS84))

    def boundaries(self, *, admin_level: int, languages: Sequence[str]) -> gpd.GeoDataFrame:
        """Administrative areas, as those of an extract.

        Parameters
        ----------
        admin_level, languages
            As for `layout.inputs.roads.osm_objects.read_boundaries`; only a level that was
            downloaded can be found.
        """
        passes = _text(self.features, "admin_level") == str(admin_level)
        passes &= _text(self.features, "boundary") == "administrative"
        return self._kept(passes.to_numpy(), _AREAS, ["admin_level"], languages)

    def _kept(
        self, passes: Bools, kinds: Collection[int], keys: Sequence[str], languages: Sequence[str]
    ) -> gpd.GeoDataFrame:
        """Rows that pass and are of these kinds of geometry, with the columns of the readers."""
        # Rows in the order of the features; a tag that none of them has is an empty column.
        of_kind = np.isin(shapely.get_type_id(self.features.geometry.to_numpy()), [*kinds])
        rows = self.features[passes & of_kind].reset_index(drop=True)
        tags = {f"name_{language}": f"name:{language}" for language in languages}
        tags = {"osm_id": "osm_id", "name": "name", **tags, **{key: key for key in keys}}
        table = pd.DataFrame({column: _text(rows, tag) for column, tag in tags.items()})
        # What is cut or crossed is no area for the servers' reader either.
        table["whole"] = True
        return gpd.GeoDataFrame(table, geometry=rows.geometry.to_numpy(), crs=WGS84)

    def save_roads(self, path: Path) -> None:
        """Write the roads as GraphML, which `layout.network.roads.read_network` reads.

        Parameters
        ----------
        path
            The file.
        """
        import osmnx

        osmnx.save_graphml(self.graph, path)


def download(place: str, *, filters: TagFilters, admin_levels: Sequence[int]) -> Downloaded:
    """Ask OpenStreetMap's servers for a place: its area, objects by tags, border and roads.

    Parameters
    ----------
    place
        A name that the geocoder knows, as ``Jingxi, Guangxi, China``.
    filters
        Which objects to ask for by their tags.
    admin_levels
        Which administrative areas to ask for.

    Returns
    -------
    Downloaded
        All public ways, walked or driven, and border lines up to `MARGIN_M` around the area;
        objects that nobody has mapped are missing without an error.

    Raises
    ------
    InputError
        The place is not known (``place-unknown``), has no area (``place-no-area``) or too large
        a one (``place-large``); there are no roads (``no-roads``); or a server gave no answer
        that can be used (``download-failed``) or is busy (``download-busy``).
    """
    import osmnx

    with _our_settings(), _in_our_words(place):
        area = _area_of(place)
        outline, km2 = _outline(area)
        osmnx.settings.max_query_area_size = max(
            osmnx.settings.max_query_area_size, km2 * 1e6 / _MOST_PARTS
        )
        try:
            graph = osmnx.graph_from_polygon(
                outline, network_type="all_public", simplify=False, retain_all=True
            )
        except ValueError as error:
            raise refuse("no-roads:place", file=place) from error
        graph = osmnx.simplify_graph(graph, edge_attrs_differ=WAY_TAGS, remove_rings=False)
        # The same roads give the same file on any day.
        graph.graph.pop("created_date", None)
        border = _border(outline)
        # One question, or an area that lies in two parts of the outline would come twice.
        osmnx.settings.max_query_area_size = np.inf
        levels = [str(level) for level in admin_levels]
        features = _features(outline, {**filters, "admin_level": levels})
    return Downloaded(area=area, features=features, border=border, graph=graph)


@contextmanager
def _our_settings() -> Iterator[None]:
    """Let osmnx keep no files, ask no other name server, read our tags and judge each answer."""
    import osmnx

    settings = osmnx.settings
    waits = iter(range(_MOST_WAITS))

    def judge(response: requests.Response, *args: Any, **kwargs: Any) -> None:
        # osmnx waits and asks again without end while a server is busy.
        if response.status_code not in _BUSY or next(waits, None) is None:
            _judge(response)

    ours = {
        "use_cache": False,
        "doh_url_template": None,
        "useful_tags_way": [*WAY_TAGS],
        "max_query_area_size": settings.max_query_area_size,
        "requests_kwargs": {**settings.requests_kwargs, "hooks": {"response": judge}},
    }
    before = {name: getattr(settings, name) for name in ours}
    resolver = socket.getaddrinfo
    try:
        for name, value in ours.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolver


def _judge(response: requests.Response) -> None:
    """Refuse what is no whole answer; Overpass tells of a query cut short in a remark alone."""
    import requests

    # Read whole first: a refused answer that is half read would keep its connection open.
    _ = response.content
    response.raise_for_status()
    if response.is_redirect or response.url.endswith("/status"):
        return
    try:
        answer = response.json()
    except requests.JSONDecodeError as error:
        raise requests.exceptions.InvalidJSONError(response=response) from error
    if isinstance(answer, dict) and "remark" in answer:
        raise requests.exceptions.ChunkedEncodingError(response=response)
    if isinstance(answer, dict) and "elements" not in answer:
        raise requests.exceptions.InvalidJSONError(response=response)


@contextmanager
def _in_our_words(place: str) -> Iterator[None]:
    """Say in one sentence which server did not answer, and what to do."""
    import requests

    try:
        yield
    except requests.RequestException as error:
        asked = error.response if error.response is not None else error.request
        host = "" if asked is None else str(urlparse(asked.url).hostname)
        status = None if error.response is None else error.response.status_code
        if status in _BUSY or isinstance(error, requests.exceptions.ChunkedEncodingError):
            raise refuse("download-busy", file=place, host=host) from error
        if isinstance(error, requests.Timeout):
            detail: str | Sentence = sentence("no answer in time")
        elif isinstance(error, requests.exceptions.InvalidJSONError):
            detail = sentence("the answer is of another kind")
        elif status is not None:
            detail = f"HTTP {status}"
        else:
            detail = sentence("no connection")
        raise refuse("download-failed", file=place, host=host, detail=detail) from error


def _area_of(place: str) -> Area:
    """Polygons of a place, of the most important one of its name that has any."""
    import osmnx

    try:
        geocoded = osmnx.geocode_to_gdf(place)
    except TypeError as error:
        raise refuse("place-no-area", file=place) from error
    except ValueError as error:
        raise refuse("place-unknown", file=place) from error
    # Polygons alone: repairing a shape may leave lines and points.
    shape = shapely.make_valid(geocoded.geometry.iloc[0])
    parts = [part for part in shapely.get_parts(shape) if shapely.get_type_id(part) in _AREAS]
    area: Area = shapely.union_all(parts)  # type: ignore[assignment]
    metres2, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(area))
    if metres2 > LARGEST_KM2 * 1e6:
        raise refuse(
            "place-large", file=place, size=f"{metres2 / 1e6:,.0f}", limit=f"{LARGEST_KM2:,}"
        )
    return area


def _outline(area: Area) -> tuple[Area, float]:
    """The area with its margin, of few corners, EPSG:4326; square kilometres of its hull."""
    shapes = gpd.GeoSeries([area], crs=WGS84)
    # Simplified after a margin that is larger by as much: the outline never cuts into the margin.
    metres = to_metres(shapes, choose_metre_crs(shapes))
    around = metres.buffer(MARGIN_M + _SIMPLER_M).simplify(_SIMPLER_M)
    return around.to_crs(WGS84).iloc[0], float(around.convex_hull.area.iloc[0]) / 1e6


def _border(outline: Area) -> gpd.GeoDataFrame:
    """Border lines by way; a relation would bring the border of the whole country with it."""
    import osmnx

    # Segments (pairs of node ids) by way; each comes once, whatever its direction.
    lines: dict[int, set[tuple[int, int]]] = {}
    try:
        graph = osmnx.graph_from_polygon(
            outline, custom_filter=_BORDER, simplify=False, retain_all=True, truncate_by_edge=True
        )
    except ValueError:
        # No border near, which is the usual case.
        pass
    else:
        for tail, head, data in graph.edges(data=True):
            lines.setdefault(data["osmid"], set()).add((min(tail, head), max(tail, head)))
    shapes = []
    for way in sorted(lines):
        ends = [[(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in e] for e in sorted(lines[way])]
        shapes += [(f"w{way}", part) for part in shapely.get_parts(_joined(ends))]
    return gpd.GeoDataFrame(
        {"osm_id": [way for way, _ in shapes]}, geometry=[line for _, line in shapes], crs=WGS84
    )


def _joined(segments: list[list[tuple[float, float]]]) -> shapely.Geometry:
    return shapely.line_merge(shapely.MultiLineString(segments))


def _features(outline: Area, filters: TagFilters) -> gpd.GeoDataFrame:
    """Objects by their tags; no rows where there are none."""
    import osmnx

    tags: dict[str, bool | str | list[str]] = {
        key: True if values is True else [*values] for key, values in filters.items()
    }
    try:
        features = osmnx.features_from_polygon(outline, tags)
    except ValueError:
        return gpd.GeoDataFrame({"osm_id": []}, geometry=[], crs=WGS84)
    # First letter of node, way or relation, then the number.
    kinds = features.index.get_level_values("element").str[0]
    numbers = features.index.get_level_values("id").astype(str)
    return features.assign(osm_id=kinds + numbers).reset_index(drop=True)


def _text(table: pd.DataFrame, column: str) -> pd.Series[str]:
    """Values of a column as text, empty where a tag is absent."""
    if column not in table:
        return pd.Series("", index=table.index, dtype=str)
    text: pd.Series[str] = table[column].fillna("").astype(str)
    return text
