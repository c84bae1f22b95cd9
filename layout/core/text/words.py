"""Names of columns, codes and indicators in the reader's language, for the map and the tables."""

from __future__ import annotations

from layout.core.text import tr

__all__ = [
    "bands",
    "belts",
    "canteens",
    "columns",
    "cures",
    "gates",
    "goals",
    "indicators",
    "inputs",
    "kinds",
    "measures",
    "models",
    "modes",
    "programmes",
    "school_types",
    "stages",
    "states",
    "statuses",
    "tables",
]


def columns() -> dict[str, str]:
    """Return the heading of every column of the plan's tables, by column name."""
    named = {
        "school_id": tr("School code"),
        "name": tr("Name"),
        "county": tr("County"),
        "county_code": tr("County code"),
        "township_code": tr("Township code"),
        "township": tr("Township"),
        "pupils": tr("Pupils"),
        "year": tr("Shut from autumn"),
        "reason": tr("Reason"),
        "gate_a": tr("Gate (a) parents' opinion"),
        "gate_b": tr("Gate (b) way to school"),
        "gate_c": tr("Gate (c) beds and meals"),
        "gate_d": tr("Gate (d) size of classes"),
        "receivers": tr("Receiving schools"),
        "added_minutes_mean": tr("Added minutes one way, mean"),
        "added_minutes_max": tr("Added minutes one way, longest"),
        "share_over_limit": tr("Share over the limit"),
        "replaces_if_kept": tr("Closes instead if kept"),
        "added_if_kept": tr("Cost of keeping it, pupil-minutes a day"),
        "candidate": tr("May close"),
        "if_forced": tr("If forced"),
        "closes_then": tr("Closes then"),
        "added": tr("Cost of that, pupil-minutes a day"),
        "settlement_id": tr("Settlement code"),
        "settlement": tr("Settlement"),
        "band": tr("Grades"),
        "from_school": tr("School today"),
        "to_school": tr("School in the plan"),
        "from_name": tr("Name of the school today"),
        "to_name": tr("Name of the school in the plan"),
        "mode": tr("How they travel"),
        "mode_before": tr("How they travel today"),
        "minutes_before": tr("Minutes today"),
        "metres_before": tr("Metres today"),
        "baseline_minutes": tr("Minutes today by the quickest way"),
        "minutes_after": tr("Minutes in the plan"),
        "metres_after": tr("Metres in the plan"),
        "official": tr("On the official list"),
        "distance_m": tr("Distance to the border, m"),
        "uncertainty_m": tr("Uncertainty, m"),
        "belt": tr("Border belt"),
        "protected": tr("Protected"),
        "rule": tr("Rule"),
        "price": tr("Saved if it alone might close, pupil-minutes a day"),
        "class_size": tr("Pupils a class"),
        "large_classes": tr("Large classes"),
        "beds_free": tr("Beds free (below 0: short)"),
        "canteen": tr("Canteen"),
        "floor_m2_per_pupil": tr("Floor area a pupil, m²"),
        "next_school_id": tr("Next school of the same grades, code"),
        "next_name": tr("Next school of the same grades"),
        "next_distance_m": tr("Distance to it, m"),
        "next_minutes": tr("Minutes to it, mean of its pupils"),
        **_site_columns(),
        **_need_columns(),
        "closed": tr("Schools closed"),
    }
    for key, title in indicators().items():
        named[f"{key}_before"] = tr("{measure}, today", measure=title)
        named[f"{key}_after"] = tr("{measure}, plan", measure=title)
    return named


def _site_columns() -> dict[str, str]:
    return {
        "programme": tr("Programme"),
        "site_id": tr("Site code"),
        "kind": tr("Kind"),
        "area": tr("Exclusion area or parcel"),
        "parcel_id": tr("Parcel code"),
        "stage": tr("Stage"),
        "classes": tr("Classes"),
        "places": tr("Places"),
        "pupils_served": tr("Children served"),
        "site": tr("Site"),
        "births": tr("Reading of the births"),
        "children": tr("Children"),
        "minutes": tr("Minutes to the site"),
        "metres": tr("Metres to the site"),
        "lon": tr("Longitude"),
        "lat": tr("Latitude"),
        "runner_up": tr("Next best settlement, code"),
        "runner_up_name": tr("Next best settlement"),
        "runner_up_loss": tr("Loss of the first goal there"),
        "pupils_lost": tr("Children who lose their place without it"),
    }


def _need_columns() -> dict[str, str]:
    """Headings of what is missing after a plan, and of the counties' kindergarten plans."""
    return {
        "places_existing": tr("Existing places"),
        "places_new": tr("New places"),
        "served": tr("Children with a place"),
        "unserved": tr("Children without a place"),
        "unserved_expansion": tr("… cured by more classes nearby"),
        "unserved_new_site": tr("… cured by further new kindergartens"),
        "unserved_radius": tr("… with idle places too far away"),
        "unserved_scattered": tr("… too scattered for any of these"),
        "expansion_classes": tr("Classes to be added for that"),
        "new_sites": tr("New kindergartens"),
        "radius_m": tr("Furthest of the idle places, m"),
        "cure": tr("What would serve most of them"),
        "places_before": tr("Places, today"),
        "places_after": tr("Places, plan"),
        "places_idle": tr("Places without a child"),
        "unserved_before": tr("Children without a place, today"),
        "unserved_after": tr("Children without a place, plan"),
        "public_share_before": tr("Public share, today"),
        "public_share_after": tr("Public share, plan"),
        "floor_share": tr("Floor of the public share"),
        "floor_met": tr("Floor reached"),
        "floor_missing": tr("Public children missing to the floor"),
        "new_classes": tr("Classes of the new ones"),
        "expanded_schools": tr("Kindergartens that grow"),
        "expanded_classes": tr("Classes added at these"),
        "townships": tr("Townships"),
        "townships_without_before": tr("Townships without a public kindergarten, today"),
        "townships_without_after": tr("Townships without a public kindergarten, plan"),
        "until": tr("Last year"),
        "children_by_year": tr("Children by year"),
        "surplus_until": tr("Places less children in the last year"),
    }


def tables() -> dict[str, str]:
    """Return the title of every table of a plan."""
    return {
        "closures": tr("List of closures"),
        "candidates": tr("Candidates"),
        "assignment": tr("Assignment"),
        "retained": tr("Retained border schools"),
        "sites": tr("Sites"),
        "served": tr("Whom the sites serve"),
        "site_years": tr("Sites by year"),
        "rejected_sites": tr("Rejected sites"),
        "deficits": tr("Children without a place"),
        "kindergarten_plans": tr("Kindergarten plans"),
        "counties": tr("Counties"),
    }


def measures() -> dict[str, str]:
    """Return the words of the measures by which plans are compared."""
    return {
        "schools_closed": tr("Schools closed"),
        "pupils_moved": tr("Pupils who change school"),
        "added_pupil_minutes_per_day": tr("Added travel, pupil-minutes a day"),
        "added_minutes_mean": tr("Added minutes one way, mean of the pupils of closed schools"),
        "added_minutes_max": tr("Added minutes one way, longest"),
        "boarders_added": tr("Pupils who become boarders"),
        "bus_riders_added": tr("Pupils who ride a bus to their new school"),
        "new_sites": tr("New sites"),
        "classes_added": tr("Classes added"),
        "children_served": tr("Children served who had no place"),
        "places_added": tr("Places added"),
    }


def indicators() -> dict[str, str]:
    """Return the title of every measure of a county, by the stem of its two columns."""
    return {
        "pupils": tr("Pupils"),
        "schools": tr("Schools"),
        "coverage_preschool": tr("Within reach, kindergarten"),
        "coverage_primary": tr("Within reach, primary"),
        "coverage_junior": tr("Within reach, junior"),
        "coverage_1_3": tr("Within reach, grades 1 to 3"),
        "coverage_4_6": tr("Within reach, grades 4 to 6"),
        "minutes_mean": tr("Mean minutes to school"),
        "minutes_worst_decile": tr("Minutes of the worst-off tenth"),
        "classes": tr("Classes, grades 1 to 9"),
        "large_classes": tr("Large classes"),
        "super_large_classes": tr("Super-large classes"),
        "places_short_kindergarten": tr("Kindergarten places short"),
        "places_short_compulsory": tr("Compulsory places short"),
        "public_kindergarten_share": tr("Children in public kindergartens"),
    }


def gates() -> dict[str, str]:
    """Return the words of a gate's result."""
    return {"pass": tr("passed"), "fail": tr("not passed"), "unknown": tr("not known")}


def modes() -> dict[str, str]:
    """Return the words of the ways to travel."""
    return {
        "stay": tr("stays"),
        "walk": tr("on foot"),
        "bus": tr("school bus"),
        "board": tr("boarding"),
    }


def kinds() -> dict[str, str]:
    """Return the words of the kinds of site."""
    return {
        "new": tr("new site"),
        "expansion": tr("expansion"),
        "designation": tr("designation"),
    }


def stages() -> dict[str, str]:
    """Return the stages that new sites are for, by their code."""
    return {
        "preschool": tr("kindergarten"),
        "primary": tr("primary school"),
        "junior": tr("junior school"),
    }


def belts() -> dict[str, str]:
    """Return the words of the belt membership."""
    return {"in": tr("inside"), "out": tr("outside"), "uncertain": tr("uncertain")}


def canteens() -> dict[str, str]:
    """Return whether a school has a canteen, in words."""
    return {"true": tr("yes"), "false": tr("no"), "unknown": tr("not known")}


def cures() -> dict[str, str]:
    """Return in a few words what would serve children without a place, by code."""
    return {
        "expansion": tr("more classes nearby"),
        "new_site": tr("a further new kindergarten"),
        "radius": tr("idle places farther away"),
        "scattered": tr("none: they live too scattered"),
    }


def bands() -> dict[str, str]:
    """Return the words of the grade bands."""
    return {
        "preschool": tr("kindergarten"),
        "1-3": tr("grades 1–3"),
        "4-6": tr("grades 4–6"),
        "7-9": tr("grades 7–9"),
        "10-12": tr("grades 10–12"),
    }


def programmes() -> dict[str, str]:
    """Return the words of the siting programmes."""
    return {
        "kindergarten": tr("Public kindergartens"),
        "compulsory": tr("Compulsory schools"),
        "senior_high": tr("Senior high schools"),
        "vocational": tr("Vocational schools"),
        "special_school": tr("Special schools"),
        "resource_centre": tr("Resource centres"),
        "resource_room": tr("Resource rooms"),
        "demonstration_city": tr("Demonstration kindergartens of the city"),
        "demonstration_region": tr("Demonstration kindergartens of the region"),
    }


def models() -> dict[str, str]:
    """Return the words of the models, by the name of their run."""
    return {
        "closures": tr("Closing small schools"),
        "border": tr("Retaining border schools"),
        **programmes(),
    }


def goals() -> dict[str, str]:
    """Return what each level of a model counts, by the level's name in the record."""
    return {
        "added_pupil_seconds": tr("the added travel time of all pupils together"),
        "added_pupil_metres": tr("the added way of all pupils together"),
        "boarders": tr("the pupils who board"),
        "lose_walking": tr("the pupils who can no longer walk"),
        "bus_seats": tr("the pupils who ride a bus"),
        "worst_added_seconds": tr("the added travel time of the pupil who gets the most"),
        "pupils_to_other_receivers": tr("the pupils sent to schools that are not preferred"),
        "pupil_seconds_after": tr("the travel time of those who move"),
        "pupil_metres_after": tr("the way of those who move"),
        "floors": tr("the children missing to the floors of the public share"),
        "covered": tr("the children served"),
        "uneven": tr("how unevenly the children left over are spread"),
        "travel": tr("the ways of the children served"),
    }


def statuses() -> dict[str, str]:
    """Return the words of what a solver proved."""
    return {
        "proven": tr("proved best"),
        "gap": tr("not proved"),
        "infeasible": tr("not possible"),
        "no_solution": tr("none found"),
    }


def inputs() -> dict[str, str]:
    """Return the words of what a file is to a study, by its key in the study file."""
    return {
        "study": tr("study file"),
        "scenario": tr("scenario"),
        "units": tr("outlines of the counties"),
        "border": tr("national border"),
        "settlements": tr("settlements"),
        "schools": tr("list of schools"),
        "attendance": tr("attendance"),
        "roads": tr("roads"),
        "height": tr("height model"),
        "parcels": tr("parcels"),
        "exclusions": tr("areas where nothing may be built"),
        "townships": tr("outlines of the townships"),
        "rivers": tr("rivers"),
    }


def states() -> dict[str, str]:
    """Return the words of a school's state in the plan."""
    return {
        "open": tr("open"),
        "closed": tr("closes"),
        "receiver": tr("receives pupils"),
        "retained": tr("retained in the border belt"),
        "uncertain": tr("border belt uncertain"),
    }


def school_types() -> dict[str, str]:
    """Return the words of the types of school, by their code."""
    return {
        "111": tr("kindergarten"),
        "119": tr("attached kindergarten classes"),
        "211": tr("primary school"),
        "218": tr("teaching point"),
        "219": tr("attached primary classes"),
        "311": tr("junior school"),
        "312": tr("nine-year school"),
        "319": tr("attached junior classes"),
        "341": tr("complete secondary school"),
        "342": tr("senior school"),
        "345": tr("twelve-year school"),
        "349": tr("attached senior classes"),
        # Of these the first digits decide.
        "36": tr("vocational school"),
        "5": tr("special school"),
    }
