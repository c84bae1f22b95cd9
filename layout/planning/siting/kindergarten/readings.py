"""Readings of a programme whose classes do not fit into its new kindergartens, side by side."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.core.text import Sentence, marked, sentence
from layout.inputs.study.study import Study
from layout.location import ModularProblem, most_covered
from layout.planning.siting.kindergarten.ceilings import Reading

__all__ = ["READING_NOTES", "reading_notes"]

_CONFLICT = marked(
    "{classes} classes in {sites} new kindergartens are {mean} classes and {children} "
    "children each; the norm's ceiling is {most} classes and {ceiling} children. Within "
    "the ceiling the classes need at least {least} kindergartens."
)
_USED = marked(
    "Reading used: {sites} new kindergartens of at most {most} classes with {new_classes} "
    "classes together, and {added_classes} classes added at {schools} existing public "
    "kindergartens under the same ceiling: {classes} classes and {places} places. {reach}"
)
_LITERAL = marked(
    "Another reading, to the letter: {sites:new kindergarten|new kindergartens} of at most "
    "{most} classes and no expansions: {classes:class|classes} and {places:place|places}, "
    "{rest:class|classes} are not built. {reach}"
)
_RELAXED = marked(
    "Another reading, with the ceiling relaxed: {sites:new kindergarten|new kindergartens} of "
    "up to {most} classes ({children:child|children}) and no expansions. {reach}"
)
_MORE = marked(
    "Another reading, within the ceiling: {sites:new kindergarten|new kindergartens} and no "
    "expansions. {reach}"
)
READING_NOTES = frozenset({_CONFLICT, _USED, _LITERAL, _RELAXED, _MORE})
"""Messages of the notes, all of which a programme that is sited again says anew."""


def reading_notes(
    study: Study, read: Reading, problem: ModularProblem, sites: pd.DataFrame, years: pd.DataFrame
) -> tuple[Sentence, ...]:
    """State the conflict of numbers and ceiling, and each reading with what it would serve.

    Parameters
    ----------
    study, read, problem
        The study, the reading used and its model.
    sites, years
        ``sites`` and ``site_years`` of the programme, as in a plan.

    Returns
    -------
    tuple of Sentence
        None where the classes fit into the new sites. What other readings serve is what a greedy
        choice serves where no floors come first: at least so many can be served.
    """
    if not read.with_expansions or read.classes is None or not read.sites:
        return ()
    size, most, classes = study.standards.class_size_preschool, read.most, read.classes
    new, added = sites[sites["kind"] == "new"], sites[sites["kind"] == "expansion"]
    # The fewest sites within the ceiling; classes of one site if the ceiling did not hold.
    least, giant, literal = -(-classes // most), -(-classes // read.sites), read.sites * most
    middle = years[years["births"] == "middle"]
    served = int(sites["pupils_served"].sum())
    used = sentence("It serves {year:child|children}.", year=served)
    if problem.later:
        used = sentence(
            "It serves {year} children in the first year and {summed} summed over the years.",
            year=served,
            summed=int(middle["children"].sum()),
        )
    return (
        sentence(
            _CONFLICT,
            classes=classes,
            sites=read.sites,
            mean=f"{classes / read.sites:.1f}",
            children=round(classes * size / read.sites),
            most=most,
            ceiling=study.standards.kindergarten_max_children,
            least=least,
        ),
        sentence(
            _USED,
            sites=len(new),
            most=most,
            new_classes=int(new["classes"].sum()),
            added_classes=int(added["classes"].sum()),
            schools=len(added),
            classes=int(sites["classes"].sum()),
            places=int(sites["places"].sum()),
            reach=used,
        ),
        sentence(
            _LITERAL,
            sites=read.sites,
            most=most,
            classes=literal,
            places=literal * size,
            rest=classes - literal,
            reach=_reach(problem, sites=read.sites, classes=literal, most=most),
        ),
        sentence(
            _RELAXED,
            sites=read.sites,
            most=giant,
            children=giant * size,
            reach=_reach(problem, sites=read.sites, classes=classes, most=giant),
        ),
        sentence(
            _MORE, sites=least, reach=_reach(problem, sites=least, classes=classes, most=most)
        ),
    )


def _reach(problem: ModularProblem, *, sites: int, classes: int, most: int) -> Sentence:
    """What so many new sites of so many classes serve at the least, without expansions."""
    new = problem.sites[problem.sites["new"]]
    variant = replace(
        problem,
        sites=new.assign(most=most),
        pairs=problem.pairs[problem.pairs["site"].isin(new.index)],
        n_new=sites,
        modules=classes,
        quota={},
    )
    year = round(most_covered(replace(variant, later=())))
    if not year:
        return sentence("There are not places enough to build.")
    if not problem.later:
        return sentence(
            "It would serve at least {year} children, if no floors came first.", year=year
        )
    return sentence(
        "It would serve at least {year} children in the first year and {summed} summed over the "
        "years, if no floors came first.",
        year=year,
        summed=round(most_covered(variant)),
    )
