"""Maps and plots for print, as PNG, SVG or PDF."""

from __future__ import annotations

from layout.output.pictures.fonts import lettered, need_matplotlib, use_chinese_font
from layout.output.pictures.page import wrapped
from layout.output.pictures.picture import (
    FORMS,
    PICTURES,
    check_picture,
    check_set,
    check_subject,
    picture,
    pictures,
    plotted,
)

__all__ = [
    "FORMS",
    "PICTURES",
    "check_picture",
    "check_set",
    "check_subject",
    "lettered",
    "need_matplotlib",
    "picture",
    "pictures",
    "plotted",
    "use_chinese_font",
    "wrapped",
]
