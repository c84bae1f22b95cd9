"""How the numbers of a kindergarten programme are read under the norm's ceiling, and refused."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from layout.core.errors import InfeasibleError
from layout.core.standards import Standards
from layout.core.text import tr
from layout.inputs.study.study import SiteProgramme

__all__ = ["Reading", "largest_site", "least_site", "reading", "refuse_kindergartens"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a programme's numbers are read under the norm.

    Attributes
    ----------
    sites, classes
        New sites; classes in all, or None where the programme leaves them free.
    most
        Classes of one site at most, under both ceilings of the norm.
    with_expansions
        True where the classes do not fit into the new sites.
    """

    sites: int
    classes: int | None
    most: int
    with_expansions: bool


def largest_site(standards: Standards) -> int:
    """Classes of one kindergarten at most, under the ceilings of classes and of children."""
    by_children = standards.kindergarten_max_children // standards.class_size_preschool
    return min(standards.kindergarten_max_classes, by_children)


def reading(programme: SiteProgramme, standards: Standards) -> Reading:
    """Read a programme's sites, classes and places under the norm's ceiling."""
    size = standards.class_size_preschool
    # Places without classes are as many classes as hold them all.
    classes = programme.classes or -(-programme.places // size) or None
    most = largest_site(standards)
    return Reading(
        sites=programme.sites,
        classes=classes,
        most=most,
        with_expansions=classes is not None and classes > programme.sites * most,
    )


def least_site(standards: Standards) -> int:
    """Classes of one new kindergarten at least; never over the ceiling."""
    return min(standards.kindergarten_min_classes, largest_site(standards))


def refuse_kindergartens(
    standards: Standards, read: Reading, *, most: pd.Series, room: pd.Series
) -> None:
    """Say which number of the programme cannot be met, and by how much, before anything is solved.

    Parameters
    ----------
    standards
        The norms.
    read
        The reading of the programme.
    most
        Classes that a new site may have at most, by candidate.
    room
        Classes that existing public kindergartens may add, by school_id.

    Raises
    ------
    InfeasibleError
        With the numbers and the smallest relaxation.
    """
    least, candidates = least_site(standards), len(most)
    # The largest sites that there can be, all together.
    largest = int(most.nlargest(read.sites).sum())
    numbers: dict[str, object] = {
        "programme": "kindergarten",
        "sites": read.sites,
        "classes": read.classes,
        "most_classes_a_site": read.most,
        "least_classes_a_site": least,
        "candidates": candidates,
        "room_in_expansions": int(room.sum()),
    }
    if candidates < read.sites:
        raise InfeasibleError(
            tr(
                "kindergarten programme: {sites:new site is|new sites are} asked for, but only "
                "{found:place|places} to build can be had; smallest relaxation: "
                "{found:site|sites}",
                sites=read.sites,
                found=candidates,
            ),
            diagnosis=numbers | {"rule": "candidates", "relaxation": {"sites": candidates}},
        )
    if read.classes is None:
        return
    # From here on the programme names its classes: too few for the sites, or too many.
    if read.classes < read.sites * least:
        fewer = read.classes // least
        raise InfeasibleError(
            tr(
                "kindergarten programme: {classes:class is|classes are} too few for {sites:new "
                "site|new sites} of at least {least} classes; smallest relaxation: "
                "{fewer:site|sites}",
                classes=read.classes,
                sites=read.sites,
                least=least,
                fewer=fewer,
            ),
            diagnosis=numbers | {"rule": "least_classes", "relaxation": {"sites": fewer}},
        )
    short = read.classes - largest - int(room.sum())
    if short > 0:
        more = -(-short // read.most)
        raise InfeasibleError(
            tr(
                "kindergarten programme: {classes:class does|classes do} not fit: {sites:new "
                "site holds|new sites hold} {largest:class|classes} at most, and public "
                "kindergartens have room for {room} more; smallest relaxation: {more:more "
                "site|more sites}, or {short:class|classes} fewer",
                classes=read.classes,
                sites=read.sites,
                largest=largest,
                room=int(room.sum()),
                more=more,
                short=short,
            ),
            diagnosis=numbers
            | {"rule": "ceiling", "relaxation": {"sites": read.sites + more, "or_classes": -short}},
        )
