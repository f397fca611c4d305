"""Aborts on a virtual clock: a platform that ends tasks, and runs that abort on a bench."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from launcher.core.answer import Alien, ErrorWord, NotSent, Reply, Word
from launcher.core.drawing import report_of
from launcher.core.entry import Entry, Record, RunId
from launcher.core.fate import Fate
from launcher.core.history import run_facts_of, runs_in
from launcher.core.ids import TaskId
from launcher.core.report import Report
from launcher.core.scope import scope_of
from launcher.engine.abort import AbortingPlatform, AbortRun
from launcher.engine.stop import Stop
from support.bench import Bench
from support.crashing import Crash, CrashingJournal, CrashingPlatform, Power, is_death
from support.fake_platform import NOTHING_DONE, USER, FakePlatform, What
from support.memory_journal import MemoryJournal

AbortDeed = Literal[
    "502", "lost", "429", "503-maintenance", "lost-aborted", "502-aborted", "queued",
    "queued-aborted", "403", "401", "7008", "not-sent", "html",
]  # fmt: skip
"""What an abort request meets: the part after "-" says that it ended the task all the same."""

ABORTABLE = frozenset(("CREATING", "QUEUED", "RUNNING"))
_REFUSING: dict[AbortDeed, tuple[int, Word]] = {
    "403": (403, ErrorWord(code=7001, message="no privilege on the task")),
    "401": (401, ErrorWord(code=90001, message="unauthorised")),
    "7008": (400, ErrorWord(code=7008, message="only for RUNNING tasks")),
    "html": (200, Alien(excerpt="<html>")),
}


@dataclass
class AbortablePlatform(FakePlatform):
    """Meets the next abort of a task with what `abort_deeds` says, else ends it."""

    abort_deeds: dict[TaskId, list[AbortDeed]] = field(default_factory=dict)
    asked_to_abort: Counter[TaskId] = field(default_factory=Counter)
    aborted: Counter[TaskId] = field(default_factory=Counter)

    def shows(self, task: TaskId, status: str, *, by: str = USER) -> None:
        self.views[task] = replace(self.views[task], status=status, executed_by=by)

    async def abort(self, task: TaskId) -> Reply:
        if self.abort_deeds.get(task, [])[:1] == ["not-sent"]:
            self.abort_deeds[task].pop(0)
            return NotSent(why="connection refused")
        self.asked_to_abort[task] += 1
        return await self._asked("abort", task)

    def _served(self, kind: str, what: What) -> tuple[int, Word]:
        if kind != "abort" or self.maintenance:
            return super()._served(kind, what)
        assert isinstance(what, str)
        self.start_late()
        task = TaskId(what)
        if not self.window.take(self.clock.monotonic()):
            return 429, ErrorWord(code=1000, message="rate limit exceeded")
        deeds = self.abort_deeds.get(task)
        return self._ended(task, deeds.pop(0) if deeds else None)

    def _ended(self, task: TaskId, deed: AbortDeed | None) -> tuple[int, Word]:
        view = self.views[task]
        match deed:
            case "502" | "lost" | "429" | "503-maintenance":
                return NOTHING_DONE[deed]
            case "queued":
                return 200, view
            case "403" | "401" | "7008" | "html":
                return _REFUSING[deed]
            case _:
                pass
        if view.status not in ABORTABLE:
            return 400, ErrorWord(code=7011, message="only for CREATING, RUNNING or QUEUED tasks")
        self.aborted[task] += 1
        self.views[task] = replace(view, status="ABORTING")
        match deed:
            case "502-aborted":
                return NOTHING_DONE["502"]
            case "lost-aborted":
                return NOTHING_DONE["lost"]
            case "queued-aborted":
                return 200, view
            case _:
                return 200, self.views[task]


class CrashingAbortable(CrashingPlatform):
    """As one process sees it: its aborts are effects too."""

    def __init__(self, platform: AbortingPlatform, power: Power) -> None:
        super().__init__(platform, power)
        self._abortable = platform

    async def abort(self, task: TaskId) -> Reply:
        return await self._asked("abort", lambda: self._abortable.abort(task))


@dataclass
class AbortBench(Bench):
    """A bench whose platform ends tasks."""

    aborts: int = 0

    def __post_init__(self) -> None:
        self.abortable = AbortablePlatform(clock=self.clock)
        self.platform = self.abortable

    def begin_abort(self, run: str, power: Power | None, **changes: object) -> AbortRun:
        self.aborts += 1
        self.stop = Stop()
        journal = MemoryJournal(self.clock, RunId(run), store=self.store)
        facts = {
            each.run_id: each for pair in runs_in(journal.marks()) if (each := run_facts_of(*pair))
        }
        scope = scope_of(journal, facts[RunId(run)])
        orders = replace(self.orders, wanted=scope.wanted, **changes)  # type: ignore[arg-type]  # tests pass fields of Orders
        return AbortRun(
            self.abortable if power is None else CrashingAbortable(self.abortable, power),
            self.clock,
            orders=orders,
            run=RunId(f"abort-{self.aborts}"),
            aborts=facts[RunId(run)],
            progress=self.progress,
            stop=self.stop,
        )

    async def abort(
        self, run: str = "run-1", *, power: Power | None = None, **changes: object
    ) -> tuple[int, Report]:
        """Return the exit code and the report of an abort of what `run` launched."""
        abort = self.begin_abort(run, power, **changes)
        self.last_run = abort
        account = await abort.open()
        name = RunId(f"abort-{self.aborts}")
        opened = MemoryJournal if power is None else partial(CrashingJournal, power=power)
        journal = opened(self.clock, name, store=self.store, on_append=self.on_append)
        exit_code = await abort.abort(journal, account)
        report = report_of(journal, name)
        assert report is not None
        return exit_code, report

    async def abort_crashed(self, power: Power, *, run: str, **changes: object) -> bool:
        """Return whether an abort died with `power`."""
        try:
            await self.abort(run, power=power, **changes)
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            return True
        return False

    def add_fact(self, entry: Entry, *, run: str) -> None:
        """Let an earlier run have written one more fact."""
        at, key = self.clock.now(), len(self.store) + 1
        self.store.append(Record(run=RunId(run), at=at, entry=entry, key=key))


def fates(report: Report) -> dict[TaskId, str]:
    """Return the first word of each row's remark, which is the task's fate."""
    return {row.task_id: re.split("[:;]", row.remark or "")[0] for row in report.rows}


def all_of(tasks: Sequence[TaskId], fate: Fate) -> dict[TaskId, str]:
    return dict.fromkeys(tasks, fate.value)
