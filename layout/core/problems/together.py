"""Problems of numbers and places compared with each other."""

from __future__ import annotations

from layout.core.problems.form import Form, error, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "area-differs": warning(
        "The stated area is not that of the outline, {drawn} m²; the stated one counts.",
        "Check the number and its unit, and whether the outline is of this parcel.",
    ),
    "attendance-inferred": warning(
        "no attendance table: who goes where is inferred for {total:pupil|pupils}, {far} of "
        "them at a school beyond the limits",
        "add an attendance table (settlement, grade, school, pupils)",
    ),
    "attendance-school": error(
        "The pupils of this grade differ from the sum of the attendance table.",
        "Attendance adds up to {added} in grade {grade}; make both agree (children in no school "
        "stand there with an empty school_id).",
    ),
    "attendance-settlement": error(
        "The children of this age differ from the sum of the attendance table.",
        "Attendance adds up to {added} in grade {grade}; make both agree (children in no school "
        "stand there with an empty school_id).",
    ),
    "border-elsewhere": warning(
        "The border lies {km} km away from the counties of the border programme, so no school is "
        "near it.",
        "Check which file is meant, its coordinate system, and the counties that are named.",
    ),
    "border-flags": warning(
        "The border programme retains this many schools, but {flagged:has|have} border_flag = "
        "true ({counties}).",
        "Compare both with the official list; where the flags are empty, fill them in.",
    ),
    "births-doubt": warning(
        "Births of {year} do not fit the settlements, where {children:child is|children are} "
        "of one age under three.",
        "Write births as a number of children, of the whole study.",
    ),
    "boarders": error(
        "The school has more boarders than pupils.",
        "Correct one of the numbers.",
    ),
    "county-without-schools": warning(
        "No school of the table is in this county.",
        "Look for a sheet, a file or a code that is missing.",
    ),
    "county-without-settlements": warning(
        "No settlement of the table is in this county, so no child lives there.",
        "Look for a sheet, a file or a code that is missing.",
    ),
    "few-beds": warning(
        "The school has more boarders than beds.",
        "Check both numbers.",
    ),
    "gap": warning(
        "Between the counties lies a gap of {km2} km².",
        "Draw the borders so that they touch; points there are in no county.",
    ),
    "more-pupils-than-children": warning(
        "All schools together have more pupils of this grade than the settlements have children "
        "of its age: {children}.",
        "Check both tables; some pupils will have no known home.",
    ),
    "more-pupils-than-children:inferred": error(
        "the schools have {pupils:pupil|pupils} of grade {grade}, but only {children:child of "
        "that age lives|children of that age live} in the settlements",
        "check the pupils and the census year, or give an attendance table",
    ),
    "mostly-outside": error(
        "{count} of {total} points lie outside all counties of the study.",
        "Find out which coordinate system the points are in, and whether they are of this area.",
    ),
    "mostly-outside:areas": error(
        "None of the {count} features lies in a county of the study.",
        "Find out which coordinate system the layer is in, and whether it is of this area.",
    ),
    "no-beds": error(
        "The school has boarders but no beds.",
        "Enter the beds, or no boarders.",
    ),
    "no-class": warning(
        "There are pupils in this grade but no class for them.",
        "Enter the classes of the grade, or its multigrade classes.",
    ),
    "no-school-near": warning(
        "{children:child|children} ({band}) in {count:settlement|settlements}, most of them "
        "here, have no school of their years within {km} km as the crow flies, farther than "
        "any way that the norms allow.",
        "Check whether a school is missing from the table.",
    ),
    "other-county": warning(
        "The point lies in another county than the one named.",
        "Check the position and the county code.",
    ),
    "outside-study:area": warning(
        "The area lies outside all counties of the study.",
        "Check its position and the coordinate system of the layer, or take it out.",
    ),
    "outside-study": warning(
        "The point lies outside all counties of the study.",
        "Check the position and its coordinate system.",
    ),
    "overlap": warning(
        "Two counties overlap by {km2} km².",
        "Draw their common border once; points there go to the lower code.",
    ),
    "same-position": warning(
        "Another row has exactly the same position.",
        "Check whether one of the two is a copy, or only placed at its village's seat.",
    ),
    "swapped-axes": error(
        "Longitude and latitude are swapped: the other way round the point lies in the study.",
        "Swap the two cells.",
    ),
    "total": error(
        "The stated total is not the sum of its parts, which is {added}.",
        "Correct the total or the numbers of the grades.",
    ),
    "township-without-settlements": warning(
        "{count:school names|schools name} this township, but no settlement does.",
        "Compare the codes of townships in both tables.",
    ),
    "township-form": warning(
        "{count:row has|rows have} a township code of another form than most, as {usual}: the "
        "county's six digits, then as many more. Each is a township of its own.",
        "Write the code of one township in one way; a township of another county needs its code.",
    ),
    "small-area": warning(
        "The area is under 10 m².",
        "Check the number and its unit.",
    ),
    "small-area:thousands": warning(
        "The point may separate thousands; the area was read as one with decimals.",
        "Write digits only, as 1200.",
    ),
    "unusual-grade": warning(
        "Schools of this type do not usually have pupils in this grade.",
        "Check the type code and the column of the number.",
    ),
    "unused-township": warning(
        "No settlement has this township code.",
        "Write township codes as the settlements have them, nine digits for most.",
    ),
    "zero-position": error(
        "The point lies at 0, 0, which stands for “not known”.",
        "Find the true position, or take the row out.",
    ),
}
