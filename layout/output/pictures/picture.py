"""One picture of a plan, or the whole set for a report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from layout.core.errors import UsageError, expect_word
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.text import chosen_language, tr, using
from layout.output.pictures.fonts import need_matplotlib
from layout.output.pictures.maps import (
    View,
    draw_catchments,
    draw_closures,
    draw_county,
    draw_retained,
    draw_sites,
    title_of,
)
from layout.output.pictures.page import Draw, save_page, show_page
from layout.output.pictures.plots import draw_counties, draw_minutes
from layout.output.pictures.school import draw_school
from layout.planning.catchments import State, check_band
from layout.planning.contract import PlanTables

__all__ = [
    "FORMS",
    "PICTURES",
    "check_picture",
    "check_set",
    "check_subject",
    "picture",
    "pictures",
    "plotted",
]

FORMS = ("png", "svg", "pdf")
PICTURES = ("closures", "retained", "sites", "catchments", "county", "minutes", "counties")
"""What a picture can show; ``county`` is all that happens in one of them."""
_MAPS = {
    "closures": draw_closures,
    "retained": draw_retained,
    "sites": draw_sites,
    "catchments": draw_catchments,
    "county": draw_county,
}


def picture(
    plan: PlanTables,
    path: str | Path,
    what: str,
    *,
    band: str = "1-3",
    state: State = "after",
    county: str | None = None,
    language: str | None = None,
) -> Path:
    """Draw one picture on A4 across, whole or not at all; the same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan; catchments need its land.
    path
        The file, ending in ``.png``, ``.svg`` or ``.pdf``.
    what
        One of `PICTURES`.
    band, state
        Of the catchments: a grade band, and ``before`` or ``after``.
    county
        Code of the county that a map is of; all of them where not given.
    language
        As for `layout.output.lists.save`.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    layout.core.errors.UsageError
        No such picture, band, state or county; matplotlib or a font with Chinese is missing; the
        plan has nothing of the kind.
    layout.core.errors.InputError
        The file cannot be written.
    """
    target = check_picture(path, what, band=band, state=state)
    view = View(band=band, state=state, county=county or "")
    with using(chosen_language(language, default=plan.study.language)):
        _check_county(plan, what, view)
        with refusals_told(target), whole_file(target) as partial:
            form = target.suffix.lower().lstrip(".")
            save_page(plan, partial, form, _title(plan, what, view), _drawn(plan, what, view))
    return target


def plotted(
    plan: PlanTables,
    what: str,
    *,
    band: str = "1-3",
    state: State = "after",
    county: str | None = None,
    school: str | None = None,
    language: str | None = None,
) -> Any:
    """Draw one picture for the screen, as a figure of pyplot.

    Parameters
    ----------
    plan, what, band, state, county, language
        As for `picture`.
    school
        Identifier of a school or site: its catchment alone, with the settlements in it.

    Returns
    -------
    matplotlib.axes.Axes
        Those of the picture.

    Raises
    ------
    layout.core.errors.UsageError
        As for `picture`.
    """
    check_subject(what, band=band, state=state)
    view = View(band=band, state=state, county=county or "", school=school or "")
    with using(chosen_language(language, default=plan.study.language)):
        _check_county(plan, what, view)
        return show_page(plan, _title(plan, what, view), _drawn(plan, what, view))


def check_picture(path: str | Path, what: str, *, band: str = "1-3", state: str = "after") -> Path:
    """Return the path of a picture if `picture` can write it.

    Raises
    ------
    layout.core.errors.UsageError
        As for `picture`.
    """
    target = Path(path)
    endings = [f".{form}" for form in FORMS]
    if target.suffix.lower() not in endings:
        raise UsageError(
            tr(
                "The file name must end in {endings}, not “{name}”.",
                endings=" / ".join(endings),
                name=target.name,
            )
        )
    check_subject(what, band=band, state=state)
    return target


def check_subject(what: str, *, band: str = "1-3", state: str = "after") -> None:
    """Refuse what no picture shows.

    Raises
    ------
    layout.core.errors.UsageError
        As for `picture`.
    """
    expect_word(PICTURES, what=what)
    check_band(band, state)
    need_matplotlib()


def _check_county(plan: PlanTables, what: str, view: View) -> None:
    units = plan.study.units
    if view.county and view.county not in units.index:
        known = tr(", ").join(f"{code} {name}" for code, name in units["name"].items())
        raise UsageError(
            tr("There is no county {code}; there are: {known}", code=view.county, known=known)
        )
    if what == "county" and not view.county:
        raise UsageError(tr("A picture of a county needs its code."))


def _title(plan: PlanTables, what: str, view: View) -> str:
    plots = {
        "minutes": tr("The way to school of those who change"),
        "counties": tr("What closes and what is built, by county"),
    }
    return plots[what] if what in plots else title_of(what, plan, view)


def _drawn(plan: PlanTables, what: str, view: View) -> Draw:
    def draw(axes: Any, beside: Any) -> None:
        if what == "catchments" and view.school:
            draw_school(axes, beside, plan, view)
        elif what in _MAPS:
            _MAPS[what](axes, beside, plan, view)
        else:
            {"minutes": draw_minutes, "counties": draw_counties}[what](axes, beside, plan)

    return draw


def pictures(
    plan: PlanTables,
    folder: str | Path,
    *,
    form: Literal["png", "svg", "pdf"] = "png",
    language: str | None = None,
) -> list[Path]:
    """Draw the whole set: the maps, catchments of each band in both states, counties, plots.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where the files go; others in it are left alone.
    form
        Kind of file.
    language
        As for `picture`.

    Returns
    -------
    list of pathlib.Path
        The files that were written, in order.

    Raises
    ------
    layout.core.errors.UsageError
        As for `picture`.
    layout.core.errors.InputError
        A file cannot be written.
    """
    target = check_set(folder)
    with refusals_told(target):
        target.mkdir(parents=True, exist_ok=True)
    return [
        picture(plan, target / f"{name}.{form}", what, language=language, **options)
        for name, what, options in _whole(plan)
    ]


def check_set(folder: str | Path) -> Path:
    """Return the folder if `pictures` can write into it.

    Raises
    ------
    layout.core.errors.UsageError
        It is a file, or matplotlib is missing.
    layout.core.errors.InputError
        It cannot be written to.
    """
    target = Path(folder)
    with refusals_told(target):
        is_file = target.is_file()
    if is_file:
        raise UsageError(tr("{path} is a file; pictures go into a folder.", path=target))
    # Files are put into the folder one by one; the name stands for any of them.
    file_place(target / "closures")
    need_matplotlib()
    return target


def _whole(plan: PlanTables) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name of the file, picture and options, as far as the plan has something to show."""
    if len(plan.closures):
        yield "closures", "closures", {}
    if len(plan.retained):
        yield "retained", "retained", {}
    if len(plan.sites):
        yield "sites", "sites", {}
    for band in () if plan.land is None else plan.land.bands:
        for state in ("before", "after"):
            options = {"band": band, "state": state}
            yield f"catchments-{band}-{state}", "catchments", options
    for code in plan.study.units.index:
        yield f"county-{code}", "county", {"county": str(code)}
    if len(plan.closures) or len(plan.sites):
        yield "counties", "counties", {}
        yield "minutes", "minutes", {}
