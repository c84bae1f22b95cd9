"""Which schools may close, and for each that may not, the rules that protect it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.standards import COMPULSORY_GRADES, RURAL_CODES, Standards
from layout.core.text import Sentence, sentence, tr

__all__ = [
    "CANDIDATE_TYPES",
    "COMPLETE_TYPES",
    "DROPPABLE",
    "PROTECTION",
    "candidate_table",
    "check_names",
    "compulsory_pupils",
    "rule_sentence",
]

CANDIDATE_TYPES = frozenset({"211", "218", "219"})
"""Primary schools, teaching points and attached primary classes."""

COMPLETE_TYPES = frozenset({"211", "312", "345"})
"""Types of which one with all six grades counts as a complete primary."""

PROTECTION: tuple[str, ...] = (
    "private",
    "not_rural",
    "not_small",
    "keep",
    "belt",
    "gate_a",
    "limits",
)
"""Rules that exclude a school; where several do, the first of this order is named."""

DROPPABLE: Mapping[str, tuple[str, ...]] = {
    "belt": ("belt",),
    "gates": ("gate_a",),
    "places": (),
    "beds": (),
    "meals": (),
    "walking": (),
    "limits": ("limits",),
    "township": (),
}
"""Rules that a user may drop, and the protections that fall with each."""


def candidate_table(
    schools: pd.DataFrame,
    *,
    standards: Standards,
    belt: Collection[str],
    without_way: Collection[str],
    keep: Collection[str],
    drop: Collection[str],
) -> pd.DataFrame:
    """Judge every primary school and teaching point.

    Parameters
    ----------
    schools
        The study's schools.
    standards
        Small-school size and the share of opposed parents that closes gate (a).
    belt
        Schools that the border belt protects.
    without_way
        Schools with a group that has no route within the limits to any other school.
    keep
        Schools that the user keeps.
    drop
        Rules that are dropped, of `DROPPABLE`.

    Returns
    -------
    pandas.DataFrame
        Index school_id, sorted; columns name, county_code, township_code, pupils (compulsory
        stage), one bool for each rule of `PROTECTION`, candidate, rule (the first that protects,
        "" for candidates).
    """
    part = schools[schools["type_code"].isin(CANDIDATE_TYPES)].sort_index()
    # A column for each rule, True where it protects the school.
    pupils = compulsory_pupils(part)
    table = pd.DataFrame(
        {
            "name": part["name"],
            "county_code": part["county_code"],
            "township_code": part["township_code"],
            "pupils": pupils,
            "private": part["ownership"] == "private",
            "not_rural": ~part["urban_rural_code"].isin(RURAL_CODES),
            "not_small": pupils >= standards.small_school_pupils,
            "keep": part.index.isin(list(keep)),
            "belt": part.index.isin(list(belt)),
            "gate_a": part["survey_opposed_share"] > standards.opposed_share,
            "limits": part.index.isin(list(without_way)),
        }
    )
    # A dropped rule protects nobody; its column stays, all False.
    fallen = [protection for rule in drop for protection in DROPPABLE[rule]]
    table = table.assign(**dict.fromkeys(fallen, False))
    # Schools × rules; `argmax` is the first True, and position 0 of the names is "no rule".
    rules = table[list(PROTECTION)].to_numpy(dtype=bool)
    protected = np.asarray(rules.any(axis=1), dtype=np.bool_)
    first = np.array(["", *PROTECTION], dtype=object)
    rule = first[np.where(protected, rules.argmax(axis=1) + 1, 0)]
    return table.assign(candidate=~protected, rule=rule)


def compulsory_pupils(schools: pd.DataFrame) -> pd.Series:
    """Pupils of grades 1 to 9 of each school."""
    return schools[[f"pupils_{grade}" for grade in COMPULSORY_GRADES]].sum(axis=1)


def check_names(
    schools: pd.DataFrame,
    *,
    keep: Collection[str],
    must_close: Collection[str],
    forbid_receiver: Collection[str],
    drop: Collection[str],
) -> None:
    """Refuse unknown schools and rules, and schools that are both kept and closed.

    Raises
    ------
    UsageError
        Naming every such school or rule.
    """
    wrong = []
    unknown = sorted({*keep, *must_close, *forbid_receiver} - set(schools.index))
    if unknown:
        wrong.append(tr("the study has no school {schools}", schools=", ".join(unknown)))
    both = sorted(set(keep) & set(must_close))
    if both:
        named = [f"{schools['name'].get(school, '')} ({school})".strip() for school in both]
        wrong.append(
            tr("kept and to be closed at the same time: {schools}", schools=tr(", ").join(named))
        )
    rules = sorted(set(drop) - set(DROPPABLE))
    if rules:
        wrong.append(
            tr(
                "there is no rule {rules} to drop; the rules are {known}",
                rules=", ".join(rules),
                known=", ".join(DROPPABLE),
            )
        )
    if wrong:
        raise UsageError(tr("; ").join(wrong))


def rule_sentence(rule: str, standards: Standards) -> Sentence:
    """What a protection means, an unknown rule keeps its code."""
    told = {
        "not_primary": sentence("it is no primary school or teaching point"),
        "private": sentence("it is a private school"),
        "not_rural": sentence("it is not a rural school"),
        "not_small": sentence(
            "it has {size} pupils or more and is not small", size=standards.small_school_pupils
        ),
        "keep": sentence("the scenario keeps it"),
        "belt": sentence("the border belt protects it"),
        "gate_a": sentence("most parents oppose (gate a)"),
        "limits": sentence(
            "some of its pupils would have no way within the limits to another school that may "
            "receive them"
        ),
        "places": sentence("places at the receivers do not suffice"),
        "beds": sentence("beds at the receivers do not suffice"),
        "meals": sentence("schools without a canteen take nobody who needs a meal"),
        "township": sentence("every township keeps its last complete primary school"),
    }
    return told.get(rule) or sentence(rule)
