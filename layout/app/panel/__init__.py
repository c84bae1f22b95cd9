"""The panel of a notebook: levers as fields, a button that solves, plans side by side."""

from __future__ import annotations

from layout.app.panel.board import Panel, panel

__all__ = ["Panel", "panel"]
