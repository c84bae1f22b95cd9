"""What is still missing after a plan, and the layout plan of each county's kindergartens."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import STAGES, TOWNSHIP_NAME, OutColumn, OutTable

__all__ = ["DEFICITS", "KINDERGARTEN_PLANS"]

_CHILDREN, _CLASSES, _PLACES = marked("children"), marked("classes"), marked("places")
_TOWNSHIPS = marked("townships")
_COUNTY_CODE = OutColumn("county_code", "text", marked("code of the county"))
_YEAR = OutColumn("year", "integer", marked("the programme's year"), unit=marked("year"))
_WANT = OutColumn(
    "children", "integer", marked("children of the year who want a place"), unit=_CHILDREN
)

CURES = {
    "expansion": marked("more classes at public kindergartens within reach that may still grow"),
    "new_site": marked("a further new kindergarten of at least the least size"),
    "radius": marked("idle places that lie further away than the children may be sent"),
    "scattered": marked(
        "none of these: fewer than the least size live within reach of any settlement"
    ),
}

DEFICITS = OutTable(
    marked("one township and stage after the plan, by where the children live"),
    ("stage", "township_code"),
    (
        OutColumn("stage", "code", marked("stage of the children"), codes=STAGES),
        _COUNTY_CODE,
        OutColumn("township_code", "text", marked("code of the township")),
        TOWNSHIP_NAME,
        _YEAR,
        _WANT,
        OutColumn("places_existing", "integer", marked("places of existing schools"), unit=_PLACES),
        OutColumn("places_new", "integer", marked("places built or added"), unit=_PLACES),
        OutColumn(
            "served", "integer", marked("children with a place after the plan"), unit=_CHILDREN
        ),
        OutColumn(
            "unserved",
            "integer",
            marked("children without a place: the four numbers that follow together"),
            unit=_CHILDREN,
        ),
        OutColumn(
            "unserved_expansion",
            "integer",
            marked("of these, whom public kindergartens within reach could take if they grew"),
            unit=_CHILDREN,
        ),
        OutColumn(
            "unserved_new_site",
            "integer",
            marked("of the rest, whom further new kindergartens of the least size would serve"),
            unit=_CHILDREN,
        ),
        OutColumn(
            "unserved_radius",
            "integer",
            marked("of the rest, for whom places stand idle further away, within the longest walk"),
            unit=_CHILDREN,
        ),
        OutColumn("unserved_scattered", "integer", marked("the rest"), unit=_CHILDREN),
        OutColumn(
            "expansion_classes",
            "integer",
            marked("classes that kindergartens standing in the township would add for this"),
            unit=_CLASSES,
        ),
        OutColumn(
            "new_sites",
            "integer",
            marked("further new kindergartens that would stand in the township"),
            unit=marked("sites"),
        ),
        OutColumn(
            "radius_m",
            "metres",
            marked("the furthest way to the idle places"),
            blank=marked("no such children"),
        ),
        OutColumn(
            "cure",
            "code",
            marked("what would serve most of the children without a place"),
            codes=CURES,
            blank=marked("every child has a place"),
        ),
    ),
)

KINDERGARTEN_PLANS = OutTable(
    marked("the kindergarten layout plan of one county; _before is today, _after the plan"),
    ("county_code",),
    (
        _COUNTY_CODE,
        OutColumn("name", "text", marked("name of the county")),
        _YEAR,
        _WANT,
        OutColumn(
            "places_before", "integer", marked("places of existing kindergartens"), unit=_PLACES
        ),
        OutColumn("places_after", "integer", marked("these and the new ones"), unit=_PLACES),
        OutColumn(
            "places_idle", "integer", marked("places without a child after the plan"), unit=_PLACES
        ),
        OutColumn("unserved_before", "integer", marked("children without a place"), unit=_CHILDREN),
        OutColumn("unserved_after", "integer", marked("children without a place"), unit=_CHILDREN),
        *(
            OutColumn(
                f"public_share_{when}",
                "share",
                marked("share of the children served who are in public kindergartens"),
                blank=marked("no child is served"),
            )
            for when in ("before", "after")
        ),
        OutColumn("floor_share", "share", marked("floor of the public share")),
        OutColumn(
            "floor_met", "bool", marked("whether the county reaches the floor after the plan")
        ),
        OutColumn(
            "floor_missing",
            "integer",
            marked("public children missing to the floor after the plan"),
            unit=_CHILDREN,
        ),
        OutColumn("new_sites", "integer", marked("new kindergartens"), unit=marked("sites")),
        OutColumn(
            "new_classes", "integer", marked("classes of the new kindergartens"), unit=_CLASSES
        ),
        OutColumn(
            "expanded_schools",
            "integer",
            marked("public kindergartens that grow"),
            unit=marked("schools"),
        ),
        OutColumn("expanded_classes", "integer", marked("classes added at these"), unit=_CLASSES),
        OutColumn("townships", "integer", marked("townships with settlements"), unit=_TOWNSHIPS),
        *(
            OutColumn(
                f"townships_without_{when}",
                "list",
                marked("township_codes of those without a public kindergarten"),
                blank=marked("every township has one"),
            )
            for when in ("before", "after")
        ),
        OutColumn(
            "until", "integer", marked("the last year with known births"), unit=marked("year")
        ),
        OutColumn(
            "children_by_year",
            "list",
            marked("children who want a place, by year from year to until"),
        ),
        OutColumn(
            "surplus_until",
            "integer",
            marked("places after the plan less the children of the last year"),
            unit=_PLACES,
        ),
    ),
)
