"""The widgets of the panel: its form, and where its results are shown; what they do is apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from layout.app.panel.form import Values, first_values, school_labels
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.ranges import LEVER_RANGES
from layout.inputs.study.study import Study

__all__ = ["Form", "Results", "need_ipywidgets"]


def need_ipywidgets() -> Any:
    """Return the package ipywidgets, or say what to install where it is missing.

    Raises
    ------
    layout.core.errors.UsageError
        With the command that installs it.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise UsageError(
            tr('The panel needs the package ipywidgets: pip install "school-layout[notebook]".')
        ) from error
    return ipywidgets


def _wide(**more: str) -> dict[str, str]:
    return {"width": "98%", **more}


def _styled() -> dict[str, Any]:
    return {"style": {"description_width": "10em"}, "layout": _wide()}


class Chosen:
    """Names that were chosen, each a button that removes it.

    Parameters
    ----------
    names
        Those chosen first.
    changed
        Called after one was removed, with its name.
    """

    def __init__(
        self, names: tuple[str, ...] = (), *, changed: Callable[[str], None] = lambda _: None
    ) -> None:
        self._widgets, self._changed, self.names = need_ipywidgets(), changed, names
        self.box = self._widgets.HBox(layout={"flex_flow": "row wrap"})
        self._show()

    def add(self, name: str) -> None:
        """Add a name, unless it is there."""
        if name not in self.names:
            self.names = (*self.names, name)
            self._show()

    def _show(self) -> None:
        self.box.children = [self._button(name) for name in self.names]

    def _button(self, name: str) -> Any:
        button = self._widgets.Button(
            description=name, icon="times", tooltip=tr("Remove"), layout={"width": "auto"}
        )

        def remove(_: object) -> None:
            self.names = tuple(one for one in self.names if one != name)
            self._show()
            self._changed(name)

        button.on_click(remove)
        return button


class Names:
    """A field to type a name, which suggests some, above those that were chosen.

    Parameters
    ----------
    label
        What is asked.
    suggested, chosen
        Names to suggest, and those chosen first.
    """

    def __init__(self, label: str, *, suggested: tuple[str, ...], chosen: tuple[str, ...]) -> None:
        widgets = need_ipywidgets()
        self.chosen = Chosen(chosen)
        self._typed = widgets.Combobox(
            description=label,
            placeholder=tr("type a name, then Enter"),
            options=suggested,
            continuous_update=False,
            **_styled(),
        )
        self._typed.observe(self._add, names="value")
        # Below the field, not below its label.
        row = widgets.HBox([self.chosen.box], layout={"margin": "0 0 4px 10em"})
        self.box = widgets.VBox([self._typed, row])

    def _add(self, change: Mapping[str, Any]) -> None:
        if name := str(change["new"]).strip():
            self.chosen.add(name)
        if change["new"]:
            self._typed.value = ""


class Form:
    """The levers of a study as fields, its buttons, and the line that says how far a job is.

    Parameters
    ----------
    study
        The study, whose own levers are shown first.
    """

    def __init__(self, study: Study) -> None:
        self._widgets = widgets = need_ipywidgets()
        first, labels = first_values(study), tuple(school_labels(study).values())
        self._close = self._number("close", tr("How many schools close"), first.close, 1)
        self._belt = None
        if first.belt_m is not None:
            self._belt = self._number("belt_m", tr("Border belt, m"), first.belt_m, 100.0)
        self._objective = widgets.Dropdown(
            description=tr("Kept small first"),
            options=[
                (tr("added minutes"), "minutes"),
                (tr("added metres"), "metres"),
                (tr("bus seats"), "bus_seats"),
            ],
            value=first.objective,
            **_styled(),
        )
        self._walk = self._number("walk_kmh", tr("Walking, km/h"), first.walk_kmh, 0.1)
        self._bus = self._number(
            "bus_speed_factor", tr("Factor on bus speeds"), first.bus_speed_factor, 0.05
        )
        self._keep = Names(tr("Stay open"), suggested=labels, chosen=first.keep)
        self._must_close = Names(tr("Close in any case"), suggested=labels, chosen=first.must_close)
        self._quota = {
            code: widgets.Text(
                description=str(study.units.at[code, "name"]),
                value=text,
                placeholder=tr("no limit"),
                continuous_update=False,
                style={"description_width": "8em"},
                layout={"width": "14em"},
            )
            for code, text in first.quota.items()
        }
        self.solve = widgets.Button(description=tr("Solve"), icon="play", button_style="primary")
        self.stop = widgets.Button(description=tr("Cancel"), icon="stop", disabled=True)
        self.line = widgets.Label(layout={"flex": "1 1 auto"})
        self.box = self._laid_out()

    def values(self) -> Values:
        """Return what the form holds."""
        return Values(
            close=self._close.value,
            belt_m=None if self._belt is None else self._belt.value,
            objective=self._objective.value,
            walk_kmh=self._walk.value,
            bus_speed_factor=self._bus.value,
            quota={code: field.value for code, field in self._quota.items()},
            keep=self._keep.chosen.names,
            must_close=self._must_close.chosen.names,
        )

    def _number(self, lever: str, label: str, value: float, step: float) -> Any:
        """A field for a number within the range of its lever."""
        least, most = LEVER_RANGES[lever]
        whole = isinstance(value, int)
        kind = self._widgets.BoundedIntText if whole else self._widgets.BoundedFloatText
        return kind(
            description=label,
            value=value,
            min=least,
            max=most,
            step=step,
            continuous_update=False,
            **_styled(),
        )

    def _laid_out(self) -> Any:
        widgets = self._widgets
        belt = [] if self._belt is None else [self._belt]
        numbers = [self._close, *belt, self._objective, self._walk, self._bus]
        limits = widgets.HBox(list(self._quota.values()), layout=_wide(flex_flow="row wrap"))
        quota = widgets.Accordion([limits], titles=(tr("The most that close in each county"),))
        names = [self._keep.box, self._must_close.box, quota]
        fields = [
            widgets.VBox(numbers, layout={"flex": "1 1 20em"}),
            widgets.VBox(names, layout={"flex": "2 1 28em"}),
        ]
        return widgets.VBox(
            [
                widgets.HBox(fields, layout=_wide(flex_flow="row wrap")),
                widgets.HBox([self.solve, self.stop, self.line], layout=_wide()),
            ]
        )


class Results:
    """Where the panel shows its plans: message, cards, the name of a plan, and three tabs.

    Parameters
    ----------
    forgotten
        Called with the name of a remembered plan after that was removed.
    """

    def __init__(self, *, forgotten: Callable[[str], None]) -> None:
        widgets = need_ipywidgets()
        self.message, self.cards = widgets.HTML(layout=_wide()), widgets.HTML(layout=_wide())
        self.name = widgets.Text(
            description=tr("Name of this plan"),
            continuous_update=False,
            style={"description_width": "10em"},
            layout={"flex": "1 1 20em"},
        )
        self.remember = widgets.Button(
            description=tr("Remember this plan"), icon="bookmark", layout={"width": "auto"}
        )
        self.closures, self.map = widgets.HTML(), widgets.HTML()
        self.compared, self.compared_map = widgets.HTML(), widgets.HTML()
        self.draw = widgets.Button(
            description=tr("Show them on one map"), icon="map-o", layout={"width": "auto"}
        )
        self.remembered = Chosen(changed=forgotten)
        self.tabs = widgets.Tab(
            [
                self.closures,
                self.map,
                widgets.VBox([self.remembered.box, self.compared, self.draw, self.compared_map]),
            ],
            titles=(tr("List of closures"), tr("Map of change"), tr("Comparison")),
            selected_index=0,
            layout=_wide(),
        )
        named = widgets.HBox([self.name, self.remember], layout=_wide())
        self._plan = widgets.VBox([self.cards, named, self.tabs])
        self.box = widgets.VBox([self.message])

    def appear(self) -> None:
        """Show what belongs to a plan, once there is one."""
        self.box.children = [self.message, self._plan]
