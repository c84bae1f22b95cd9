"""Sentences of the page that are not names of columns or codes."""

from __future__ import annotations

from layout.core.text import tr

__all__ = ["compared_labels", "labels"]


def labels(edition: str = "internal") -> dict[str, str]:
    """Return every sentence of the page, by its key; ``{fields}`` are filled in on the page."""
    mark = {"internal": tr("Public edition")} if edition == "public" else {}
    return {
        **_frame(),
        **_layers(),
        **_flows(),
        **_cards(),
        **_needs(),
        **_tables(),
        **_townships(),
        **_paper(),
        **mark,
    }


def compared_labels() -> dict[str, str]:
    """Return the sentences that only the page of several plans has."""
    return {
        "options": tr("Plan shown"),
        "tab_figures": tr("Side by side"),
        "tab_schools": tr("Schools"),
        "answer_closes": tr("closes"),
        "answer_receives": tr("receives"),
        "answer_stays": tr("stays"),
        "answer_grows": tr("is expanded"),
        "answer_site": tr("new site"),
        "answer_absent": tr("no site"),
        "layer_elsewhere": tr("Closes in another plan"),
        "layer_new": tr("New sites"),
        "only_differing": tr("Only schools that the plans treat differently"),
        "only_land": tr("Only land that the plans give to different schools"),
        "option": tr("Plan"),
        "under_each": tr("Under each plan, {band}", band="{band}"),
        "more_options": tr("Under each plan"),
    }


def _frame() -> dict[str, str]:
    return {
        "modelled": tr("Modelled data"),
        "modelled_long": tr("Modelled data, not observed: for demonstration only"),
        "internal": tr("Internal working map"),
        "switch": tr("State shown"),
        "today": tr("Today"),
        "slide": tr("Slider"),
        "slide_hint": tr("Where today ends and the plan begins"),
        "plan": tr("Plan"),
        "search": tr("Search"),
        "search_hint": tr("School, site, settlement, township, county or code"),
        "search_none": tr("Nothing found"),
        "search_count": tr("{count} found", count="{count}"),
        "search_reading": tr("Settlements are still being read."),
        "search_more": tr(
            "The first {count} are listed; type more to narrow down.", count="{count}"
        ),
        "tab_overview": tr("Overview"),
        "tab_closures": tr("Closures"),
        "tab_changes": tr("From → to"),
        "tab_retained": tr("Retained"),
        "tab_sites": tr("Sites"),
        "tab_counties": tr("Counties"),
        "tab_schools": tr("All schools"),
        "tab_report": tr("Data"),
        "tabs": tr("Tables and data"),
        "close_card": tr("Close"),
        "card_opened": tr("Card opened: {name}", name="{name}"),
        "home": tr("Whole area"),
        "scale_m": tr("{metres} m", metres="{value}"),
        "scale_km": tr("{km} km", km="{value}"),
        "zoom_in": tr("Zoom in"),
        "zoom_out": tr("Zoom out"),
        "map": tr("Map of schools and settlements"),
        "skip": tr("Skip to the tables"),
        "no_script": tr("This page needs JavaScript, which this browser has switched off."),
        "widen": tr("Wide tables"),
        "hide_panel": tr("Hide tables"),
        "show_panel": tr("Show tables"),
    }


def _layers() -> dict[str, str]:
    return {
        "layers": tr("Layers"),
        "layer_closed": tr("Schools that close"),
        "layer_closed_today": tr("Schools that close in the plan (open today)"),
        "layer_retained": tr("Retained border schools"),
        "layer_uncertain": tr("Border schools in doubt"),
        "layer_kindergarten_new": tr("New kindergartens"),
        "layer_kindergarten_expansion": tr("Kindergarten expansions"),
        "layer_compulsory_new": tr("New compulsory schools"),
        "layer_compulsory_expansion": tr("Expansions of compulsory schools"),
        "layer_other_sites": tr("Sites of other programmes"),
        "layer_moves": tr("Where pupils go (closed school to receiver)"),
        "layer_preschool": tr("Other kindergartens"),
        "layer_primary": tr("Other primary schools and points"),
        "layer_junior": tr("Other junior and nine-year schools"),
        "layer_senior": tr("Other senior and vocational schools"),
        "layer_special": tr("Special schools"),
        "layer_settlements": tr("Settlements with children"),
        "layer_belt": tr("Border belt, 0–{km} km (clipped to counties)", km="{km}"),
        "layer_roads": tr("Roads"),
        "layer_receivers": tr("Receiving schools"),
        "layer_rivers": tr("Rivers"),
        "layer_townships": tr("Names and borders of townships"),
        "layer_townships_sketched": tr("Townships (sketched from their settlements)"),
        "layer_labels": tr("Names and counts of counties"),
        "group_programme": tr("The plan"),
        "group_schools": tr("Other schools"),
        "group_base": tr("Base"),
        "indicator": tr("Counties shaded by"),
        "indicator_none": tr("No shading"),
        "indicator_closed": tr("Schools closed"),
        "change": tr("Change instead (plan less today)"),
        "change_title": tr("change, plan less today"),
        "change_none": tr("no change"),
        "range": tr("{low} to {high}", low="{low}", high="{high}"),
        "legend_lines": tr("Lines"),
        "line_county_line": tr("Border of a county"),
        "line_chosen_now": tr("Land of the chosen school ({state})", state="{state}"),
        "line_chosen_other": tr("Its land in the other state ({state})", state="{state}"),
        "line_changed": tr("Land that changes school"),
        "line_way_now": tr("From settlement to school"),
        "line_way_before": tr("From settlement to its school of before"),
        "areas": tr("Catchments of grades"),
        "no_place_land": tr("Children without a place live here"),
        "areas_none": tr("No catchments"),
        "areas_changes": tr("Only land that changes school"),
        "legend": tr("Legend"),
        "no_value": tr("no value"),
        "sites_hidden": tr("Sites appear in the state “Plan”."),
    }


def _cards() -> dict[str, str]:
    return {
        "said_school": tr("Why it closes or stays"),
        "said_site": tr("What this site is for"),
        "said_county": tr("Kindergarten layout plan"),
        "code": tr("Code"),
        "county": tr("County"),
        "pupils": tr("Pupils"),
        "pupils_today": tr("Pupils today"),
        "pupils_plan": tr("Pupils in the plan"),
        "pupils_by_stage": tr("Of them by stage"),
        "stage_preschool": tr("kindergarten"),
        "stage_primary": tr("primary"),
        "stage_junior": tr("junior"),
        "stage_senior": tr("senior"),
        "stage_special": tr("special"),
        "minutes": tr("Minutes to school"),
        "mean": tr("Mean"),
        "longest": tr("Longest"),
        "minutes_unit": tr("{value} min", value="{value}"),
        "year_shut": tr("Shut from autumn"),
        "reason": tr("Reason"),
        "gates": tr("The four gates"),
        "provisional": tr("Provisional: the hearing with parents is still to be held."),
        "receivers": tr("Receiving schools"),
        "receives_from": tr("Receives pupils from"),
        "whom_it_serves": tr("Whom it serves"),
        "leave_for_sites": tr("Pupils who leave for a new site"),
        "served_by_sites": tr("Children whom new sites serve"),
        "settlements_moved": tr("Settlements whose pupils move"),
        "added": tr("Added minutes"),
        "share_over": tr("Share over the limit"),
        "distance": tr("Distance to the border"),
        "with_error": tr("{distance} m ± {error} m", distance="{distance}", error="{error}"),
        "official": tr("On the official list"),
        "protected": tr("Protected"),
        "rule": tr("Rule"),
        "belt": tr("Border belt"),
        "yes": tr("yes"),
        "no": tr("no"),
        "classes": tr("Classes"),
        "places": tr("Places"),
        "served": tr("Children served"),
        "why_here": tr("Why here"),
        "instead": tr("If impossible here, then in"),
        "lost": tr("Lose their place without it"),
        "children": tr("Children, 0–17 years"),
        "settlement": tr("Settlement"),
        "existing_school": tr("Existing school"),
        "county_page": tr("Open the map of this county, with all roads and grades"),
        "whole_map": tr("Back to the map of the whole study"),
        "area_of": tr("Catchment, {band}", band="{band}"),
        "area_nobody": tr("Nobody of this band comes here."),
        "goes_to": tr("Where they go, {band}", band="{band}"),
        "minutes_short": tr("Minutes"),
        "no_place": tr("no place"),
        "zones": tr("Its school in the plan"),
        "public_note": tr(
            "For public notice: numbers of pupils are sums of numbers rounded to fives, children "
            "of settlements are told in classes."
        ),
        "measure": tr("Measure"),
        "hidden_rows": tr("and {count} more in the workbook", count="{count}"),
    }


def _needs() -> dict[str, str]:
    return {
        "if_kept": tr("If this school stays"),
        "if_closed": tr("If this school closes"),
        "closes_instead": tr("Closes instead"),
        "closes_too": tr("Closes with it"),
        "nobody_else": tr("no other school"),
        "cannot_keep": tr("Then so many schools could not close."),
        "cannot_close": tr("No plan with so many closures closes it."),
        "all_pupils": tr("All pupils together travel more by"),
        "pupil_minutes": tr("{value} minutes a day", value="{value}"),
        "grows_for": tr("This school grows: {programme}", programme="{programme}"),
        "classes_added": tr("Classes added"),
        "places_added": tr("Places added"),
        "year": tr("Year"),
        "want_place": tr("Want a place"),
        "places_plan": tr("Places, plan"),
        "places_today": tr("Kindergarten places today"),
        "places_over": tr("Places less children"),
        "without_place": tr("No place"),
        "without_place_today": tr("Children without a place today"),
        "kindergarten_years": tr("Kindergartens year by year"),
        "places_far": tr(
            "Children may be without a place while places stand empty: these lie too far away."
        ),
        "missing_townships": tr(
            "Townships whose children have no place in the plan ({stage}, {year})",
            stage="{stage}",
            year="{year}",
        ),
        "cure": tr("What would help most"),
    }


def _tables() -> dict[str, str]:
    return {
        "rows": tr("{count:row|rows}", count="{count}"),
        "filter_county": tr("County"),
        "all_counties": tr("All counties"),
        "filter_belt": tr("Border belt"),
        "all_belts": tr("In the belt or in doubt"),
        "every_belt": tr("All schools of the border counties"),
        "filter_stage": tr("Kind of school"),
        "all_stages": tr("All kinds"),
        "all_states": tr("Whatever happens"),
        "filter_text": tr("Name, code or township"),
        "school_type": tr("Type"),
        "minutes_today": tr("Minutes today"),
        "minutes_plan": tr("Minutes in the plan"),
        "what_happens": tr("What happens"),
        "page_back": tr("Previous"),
        "page_next": tr("Next"),
        "page_of": tr("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "empty": tr("This plan has no such rows."),
        "sort_hint": tr("Sort by {column}", column="{column}"),
        "asked": tr("Asked"),
        "reached": tr("Reached"),
        "model": tr("Model"),
        "status": tr("Proof"),
        "objective": tr("Objective"),
        "bound": tr("Bound"),
        "gap": tr("Gap"),
        "programmes_title": tr("What was asked and reached"),
        "effects_title": tr("What changes"),
        "notes_title": tr("Findings and conflicts"),
        "facts_title": tr("Where the data come from"),
        "models_title": tr("Models and what they prove"),
        "inputs_title": tr("Input files"),
        "warnings_title": tr("Warnings of the data check"),
        "standards_title": tr("Norms used"),
        "no_notes": tr("No conflicts were found."),
        "no_warnings": tr("The data check found nothing to warn of."),
        "more_warnings": tr(
            "The first {count} are listed; the workbook holds all.", count="{count}"
        ),
        "file": tr("File"),
        "row": tr("Row"),
        "column": tr("Column"),
        "value": tr("Value"),
        "input": tr("Input"),
        "remedy": tr("Remedy"),
        "kind_of_problem": tr("Kind"),
        "norm": tr("Norm"),
        "unit": tr("Unit"),
        "source": tr("Source"),
        "remark": tr("Remark"),
        "pupils_moved": tr("Pupils who change school"),
        "added_mean": tr("Their added minutes, mean"),
        "added_longest": tr("Their added minutes, longest"),
        "by_bus": tr("Of them by school bus"),
        "by_bed": tr("Of them boarding"),
        "on_foot": tr("Of them on foot"),
        "classes_new": tr("Classes added by sites"),
        "places_new": tr("Places added by sites"),
    }


def _townships() -> dict[str, str]:
    return {
        "township": tr("Township"),
        "township_kind": tr("Township"),
        "township_name": tr("Name"),
        "township_unnamed": tr("The study has only its code."),
        "township_seat": tr("{code} (largest settlement: {seat})", code="{code}", seat="{seat}"),
        "township_largest": tr("Largest settlement"),
        "township_schools": tr("Schools"),
        "township_sketch": tr(
            "Its border on the map is a sketch: the land nearest to its settlements."
        ),
    }


def _paper() -> dict[str, str]:
    return {
        "print": tr("Print"),
        "atlas": tr("Print the atlas"),
        "atlas_progress": tr(
            "Sheet {done} of {count} is being drawn …", done="{done}", count="{count}"
        ),
        "atlas_stop": tr("Stop (Esc)"),
        "atlas_stopped": tr("The atlas was stopped; nothing was printed."),
        "paper": tr("Paper"),
        "paper_a4": tr("A4 landscape"),
        "paper_a3": tr("A3 landscape"),
        "review_number": tr("Map review number:"),
        "data_date": tr("Data of {date}", date="{date}"),
        "printed_on": tr("Printed on {date}", date="{date}"),
        "north": tr("N"),
        "credit": tr("Sources"),
    }


def _flows() -> dict[str, str]:
    return {
        "homes_by": tr("By minutes to school, {band}", band="{band}"),
        "homes_20": tr("up to 20 minutes"),
        "homes_40": tr("over 20, up to 40 minutes"),
        "homes_over": tr("over 40 minutes"),
        "homes_none": tr("no minutes known"),
        "minutes_of": tr("Minutes to school, {band}", band="{band}"),
        "reach": tr("Roads from which it is reached in 15, 30 and 60 minutes"),
        "reach_none": tr("not shown"),
        "reach_within": tr("within"),
        "reach_elsewhere": tr(
            "The map of the county shows them, and the way of every group by road."
        ),
        "pair_before_mean": tr("Minutes today, mean"),
        "pair_before_max": tr("Minutes today, longest"),
        "pair_after_mean": tr("Minutes in the plan, mean"),
        "pair_after_max": tr("Minutes in the plan, longest"),
        "flows_found": tr(
            "The data do not say how these pupils travel; minutes are by bus, on the roads shown."
        ),
        "flows_all": tr("All compulsory grades"),
        "flows_band": tr("Grades of the list"),
        "flows_more": tr("{count} more", count="{count}"),
    }
