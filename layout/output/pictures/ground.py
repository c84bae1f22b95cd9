"""What every map stands on: counties with their names, the belt, scale, symbols and legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layout.core.arrays import Floats
from layout.core.text import tr
from layout.output.lists.styles import COLOURS
from layout.output.maps.embed import clean
from layout.output.maps.geometry import belt_area
from layout.output.pictures.page import INK, QUIET, wrapped
from layout.output.xlsx import columns_of
from layout.planning.contract import PlanTables

__all__ = ["Kind", "counties", "fill", "legend", "lines", "notes", "numbers", "points"]

# Narrow letters across the list beside a map at 8 points, and sizes of its type.
_LETTERS = 45
_SIZES = (8.0, 7.2, 6.4, 5.6, 5.0)
# Lengths of a scale bar in kilometres.
_BARS = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Kind:
    """One kind of symbol: matplotlib's marker, or "line" or "area"; colour, size, its words."""

    marker: str
    colour: str
    size: float
    words: str
    edge: str = "white"


def counties(
    axes: Any,
    plan: PlanTables,
    *,
    only: Sequence[str] = (),
    names: bool = True,
    beside: gpd.GeoSeries | None = None,
    around: Sequence[float] | None = None,
) -> None:
    """Draw the counties, the belt within them, a scale bar and where north is.

    Parameters
    ----------
    axes
        Where to.
    plan
        The plan; everything is drawn in the metres of its study.
    only
        Codes of the counties that the map is of, all without; the others are pale.
    names
        Whether their names stand on them.
    beside
        Symbols that names keep off, in the metres of the study.
    around
        West, south, east and north of what is shown, in these metres; the counties without.
    """
    study = plan.study
    units = study.units.to_crs(study.crs)
    shown = units.loc[list(only)] if only else units
    fill(axes, units, "#f2f3f5", edge="#c5cdd6", order=0.5)
    belt = belt_area(study)
    if belt is not None:
        inside = belt.to_crs(study.crs).intersection(shown.union_all())
        there = gpd.GeoDataFrame(geometry=inside[~inside.is_empty])
        fill(axes, there, "#ffe9a8", order=1.6, alpha=0.7)
    for shape in shown.geometry:
        for ring in shapely.get_parts(shapely.boundary(shape)):
            axes.plot(*shapely.get_coordinates(ring).T, color=COLOURS["edge"], lw=0.9, zorder=3)
    west, south, east, north = shown.total_bounds if around is None else around
    # As large as the page has room for, with a margin, a metre the same both ways.
    high, wide = np.array(axes.get_window_extent().size)[::-1]
    metre = 1.06 * max((east - west) / wide, (north - south) / high)
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - wide * metre / 2, x + wide * metre / 2)
    axes.set_ylim(y - high * metre / 2, y + high * metre / 2)
    axes.set_aspect("equal", adjustable="box")
    axes.set_axis_off()
    if names:
        xy = np.empty((0, 2)) if beside is None else np.c_[beside.x, beside.y]
        _names(axes, shown, xy)
    _scale(axes, east - west)


def _names(axes: Any, units: gpd.GeoDataFrame, beside: Floats) -> None:
    """Names where their county is wide and fewest symbols lie under them."""
    for name, shape in zip(units["name"], units.geometry, strict=True):
        text = clean(name)
        # Half the size of the name in metres, and places of a grid where it is inside.
        half = np.array([columns_of(text) / 4 * 11, 8.0]) * _metres_a_point(axes)
        middle = shapely.get_point(shapely.maximum_inscribed_circle(shape, tolerance=500.0), 0)
        west, south, east, north = shape.bounds
        grid = np.stack(
            np.meshgrid(np.linspace(west, east, 25), np.linspace(south, north, 25)), axis=-1
        ).reshape(-1, 2)
        grid = np.vstack([[middle.x, middle.y], grid])
        boxes = shapely.box(*(grid - half).T, *(grid + half).T)
        inside = np.flatnonzero(shapely.contains(shape, boxes))
        spots = grid[inside] if inside.size else grid[:1]
        # How many symbols each place covers, shape (places,), then how far it is from the middle.
        under = (np.abs(spots[:, None, :] - beside[None, :, :]) < half + half[1] / 2).all(axis=2)
        away = np.hypot(*(spots - grid[0]).T)
        x, y = spots[np.lexsort([away, under.sum(axis=1)])[0]]
        label = {"fontsize": 10, "fontweight": "bold", "color": "#3d4852", "zorder": 6}
        axes.text(x, y, text, ha="center", va="center", path_effects=_halo(2.5), **label)


def _halo(width: float) -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]


def _metres_a_point(axes: Any) -> float:
    """Metres of the map in one typographic point of the page."""
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    box = axes.get_position()
    wide, high = axes.figure.get_size_inches() * 72 * (box.width, box.height)
    return float(max((x1 - x0) / wide, (y1 - y0) / high))


def _scale(axes: Any, width_m: float) -> None:
    """A bar of a round number of kilometres below on the left, and north above it."""
    km = max((bar for bar in _BARS if bar * 1000 <= width_m / 4), default=_BARS[0])
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    x, y = x0 + 0.02 * (x1 - x0), y0 + 0.03 * (y1 - y0)
    axes.plot([x, x + km * 1000], [y, y], color=INK, lw=2.2, solid_capstyle="butt", zorder=7)
    axes.text(x, y + 0.012 * (y1 - y0), tr("{km} km", km=km), fontsize=8, zorder=7)
    axes.annotate(
        tr("N"),
        (x, y + 0.13 * (y1 - y0)),
        (x, y + 0.06 * (y1 - y0)),
        arrowprops={"arrowstyle": "-|>", "color": INK},
        ha="center",
        fontsize=9,
        zorder=7,
    )


def fill(
    axes: Any,
    areas: gpd.GeoDataFrame,
    colours: Any,
    *,
    edge: str = "none",
    width: float = 0.4,
    order: float = 1.0,
    alpha: float = 1.0,
) -> None:
    """Fill areas, of one colour or one each."""
    if len(areas):
        areas.plot(
            ax=axes,
            color=colours,
            edgecolor=edge,
            linewidth=width,
            zorder=order,
            alpha=alpha,
            aspect=None,
        )


def points(axes: Any, places: gpd.GeoSeries, kind: Kind, *, order: float = 5.0) -> None:
    """Draw points of one kind; places in the metres of the study."""
    if len(places):
        axes.scatter(
            places.x,
            places.y,
            marker=kind.marker,
            s=kind.size,
            c=kind.colour,
            edgecolors=kind.edge,
            linewidths=0.5,
            zorder=order,
        )


def lines(axes: Any, ends: np.ndarray, widths: np.ndarray, kind: Kind) -> None:
    """Draw straight lines from place to place: ends of shape (n, 2, 2), widths of shape (n,)."""
    from matplotlib.collections import LineCollection

    axes.add_collection(
        LineCollection(list(ends), linewidths=widths, colors=kind.colour, alpha=0.65, zorder=4)
    )


def legend(beside: Any, kinds: Sequence[Kind], *, top: float = 1.0) -> float:
    """Say what each symbol is, from the top down; return where it ends."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    rows = 0
    for kind in kinds:
        told = wrapped(kind.words, _LETTERS - 9)
        rows, said = rows + len(told), "\n".join(told)
        if kind.marker == "area":
            handles.append(Patch(facecolor=kind.colour, edgecolor=QUIET, label=said, lw=0.4))
        elif kind.marker == "line":
            handles.append(Line2D([], [], color=kind.colour, lw=1.6, label=said))
        else:
            handles.append(
                Line2D(
                    [],
                    [],
                    marker=kind.marker,
                    ls="none",
                    markerfacecolor=kind.colour,
                    markeredgecolor=kind.edge,
                    markersize=min(11, kind.size**0.5),
                    label=said,
                )
            )
    beside.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, top),
        frameon=False,
        fontsize=9,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.6,
        labelspacing=0.7,
    )
    return top - 0.012 * len(kinds) - 0.0245 * rows - 0.02


def notes(beside: Any, texts: Sequence[str], *, top: float, size: float = 8.0) -> None:
    """Write texts below each other, smaller where they are many; what has no room is counted."""
    for points_ in (size, *(one for one in _SIZES if one < size)):
        step = points_ / 8.0 * 0.0235
        letters = int(_LETTERS * 8 / points_)
        blocks = [wrapped(text, letters, indent="    ") for text in texts]
        ends = np.cumsum([len(block) for block in blocks])
        fits = int(((ends + 1) * step <= top).sum())
        if fits == len(blocks):
            break
    shown = [line for block in blocks[:fits] for line in block]
    if fits < len(blocks):
        shown.append(tr("… and {count} more", count=len(blocks) - fits))
    for place, line in enumerate(shown):
        beside.text(0, top - place * step, line, fontsize=points_, va="top", color=INK)


def numbers(axes: Any, places: gpd.GeoSeries) -> None:
    """Number places from 1, in their order, as the list beside the map does.

    Each number stands as near as it can without lying on another number or symbol; one that is
    further away has a leader.
    """
    metres = _metres_a_point(axes)
    points_ = np.c_[places.x, places.y] / metres
    taken: list[tuple[float, float, float]] = []
    for number, (x, y) in enumerate(points_, start=1):
        half = 2.2 * len(str(number)) + 0.6
        spots = [
            (x + reach * cos, y + reach * sin, reach)
            for reach in _REACHES
            for cos, sin in _DIRECTIONS
        ]
        free = [
            spot
            for spot in spots
            if all(
                abs(spot[0] - left) > half + wide or abs(spot[1] - up) > 7.5
                for left, up, wide in taken
            )
            and not ((np.abs(points_ - spot[:2]) < (half + 3.0, 6.0)).all(axis=1)).any()
        ]
        at_x, at_y, reach = (free or spots)[0]
        taken.append((at_x, at_y, half))
        if reach > _REACHES[0]:
            ends = [x * metres, at_x * metres], [y * metres, at_y * metres]
            axes.plot(*ends, color=INK, lw=0.5, zorder=7)
        label = {"fontsize": 7, "fontweight": "bold", "zorder": 8}
        at = at_x * metres, at_y * metres
        axes.text(*at, str(number), ha="center", va="center", path_effects=_halo(2), **label)


# Where a number may stand about its symbol: points away, and unit steps to the east and north.
_REACHES = (8.0, 14.0, 21.0, 29.0, 38.0, 48.0)
_DIRECTIONS = tuple(
    (float(np.cos(turn)), float(np.sin(turn)))
    for turn in np.linspace(0.6, 0.6 + 2 * np.pi, 13)[:-1]
)
