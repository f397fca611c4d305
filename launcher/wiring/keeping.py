"""What a run of projects takes over from those before it: tasks that are on no list any more."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from launcher.core.answer import TaskView
from launcher.core.course import COMPLETED, DRAFT
from launcher.core.entry import Account, RunId, RunStarted
from launcher.core.history import History, run_facts_of, runs_in
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import fold
from launcher.core.report import RunFacts
from launcher.core.selection import Selection, source_of
from launcher.core.state import TaskState
from launcher.core.ticks import Tick
from launcher.engine.canary import RUNNING
from launcher.engine.ticking import Troubles
from launcher.settings import Settings

RUNS_LOOKED_AT = 20
"""What holds slots is carried on from each run to the next; for costs this is no limit."""
_TASKS_AT_ONCE = 250


class _Found(NamedTuple):
    """A task that an earlier run took from a project; `is_new`: how it ended is not told yet."""

    task: TaskId
    source: str
    state: TaskState
    is_in_doubt: bool
    is_new: bool


class Keeper:
    """Finds what earlier runs took from these projects and what has to stay in the input.

    What they left in doubt: no list of drafts shows what has started, and nobody would ever learn
    that it did. Who ended with exit code 0 left none.

    Where active tasks are listed, or the run is a tick, those that earlier runs started: one that
    is CREATING is on no list, nor is one that was queued again just between two lists; and how
    they end is news. Ticks are one job in many runs: a limit of costs holds for what all of them
    started, and the canaries of one are those of the next.
    """

    def __init__(
        self,
        history: History,
        account: Account,
        selection: Selection,
        *,
        settings: Settings,
        tick: Tick | None,
    ) -> None:
        self._history = history
        self._account = account
        self._selection = selection
        self._tick = tick
        self._pays = settings.max_cost is not None
        self._canary = 0 if tick is None else settings.canary
        self._troubles = Troubles(
            tick or Tick(digest=""),
            user=account.user,
            max_attempts=settings.max_attempts,
            strict=settings.strict,
        )

    def kept(self) -> Iterator[tuple[TaskId, str]]:
        """Yield each task with where it is from."""
        launched: list[_Found] = []
        for found in self._found():
            if self._is_kept(found):
                yield found.task, found.source
            if self._canary and found.state.launch is not None:
                launched.append(found)
        well = [found for found in launched if found.state.status in {RUNNING, COMPLETED}]
        for found in launched if len(well) < self._canary else well[: self._canary]:
            yield found.task, found.source

    def _is_kept(self, found: _Found) -> bool:
        state = found.state
        if found.is_in_doubt:
            return True
        if self._pays and state.status not in {None, DRAFT}:
            return True
        if self._tick is None:
            return self._selection.with_active and state.is_active
        return state.is_active or (state.launch is not None and found.is_new)

    def _found(self) -> Iterator[_Found]:
        sources = {source_of(project): project for project in self._selection.projects}
        looked: set[TaskId] = set()
        for run, is_same in self._runs():
            selection = replace(self._selection, created_from=None) if is_same else self._selection
            requested = self._history.requested(run.run_id)
            wanted = (one for one in requested if one.source in sources and one.task not in looked)
            while some := {one.task: one.source for one in islice(wanted, _TASKS_AT_ONCE)}:
                looked.update(some)
                for task, state in self._states(tuple(some)).items():
                    if _is_selected(state, selection, project=sources[some[task]]):
                        yield _Found(
                            task=task,
                            source=some[task],
                            state=state,
                            is_in_doubt=_is_in_doubt(state, run),
                            is_new=self._troubles.is_new(task, state),
                        )

    def _states(self, tasks: tuple[TaskId, ...]) -> dict[TaskId, TaskState]:
        facts = self._history.facts(self._account, tasks)
        if self._tick is None:
            return fold(facts, user=self._account.user)
        return dict(self._troubles.fold(facts))

    def _runs(self) -> Iterator[tuple[RunFacts, bool]]:
        """Yield the last runs, and whether they are ticks of the same words.

        Besides these, up to the last one that has what was taken over before it: all, where there
        is a limit of costs, else ticks of the same words.
        """
        all_runs = self._selection.with_active or self._tick is not None
        number, is_over = 0, False
        for run, started in self._own_runs():
            is_same = self._tick is not None and started.digest == self._tick.digest
            if all_runs or run.exit_code != 0:
                number += 1
                if number <= RUNS_LOOKED_AT or (not is_over and (self._pays or is_same)):
                    yield run, is_same
            is_over = is_over or self._has_all_before(run, started)

    def _has_all_before(self, run: RunFacts, started: RunStarted) -> bool:
        """Say whether what was to be taken over then is among what the run was asked for."""
        digest, last = (self._tick.digest, self._tick.asked_by) if self._tick else (None, None)
        if not self._pays:
            return last is not None and (started.asked_by or run.run_id) == last
        is_whole = run.exit_code is not None or started.asked_by is not None
        is_same = started.digest == digest and started.costs_of == self._selection.words
        return is_whole and is_same

    def _own_runs(self) -> Iterator[tuple[RunFacts, RunStarted]]:
        """Yield the runs of the account, the newest first; of those with the same rows one."""
        asked: set[RunId] = set()
        for record, ended in reversed(runs_in(self._history.marks())):
            run, started = run_facts_of(record, ended), record.entry
            if run is None or not isinstance(started, RunStarted) or run.account != self._account:
                continue
            asked_by = started.asked_by or run.run_id
            if asked_by not in asked:
                asked.add(asked_by)
                yield run, started


def _is_in_doubt(state: TaskState, run: RunFacts) -> bool:
    return state.outcome(max_attempts=run.max_attempts) is Outcome.UNKNOWN


def _is_selected(state: TaskState, selection: Selection, *, project: str) -> bool:
    """Say whether every filter takes the task as it was last seen: settled, it may be launched.

    What has started needs no date: it only holds a slot. Nor does what a tick of the same words
    took: it had one that is right.
    """
    if state.seen is None:
        return False
    seen = state.seen
    if state.launch is not None or state.status not in {None, DRAFT}:
        selection = replace(selection, created_from=None)
    view = TaskView(
        id=seen.task,
        status=DRAFT,
        name=seen.name,
        project=seen.project,
        batch=seen.batch,
        parent=seen.parent,
    )
    return selection.why_not(view, project=project, status=DRAFT) is None
