"""What each norm does, and the words of units and sources, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from layout.core.text import marked

__all__ = ["NORM_TEXTS", "NORM_USES"]

NORM_USES: Mapping[str, str] = MappingProxyType(
    {
        "small_school_pupils": marked("a rural primary or teaching point with fewer is small"),
        "large_class": marked("a class of so many is large"),
        "super_large_class": marked("a class of so many is super-large"),
        "large_class_share": marked("most large classes, of all classes of a county"),
        "super_large_class_share": marked("most super-large classes, of all classes"),
        "class_size_preschool": marked("places of a kindergarten class"),
        "class_size_primary": marked("places of a primary class"),
        "class_size_junior": marked("places of a junior class"),
        "class_size_senior": marked("places of a senior class"),
        "class_size_point": marked("places of a class at a teaching point"),
        "kindergarten_max_children": marked("largest kindergarten, in children"),
        "kindergarten_max_classes": marked("largest kindergarten, in classes"),
        "kindergarten_min_classes": marked("smallest new kindergarten"),
        "primary_min_classes": marked("smallest new primary school"),
        "primary_max_classes": marked("largest primary school that is built or grows"),
        "junior_min_classes": marked("smallest new junior school"),
        "junior_max_classes": marked("largest junior school that is built or grows"),
        "compulsory_max_pupils": marked("largest compulsory school; gate (d)"),
        "through_school_max_pupils": marked("the same for nine- and twelve-year schools"),
        "limit_minutes_1_3": marked("longest way to school of grades 1–3, door to door"),
        "limit_minutes_4_6": marked("longest way to school of grades 4–6, door to door"),
        "limit_minutes_7_9": marked("longest way to school of grades 7–9, door to door"),
        "limit_minutes_10_12": marked("longest way to school of grades 10–12, door to door"),
        "walk_kmh": marked("walking speed of children on the flat"),
        "walk_limit_m": marked("longest way on foot; farther pupils ride"),
        "bus_wait_minutes": marked("wait for the school bus, once a way"),
        "bus_cap_sharp_kmh": marked("fastest school bus on sharp, steep, narrow or unpaved road"),
        "bus_cap_kmh": marked("fastest school bus on other roads"),
        "bus_cap_expressway_kmh": marked("fastest school bus on expressways"),
        "bus_speed_factor": marked("factor on what school buses drive, below all caps"),
        "bus_seats_kindergarten": marked("most seats of a kindergarten bus"),
        "bus_seats_pupils": marked("most seats of a school bus"),
        "snap_limit_m": marked("a place farther from any road is not routed"),
        "walk_past_m": marked("rule walking: so much farther on foot than a school that stays"),
        "meal_distance_m": marked("who walks farther eats at school; gate (c)"),
        "boarding_from_grade": marked("first grade that may board"),
        "boarding_reach_minutes": marked("longest way to a bed"),
        "boarding_trips_per_day": marked("trips a day of who boards today and after"),
        "kindergarten_rural_m": marked("longest way to a rural kindergarten, along the road"),
        "kindergarten_urban_m": marked("longest way to an urban kindergarten, along the road"),
        "primary_urban_m": marked("service radius of an urban primary"),
        "junior_urban_m": marked("service radius of an urban junior school"),
        "kindergarten_site_m2": marked("ground that a parcel must have for a kindergarten"),
        "primary_site_m2": marked("ground that a parcel must have for a primary"),
        "junior_site_m2": marked("ground that a parcel must have for a junior school"),
        "parcel_distance_m": marked("farthest parcel of a settlement"),
        "belt_width_m": marked("width of the border belt where the programme names none"),
        "position_error_m": marked("error of a school's position where the table has none"),
        "opposed_share": marked("gate (a): more parents against it forbid a closure"),
        "preschool_rate": marked("share of children aged 3–5 who want a kindergarten place"),
        "compulsory_completion_rate": marked("share who complete nine years"),
        "births_spread": marked("how far fewer or more births lie from those expected"),
        "senior_rate": marked("share of children aged 15–17 in senior schools"),
        "public_kindergarten_share": marked("floor of the public share of a county"),
        "inclusive_kindergarten_share": marked("floor of the public and inclusive share"),
        "resource_room_pupils": marked("integrated pupils from whom on a resource room is due"),
        "pupils_per_teacher_primary": marked("primary pupils for each teacher"),
        "pupils_per_teacher_junior": marked("junior pupils for each teacher"),
        "pupils_per_teacher_senior": marked("senior pupils for each teacher"),
    }
)
"""What each field of `layout.core.standards.Standards` does, to be translated when shown."""

NORM_TEXTS = (
    *(marked("pupils"), marked("children"), marked("classes"), marked("minutes")),
    *(marked("metres"), marked("km/h"), marked("share"), marked("factor"), marked("seats")),
    *(marked("grade"), marked("trips"), marked("m² a child"), marked("m² a pupil")),
    *(marked("planner's default"), marked("planner's default (stand-in)")),
    *(marked("one class for each age"), marked("children 3–4 km/h on the flat")),
    *(marked("two trips in five school days"), marked("stand-in: no source found")),
    *(marked("action plan 2021–2023"), marked("planner's default, after 建标175-2016")),
    marked("planner's default, after 建标109-2008"),
)
"""Units of norms, and those of their sources that are in English."""
