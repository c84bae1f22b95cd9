"""Problems of roads and of the height model beside them."""

from __future__ import annotations

from layout.core.problems.form import Form, doubt, either, error, note, warning

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
    "ends-joined": note(
        "{count:end of a road line was|ends of road lines were} joined to another line, at "
        "most {metres} m away.",
        "Nothing to do where roads meet there; how near counts is join_m under [roads].",
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
        "{count:stretch|stretches} of road, {km} km, outside of the height model or where it "
        "holds no height: taken as flat.",
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
    "lines-twice": note(
        "{count} road lines lie on others of the same kind, as saved once for each direction; "
        "each is one road.",
        "Nothing to do unless they are different roads; then draw them apart.",
    ),
    "missing-file": error(
        "There is no such file.",
        "Correct the path in the study file.",
    ),
    "no-minutes-cutoff": warning(
        "{groups:group|groups} with {pupils:pupil|pupils} without minutes to their school of "
        "today: no way is within the time that counts.",
        "Check who goes where, first of the group named here, which has most pupils.",
    ),
    "no-minutes-far": warning(
        "{groups:group|groups} with {pupils:pupil|pupils} without minutes to their school of "
        "today: home or school is farther than {metres} m from any road.",
        "Check the coordinates, first of the group named here, which has most pupils.",
    ),
    "no-minutes-island": warning(
        "{groups:group|groups} with {pupils:pupil|pupils} without minutes to their school of "
        "today: the roads at home and at school do not connect.",
        "Check whether the road file misses a link, first for the group named here, which has most "
        "pupils.",
    ),
    "no-one-way": note(
        "No column tells the direction of the road lines; all are taken as open both ways.",
        'Name the column under [columns.roads], as oneway = "…".',
    ),
    "no-roads": error(
        "The file holds no roads (ways with a highway tag and their nodes).",
        "Use an extract that covers the study area, roads included.",
    ),
    "no-roads:area": error(
        "The extract holds no roads in the area named, nor within 10 km of it.",
        "Use an extract that covers the area, roads included.",
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
    "one-way-values": warning(
        "{count} road lines have a direction that is not known, and are taken as open both ways: "
        "{values}.",
        'Say what each value means under [values.roads.oneway], as "yes", "-1" (against the line) '
        'or "no".',
    ),
    "osm-format": error(
        "The name does not end in .osm.pbf, .osm, .osm.xml, .osm.gz or .osm.bz2.",
        "Use one of these formats.",
    ),
    "osm-negative-ids": error(
        "Roads or their nodes have negative ids, as drawn in an editor and never uploaded; their "
        "places cannot be read from this format.",
        "Save the file from the editor as .osm (XML).",
    ),
    "osm-unreadable": error(
        "The file cannot be read as an OpenStreetMap extract: {detail}",
        "Download or export the file again; it may be cut short.",
    ),
    "other-layers:roads": doubt(
        "The file holds further layers that were not read: {choices}.",
        "Nothing to do if this is the right one; else name it after a bar, as file.gpkg|layer.",
    ),
    "place-too-far": warning(
        "No road within {metres} m; no ways are found for this place.",
        "Check the coordinates, or add the road that leads there.",
    ),
    "place-unreachable": warning(
        "No way by road and bus to or from this place within the time that counts.",
        "Check whether the road file misses a link near this place.",
    ),
    "place-unreachable:settlement": warning(
        "No way by road and bus leads from this place, where {children:child lives|children "
        "live}, to any school within the time that counts; at most they walk.",
        "Check whether the road file misses a link near this place.",
    ),
    "road-class": error(
        "This is not a class of road.",
        "Name one of OpenStreetMap's: trunk, primary, secondary, tertiary, unclassified …",
    ),
    "road-layer": error(
        "Not a layer of lines; the file holds: {choices}.",
        "Name a layer of lines after a bar, as file.gpkg|roads.",
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
    "roads-in-pieces": warning(
        "The roads fall into {count:piece|pieces} that do not meet; the largest has {km} of "
        "{total} km.",
        "Check that roads meet where they should; ends of lines that miss by more than now is "
        "joined need a larger join_m under [roads].",
    ),
    "unclassified-ways": either(
        "{count} of {total} roads ({share}) have no known class; such roads are taken as {name}. "
        "What they say of it: {values}. Columns that were not read, each with a value: {unread}.",
        'Name the column under [columns.roads], as highway = "…", and the class that each value '
        "means under [values.roads.highway]; or one class for all of them, as other_class under "
        "[roads].",
    ),
    "unclassified-ways:graph": either(
        "{count} of {total} edges of the road graph ({share}) have no class; such roads are taken "
        "as {name}.",
        "Save the graph with the values of highway, or name one class for them, as other_class "
        "under [roads].",
    ),
    "unit-without-roads": error(
        "No road of the road file lies in this county.",
        "Use a road file that covers the whole study area.",
    ),
}
