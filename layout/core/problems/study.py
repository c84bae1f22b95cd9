"""Problems of the study file and of the paths in it."""

from __future__ import annotations

from layout.core.problems.form import Form, error, note, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "cannot-read": error(
        "The file cannot be read: {error}.",
        "Close it in other programs, and check its permissions and that it is an ordinary file.",
    ),
    "children-year": error(
        "Children are counted too long before the data date, or after it.",
        "Use a census of children of the data date's year, or up to 3 years back.",
    ),
    "encoding:study": error(
        "The file is not UTF-8 text.",
        "Save it as UTF-8.",
    ),
    "file-kind": error(
        "Files of this kind cannot be read here.",
        "Use one of: {choices}.",
    ),
    "missing-births": error(
        "the school year {year} needs the births of {born}",
        "add {born} = … under births in the study file",
    ),
    "missing-cohort": error(
        "children of grade {grade} in {year} were older than {age} at the census",
        "choose a school year from {first} on",
    ),
    "missing-file:files": error(
        "There is no such file: {path}.",
        "Correct the path; the folder holds: {files}.",
    ),
    "missing-file:folder": error(
        "There is no such file: {path}.",
        "Correct the path; the folder {folder} is missing or empty.",
    ),
    "missing-file:study": error(
        "There is no such file: {path}.",
        "Give the path of a study file (.toml), or the folder of a saved plan.",
    ),
    "missing-key": error(
        "The key is missing.",
        "Add it to the study file.",
    ),
    "missing-key:roads": error(
        "The study names no roads.",
        'Add roads = "FILE.osm.pbf" under [inputs]; without roads nobody can travel.',
    ),
    "narrow-belt": warning(
        "The belt is narrower than any village: its width is in metres.",
        "Write 3000 for 3 km.",
    ),
    "no-border": error(
        "The study has a border programme but no border line.",
        "Name the border's file under [inputs], or take the programme out.",
    ),
    "not-a-path": error(
        "Inputs are files in the study's folder; this is an address of another kind.",
        "Save the file in the study's folder and name it by its relative path.",
    ),
    "out-of-range": error(
        "The number is not from {least} to {most}.",
        "Check the number and its unit.",
    ),
    "out-of-range:deadline": error(
        "The year is not from {least}, the year of the data, to {most}, the year of the deadline.",
        "Correct the years, or complete_by.",
    ),
    "out-of-range:order": error(
        "This least number is above the greatest, {most}.",
        "Correct one of the two norms.",
    ),
    "out-of-range:places": error(
        "The programme's {classes} classes of {size} children do not make these places.",
        "Correct classes or places, or class_size_preschool under [standards].",
    ),
    "out-of-range:smallest": error(
        "The smallest school, {classes} classes of {size}, is larger than any may be.",
        "Correct the sizes of classes or of schools.",
    ),
    "out-of-range:text": error(
        "The text has more than {most} characters.",
        "Shorten it.",
    ),
    "outside-folder": error(
        "The path leads out of the study's folder.",
        "Copy the file into the study's folder.",
    ),
    "part-of-study": note(
        "This is one county of a study, {name}: its schools and all who go to them. Pupils of "
        "other counties stay with their school; sites are chosen only where their numbers were "
        "shared out.",
        "Plan the whole study where pupils may go to schools of other counties.",
    ),
    "toml": error(
        "The file is not valid TOML: {error}.",
        "Correct the line; text stands in quotation marks, dates as 2021-09-01.",
    ),
    "toml:nested": error(
        "A line of the file has thousands of dots or brackets.",
        "Write one setting on a line.",
    ),
    "toml:number": error(
        "The file is not valid TOML: a number has too many digits, or a date is none.",
        "Correct the line; dates are written as 2021-09-01.",
    ),
    "unknown-centre": error(
        "No school of the study has this identifier.",
        "Correct the identifier, or leave the cell empty.",
    ),
    "unknown-county": error(
        "No county of the study has this code.",
        "Use one of: {choices}.",
    ),
    "unknown-key": error(
        "This key is not known here.",
        "Check its spelling, or delete it.",
    ),
    "unknown-quota": error(
        "No county or township of the study has this code.",
        "Give the code of a county, or of a township that has schools.",
    ),
    "unknown-school:lever": error(
        "No school of the study has this identifier, and none or several have this name.",
        "Give the identifier of one school, or a name that only one has.",
    ),
    "unknown-school:row": error(
        "No school of the study has this identifier.",
        "Correct the identifier, or take the row out.",
    ),
    "unknown-settlement": error(
        "No settlement of the study has this identifier.",
        "Correct the identifier, or take the row out.",
    ),
    "unknown-key:near": error(
        "This key is not known here.",
        "Check its spelling, or delete it; the nearest key is {near}.",
    ),
    "unknown-value": error(
        "This value is not known here.",
        "Use one of: {choices}.",
    ),
    "wrong-kind": error(
        "The value is of a wrong kind.",
        "See the study format.",
    ),
    "wrong-kind:date": error(
        "The value is of a wrong kind.",
        "Write a date as 2021-09-01, without quotation marks.",
    ),
    "wrong-kind:number": error(
        "The value is of a wrong kind.",
        "Write a number without quotation marks.",
    ),
    "wrong-kind:text": error(
        "The value is of a wrong kind.",
        "Write text in quotation marks; it must not be empty.",
    ),
    "wrong-kind:whole": error(
        "The value is of a wrong kind.",
        "Write a whole number without quotation marks.",
    ),
    "wrong-kind:yes-or-no": error(
        "The value is of a wrong kind.",
        "Write true or false.",
    ),
}
