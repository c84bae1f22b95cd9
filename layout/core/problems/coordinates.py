"""Problems of coordinates and their systems."""

from __future__ import annotations

from layout.core.problems.form import Form, either, error, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "crs": error(
        "No coordinate reference system of this name is known.",
        "Write an EPSG code in quotation marks, as “EPSG:4507”.",
    ),
    "crs-ballpark": warning(
        "No way from this system to WGS 84 is known well; positions may be off by 100 m and more.",
        "Have the surveyors convert it to CGCS2000, and compare some places with the roads.",
    ),
    "crs-scale": warning(
        "In this system distances are off by {percent} % here.",
        "Use a projected system of this area, as {better}.",
    ),
    "crs-missing:geometry": error(
        "The geometry carries no coordinate reference system.",
        "Save the layer again with its system declared.",
    ),
    "crs-missing:points": error(
        "The points have no coordinate reference system.",
        "Say which one they are in, as EPSG:4326 for longitude and latitude.",
    ),
    "crs-not-metres": error(
        "Distances need a projected system in metres; this one counts in {units}.",
        "Use a projected system, as “EPSG:4507” (Gauss–Krüger, 105° E).",
    ),
    "datum-border": warning(
        "The border is declared as {declared}, but as {detected} it would lie on the outline of "
        "the counties: {after} m off in the median instead of {before} m.",
        'Write border = "{detected}" under [datum] if that is so.',
    ),
    "datum-mismatch": either(
        "The points are declared as {declared} but look like {detected}, {metres} m off ({near} "
        "instead of {before} within 50 m of a road; confidence {confidence}).",
        'Write {table} = "{detected}" under [datum] if that is so. If the positions were '
        "checked and are right, put datum_checked = {example} under [study].",
    ),
    "datum-mixed": either(
        "The table is mixed: about {share} of the points look like {detected}, {metres} m off, "
        "the others are {declared} as declared (confidence {confidence}).",
        "Find the rows taken from a web map and convert them, or split the table by source. If "
        "the positions were checked and are right, put datum_checked = {example} under [study].",
    ),
    "datum-of-layer": error(
        "A layer carries its own coordinate system; only a shift can be declared.",
        "Declare GCJ-02 or BD-09, or delete the key.",
    ),
    "datum-roads": either(
        "The roads look like {detected}: the points, declared as {declared}, fit them {metres} "
        "m away ({near} instead of {before} within 50 m of a road; confidence {confidence}).",
        'Write roads = "{detected}" under [datum], or use roads in WGS 84 or CGCS2000. If the '
        "positions were checked and are right, put datum_checked = {example} under [study].",
    ),
    "datum-roads-declared": either(
        "The roads are declared as {declared} but look like {detected} (confidence {confidence}).",
        'Write roads = "{detected}" under [datum].',
    ),
    "datum-roads-declared:wgs84": either(
        "The roads are declared as {declared}, but the points, as declared, fit them as they "
        "stand (confidence {confidence}).",
        "If the roads are in WGS 84, delete roads under [datum]; if the points are in "
        "{declared} too, declare that for their tables.",
    ),
    "datum-units": either(
        "The counties are declared as {declared} but look like {detected}: {before} of "
        "{total:point|points} lie outside the county that they name, and {after} would after a "
        "conversion (confidence {confidence}).",
        'Write units = "{detected}" under [datum] if that is so. If the positions were checked '
        "and are right, put datum_checked = {example} under [study].",
    ),
    "datum-unknown": error(
        "No datum of this name is known.",
        "Write WGS 84, CGCS2000, GCJ-02, BD-09, or a zone as “EPSG:4544”.",
    ),
    "point-geometry": error(
        "The geometry is not a point with finite coordinates.",
        "Correct the coordinates of this row or take it out.",
    ),
}
