"""A new study from an OpenStreetMap extract: real places, schools and roads, modelled numbers."""

from layout.newstudy.build import (
    new_study,
)

__all__ = [
    "new_study",
]
