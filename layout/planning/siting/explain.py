"""What a site is for, in words: whom it serves, why it stands there, how full it stays."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from layout.core.text import Sentence, marked, sentence
from layout.planning.contract import PlanTables

__all__ = ["explain_expansion", "explain_site"]

# Settlements that are named one by one.
_NAMED = 8
_MODES = {"walk": marked("on foot"), "bus": marked("school bus"), "board": marked("boarding")}


def explain_site(plan: PlanTables, site_id: str) -> tuple[Sentence, ...]:
    """Say what a new site is, why it stands there, whom it serves and how full it stays.

    Parameters
    ----------
    plan
        A plan with sites.
    site_id
        Identifier of one of its new sites.
    """
    row = plan.sites[plan.sites["site_id"] == site_id].iloc[0].to_dict()
    county = plan.study.units["name"].get(row["county_code"], "")
    return (
        sentence("{site} ({id}), {county}.", site=row["name"], id=site_id, county=county),
        sentence(
            "{classes:class|classes} with {places:place|places}; it serves {served:pupil|pupils}.",
            classes=int(row["classes"]),
            places=int(row["places"]),
            served=int(row["pupils_served"]),
        ),
        *_why(plan, row),
        *_served(plan, site_id),
        *_by_year(plan, site_id),
        *(_later(plan, site_id) if row["stage"] == "preschool" else ()),
    )


def explain_expansion(plan: PlanTables, row: Mapping[Hashable, Any]) -> tuple[Sentence, ...]:
    """Say what an existing school gains by a plan, and whom that serves.

    Parameters
    ----------
    plan
        The plan.
    row
        One expansion of its ``sites``.
    """
    gain = sentence(
        "It gains {classes:class|classes} with {places:place|places}, which serve "
        "{served:pupil|pupils}.",
        classes=row["classes"],
        places=row["places"],
        served=row["pupils_served"],
    )
    site_id = str(row["site_id"])
    return (gain, *_why(plan, row), *_served(plan, site_id), *_by_year(plan, site_id))


def _why(plan: PlanTables, row: Mapping[Hashable, Any]) -> Iterator[Sentence]:
    """Why it stands there, what comes in its place, and what happens without any."""
    yield sentence("Why here: {reason}.", reason=row["reason"])
    if row["runner_up"]:
        county = plan.study.settlements["county_code"][row["runner_up"]]
        yield sentence(
            "If this site were impossible, {settlement} ({id}), {county}, would get one; {loss}.",
            settlement=plan.study.settlements["name"][row["runner_up"]],
            id=row["runner_up"],
            county=plan.study.units["name"].get(county, county),
            loss=_loss(plan, row),
        )
    elif not math.isnan(row["runner_up_loss"]):
        yield sentence(
            "If this site were impossible, nothing would take its place; {loss}.",
            loss=_loss(plan, row),
        )
    served, lost = int(row["pupils_served"]), int(row["pupils_lost"])
    facts: dict[str, object] = {"lost": lost, "kept": served - lost}
    if served and row["stage"] == "preschool":
        yield sentence(
            "Without it and with nothing in its place {lost:child loses its|children lose "
            "their} place; other sites of the programme take {kept}.",
            **facts,
        )
    elif served:
        yield sentence(
            "Without it and with nothing in its place {lost:pupil stays|pupils stay} in "
            "overfull schools; other sites of the programme take {kept}.",
            **facts,
        )


def _loss(plan: PlanTables, row: Mapping[Hashable, Any]) -> Sentence:
    """What the runner-up costs on the leading level, in words."""
    loss = float(row["runner_up_loss"])
    if loss <= 0:
        return sentence("that loses nothing of the first goal")
    run = plan.run_of(str(row["programme"]))
    if run is not None and run.levels and run.levels[0].level == "floors":
        return sentence(
            "{loss:more public child|more public children} would be missing to the floors",
            loss=f"{loss:g}",
        )
    return sentence("{loss:child|children} fewer would be served", loss=f"{loss:g}")


def _later(plan: PlanTables, site_id: str) -> Iterator[Sentence]:
    """The first year with fewer children than the least size, and what its rooms are for then."""
    norms, rows = plan.study.standards, plan.site_years
    least = norms.kindergarten_min_classes * norms.class_size_preschool
    small = rows[(rows["site_id"] == site_id) & (rows["births"] == "middle")]
    small = small[small["children"] < least]
    if len(small):
        yield sentence(
            "From {year} on it has fewer than {least} children, the least size of a kindergarten: "
            "rooms that fall empty can serve the care of under-threes or primary classes.",
            year=int(small["year"].min()),
            least=least,
        )


def _served(plan: PlanTables, site_id: str) -> Iterator[Sentence]:
    """Whom it serves: by settlement, the most first, and by the school that they leave."""
    rows = plan.served[plan.served["site_id"] == site_id]
    own = _own(plan, site_id)
    if own:
        yield sentence(
            "{count} of them are its own pupils over its class places, who stay.", count=own
        )
    if rows.empty:
        if not own:
            yield sentence("It serves nobody whom existing places leave over.")
        return
    study, metres = plan.study, rows["metres"].astype("float64")
    homes = rows.assign(metres=metres).groupby("settlement_id")
    table = homes.agg(pupils=("pupils", "sum"), metres=("metres", "max"))
    table = table.sort_values(["pupils", "metres"], ascending=[False, True], kind="stable")
    named = [
        sentence(
            "{settlement} {pupils} ({metres} m)",
            settlement=study.settlements["name"].get(home, home),
            pupils=int(one["pupils"]),
            metres=round(float(one["metres"])),
        )
        for home, one in table.head(_NAMED).iterrows()
    ]
    yield sentence(
        "They live in {count:settlement|settlements}, at most {metres} m away: "
        "{settlements}{more}.",
        count=len(table),
        metres=round(float(metres.max())),
        settlements=named,
        more="…" if len(table) > _NAMED else "",
    )
    leave = rows[rows["from_school"] != ""].groupby("from_school")["pupils"].sum()
    if len(leave):
        yield sentence(
            "They leave full schools: {schools}.",
            schools=[
                f"{study.schools['name'].get(school, school)} {int(pupils)}"
                for school, pupils in leave.items()
            ],
        )
        modes = rows.groupby("mode")["pupils"].sum()
        yield sentence(
            "How they come: {modes}.",
            modes=[
                sentence("{mode} {count}", mode=sentence(_MODES[str(mode)]), count=int(n))
                for mode, n in modes.items()
            ],
        )
    elif bool((rows["band"] == "preschool").all()):
        yield sentence("Existing kindergartens within their reach have no place left for them.")


def _own(plan: PlanTables, site_id: str) -> int:
    """Pupils over the places of a compulsory school that grows, who stay there: in no row."""
    sites = plan.sites[(plan.sites["programme"] == "compulsory") & (plan.sites["kind"] != "new")]
    told = int(sites.loc[sites["site_id"] == site_id, "pupils_served"].sum())
    rows = plan.served[plan.served["programme"] == "compulsory"]
    come = int(rows.loc[rows["site_id"] == site_id, "pupils"].sum())
    return max(0, told - come)


def _by_year(plan: PlanTables, site_id: str) -> Iterator[Sentence]:
    """Children by year with the births expected."""
    rows = plan.site_years[plan.site_years["site_id"] == site_id]
    rows = rows[rows["births"] == "middle"]
    if len(rows) > 1:
        yield sentence(
            "Children by year with the births expected, on {places:place|places}: {years}.",
            places=int(rows["places"].iloc[0]),
            years=[
                f"{year}: {children}"
                for year, children in zip(rows["year"], rows["children"], strict=True)
            ],
        )
