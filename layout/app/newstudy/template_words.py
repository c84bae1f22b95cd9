"""What each column of the tables means, in the words of those who fill them in."""

from __future__ import annotations

from layout.core.text import tr

__all__ = ["explained"]


def explained(column: str) -> str:
    """Say what a column holds.

    Parameters
    ----------
    column
        Name of a column of the schools, settlements or attendance.

    Returns
    -------
    str
        One sentence; "" for a column that is not known here.
    """
    kind, _, part = column.partition("_")
    if kind == "age":
        return tr("Children aged {age} who live here, at the census of the study file.", age=part)
    if kind == "pupils" and column != "pupils":
        return tr("Pupils of grade {grade} at this school.", grade=part)
    if kind == "classes" and part != "mixed":
        return tr("Classes of grade {grade} at this school.", grade=part)
    return _words().get(column, "")


def _words() -> dict[str, str]:
    return {
        "school_id": tr(
            "Identifier of the school: ten digits, as text; each once in the list of schools."
        ),
        "settlement_id": tr(
            "Identifier of the settlement, as text; each once in the list of settlements."
        ),
        "name": tr("Name in full."),
        "type_code": tr("Type of school: a code of the list on the guide's sheet."),
        "urban_rural_code": tr("Urban or rural: 1.. city and town, 210 township, 220 village."),
        "ownership": tr("Public, private, or inclusive (private with a public price)."),
        "centre_school_id": tr("For a teaching point: identifier of the school that runs it."),
        "township_code": tr("Code of the township."),
        "township": tr("Name of the township."),
        "village_code": tr("Code of the village."),
        "county_code": tr("Code of the county, as in the table of counties."),
        "lon": tr("Longitude in degrees (WGS 84 or CGCS2000), as 106.618312; or see the manual."),
        "lat": tr("Latitude in degrees (WGS 84 or CGCS2000), as 23.902145; or see the manual."),
        "classes_mixed": tr("Classes that hold several grades."),
        "boarders": tr("Pupils who sleep at the school."),
        "beds": tr("Beds that the school has for pupils."),
        "teachers": tr("Full-time teachers."),
        "site_area_m2": tr("Area of the grounds in square metres."),
        "floor_area_m2": tr("Floor area of all buildings in square metres."),
        "dormitory_area_m2": tr("Floor area of the dormitories in square metres."),
        "canteen": tr("Whether the school has a canteen; leave blank where unknown."),
        "integrated_pupils": tr("Pupils with special needs who learn in ordinary classes."),
        "border_flag": tr("Whether the school is officially counted to the border belt."),
        "position_error_m": tr("How far off its position may be, metres; blank if not known."),
        "survey_opposed_share": tr("Share of parents against a closure, 0 to 1; blank: no survey."),
        "survey_date": tr("Day of the survey, as 2021-05-31."),
        "demonstration": tr("Demonstration kindergarten of the city or the region."),
        "kind": tr("Kind of settlement."),
        "urban": tr("Whether it is a part of a town or city."),
        "grade": tr("Grade, k1 to g12."),
        "pupils": tr("How many children of this settlement and grade go there."),
    }
