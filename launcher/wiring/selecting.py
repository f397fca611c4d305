"""The tasks of projects, made part of what a run was asked for."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from itertools import chain, islice

from launcher.core.answer import TaskView
from launcher.core.course import DRAFT
from launcher.core.drawing import run_facts_of
from launcher.core.entry import Account
from launcher.core.errors import UsageError
from launcher.core.history import History
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import fold
from launcher.core.report import RunFacts
from launcher.core.selection import Selection, joined, source_of, why_none
from launcher.core.state import TaskState
from launcher.engine.listing import Listed
from launcher.wiring.command import Command

RUNS_LOOKED_AT = 20
"""What is in doubt is carried on from each run that did not end well to the next."""
_TASKS_AT_ONCE = 250

Select = Callable[[Selection], Awaitable[Listed]]
"""Asks the platform for what is selected."""


async def with_listed(
    command: Command, select: Select, *, history: History, account: Account
) -> Command:
    """Return the command with the tasks of its projects, under the lock: no other run has them.

    Raises:
        LauncherError: they cannot be listed, or there is nothing to launch at all.
    """
    if command.selection is None:
        return command
    settings = command.settings
    limits = (settings.max_running, settings.max_running_file, settings.max_cost)
    selection = replace(command.selection, with_active=any(one is not None for one in limits))
    listed = await select(selection)
    kept = kept_of(history, account, selection)
    wanted = joined(command.wanted, chain(listed.tasks, kept))
    if not wanted and not command.settings.allow_empty:
        raise UsageError(why_none(listed.tallies))
    return replace(command, wanted=wanted, listed=listed.seen)


def kept_of(
    history: History, account: Account, selection: Selection
) -> Iterator[tuple[TaskId, str]]:
    """Yield what earlier runs took from these projects and left in doubt.

    Those that started are drafts no more: no list of drafts shows them, and nobody would ever
    learn that they did. Who ended with exit code 0 left none.

    Where active tasks are listed, those that earlier runs started come too: one that is CREATING
    is on no list, nor is one that was queued again just between two lists.
    """
    sources = {source_of(project): project for project in selection.projects}
    runs = (run_facts_of(started, ended) for started, ended in reversed(history.runs()))
    active = selection.with_active
    own = (run for run in runs if run and run.account == account)
    looked: set[TaskId] = set()
    for run in islice((run for run in own if active or run.exit_code != 0), RUNS_LOOKED_AT):
        requested = history.requested(run.run_id)
        wanted = (one for one in requested if one.source in sources and one.task not in looked)
        while some := {one.task: one.source for one in islice(wanted, _TASKS_AT_ONCE)}:
            looked.update(some)
            states = fold(history.facts(account, tuple(some)), user=account.user)
            for task, state in states.items():
                project = sources[some[task]]
                is_kept = _is_in_doubt(state, run) or (active and state.is_active)
                if is_kept and _is_selected(state, selection, project=project):
                    yield task, some[task]


def _is_in_doubt(state: TaskState, run: RunFacts) -> bool:
    return state.outcome(max_attempts=run.max_attempts) is Outcome.UNKNOWN


def _is_selected(state: TaskState, selection: Selection, *, project: str) -> bool:
    """Say whether every filter takes the task as it was last seen: settled, it may be launched.

    What was launched needs no date: it only holds a slot.
    """
    if state.seen is None:
        return False
    seen = state.seen
    if state.launch is not None:
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
