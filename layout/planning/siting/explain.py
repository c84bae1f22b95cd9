"""What a site is for, in words: whom it serves by settlement, and how full it stays."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

from layout.core.text import tr, words
from layout.planning.contract import PlanTables

__all__ = ["explain_expansion", "explain_site"]

# Settlements that are named one by one.
_NAMED = 8


def explain_site(plan: PlanTables, site_id: str) -> str:
    """Say what a new site is, where, how large, whom it serves and how full it stays.

    Parameters
    ----------
    plan
        A plan with sites.
    site_id
        Identifier of one of its new sites.
    """
    row = plan.sites[plan.sites["site_id"] == site_id].iloc[0].to_dict()
    county = plan.study.units["name"].get(row["county_code"], "")
    lines = [
        tr("{site} ({id}), {county}.", site=row["name"], id=site_id, county=county),
        tr(
            "{classes} classes with {places} places; it serves {served} pupils.",
            classes=int(row["classes"]),
            places=int(row["places"]),
            served=int(row["pupils_served"]),
        ),
        *_served(plan, site_id),
        *_by_year(plan, site_id),
    ]
    return "\n".join(lines)


def explain_expansion(plan: PlanTables, row: Mapping[Hashable, object]) -> str:
    """Say what an existing school gains by a plan, and whom that serves.

    Parameters
    ----------
    plan
        The plan.
    row
        One expansion of its ``sites``.
    """
    gain = tr(
        "It gains {classes} classes with {places} places, which serve {served} pupils.",
        classes=row["classes"],
        places=row["places"],
        served=row["pupils_served"],
    )
    site_id = str(row["site_id"])
    return "\n".join([gain, *_served(plan, site_id), *_by_year(plan, site_id)])


def _served(plan: PlanTables, site_id: str) -> Iterator[str]:
    """Whom it serves: by settlement, the most first, and by the school that they leave."""
    rows = plan.served[plan.served["site_id"] == site_id]
    own = _own(plan, site_id)
    if own:
        yield tr("{count} of them are its own pupils over its class places, who stay.", count=own)
    if rows.empty:
        if not own:
            yield tr("It serves nobody whom existing places leave over.")
        return
    study, metres = plan.study, rows["metres"].astype("float64")
    homes = rows.assign(metres=metres).groupby("settlement_id")
    table = homes.agg(pupils=("pupils", "sum"), metres=("metres", "max"))
    table = table.sort_values(["pupils", "metres"], ascending=[False, True], kind="stable")
    named = [
        tr(
            "{settlement} {pupils} ({metres} m)",
            settlement=study.settlements["name"].get(home, home),
            pupils=int(one["pupils"]),
            metres=round(float(one["metres"])),
        )
        for home, one in table.head(_NAMED).iterrows()
    ]
    yield tr(
        "They live in {count} settlements, at most {metres} m away: {settlements}.",
        count=len(table),
        metres=round(float(metres.max())),
        settlements=tr(", ").join(named) + ("…" if len(table) > _NAMED else ""),
    )
    leave = rows[rows["from_school"] != ""].groupby("from_school")["pupils"].sum()
    if len(leave):
        yield tr(
            "They leave full schools: {schools}.",
            schools=tr(", ").join(
                f"{study.schools['name'].get(school, school)} {int(pupils)}"
                for school, pupils in leave.items()
            ),
        )
        modes = rows.groupby("mode")["pupils"].sum()
        yield tr(
            "How they come: {modes}.",
            modes=tr(", ").join(
                f"{words.modes()[str(mode)]} {int(n)}" for mode, n in modes.items()
            ),
        )
    elif bool((rows["band"] == "preschool").all()):
        yield tr("Existing kindergartens within their reach have no place left for them.")


def _own(plan: PlanTables, site_id: str) -> int:
    """Pupils over the places of a compulsory school that grows, who stay there: in no row."""
    sites = plan.sites[(plan.sites["programme"] == "compulsory") & (plan.sites["kind"] != "new")]
    told = int(sites.loc[sites["site_id"] == site_id, "pupils_served"].sum())
    rows = plan.served[plan.served["programme"] == "compulsory"]
    come = int(rows.loc[rows["site_id"] == site_id, "pupils"].sum())
    return max(0, told - come)


def _by_year(plan: PlanTables, site_id: str) -> Iterator[str]:
    """Children by year with the births expected."""
    rows = plan.site_years[plan.site_years["site_id"] == site_id]
    rows = rows[rows["births"] == "middle"]
    if len(rows) > 1:
        yield tr(
            "Children by year with the births expected, on {places} places: {years}.",
            places=int(rows["places"].iloc[0]),
            years=tr(", ").join(
                f"{year}: {children}"
                for year, children in zip(rows["year"], rows["children"], strict=True)
            ),
        )
