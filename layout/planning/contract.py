"""What a plan holds: the columns of its tables, what each model proved, and all of it together.

The columns are the contract of the exported files; `layout.planning.schema` says what each holds.
"Today" is a plan too, so that before and after share their measures, maps and exports. What a plan
can do (save, draw, explain) stands above, in `layout.app.plan`; models and outputs need only what
it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd

from layout.core.text import Sentence
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork
from layout.network.travel import StudyTravel, study_travel
from layout.planning import schema

ASSIGNMENT = schema.TABLES["assignment"].names
CLOSURES = schema.TABLES["closures"].names
RETAINED = schema.TABLES["retained"].names
CANDIDATES = schema.TABLES["candidates"].names
SITES = schema.TABLES["sites"].names
SERVED = schema.TABLES["served"].names
SITE_YEARS = schema.TABLES["site_years"].names
REJECTED_SITES = schema.TABLES["rejected_sites"].names
DEFICITS = schema.TABLES["deficits"].names
KINDERGARTEN_PLANS = schema.TABLES["kindergarten_plans"].names
COUNTY_MEASURES = schema.COUNTY_MEASURES
COUNTIES = schema.TABLES["counties"].names
IMPROVEMENTS = (
    *("school_id", "name", "county_code", "pupils", "classes", "class_size", "large_classes"),
    *("beds_free", "canteen", "floor_m2_per_pupil"),
    *("next_school_id", "next_name", "next_distance_m", "next_minutes"),
)
"""What a retained school would need; a sheet of the workbook, no file of its own."""

TODAY = "today"
"""Name of the plan that describes the state as it is."""

Status = Literal["proven", "gap", "infeasible", "no_solution"]


def empty(columns: tuple[str, ...]) -> pd.DataFrame:
    """Return a table without rows that has the columns of a contract."""
    return pd.DataFrame({column: [] for column in columns})


@dataclass(frozen=True, kw_only=True)
class LevelRun:
    """What was proved of one objective level.

    Attributes
    ----------
    level
        Name of the level, such as ``added_pupil_seconds``.
    objective, bound, gap, status
        As of `ModelRun`.
    """

    level: str
    objective: float
    bound: float
    gap: float
    status: Status


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What one model was asked for, what it reached and what was proved.

    Attributes
    ----------
    model
        Name of the model, such as ``"closures"`` or ``"kindergarten"``.
    requested, achieved
        The number that the policy asks for and the number in the plan.
    objective, bound
        Value of the leading objective that is still in question and the proved bound on it.
    gap
        ``|objective - bound| / max(1, |objective|)``.
    status
        ``proven``, ``gap``, ``infeasible`` or ``no_solution``; never more than was proved.
    detail
        Further values, by name.
    levels
        The objective levels in order, the leading one first; empty where a model names none.
    candidates
        Among how many candidates sites were chosen; None for other models.
    beyond
        By what share the leading level could be better if any other settlement were a candidate,
        at the most; None where that is not known.
    """

    model: str
    requested: int
    achieved: int
    objective: float | None
    bound: float | None
    gap: float | None
    status: Status
    detail: Mapping[str, float] = field(default_factory=dict)
    levels: tuple[LevelRun, ...] = ()
    candidates: int | None = None
    beyond: float | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Faces:
    """The land of one band, cut by the schools that its children go to today and in the plan.

    Attributes
    ----------
    band
        The band.
    faces
        Columns before and after (school or site by id, "" where children have no place) and
        geometry in the study's CRS: a coverage of the units without gap or overlap.
    groups
        Who goes where, columns as of `layout.planning.catchments.allocated`; and school, the school
        that the settlement belongs to by area: the one with most of its pupils.
    """

    band: str
    faces: gpd.GeoDataFrame
    groups: pd.DataFrame


@dataclass(frozen=True, eq=False, kw_only=True)
class Land:
    """What a plan is drawn on.

    Attributes
    ----------
    bands
        The faces of each band that has pupils.
    roads
        Columns highway (class) and geometry (LineString) in the study's CRS.
    network
        The roads as a network, on which a page finds the way of each group.
    """

    bands: Mapping[str, Faces]
    roads: gpd.GeoDataFrame
    network: RoadNetwork


@dataclass(frozen=True, eq=False, kw_only=True)
class Explained:
    """What is said of everything on a map, line by line; put into words when it is shown.

    Attributes
    ----------
    schools
        By school_id: why it closes, stays or receives, and what it gains.
    sites
        By site_id of a new site.
    counties
        By code of a county with a kindergarten plan.
    """

    schools: Mapping[str, tuple[Sentence, ...]]
    sites: Mapping[str, tuple[Sentence, ...]]
    counties: Mapping[str, tuple[Sentence, ...]]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class PlanTables:
    """One scenario's answer with its evidence.

    Attributes
    ----------
    name
        Shown as the title; `TODAY` for the state as it is.
    study
        The validated inputs that the plan was made from.
    assignment
        One row for every group of the compulsory stage, columns :data:`ASSIGNMENT`.
        It is the state after the closures; with the sites it is
        `layout.planning.final.final_state`.
    closures, candidates, retained, sites, served, site_years, rejected_sites, counties
        Tables with the columns :data:`CLOSURES`, :data:`CANDIDATES`, :data:`RETAINED`,
        :data:`SITES`, :data:`SERVED`, :data:`SITE_YEARS`, :data:`REJECTED_SITES` and
        :data:`COUNTIES`; empty where the model was not run.
    deficits, kindergarten_plans
        Who has no place after the plan and what would serve them, by township, and the
        kindergarten plan of each county; columns :data:`DEFICITS` and
        :data:`KINDERGARTEN_PLANS`.
    improvements
        What the retained schools of the official list would need, columns :data:`IMPROVEMENTS`.
    runs
        One :class:`ModelRun` for each model.
    notes
        Remarks on conflicts, options and doubts; put into words when they are shown.
    seconds
        Seconds that each step of the plan took.
    baseline
        Today's plan, for before and after.
    alternatives
        Plans to be read beside this one, by name, such as ``"without_retention"``.
    unrouted
        How many groups and pupils have no minutes to their school of today, by cause, see
        `layout.demand.unrouted.CAUSES`: ``{cause: {"groups": n, "pupils": n}}``.
    land
        Catchments and roads; None until they are asked for, see `layout.planning.catchments`.
    explained
        What the map says of schools, sites and counties; None until it is asked for.
    travel
        Routes on foot and by bus, handed on from step to step; None where the plan was read from a
        folder.
    """

    name: str
    study: Study
    assignment: pd.DataFrame
    closures: pd.DataFrame = field(default_factory=lambda: empty(CLOSURES))
    candidates: pd.DataFrame = field(default_factory=lambda: empty(CANDIDATES))
    retained: pd.DataFrame = field(default_factory=lambda: empty(RETAINED))
    improvements: pd.DataFrame = field(default_factory=lambda: empty(IMPROVEMENTS))
    sites: pd.DataFrame = field(default_factory=lambda: empty(SITES))
    served: pd.DataFrame = field(default_factory=lambda: empty(SERVED))
    site_years: pd.DataFrame = field(default_factory=lambda: empty(SITE_YEARS))
    rejected_sites: pd.DataFrame = field(default_factory=lambda: empty(REJECTED_SITES))
    deficits: pd.DataFrame = field(default_factory=lambda: empty(DEFICITS))
    kindergarten_plans: pd.DataFrame = field(default_factory=lambda: empty(KINDERGARTEN_PLANS))
    counties: pd.DataFrame = field(default_factory=lambda: empty(COUNTIES))
    runs: tuple[ModelRun, ...] = ()
    notes: tuple[Sentence, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    baseline: PlanTables | None = None
    alternatives: Mapping[str, PlanTables] = field(default_factory=dict)
    unrouted: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    land: Land | None = None
    explained: Explained | None = None
    travel: StudyTravel | None = None

    @property
    def closed(self) -> pd.Index:
        """Identifiers of the schools that this plan closes, sorted."""
        closed: pd.Index = pd.Index(
            sorted(self.closures["school_id"]), name="school_id", dtype="str"
        )
        return closed

    def run_of(self, model: str) -> ModelRun | None:
        """Return the run of a model by name, or None where it was not run."""
        return next((run for run in self.runs if run.model == model), None)

    def ways(self) -> StudyTravel:
        """Routes on foot and by bus: those handed on, else computed or taken from the cache."""
        return study_travel(self.study) if self.travel is None else self.travel


def renewed_notes(before: tuple[Sentence, ...], new: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Put the findings of a step after those of earlier ones, in place of its own of before.

    Parameters
    ----------
    before, new
        Notes of the plan, and of the step that was taken (again).
    """
    said = {_kind(note) for note in new}
    return (*(note for note in before if _kind(note) not in said), *new)


def _kind(note: Sentence) -> tuple[str, object]:
    """What a note is about: two programmes may say the same sentence of another word."""
    return note.message, dict(note.values).get("word")
