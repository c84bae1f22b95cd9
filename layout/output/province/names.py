"""Names of studies: one that no other has, and a short one for the map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import pandas as pd

from layout.output.maps.columns import texts_of
from layout.output.province.contents import Province

__all__ = ["full_names", "short_names"]


def full_names(province: Province) -> list[str]:
    """Return a name of each study: its title, and what tells it from its namesakes.

    Parameters
    ----------
    province
        The result of all studies.
    """
    table, counties = province.studies, province.counties
    towns = counties.drop_duplicates("county_code").set_index("county_code")["name"]
    titles = table["title"].where(table["title"] != "", table["study"])
    parts = [str(towns.get(unit, unit)) if unit else "" for unit in table["unit"]]
    # A part that was read has its county in its title.
    named = pd.Series(
        [
            title if not part or title.endswith(f" · {part}") else f"{title} · {part}"
            for title, part in zip(titles, parts, strict=True)
        ],
        dtype="str",
    )
    twice = named.duplicated(keep=False).to_numpy()
    named = named.mask(twice, named + " · " + table["study"].to_numpy())
    return texts_of(named)


def short_names(names: Sequence[str]) -> list[str]:
    """Return names without the beginning and the end that all of them share.

    Parameters
    ----------
    names
        Names, each different.

    Returns
    -------
    list of str
        The same where there is one alone, or where nothing would be left of one.

    Examples
    --------
    >>> short_names(["南宁市布局研究", "柳州市布局研究"])
    ['南宁', '柳州']
    >>> short_names(["Plan of Northam", "Plan of Norwich"])
    ['Northam', 'Norwich']
    """
    first = _beginning(names)
    last = _beginning([name[::-1] for name in names])
    rest = [name[len(first) : len(name) - len(last)].strip(" ·") for name in names]
    return rest if len(names) > 1 and all(rest) else list(names)


def _beginning(names: Sequence[str]) -> str:
    """How all names begin, without the letters of a word that is not whole."""
    # What the first and the last in order share, all between them share.
    pairs = zip(min(names, default=""), max(names, default=""), strict=False)
    shared = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    while shared and shared[-1].isascii() and shared[-1].isalnum():
        shared = shared[:-1]
    return shared
