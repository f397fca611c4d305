"""What a run launched, or may have, by all that its journal knows: what aborting it is about."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from launcher.core.aborting import is_ending
from launcher.core.fate import may_be_of
from launcher.core.history import History
from launcher.core.ids import Requested, TaskId
from launcher.core.replay import fold
from launcher.core.report import RunFacts
from launcher.core.state import TaskState

_TASKS_AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Tasks in the order of the run's input, and how they stood when they were last seen.

    `projects` counts those that are not known to have ended, by project.
    """

    wanted: tuple[Requested, ...] = ()
    ended: int = 0
    in_doubt: int = 0
    batch: int = 0
    projects: Mapping[str, int]

    @property
    def active(self) -> int:
        """How many run or are going to, or may."""
        return len(self.wanted) - self.ended


def scope_of(history: History, run: RunFacts) -> Scope:
    """Return what `run` launched, or may have launched."""
    wanted: list[Requested] = []
    projects: Counter[str] = Counter()
    ended, in_doubt, batch = 0, 0, 0
    for requested, state in _each(history, run):
        if not may_be_of(state, run.run_id):
            continue
        wanted.append(requested)
        if is_ending(state.status):
            ended += 1
            continue
        in_doubt += state.launch is None
        batch += state.is_batch
        if state.seen is not None and state.seen.project is not None:
            projects[state.seen.project] += 1
    return Scope(
        wanted=tuple(wanted),
        ended=ended,
        in_doubt=in_doubt,
        batch=batch,
        projects=dict(projects.most_common()),
    )


def _each(history: History, run: RunFacts) -> Iterator[tuple[Requested, TaskState]]:
    asked = history.requested(run.run_id)
    fresh = TaskState(user=run.account.user)
    while some := tuple(islice(asked, _TASKS_AT_ONCE)):
        states = _states(history, run, some)
        for requested in some:
            yield requested, states.get(requested.task, fresh)


def _states(
    history: History, run: RunFacts, some: Sequence[Requested]
) -> Mapping[TaskId, TaskState]:
    tasks = [requested.task for requested in some]
    return fold(history.facts(run.account, tasks), user=run.account.user)
