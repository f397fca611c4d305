"""Draws the tasks that a scenario asks for."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from launcher.simulator.agenda import Agenda
from launcher.simulator.plans import USUAL_RUN_S, cents_per_s, plan_of
from launcher.simulator.scenario import (
    PROCESS_USER,
    SOMEBODY_ELSE,
    Kind,
    Scenario,
    draw_ids,
    ids_of,
)
from launcher.simulator.task import ENDED, Change, Life, Status, Task, View

_DAY_S = 86_400.0
_STARTED_S = 600.0
_RESTING = {
    Kind.QUEUED: Status.QUEUED,
    Kind.RUNNING: Status.RUNNING,
    Kind.COMPLETED: Status.COMPLETED,
    Kind.FAILED: Status.FAILED,
    Kind.ABORTED: Status.ABORTED,
}


def user_of(scenario: Scenario) -> str:
    """Return the name of the user whose token is valid."""
    return scenario.user or PROCESS_USER


class Population:
    """Makes tasks, at the beginning and later; all of them live by one agenda."""

    def __init__(self, scenario: Scenario, agenda: Agenda) -> None:
        self._scenario = scenario
        self._agenda = agenda
        self._cents_per_s = {app: cents_per_s(scenario, app) for app in scenario.apps}
        self._number = 0

    def first(self, *, born_s: float) -> Iterator[Task]:
        """Yield every task that exists at the beginning, created in the days before `born_s`."""
        for kind in Kind:
            if kind is Kind.NOT_FOUND:
                continue
            for task_id in ids_of(self._scenario, kind):
                created_s = born_s - _DAY_S + self._number + 1
                yield self._draw(kind, task_id, created_s=created_s)

    def newcomer(self, created_s: float) -> Task:
        """Return a draft that somebody else has just made."""
        (task_id,) = draw_ids(f"{self._scenario.seed}/newcomer/{self._number}", count=1)
        return replace(
            self._draw(Kind.HEALTHY, task_id, created_s=created_s),
            created_by=SOMEBODY_ELSE,
            listed_from_s=created_s + self._scenario.list_lag_s,
        )

    def children(self, parent: Task, *, born_s: float) -> Iterator[Task]:
        """Yield the children that the platform makes of a batch task when it is run."""
        count = self._scenario.children_per_batch
        ids = draw_ids(f"{self._scenario.seed}/children/{parent.id}", count=count)
        for number, task_id in enumerate(ids, start=1):
            yield replace(
                parent,
                id=task_id,
                kind=Kind.CHILD,
                name=f"{parent.name} - sample {number}",
                created_s=born_s,
                inputs_of=task_id,
                resting=View(status=Status.QUEUED),
                life=Life(parent=parent.life),
                batch=False,
                parent=parent.id,
                children=[],
                batch_value=f"sample {number}",
                origin_id=None,
                made=True,
                interruptible=True,
                starts=[],
                unseen_until_s=0.0,
            )

    def clone(self, source: Task, *, number: int, created_s: float) -> Task:
        """Return a draft of ours that has the name, app, project and inputs of another task."""
        (task_id,) = draw_ids(f"{self._scenario.seed}/clone/{source.id}/{number}", count=1)
        return Task(
            id=task_id,
            kind=_KINDS_OF_CLONES.get(source.kind, Kind.HEALTHY),
            name=source.name,
            project=source.project,
            app=source.app,
            created_by=user_of(self._scenario),
            created_s=created_s,
            agenda=self._agenda,
            inputs_of=source.inputs_of,
            cents_per_s=source.cents_per_s,
            listed_from_s=created_s + self._scenario.list_lag_s,
            batch=source.batch,
            interruptible=source.interruptible,
        )

    def _draw(self, kind: Kind, task_id: str, *, created_s: float) -> Task:
        self._number += 1
        scenario, number = self._scenario, self._number
        app = _in_turn(scenario.apps, number) or ""
        task = Task(
            id=task_id,
            kind=kind,
            name=_in_turn(scenario.names, number) or f"align NA{10_000 + number}",
            project=_in_turn(scenario.projects, number) or "",
            app=app,
            created_by=user_of(scenario),
            created_s=created_s,
            agenda=self._agenda,
            inputs_of=task_id,
            cents_per_s=self._cents_per_s[app],
            batch=kind is Kind.BATCH,
            parent=_parent_of(scenario, kind, task_id=task_id),
            batch_value=f"sample {number}" if kind is Kind.CHILD else None,
            origin_id=_in_turn(scenario.origin_ids, number),
            hidden=kind is Kind.FORBIDDEN,
        )
        if kind in _RESTING:
            _have_been_started(scenario, task, _RESTING[kind])
        return task


_KINDS_OF_CLONES = {
    kind: kind for kind in (Kind.BATCH, Kind.INVALID_4XX, Kind.INVALID_ERRORS, Kind.FAILING)
}


def _in_turn(texts: Sequence[str], number: int) -> str | None:
    return texts[(number - 1) % len(texts)] if texts else None


def _have_been_started(scenario: Scenario, task: Task, status: Status) -> None:
    """Give a task the past of one that somebody else has started, and perhaps seen end."""
    plan = plan_of(scenario, task)
    if scenario.run_median_s is None:
        plan = replace(plan, spells_s=(math.inf,), pauses_s=())
    task.life.plan = plan
    started_s = task.created_s + _STARTED_S
    changes = task.life.changes
    ended_s = None
    if status in ENDED:
        run_s = USUAL_RUN_S if scenario.run_median_s is None else sum(plan.spells_s)
        ended_s = started_s + run_s
        changes.append(Change(started_s, Status.RUNNING))
    changes.append(Change(started_s if ended_s is None else ended_s, status))
    task.resting = View(
        status=status,
        at_s=changes[-1].at_s,
        executed_by=SOMEBODY_ELSE,
        started_s=started_s,
        ended_s=ended_s,
        changes=tuple(changes),
    )


def _parent_of(scenario: Scenario, kind: Kind, *, task_id: str) -> str | None:
    if kind is not Kind.CHILD:
        return None
    return draw_ids(f"{scenario.seed}/parent/{task_id}", count=1)[0]
