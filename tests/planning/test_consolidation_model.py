"""The model equals brute force, and its plans keep their promises in every small world."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from layout.core.errors import InfeasibleError
from layout.core.standards import COMPULSORY_GRADES
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.verify import failures
from tests.worlds.closing import closing
from tests.worlds.closure_world import Home, School, grades_of, make_world

pytestmark = pytest.mark.slow

Levels = tuple[float, float, float, float]
RELAXED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    # A world is small as it is; making it smaller takes minutes and tells little more.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def worlds(draw: st.DrawFn, *, most: int = 5) -> tuple[Study, StudyTravel]:
    """Tiny worlds in which places, beds and limits often bind."""
    n_schools = draw(st.integers(3, most))
    schools = [
        School(
            key=f"s{i}",
            x=draw(st.integers(0, 24)),
            y=draw(st.integers(0, 3)),
            type_code=draw(st.sampled_from(["211", "211", "218"])),
            township=draw(st.sampled_from(["t1", "t2"])),
            beds=draw(st.sampled_from([0, 0, 4])),
            classes=draw(st.sampled_from([0, 1])) if i else 1,
            mixed=1,
        )
        for i in range(n_schools)
    ]
    homes = []
    for i in range(draw(st.integers(2, 4))):
        school = f"s{draw(st.integers(0, n_schools - 1))}"
        attends = grades_of(draw(st.integers(1, 12)), school, draw(st.sampled_from(["g1", "g2"])))
        if draw(st.booleans()):
            attends |= grades_of(draw(st.integers(1, 5)), school, "g5")
        homes.append(Home(key=f"h{i}", x=draw(st.integers(0, 24)), attends=attends))
    # Small classes and short limits, so that every rule has something to say.
    return make_world(
        schools,
        homes,
        class_size_primary=draw(st.sampled_from([3, 45])),
        class_size_point=draw(st.sampled_from([8, 30])),
        large_class=draw(st.sampled_from([12, 56])),
        limit_minutes_1_3=draw(st.sampled_from([20, 30, 60])),
        limit_minutes_4_6=draw(st.sampled_from([15, 60])),
    )


class BruteForce:
    """Every choice of schools and receivers of a tiny world, judged in plain Python."""

    def __init__(self, study: Study, ways: StudyTravel) -> None:
        self.study, self.norms = study, study.standards
        self.walk = {(o, s): (m, d) for o, s, m, d in ways.walk.pairs().itertuples(index=False)}
        self.bus = {(o, s): m for o, s, m, _ in ways.bus.pairs().itertuples(index=False)}
        self.groups: dict[tuple[str, str, str], dict[str, int]] = {}
        assert study.attendance is not None
        columns = ["settlement_id", "grade", "school_id", "pupils"]
        for home, grade, school, pupils in study.attendance[columns].to_numpy().tolist():
            band = "1-3" if grade in ("g1", "g2", "g3") else "4-6"
            group = self.groups.setdefault((home, band, school), {})
            group[grade] = group.get(grade, 0) + pupils
        self.schools = list(study.schools.index)

    def limit(self, band: str) -> float:
        return self.norms.limit_minutes_1_3 if band == "1-3" else self.norms.limit_minutes_4_6

    def teaches(self, school: str, grade: str) -> bool:
        row = self.study.schools.loc[school]
        own = [bool(row[f"pupils_{g}"] or row[f"classes_{g}"]) for g in COMPULSORY_GRADES[:6]]
        taught = [i for i, flag in enumerate(own) if flag]
        at = COMPULSORY_GRADES.index(grade)
        between = bool(row["classes_mixed"]) and bool(taught) and taught[0] <= at <= taught[-1]
        return own[at] or between

    def day(self, home: str, school: str, band: str) -> tuple[str, float] | None:
        minutes, metres = self.walk[home, school]
        if round(minutes * 60) <= self.limit(band) * 60 and metres <= self.norms.walk_limit_m:
            return "walk", minutes
        if round(self.bus[home, school] * 60) <= self.limit(band) * 60:
            return "bus", self.bus[home, school]
        return None

    def ways(self, group: tuple[str, str, str]) -> dict[str, tuple[str, float]]:
        home, band, today = group
        others = [
            school
            for school in self.schools
            if school != today and all(self.teaches(school, g) for g in self.groups[group])
        ]
        found = {s: way for s in others if (way := self.day(home, s, band))}
        if found or band == "1-3":
            return found
        return {
            s: ("board", self.bus[home, s])
            for s in others
            if self.study.schools.at[s, "beds"] > 0
            and round(self.bus[home, s] * 60) <= self.norms.boarding_reach_minutes * 60
        }

    def fits(self, moves: dict[tuple[str, str, str], str]) -> bool:
        for school in set(moves.values()):
            row = self.study.schools.loc[school]
            came = dict.fromkeys(COMPULSORY_GRADES, 0)
            boarders = 0
            for group, to in moves.items():
                if to == school:
                    for grade, pupils in self.groups[group].items():
                        came[grade] += pupils
                    if self.ways(group)[school][0] == "board":
                        boarders += sum(self.groups[group].values())
            today = {g: int(row[f"pupils_{g}"]) for g in COMPULSORY_GRADES}
            classes = sum(int(row[f"classes_{g}"]) for g in COMPULSORY_GRADES)
            point = row["type_code"] == "218"
            size = self.norms.class_size_point if point else self.norms.class_size_primary
            places = (classes + int(row["classes_mixed"])) * size
            if sum(today.values()) + sum(came.values()) > max(places, sum(today.values())):
                return False
            line = self.norms.large_class - 1
            own = [g for g in COMPULSORY_GRADES if row[f"classes_{g}"]]
            for pool, count in [([g], int(row[f"classes_{g}"])) for g in own] + [
                ([g for g in COMPULSORY_GRADES if g not in own], int(row["classes_mixed"]))
            ]:
                here, new = sum(today[g] for g in pool), sum(came[g] for g in pool)
                if new and here + new > max(here, line * count):
                    return False
            if boarders > row["beds"] - row["boarders"]:
                return False
        return True

    def keeps_last(self, closed: set[str]) -> bool:
        still = [s for s in self.schools if s not in closed]
        for township in set(self.study.schools["township_code"]):
            complete = {
                s
                for s in self.schools
                if self.study.schools.at[s, "township_code"] == township
                and self.study.schools.at[s, "type_code"] == "211"
                and all(self.teaches(s, g) for g in COMPULSORY_GRADES[:6])
            }
            if complete and complete <= closed:
                return False
        for home in self.study.settlements.index:
            for band, grades in (("1-3", COMPULSORY_GRADES[:3]), ("4-6", COMPULSORY_GRADES[3:6])):
                ages = [f"age_{6 + COMPULSORY_GRADES.index(g) - 1}" for g in grades]
                if not self.study.settlements.loc[home, ages].sum():
                    continue
                if self.reached(home, band, self.schools) and not self.reached(home, band, still):
                    return False
        return True

    def reached(self, home: str, band: str, schools: list[str]) -> bool:
        grades = COMPULSORY_GRADES[:3] if band == "1-3" else COMPULSORY_GRADES[3:6]
        for school in schools:
            if not all(self.teaches(school, g) for g in grades):
                continue
            bed = band == "4-6" and self.study.schools.at[school, "beds"] > 0
            if self.day(home, school, band) or (
                bed and self.bus[home, school] <= self.norms.boarding_reach_minutes
            ):
                return True
        return False

    def value(self, moves: dict[tuple[str, str, str], str]) -> Levels:
        cost = beds = seats = worst = 0.0
        for group, to in moves.items():
            pupils = sum(self.groups[group].values())
            mode, after = self.ways(group)[to]
            before = self.day(group[0], group[2], group[1])
            minutes = before[1] if before else self.bus[group[0], group[2]]
            trips = 0.4 if mode == "board" else 2.0
            added = max(0, np.rint(trips * round(after * 60)) - np.rint(2 * round(minutes * 60)))
            cost, worst = cost + added * pupils, max(worst, added)
            beds += pupils * (mode == "board")
            seats += pupils * (mode == "bus")
        return cost, beds, seats, worst

    def best(self, n: int) -> Levels | None:
        found: list[Levels] = []
        for closed in combinations(self.schools, n):
            if not self.keeps_last(set(closed)):
                continue
            moving = [group for group in self.groups if group[2] in closed]
            choices = [[s for s in self.ways(group) if s not in closed] for group in moving]
            for receivers in product(*choices):
                moves = dict(zip(moving, receivers, strict=True))
                if self.fits(moves):
                    found.append(self.value(moves))
        return min(found) if found else None


@RELAXED
@given(worlds(), st.integers(1, 2))
def test_the_model_equals_brute_force(world: tuple[Study, StudyTravel], n: int) -> None:
    study, ways = world
    best = BruteForce(study, ways).best(n)
    try:
        plan = closing(study, close=n, ways=ways)
    except InfeasibleError as error:
        assert best is None
        most = error.diagnosis["achievable"]
        assert isinstance(most, int)
        assert most < n
        return
    run = plan.runs[0]
    detail = [run.detail[k] for k in ("boarders", "bus_seats", "worst_added_seconds")]
    assert best == (run.objective, *detail)
    assert run.status == "proven"
    assert run.gap == 0
    assert failures(study, ways.walk, ways.bus, plan) == ()


@RELAXED
@given(worlds(most=6), st.integers(0, 3))
def test_pupils_are_conserved_and_only_those_of_closed_schools_move(
    world: tuple[Study, StudyTravel], n: int
) -> None:
    study, ways = world
    try:
        plan = closing(study, close=n, ways=ways)
    except InfeasibleError as error:
        if error.offer is None:
            return
        plan = error.offer  # type: ignore[assignment]
    assert study.attendance is not None
    assert plan.assignment["pupils"].sum() == study.attendance["pupils"].sum()
    moves = plan.assignment["from_school"] != plan.assignment["to_school"]
    assert (moves == plan.assignment["from_school"].isin(plan.closed)).all()
    assert not plan.assignment["to_school"].isin(plan.closed).any()
    assert failures(study, ways.walk, ways.bus, plan) == ()


@RELAXED
@given(worlds(), st.integers(1, 2), st.sampled_from(["places", "beds", "limits", "township"]))
def test_dropping_a_rule_never_makes_it_worse(
    world: tuple[Study, StudyTravel], n: int, rule: str
) -> None:
    study, ways = world
    try:
        held = closing(study, close=n, ways=ways)
    except InfeasibleError:
        return
    freed = closing(study, close=n, drop=(rule,), ways=ways)
    assert freed.runs[0].objective is not None
    assert held.runs[0].objective is not None
    assert freed.runs[0].objective <= held.runs[0].objective
    assert failures(study, ways.walk, ways.bus, freed) == ()


@RELAXED
@given(worlds(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_plan(
    world: tuple[Study, StudyTravel], random: object
) -> None:
    study, ways = world
    seed = random.randint(0, 9999)  # type: ignore[attr-defined]
    assert study.attendance is not None
    shuffled = replace(
        study,
        schools=study.schools.sample(frac=1, random_state=seed),
        settlements=study.settlements.sample(frac=1, random_state=seed + 1),
        attendance=study.attendance.sample(frac=1, random_state=seed + 2),
    )
    once, again = _answer(study, ways), _answer(shuffled, ways)
    assert again == once


def _answer(study: Study, ways: StudyTravel) -> str:
    """The plan, or the refusal, as text."""
    try:
        plan = closing(study, close=1, ways=ways)
    except InfeasibleError as error:
        return repr(error.diagnosis)
    return plan.closures.to_csv() + plan.assignment.to_csv()


@RELAXED
@given(worlds(most=6))
def test_with_everybody_at_the_nearest_school_closing_never_shortens_ways(
    world: tuple[Study, StudyTravel],
) -> None:
    study, ways = world
    assert study.attendance is not None
    pairs = ways.bus.pairs().sort_values(["origin", "minutes", "site"])
    nearest = pairs.drop_duplicates("origin").set_index("origin")["site"]
    study = _attending(study, dict(zip(nearest.index, nearest, strict=True)))
    # One kind of way for all, so that the nearest school is the same thing before and after.
    norms = {"walk_limit_m": 0.0, "limit_minutes_1_3": 1e3, "limit_minutes_4_6": 1e3}
    study = replace(study, standards=replace(study.standards, **norms))
    totals = []
    for n in range(3):
        try:
            plan = closing(study, close=n, ways=ways, drop=("places", "township"))
        except InfeasibleError:
            break
        rows = plan.assignment
        home, to = rows["settlement_id"].tolist(), rows["to_school"].tolist()
        totals.append(float((ways.bus.minutes_of(home, to) * rows["pupils"]).sum()))
        added = plan.runs[0].objective
        assert added is not None
        # Whole seconds: each pupil's way is rounded to half a second at most, twice a day.
        slack = 2 * int(rows["pupils"].sum())
        assert abs(added - 2 * 60 * (totals[-1] - totals[0])) <= slack
    assert totals == sorted(totals)


def _attending(study: Study, nearest: dict[str, str]) -> Study:
    """Return the study with every pupil at the nearest school, which then teaches all grades."""
    assert study.attendance is not None
    attendance = study.attendance.assign(school_id=study.attendance["settlement_id"].map(nearest))
    schools = study.schools.copy()
    for grade in COMPULSORY_GRADES:
        here = attendance[attendance["grade"] == grade].groupby("school_id")["pupils"].sum()
        schools[f"pupils_{grade}"] = here.reindex(schools.index, fill_value=0).astype(int)
        schools[f"classes_{grade}"] = 1
    return replace(study, attendance=attendance, schools=schools)
