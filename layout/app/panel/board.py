"""The panel: a form, a worker beside the notebook, and what it found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from layout.app.compare import compared_map
from layout.app.panel import results
from layout.app.panel.form import levers_of
from layout.app.panel.widgets import Form, Results, need_ipywidgets
from layout.app.panel.worker import Ears, Worker
from layout.app.plan import Plan
from layout.app.steps import assess, consolidate
from layout.core.errors import InfeasibleError, LayoutError, UsageError
from layout.core.text import chosen_language, tr, using
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables

__all__ = ["Panel", "panel"]

MAP_TAB = 1


class Panel:
    """Levers of a consolidation as fields in a notebook, a button that solves, and the results.

    Shows itself as the last line of a cell. Nothing is solved before the button is pressed; the
    notebook can be used meanwhile.

    Attributes
    ----------
    plan
        The last plan; None before there is one.
    plans
        The remembered plans by name, in the order in which they were remembered.
    """

    def __init__(self, start: Study | PlanTables) -> None:
        self.plan: Plan | None = None
        self.plans: dict[str, Plan] = {}
        self._start = start
        self._study = start if isinstance(start, Study) else start.study
        self._language = chosen_language(None, default=self._study.language)
        self._drawn: Plan | None = None
        ears = Ears(told=self._tell, failed=self._fail, ended=self._end)
        self._worker = Worker(ears, self._language)
        with using(self._language):
            self.form = Form(self._study)
            self.results = Results(forgotten=self._forget)
        self.form.solve.on_click(lambda _: self.solve())
        self.form.stop.on_click(lambda _: self.stop())
        self.results.remember.on_click(lambda _: self._remember())
        self.results.draw.on_click(lambda _: self._begin(self._draw_compared))
        self.results.tabs.observe(lambda _: self._look(), names="selected_index")
        style = need_ipywidgets().HTML(results.STYLE, layout={"display": "none"})
        self.box = need_ipywidgets().VBox([style, self.form.box, self.results.box])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def solve(self) -> None:
        """Begin to solve with what the form holds, as its button does."""
        with using(self._language):
            try:
                levers = levers_of(self._study, self.form.values())
            except LayoutError as error:
                self._fail(str(error))
                return

        def job() -> None:
            if isinstance(self._start, Study) or self._start.travel is None:
                self._start = assess(self._study)
            try:
                self._show(consolidate(self._start, **levers))
            except InfeasibleError as error:
                if not isinstance(error.offer, Plan):
                    raise
                # The nearest plan that can be had, with the reason why it is not what was asked.
                self._show(error.offer)
                shown = tr("Below is the best plan that can be had.")
                self._fail(f"{error}\n{shown}")

        self._begin(job)

    def stop(self) -> None:
        """Ask a search to end, as the button does: it keeps the best so far."""
        self.form.stop.disabled = True
        self._worker.stop()

    def wait(self) -> Panel:
        """Wait until nothing runs any more, and return the panel."""
        self._worker.join()
        return self

    def _begin(self, job: Any) -> None:
        """Begin a job, unless one runs."""
        if self._worker.busy:
            return
        self.results.message.value = ""
        self.form.solve.disabled = self.results.draw.disabled = True
        self.form.stop.disabled = False
        self._worker.start(job)

    def _tell(self, line: str) -> None:
        self.form.line.value = line

    def _fail(self, text: str) -> None:
        self.results.message.value = results.message_html(text)

    def _end(self) -> None:
        self.form.solve.disabled = self.results.draw.disabled = False
        self.form.stop.disabled = True
        self._look()

    def _show(self, plan: Plan) -> None:
        """Show a plan that was found."""
        self.plan = plan
        shown, run = self.results, plan.run_of("closures")
        if self._worker.stopped and run is not None and run.status != "proven":
            text = tr("Cancelled: this is the best plan so far, and not proved to be the best.")
            shown.message.value = results.message_html(text, note=True)
        shown.cards.value = results.cards_html(plan)
        table = results.closures_shown(plan)
        shown.closures.value = results.table_html(table, numbers=(3, 5, 6))
        shown.map.value = ""
        shown.name.value = self._free(results.title(plan))
        self._compare()
        shown.appear()

    def _free(self, name: str) -> str:
        """A name that no remembered plan has."""
        names = (name, *(f"{name} ({count})" for count in range(2, len(self.plans) + 3)))
        return next(one for one in names if one not in self.plans)

    def _look(self) -> None:
        """Draw the map of the last plan, if it is looked at and nothing else runs."""
        looked = self.results.tabs.selected_index == MAP_TAB
        if looked and self.plan is not None and self.plan is not self._drawn:
            self._begin(self._draw)

    def _draw(self) -> None:
        plan = self._drawn = self.plan
        if plan is not None:
            # Beside today, which every such map begins with.
            page = compared_map({results.title(plan): plan}, language=self._language)
            self.results.map.value = page._repr_html_()

    def _remember(self) -> None:
        """Keep the last plan under the name in the field."""
        with using(self._language):
            name = self.results.name.value.strip()
            if self.plan is None or not name:
                return
            if name in self.plans:
                self._fail(tr("A plan called {name} is remembered already.", name=name))
                return
            self.plans[name] = replace(self.plan, name=name)
            self.results.remembered.add(name)
            self.results.message.value = ""
            self._compare()

    def _forget(self, name: str) -> None:
        with using(self._language):
            del self.plans[name]
            self._compare()

    def _compared(self) -> dict[str, Plan]:
        """The remembered plans, and the last one where it is none of them."""
        plans = dict(self.plans)
        if self.plan is not None and not any(
            one.assignment is self.plan.assignment for one in plans.values()
        ):
            plans[self._free(tr("last plan"))] = self.plan
        return plans

    def _compare(self) -> None:
        plans = self._compared()
        self.results.compared.value = results.compared_html(plans) if plans else ""
        self.results.compared_map.value = ""

    def _draw_compared(self) -> None:
        page = compared_map(self._compared(), language=self._language)
        self.results.compared_map.value = page._repr_html_()


def panel(start: Study | PlanTables) -> Panel:
    """Show the levers of a consolidation as a form in a notebook, to solve and compare by hand.

    Needs ipywidgets, the extra ``notebook`` of the package.

    Parameters
    ----------
    start
        A study, or a plan of it, whose study, levers and ways are taken.

    Returns
    -------
    Panel
        Shows itself; ``.plan`` is the last plan, ``.plans`` those remembered, by name.

    Raises
    ------
    layout.core.errors.UsageError
        Where ipywidgets is missing, or this is neither study nor plan.
    """
    if not isinstance(start, (Study, PlanTables)):
        raise UsageError(
            tr(
                "This takes a study (layout.Study.read) or a plan of one, not {what}.",
                what=type(start).__name__,
            )
        )
    return Panel(start)
