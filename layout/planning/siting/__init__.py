"""Siting programmes: how many new sites of a stage, where, how large, and whom they serve."""

from layout.planning.siting.countytext import explain_county
from layout.planning.siting.explain import explain_expansion, explain_site
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.programme import PROGRAMMES, site, unplanned

__all__ = [
    "PROGRAMMES",
    "SiteLevers",
    "explain_county",
    "explain_expansion",
    "explain_site",
    "site",
    "unplanned",
]
