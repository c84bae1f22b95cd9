"""Maps and plots for print, as PNG, SVG or PDF."""

from __future__ import annotations

from layout.output.pictures.picture import (
    FORMS,
    PICTURES,
    check_picture,
    check_set,
    picture,
    pictures,
)

__all__ = ["FORMS", "PICTURES", "check_picture", "check_set", "picture", "pictures"]
