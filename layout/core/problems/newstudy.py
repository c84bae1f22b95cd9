"""Problems of what a new study is drawn from."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "age-shares": error(
        "This is no table of the shares of ages 0 to 17 in the population.",
        "Write a CSV with the columns age and share, a row for each age, as 6,0.012.",
    ),
    "area-unnamed": error(
        "The polygon has no name.",
        "Write one; its study is called so.",
    ),
    "areas-format": error(
        "This is no layer of polygons.",
        "Use a file of one of these kinds: {choices}.",
    ),
    "crs-missing:raster": error(
        "The raster declares no coordinate reference system.",
        "Save it again with its system declared.",
    ),
    "download-busy": error(
        "The server {host} is busy or limits how much it answers.",
        "Try again in some minutes, name a smaller place, or use an extract.",
    ),
    "download-failed": error(
        "The server {host} gave no usable answer: {detail}.",
        "Check the connection, or use an extract.",
    ),
    "empty-extract": error(
        "The extract holds no {what}.",
        "Use an extract that is not limited to roads.",
    ),
    "empty-extract:children": error(
        "So few people live in the places of the study that there is no child of any age.",
        "Use a larger area, or a raster of its people (--population).",
    ),
    "empty-extract:area": error(
        "The extract holds no {what} in the area named.",
        "Name a larger area, or use an extract that covers it.",
    ),
    "pole": error(
        "The place lies at {latitude}° of latitude. Distances are reckoned up to 84° N and 80° S.",
        "Choose a place between these.",
    ),
    "antimeridian": error(
        "The extract lies on both sides of the 180th meridian, {west}° to {east}°.",
        "Cut it at that meridian, and make a study of either side.",
    ),
    "empty-extract:place": error(
        "OpenStreetMap holds no {what} there.",
        "Name a larger place, or use an extract or your own tables.",
    ),
    "missing-file:area": error(
        "There is no such file: {path}.",
        "Correct the path.",
    ),
    "no-areas": error(
        "The extract holds no complete administrative areas of this level there.",
        "Use one of its levels, with the number of areas of each: {levels}.",
    ),
    "no-study": error(
        "None of the {count} areas gave a study: {reasons}",
        "Use larger areas, or an extract with schools, places and roads of them.",
    ),
    "no-roads:place": error(
        "OpenStreetMap holds no public roads there.",
        "Name a larger place, or use an extract or your own tables.",
    ),
    "place-large": error(
        "The place has {size} km², more than the {limit} that are downloaded.",
        "Name a part of it, or use an extract.",
    ),
    "place-no-area": error(
        "OpenStreetMap knows this place as a point only, without an area.",
        "Name the township or county that it lies in.",
    ),
    "place-unknown": error(
        "OpenStreetMap's geocoder knows no place of this name.",
        "Write it as on the map, with what it lies in: Jingxi, Guangxi, China.",
    ),
    "raster-empty": error(
        "The population raster holds nobody in the study area.",
        "Use a raster that covers the area, with people per cell in its first band.",
    ),
    "raster-large": error(
        "The raster has too many cells in the study area.",
        "Use one with cells of 100 m or more.",
    ),
    "raster:cells": error(
        "The cells of the raster have no size.",
        "Download it again; it may be cut short.",
    ),
    "raster:not-tiff": error(
        "This is not a GeoTIFF.",
        "Use a population raster as GeoTIFF (.tif), people per cell.",
    ),
    "raster:unread": error(
        "The raster cannot be read: {error}.",
        "Download it again; it may be cut short.",
    ),
    "unknown-area": error(
        "The extract holds no complete administrative area of this name.",
        "Use one of these: {names}; or name a file with the boundary.",
    ),
}
