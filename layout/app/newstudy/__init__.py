"""A new study: from OpenStreetMap with modelled numbers, or from an empty workbook."""

from layout.app.newstudy.door import new_study
from layout.app.newstudy.people import read_age_shares
from layout.app.newstudy.source import Place
from layout.app.newstudy.template import TEMPLATE_NAME, write_template

__all__ = ["TEMPLATE_NAME", "Place", "new_study", "read_age_shares", "write_template"]
