"""When the zygotes begin to import what the steps ahead need: at the first step that the cache cannot answer.

A run that is all cached never comes here, so it starts no process and imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shipway.errors import ShipwayError
from shipway.runner.plan import HEAVY, LIGHT, OWN, Plan, plan_container
from shipway.runner.run_context import RunContext
from shipway.runner.selection import Selection, selected_leaves
from shipway.runner.spec import Container


class Preloading:
    """The imports of a run, in the order of its flow."""

    def __init__(self, run: RunContext, selection: Selection | None) -> None:
        self._run = run
        self._selection = selection
        self._begun = False

    def begin(self, ended: Collection[str]) -> None:
        """Let the zygotes import what the tasks that have not `ended` need; the first call alone counts."""
        if self._begun:
            return
        self._begun = True
        ahead = self._plans(ended)
        for kind in (LIGHT, HEAVY, OWN):
            plans = [plan for plan in ahead if plan.zygote == kind]
            if plans:
                self._run.pool.prepare(kind, modules_of(plans))

    def _plans(self, ended: Collection[str]) -> list[Plan]:
        plans = []
        for leaf in selected_leaves(self._run.compiled.spec, self._selection):
            if leaf.name not in ended and isinstance(leaf.component.body, Container):
                try:
                    plans.append(plan_container(leaf.name, leaf.component.body, self._run.compiled.steps))
                except ShipwayError:
                    continue  # the task says so itself, if its turn comes at all
        return plans


def modules_of(plans: Sequence[Plan]) -> list[str]:
    """What the plans import, each module once, as the first that needs it comes."""
    return list(dict.fromkeys(name for plan in plans for name in plan.modules))
