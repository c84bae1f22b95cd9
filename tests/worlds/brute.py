"""Every choice of closures and receivers of a tiny world, judged in plain Python."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd

from layout.core.standards import COMPULSORY_GRADES
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel

Group = tuple[str, str, str]
Route = tuple[str, float, float, float]
"""Mode, minutes and metres that the family is told, minutes of the quickest way."""
INF = float("inf")


class BruteForce:
    """The closure problem of a tiny world under the levers of its study."""

    def __init__(self, study: Study, ways: StudyTravel) -> None:
        self.study, self.norms, self.levers = study, study.standards, study.options
        self.walk = {(o, s): (m, d) for o, s, m, d in ways.walk.pairs().itertuples(index=False)}
        self.bus = {(o, s): (m, d) for o, s, m, d in ways.bus.pairs().itertuples(index=False)}
        self.groups: dict[Group, dict[str, int]] = {}
        assert study.attendance is not None
        columns = ["settlement_id", "grade", "school_id", "pupils"]
        for home, grade, school, pupils in study.attendance[columns].to_numpy().tolist():
            band = "1-3" if grade in ("g1", "g2", "g3") else "4-6"
            group = self.groups.setdefault((home, band, school), {})
            group[grade] = group.get(grade, 0) + pupils
        self.schools = list(study.schools.index)
        # Plain values: a table is slow where one cell is asked for.
        self.rows = study.schools.drop(columns="geometry").to_dict("index")
        self.children = study.settlements.drop(columns="geometry").to_dict("index")
        self.known: dict[Group, dict[str, Route]] = {}
        self.every: dict[Group, dict[str, Route]] = {}

    def at(self, school: str, column: str) -> Any:
        return self.rows[school][column]

    def pupils(self, school: str) -> int:
        return sum(int(self.at(school, f"pupils_{g}")) for g in COMPULSORY_GRADES)

    def limit(self, band: str) -> float:
        return self.norms.limit_minutes_1_3 if band == "1-3" else self.norms.limit_minutes_4_6

    def teaches(self, school: str, grade: str) -> bool:
        row = self.rows[school]
        own = [bool(row[f"pupils_{g}"] or row[f"classes_{g}"]) for g in COMPULSORY_GRADES[:6]]
        taught = [i for i, flag in enumerate(own) if flag]
        at = COMPULSORY_GRADES.index(grade)
        between = bool(row["classes_mixed"]) and bool(taught) and taught[0] <= at <= taught[-1]
        return own[at] or between

    def quickest(self, home: str, school: str) -> float:
        minutes, metres = self.walk.get((home, school), (INF, INF))
        ridden = self.bus.get((home, school), (INF, INF))[0]
        best = min(minutes if metres <= self.norms.walk_limit_m else INF, ridden)
        return best if best < INF else minutes

    def day(self, home: str, school: str, band: str) -> Route | None:
        minutes, metres = self.walk.get((home, school), (INF, INF))
        near = minutes < INF and round(minutes * 60) <= self.limit(band) * 60
        if near and metres <= self.norms.walk_limit_m:
            return "walk", minutes, metres, self.quickest(home, school)
        minutes, metres = self.bus.get((home, school), (INF, INF))
        if minutes < INF and round(minutes * 60) <= self.limit(band) * 60:
            return "bus", minutes, metres, self.quickest(home, school)
        return None

    def today(self, group: Group) -> Route:
        home, band, school = group
        way = self.day(home, school, band)
        minutes, metres = self.bus[home, school]
        if way is None and band == "4-6" and self.at(school, "boarders") > 0:
            return "board", minutes, metres, minutes
        return way or ("bus", minutes, metres, self.quickest(home, school))

    def feeds(self, school: str, way: Route) -> bool:
        given = self.at(school, "canteen")
        refuses = not pd.isna(given) and not given and "meals" not in self.levers.drop
        return not refuses or (way[0] == "walk" and way[2] <= self.norms.meal_distance_m)

    def ways(self, group: Group) -> dict[str, Route]:
        """Routes of a group, without those that a walk to a school that stays outdoes."""
        if group not in self.known:
            self.known[group] = self.ways_of(group)
        return self.known[group]

    def ways_of(self, group: Group) -> dict[str, Route]:
        every = self.every_way(group)
        if "walking" in self.levers.drop:
            return every
        near = [
            way[2]
            for school, way in every.items()
            if way[0] == "walk" and self.outdoes(group, school)
        ]
        if not near:
            return every
        walks = self.today(group)[0] == "walk"
        most = min(near) + self.norms.walk_past_m
        return {
            school: way
            for school, way in every.items()
            if (way[2] <= most if way[0] == "walk" else not walks)
        }

    def outdoes(self, group: Group, school: str) -> bool:
        """Whether a school stays, and has room for all who could walk there from the same one."""
        if not self.stays(school):
            return False
        mine = [one for one in self.groups if one[2] == group[2]]
        moves = {
            one: school
            for one in mine
            if self.every_way(one).get(school, ("", 0.0, 0.0, 0.0))[0] == "walk"
        }
        return "places" in self.levers.drop or self.has_room(school, moves)

    def stays(self, school: str) -> bool:
        """Whether some group of a school has nowhere to go: then it never closes."""
        mine = [one for one in self.groups if one[2] == school]
        return any(not self.every_way(one) for one in mine)

    def every_way(self, group: Group) -> dict[str, Route]:
        if group not in self.every:
            self.every[group] = self.routes_of(group)
        return self.every[group]

    def routes_of(self, group: Group) -> dict[str, Route]:
        home, band, today = group
        others = [
            school
            for school in self.schools
            if school != today
            and all(self.teaches(school, g) for g in self.groups[group])
            and school not in self.levers.forbid_receiver
            and self.pupils(school) >= (self.levers.min_receiver_pupils or 0)
            and (
                self.levers.across_counties
                or self.at(school, "county_code") == self.at(today, "county_code")
            )
        ]
        found = {s: way for s in others if (way := self.day(home, s, band)) and self.feeds(s, way)}
        if found or band == "1-3":
            return found
        beds = {}
        for school in others:
            minutes, metres = self.bus.get((home, school), (INF, INF))
            way = "board", minutes, metres, minutes
            reach = minutes < INF and round(minutes * 60) <= self.norms.boarding_reach_minutes * 60
            if self.at(school, "beds") > 0 and reach and self.feeds(school, way):
                beds[school] = way
        return beds

    def fits(self, moves: dict[Group, str]) -> bool:
        most = self.levers.max_receivers
        for school in {group[2] for group in moves}:
            if most is not None and len({t for g, t in moves.items() if g[2] == school}) > most:
                return False
        return all(self.has_room(school, moves) for school in set(moves.values()))

    def has_room(self, school: str, moves: dict[Group, str]) -> bool:
        row = self.rows[school]
        drop = self.levers.drop
        came = dict.fromkeys(COMPULSORY_GRADES, 0)
        boarders = 0
        for group, to in moves.items():
            if to == school:
                for grade, pupils in self.groups[group].items():
                    came[grade] += pupils
                if self.every_way(group)[school][0] == "board":
                    boarders += sum(self.groups[group].values())
        if boarders and "beds" not in drop and boarders > row["beds"] - row["boarders"]:
            return False
        if "places" in drop:
            return True
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
        return True

    def keeps_rules(self, closed: set[str]) -> bool:
        if closed & set(self.levers.keep) or not set(self.levers.must_close) <= closed:
            return False
        for code, most in self.levers.quota:
            areas = ({self.at(s, "county_code"), self.at(s, "township_code")} for s in closed)
            if sum(code in area for area in areas) > most:
                return False
        return self.keeps_last(closed)

    def keeps_last(self, closed: set[str]) -> bool:
        still = [s for s in self.schools if s not in closed]
        for township in {self.at(s, "township_code") for s in self.schools}:
            complete = {
                s
                for s in self.schools
                if self.at(s, "township_code") == township
                and self.at(s, "type_code") == "211"
                and all(self.teaches(s, g) for g in COMPULSORY_GRADES[:6])
            }
            if "township" not in self.levers.drop and complete and complete <= closed:
                return False
        for home, ages_of in self.children.items():
            for band, grades in (("1-3", COMPULSORY_GRADES[:3]), ("4-6", COMPULSORY_GRADES[3:6])):
                ages = [f"age_{6 + COMPULSORY_GRADES.index(g) - 1}" for g in grades]
                if not any(ages_of[age] for age in ages):
                    continue
                if self.reached(home, band, self.schools) and not self.reached(home, band, still):
                    return False
        return True

    def reached(self, home: str, band: str, schools: list[str]) -> bool:
        grades = COMPULSORY_GRADES[:3] if band == "1-3" else COMPULSORY_GRADES[3:6]
        for school in schools:
            if not all(self.teaches(school, g) for g in grades):
                continue
            given = self.at(school, "canteen")
            bed = band == "4-6" and self.at(school, "beds") > 0
            bed = bed and (pd.isna(given) or bool(given))
            minutes = self.bus.get((home, school), (INF, INF))[0]
            if self.day(home, school, band) or (
                bed and minutes <= self.norms.boarding_reach_minutes
            ):
                return True
        return False

    def preferred(self, school: str) -> bool:
        if self.levers.prefer_receivers == "complete":
            whole = all(self.teaches(school, g) for g in COMPULSORY_GRADES[:6])
            return whole and self.at(school, "type_code") == "211"
        if self.levers.prefer_receivers == "centre":
            return school in {self.at(s, "centre_school_id") for s in self.schools}
        return True

    def value(self, moves: dict[Group, str]) -> tuple[float, ...]:
        """The levels in the order of the study's objective."""
        sums = dict.fromkeys(("cost", "km", "beds", "walk", "seats", "other", "s", "m"), 0.0)
        worst = 0.0
        for group, to in moves.items():
            pupils = sum(self.groups[group].values())
            mode, minutes, metres, quickest = self.ways(group)[to]
            mode_today, _, metres_today, baseline = self.today(group)
            trips_today = 0.4 if mode_today == "board" else 2.0
            # Who has to board because of the closure counts as if the way were daily.
            trips = 0.4 if mode == mode_today == "board" else 2.0
            added = np.rint(trips * round(quickest * 60))
            added = max(0.0, added - np.rint(trips_today * round(baseline * 60)))
            more = np.rint(trips * round(metres)) - np.rint(trips_today * round(metres_today))
            worst = max(worst, added)
            sums["cost"] += added * pupils
            sums["km"] += max(0.0, more) * pupils
            sums["beds"] += pupils * (mode == "board")
            sums["walk"] += pupils * (mode_today == "walk" and mode != "walk")
            sums["seats"] += pupils * (mode != "walk")
            sums["other"] += pupils * (not self.preferred(to))
            sums["s"] += np.rint(trips * round(minutes * 60)) * pupils
            sums["m"] += np.rint(trips * round(metres)) * pupils
        lead = {"minutes": "cost", "metres": "km", "bus_seats": "seats"}[self.levers.objective]
        order = [lead, "beds", "walk", *([] if lead == "seats" else ["seats"])]
        other = [] if self.levers.prefer_receivers is None else [sums["other"]]
        return (*(sums[name] for name in order), worst, *other, sums["s"], sums["m"])

    def by_closed(self, n: int) -> dict[frozenset[str], tuple[float, ...]]:
        """The least levels of each set of n schools that can close."""
        best: dict[frozenset[str], tuple[float, ...]] = {}
        for closed in map(frozenset, combinations(self.schools, n)):
            if not self.keeps_rules(set(closed)):
                continue
            moving = [group for group in self.groups if group[2] in closed]
            choices = [[s for s in self.ways(group) if s not in closed] for group in moving]
            for receivers in product(*choices):
                moves = dict(zip(moving, receivers, strict=True))
                if self.fits(moves):
                    value = self.value(moves)
                    best[closed] = min(value, best.get(closed, value))
        return best

    def best(self, n: int) -> tuple[float, ...] | None:
        """The least levels of all plans that close n schools; None where there is none."""
        return min(self.by_closed(n).values(), default=None)

    def most(self) -> int:
        """How many schools can close."""
        return max((n for n in range(len(self.schools) + 1) if self.by_closed(n)), default=0)
