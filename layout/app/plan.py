"""`Plan`: one scenario's answer, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from layout.app.explained import told_of_place, with_explanations
from layout.app.inwords import InWords, plan_rows, rows_in_words
from layout.app.land import land_of, with_land
from layout.app.levers import Schools, county_code, school_ids
from layout.app.places import PLACED, Phases, phases, placed, settlement_table
from layout.core.errors import expect
from layout.core.files import path_of
from layout.core.show import as_html, as_text
from layout.core.text import Sentence, chosen_language, tr, using
from layout.demand.attendance import with_attendance
from layout.output import lists, maps, pictures
from layout.planning.catchments import State, areas_of, check_band
from layout.planning.consolidation import (
    Setting,
    View,
    build_setting,
    is_forced,
    view_of,
    with_forced,
    with_prices,
)
from layout.planning.contract import TODAY, Land, PlanTables

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Plan(PlanTables):
    """One scenario's answer with its evidence; see `PlanTables` for what it holds.

    ``closures``, ``retained`` and ``sites`` have also the column geometry, points in EPSG:4326, so
    ``plan.closures.plot()`` draws them; files hold the columns of the schema alone.
    """

    def __post_init__(self) -> None:
        """Give rows their places, whoever made the tables and however the plan was changed."""
        for name in PLACED:
            object.__setattr__(self, name, placed(self, name))

    @classmethod
    def of(cls, made: PlanTables) -> Plan:
        """Return what the models made as a plan, today's and its alternatives as well."""
        if isinstance(made, cls):
            return made
        parts = {part.name: getattr(made, part.name) for part in fields(PlanTables)}
        parts["baseline"] = None if made.baseline is None else cls.of(made.baseline)
        parts["alternatives"] = {name: cls.of(one) for name, one in made.alternatives.items()}
        return cls(**parts)

    @cached_property
    def worked_out(self) -> Plan:
        """The plan with the exact cost of keeping, or closing, each candidate; worked out once.

        ``candidates``, and in ``closures`` ``replaces_if_kept`` and ``added_if_kept``, are filled
        at the first `explain`, `map`, `save` or `export`; a plan that was read back has them.
        """
        if is_forced(self) or self.travel is None:
            return self
        return Plan.of(with_prices(with_forced(self, self._setting), self._setting))

    @cached_property
    def drawn(self) -> Plan:
        """The plan as maps and files show it: `worked_out`, with catchments and explanations.

        Made once. A plan that was read back computes the routes of its study for it, or takes
        them from the cache.
        """
        made = with_land(self.worked_out, lambda: self._land)
        return Plan.of(with_explanations(made, lambda: self._view))

    @cached_property
    def _on_land(self) -> Plan:
        """The plan with the land of its schools, which is all that pictures need."""
        return Plan.of(with_land(self, lambda: self._land))

    @cached_property
    def _land(self) -> Land:
        """The land of the schools; of it a band is cut when it is first looked at."""
        return self.land or land_of(self)

    @cached_property
    def _setting(self) -> Setting:
        """The closure problem that the plan answers."""
        ways = self.ways()
        # A study that was read again has no attendance where it was inferred.
        study = with_attendance(self.study, ways.walk, ways.bus)
        return build_setting(study, ways.walk, ways.bus)

    @cached_property
    def _view(self) -> View:
        """The plan with what the explanations of its schools share."""
        return view_of(self.worked_out, self._setting)

    def settlements(self) -> gpd.GeoDataFrame:
        """Return how far the pupils of every settlement go, the worst off first.

        Returns
        -------
        geopandas.GeoDataFrame
            One row for each settlement with pupils of the compulsory stage, in the state that the
            plan ends in: settlement_id, name, county, pupils, boarders, moved (pupils who change
            school), minutes_before and minutes_after (one way, mean of those who go daily),
            added_minutes (of those who go daily in both states) and geometry, points in EPSG:4326;
            missing where nobody goes daily or no way is known.
        """
        return settlement_table(self)

    def phases(self) -> Phases:
        """Return what shuts and what opens in which autumn.

        Returns
        -------
        Phases
            One row for each year: year, schools_closed, pupils (theirs), new_sites, expansions,
            classes and places (of both); shown in words.
        """
        return phases(self)

    def in_words(self, rows: pd.DataFrame) -> InWords:
        """Return rows of one of the plan's tables as people read them.

        Parameters
        ----------
        rows
            Rows and columns of a table of the plan: ``plan.closures[["name", "receivers"]]``.

        Returns
        -------
        InWords
            Headings and codes in words, names of schools and counties, rounded numbers, no places.
        """
        with self._spoken():
            expect(pd.DataFrame, rows=rows)
            return rows_in_words(self, rows)

    def catchments(
        self, band: str, state: State = "after", *, school: Schools = None
    ) -> gpd.GeoDataFrame:
        """Return the area and the pupils that the plan allocates to each school in one band.

        Parameters
        ----------
        band
            ``preschool``, ``1-3``, ``4-6``, ``7-9`` or ``10-12``.
        state
            ``before`` or ``after``.
        school
            The catchments of these alone: schools by identifier or unique name, sites by
            identifier.

        Returns
        -------
        geopandas.GeoDataFrame
            Columns band, school_id ("" for children without a place), state, pupils (allocated),
            pupils_inside (who live in the area), detached (several pieces) and geometry, in
            EPSG:4326: areas without gap or overlap. Empty geometry where every settlement of a
            school sends more of its pupils elsewhere.

        Raises
        ------
        layout.core.errors.UsageError
            Unknown band, state or school.
        layout.core.errors.InputError
            The roads of the study cannot be read.
        """
        with self._spoken():
            check_band(band, state)
            wanted = self._sites_or_schools(school)
            none = gpd.GeoDataFrame(geometry=[], crs=self.study.crs)
            faces = self._land.bands.get(band)
            areas = none if faces is None else areas_of(faces, state)
            if school is not None and faces is not None:
                areas = areas[areas["school_id"].isin(wanted)].reset_index(drop=True)
            return areas.to_crs(self.study.settlements.crs)

    def _sites_or_schools(self, named: Schools) -> set[str]:
        """Identifiers of the sites and schools that somebody names."""
        expect((str, Iterable, NoneType), school=named)
        texts = {named} if isinstance(named, str) else {str(one) for one in named or ()}
        sites = texts & set(self.sites["site_id"])
        return sites | set(school_ids(self.study, sorted(texts - sites)))

    def explain(self, place: str) -> str:
        """Say in words why a school closes, stays or receives, or what a site is for.

        Parameters
        ----------
        place
            A school by identifier or unique name, a site by identifier, or a county by code or
            name: its kindergarten layout plan.

        Raises
        ------
        layout.core.errors.UsageError
            Where there is no such school, site or county; the nearest names are told.
        """
        with self._spoken():
            return _text(told_of_place(self, place, lambda: self._view))

    def map(
        self, *, language: str | None = None, edition: maps.Edition = "internal"
    ) -> maps.MapPage:
        """Draw the plan as one offline HTML page.

        Parameters
        ----------
        language
            ``zh`` or ``en``; by default the language chosen, else that of the study.
        edition
            ``internal``, or ``public`` for public notice: of a listed few fields, without
            numbers of few children.

        Returns
        -------
        MapPage
            Shows itself in a notebook; ``.save(path)`` writes it.
        """
        expect(str, edition=edition)
        return maps.draw(self.drawn, language=language, edition=edition)

    def save(self, folder: str | Path, *, language: str | None = None) -> Path:
        """Write the map, the workbook, the GeoPackage, the CSV files and ``run.json``.

        The folder appears whole or not at all; an earlier result stays until the new one is
        complete. `layout.read_plan` reads it again.

        Parameters
        ----------
        folder
            The folder.
        language
            As for `map`.
        """
        return lists.save(self.drawn, folder, language=language)

    def export(
        self,
        path: str | Path,
        *,
        tables: str | Iterable[str] | None = None,
        datum: str = "wgs84",
        language: str | None = None,
    ) -> Path:
        """Write some tables into one file to send on, see `layout.output.lists.export`.

        Parameters
        ----------
        path
            The file, ending in ``.xlsx``, ``.csv``, ``.gpkg``, ``.geojson`` or ``.parquet``.
        tables
            Names of tables and layers (``zones``, ``flows``, ``catchments``, ``belt``, …); the
            whole plan (workbook, GeoPackage) where not given.
        datum
            ``wgs84``, ``cgcs2000``, ``cgcs2000-zone`` (metres; or a zone by its number, as
            ``cgcs2000-zone36``), ``gcj02`` or ``bd09``.
        language
            As for `map`.
        """
        path_of(path)
        expect((str, Iterable, NoneType), tables=tables)
        expect(str, datum=datum)
        # Only a whole plan has the land of its schools, and what is drawn on it.
        named = () if tables is None else (tables,) if isinstance(tables, str) else tuple(tables)
        for one in named:
            expect(str, tables=one)
        made = self.drawn if not named or set(named) & set(lists.LAND) else self
        # What forcing a school costs stands in no table of the sites.
        made = made if set(named) <= {"sites", "served", "site_years"} else made.worked_out
        return lists.export(made, path, tables=named or None, datum=datum, language=language)

    def picture(
        self,
        path: str | Path,
        what: str,
        *,
        band: str = "1-3",
        state: State = "after",
        county: str | None = None,
        language: str | None = None,
    ) -> Path:
        """Draw one map or plot for print; see `layout.output.pictures.picture`.

        Needs matplotlib, the extra ``pictures`` of the package.

        Parameters
        ----------
        path
            The file, ending in ``.png``, ``.svg`` or ``.pdf``.
        what
            ``closures``, ``retained``, ``sites``, ``catchments``, ``county``, ``minutes`` or
            ``counties``.
        band, state
            Of the catchments, as for `catchments`.
        county
            County that a map is of, by code or name; all of them where not given.
        language
            As for `map`.
        """
        pictures.check_picture(path, what, band=band, state=state)
        made = self._on_land if what in ("catchments", "county") else self
        code = None if county is None else county_code(self.study, county)
        return pictures.picture(
            made, path, what, band=band, state=state, county=code, language=language
        )

    def plot(
        self,
        what: str = "closures",
        *,
        band: str = "1-3",
        state: State = "after",
        county: str | None = None,
        school: str | None = None,
        language: str | None = None,
    ) -> Any:
        """Draw what `picture` writes, for the screen: a notebook shows it.

        Parameters
        ----------
        what, band, state, county, language
            As for `picture`.
        school
            A school or site as for `catchments`: its catchment alone, with who lives in it.

        Returns
        -------
        matplotlib.axes.Axes
        """
        pictures.check_subject(what, band=band, state=state)
        own = None
        if school is not None:
            with self._spoken():
                expect(str, school=school)
                (own,) = self._sites_or_schools(school)
        made = self._on_land if what in ("catchments", "county") else self
        code = None if county is None else county_code(self.study, county)
        options = {"county": code, "school": own, "language": language}
        return pictures.plotted(made, what, band=band, state=state, **options)

    def pictures(
        self,
        folder: str | Path,
        *,
        form: Literal["png", "svg", "pdf"] = "png",
        language: str | None = None,
    ) -> list[Path]:
        """Draw all maps and plots for print into a folder.

        Parameters
        ----------
        folder
            Where the files go; others in it are left alone.
        form
            Kind of file.
        language
            As for `map`.
        """
        pictures.check_set(folder)
        return pictures.pictures(self._on_land, folder, form=form, language=language)

    def __repr__(self) -> str:
        with self._spoken():
            return as_text(self._title(), plan_rows(self))

    def _repr_html_(self) -> str:
        with self._spoken():
            header = ("", tr("asked"), tr("reached"), tr("gap"), tr("status"))
            return as_html(self._title(), plan_rows(self), header=header)

    def _spoken(self) -> AbstractContextManager[None]:
        """The language chosen, else that of the plan's own study, whatever was read since."""
        return using(chosen_language(None, default=self.study.language))

    def _title(self) -> str:
        return tr("Today") if self.name == TODAY else self.name


def _text(lines: Iterable[Sentence]) -> str:
    return "\n".join(map(str, lines))
