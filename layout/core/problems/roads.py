"""Problems of roads and of the height model beside them."""

from __future__ import annotations

from layout.core.problems.form import Form, error, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "clipped-ways": warning(
        "Roads cut off at the edge of the file, by number.",
        "Use an extract that reaches some kilometres beyond the study area.",
    ),
    "crs-missing:graph": error(
        "The road graph names no coordinate reference system.",
        "Save it again with osmnx, or set graph.graph['crs'].",
    ),
    "crs-missing:height": error(
        "The height model declares no coordinate reference system.",
        "Save it again with its system declared.",
    ),
    "crs-unknown": error(
        "The coordinate reference system of the road graph is not known.",
        "Save it again with osmnx, or set graph.graph['crs'].",
    ),
    "datum-of-roads": error(
        "Roads carry their own coordinate system; only a shift can be declared.",
        "Declare GCJ-02 or BD-09, or delete the key.",
    ),
    "edge-length": error(
        "The length of the edge is not a number of metres, 0 or more.",
        "Give its length in metres, as osmnx.distance.add_edge_lengths does.",
    ),
    "edge-length:missing": error(
        "The edge has no length.",
        "Give its length in metres, as osmnx.distance.add_edge_lengths does.",
    ),
    "file-changed": error(
        "The file has changed since the study was read.",
        "Read the study again.",
    ),
    "graph-value-too-long": error(
        "A value of this edge has more than {limit} characters.",
        "Save the graph again with osmnx; no value of a road is that long.",
    ),
    "graphml-malformed": error(
        "The file cannot be read as GraphML: {detail}",
        "Save it again with osmnx.save_graphml.",
    ),
    "graphml-too-large": error(
        "The file is larger than {limit} MB.",
        "Use the .osm.pbf format, or cut the file to the study area.",
    ),
    "height-elsewhere": error(
        "The height model holds no height at any road.",
        "Use a model of the study area, with heights in its first band.",
    ),
    "height-gap": warning(
        "{count} stretches of road, {km} km, lie outside of the height model or where it holds "
        "no height; they are taken as flat.",
        "Use a height model without gaps that reaches as far as the roads.",
    ),
    "height-large": error(
        "The height model has too many cells, in all or in one block.",
        "Cut it to the study area, and save it with tiles of 256 × 256 cells.",
    ),
    "height-model:cells": error(
        "The cells of the height model have no size, or hold no numbers.",
        "Download it again; it may be cut short.",
    ),
    "height-model:not-tiff": error(
        "This is not a GeoTIFF.",
        "Use a height model as GeoTIFF (.tif), metres above the sea.",
    ),
    "height-model:unread": error(
        "The height model cannot be read: {error}.",
        "Download it again; it may be cut short.",
    ),
    "height-unit": error(
        "The heights are not in metres.",
        "Convert them to metres and declare the unit.",
    ),
    "missing-file": error(
        "There is no such file.",
        "Correct the path in the study file.",
    ),
    "no-minutes-cutoff": warning(
        "{groups} groups with {pupils} pupils have no minutes to their school of today: no way is "
        "within the time that counts.",
        "Check who goes where, first of the group named here, which has most pupils.",
    ),
    "no-minutes-far": warning(
        "{groups} groups with {pupils} pupils have no minutes to their school of today: home or "
        "school is farther than {metres} m from any road.",
        "Check the coordinates, first of the group named here, which has most pupils.",
    ),
    "no-minutes-island": warning(
        "{groups} groups with {pupils} pupils have no minutes to their school of today: the roads "
        "at home and at school do not connect.",
        "Check whether the road file misses a link, first for the group named here, which has most "
        "pupils.",
    ),
    "no-roads": error(
        "The file holds no roads (ways with a highway tag and their nodes).",
        "Use an extract that covers the study area, roads included.",
    ),
    "no-roads:closed": error(
        "None of the roads may be walked or driven by the public.",
        "Check the column or tag that holds the class of road (highway).",
    ),
    "no-roads:graph": error(
        "The road graph has no edges.",
        "Use a graph that covers the study area.",
    ),
    "node-without-place": error(
        "A node of the road graph has no coordinates.",
        "Save the graph again with osmnx.",
    ),
    "osm-format": error(
        "The name does not end in .osm.pbf, .osm, .osm.xml, .osm.gz or .osm.bz2.",
        "Use one of these formats.",
    ),
    "osm-unreadable": error(
        "The file cannot be read as an OpenStreetMap extract: {detail}",
        "Download or export the file again; it may be cut short.",
    ),
    "place-too-far": warning(
        "No road within {metres} m; no ways are found for this place.",
        "Check the coordinates, or add the road that leads there.",
    ),
    "place-unreachable": warning(
        "No way by road and bus to or from this place within the time that counts.",
        "Check whether the road file misses a link near this place.",
    ),
    "roads-apart": warning(
        "The road at this place is not connected with the largest network: its piece has {km} km "
        "of road and reaches {reach} km.",
        "Check whether {roads} misses a link near this place.",
    ),
    "roads-format": error(
        "Roads cannot be read from a file of this format.",
        "Use one of: {choices}.",
    ),
    "unclassified-ways": warning(
        "Roads without a known class, taken as village roads, by number.",
        "Name the class of road in the column highway, as primary or tertiary.",
    ),
    "unit-without-roads": error(
        "No road of the road file lies in this county.",
        "Use a road file that covers the whole study area.",
    ),
}
