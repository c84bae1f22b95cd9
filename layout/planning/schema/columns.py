"""What describes a column and a table, and what several tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from layout.core.text import marked

Kind = Literal[
    "text", "code", "integer", "number", "share", "minutes", "metres", "bool", "list", "degrees"
]


@dataclass(frozen=True)
class OutColumn:
    """One column of a table of the result.

    Attributes
    ----------
    name, kind
        Its name in every file, and what its cells are: ``code`` is one of `codes`, ``share`` lies
        between 0 and 1, ``list`` is identifiers joined by semicolons.
    meaning
        One sentence without its full stop, in English; `tr` says it in another language.
    unit
        What the numbers count; the kinds minutes, metres and degrees are units themselves.
    codes
        What each code means.
    blank
        What an empty cell means; None where no cell is empty.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    blank: str | None = None


@dataclass(frozen=True)
class OutTable:
    """One table of the result: what a row is, what the rows are sorted by, and the columns."""

    row: str
    order: tuple[str, ...]
    columns: tuple[OutColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


PUPILS = marked("pupils")
NO_ROUTE = marked("no route is known")
GATES = {
    "pass": marked("the condition holds"),
    "fail": marked("it does not hold; only a scenario that drops the rule closes the school"),
    "unknown": marked(
        "it could not be judged: there is no survey, or nobody says whether there is a canteen"
    ),
}
BANDS = {
    "1-3": marked("grades 1 to 3"),
    "4-6": marked("grades 4 to 6"),
    "7-9": marked("grades 7 to 9"),
}
TRAVEL = {
    "walk": marked("on foot, within the walking limit"),
    "bus": marked("by school bus, within the limit of the grade band"),
    "board": marked("as boarders, who travel once a week"),
}
BELT = {
    "in": marked("inside the belt"),
    "out": marked("outside the belt"),
    "uncertain": marked("its distance to the edge of the belt is within its uncertainty"),
}
RULES = {
    "private": marked("it is a private school"),
    "not_rural": marked("it is not a rural school"),
    "not_small": marked("it is not small"),
    "keep": marked("the scenario keeps it"),
    "belt": marked("the border belt protects it"),
    "gate_a": marked("most parents oppose (gate a)"),
    "limits": marked(
        "some of its pupils would have no way within the limits to another school that may "
        "receive them"
    ),
    "places": marked("places at the receivers do not suffice"),
    "beds": marked("beds at the receivers do not suffice"),
    "township": marked("every township keeps its last complete primary school"),
}
PROGRAMMES = {
    "kindergarten": marked("public kindergartens"),
    "compulsory": marked("primary and junior schools"),
    "senior_high": marked("senior high schools"),
    "vocational": marked("vocational schools"),
    "special_school": marked("special schools"),
    "resource_centre": marked("resource centres"),
    "resource_room": marked("resource rooms"),
    "demonstration_city": marked("demonstration kindergartens of the city"),
    "demonstration_region": marked("demonstration kindergartens of the region"),
}
KINDS = {
    "new": marked("a new site"),
    "expansion": marked("classes added to a school of the study"),
    "designation": marked("a school of the study that gets a role"),
}

STAGES = {
    "preschool": marked("kindergarten"),
    "primary": marked("primary school, grades 1 to 6"),
    "junior": marked("junior school, grades 7 to 9"),
}

SCHOOL_ID = OutColumn("school_id", "text", marked("identifier of the school"))
SCHOOL_NAME = OutColumn("name", "text", marked("name of the school"))
COUNTY = OutColumn("county_code", "text", marked("code of the county that it stands in"))
TOWNSHIP = OutColumn("township_code", "text", marked("code of the township that it stands in"))
TOWNSHIP_NAME = OutColumn(
    "township",
    "text",
    marked("name of the township"),
    blank=marked("the study does not name its townships"),
)
PROGRAMME = OutColumn("programme", "code", marked("programme of the site"), codes=PROGRAMMES)
SITE_ID = OutColumn(
    "site_id",
    "text",
    marked("identifier of a new site; an expansion has that of its school"),
)
LIVES = OutColumn("settlement_id", "text", marked("identifier of the settlement they live in"))
