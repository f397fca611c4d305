"""Doubts settled by reading: after a settle time, many tasks a request, nobody twice."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice

from launcher.core.course import DRAFT
from launcher.core.entry import Seen, Unseen
from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.engine.gate import CLOCK_STEP_S
from launcher.engine.ledger import Ledger
from launcher.engine.reading import BULK_READS_IN_FLIGHT, BULK_SIZE, Reader, Reading, chunks
from launcher.engine.stop import StoppedError
from launcher.ports import Clock

log = logging.getLogger(__name__)

BETWEEN_READS_S = 0.5
READS_AFTER_REFUSAL = 3
"""Reads of a task that was refused as no draft and still shows as one."""

IsNews = Callable[[Reading], bool]


def always(_reading: Reading) -> bool:
    """Take every read for news."""
    return True


class Settler:
    """One reader for all doubts: whoever is due first reads along everybody who is due."""

    def __init__(self, reader: Reader, ledger: Ledger, clock: Clock, *, settle_s: float) -> None:
        self._reader = reader
        self._ledger = ledger
        self._clock = clock
        self._settle_s = settle_s
        self._due: dict[TaskId, float] = {}
        self._since: dict[TaskId, float] = {}
        self._missed: set[TaskId] = set()
        """What a read together did not show: each is read by itself, and holds up nobody."""
        self._lock = asyncio.Lock()
        self._last_read_at = clock.monotonic() - BETWEEN_READS_S

    @property
    def waiting(self) -> int:
        """How many tasks wait for a read."""
        return len(self._due)

    async def settle(self, task: TaskId) -> None:
        """Return when the open attempt of `task` is closed, or the task cannot be read.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        elapsed_s = min(self._elapsed_s(self._ledger.state(task)), self._settle_s)
        self._since[task] = self._clock.monotonic() - elapsed_s
        try:
            while (state := self._ledger.state(task)).open and state.unseen is None:
                passed_s = self._clock.monotonic() - self._since[task]
                if not await self._read(task, after_s=max(self._settle_s - passed_s, 0.0)):
                    return
        finally:
            del self._since[task]

    async def look(self, task: TaskId) -> None:
        """Read a task that was refused as no draft, until a read agrees, three times at most."""
        for turn in range(READS_AFTER_REFUSAL):
            await self._read(task, after_s=self._settle_s if turn else 0.0)
            state = self._ledger.state(task)
            if state.unseen is not None or state.status != DRAFT:
                return

    async def read_later(self, task: TaskId, *, after_s: float) -> bool:
        """Read a task after that time, along with whoever is due; return whether it could be."""
        return await self._read(task, after_s=after_s)

    async def read_all(
        self, tasks: Iterable[TaskId], *, is_news: IsNews = always
    ) -> frozenset[TaskId]:
        """Read many tasks now, as `read` does, and return those that could not be read.

        What is left when the run ends stays unread.
        """
        shared = chunks(tasks)
        missed: set[TaskId] = set()

        async def lane() -> None:
            for some in shared:
                try:
                    missed.update(set(some) - await self.read(some, is_news=is_news))
                except StoppedError:
                    missed.update(some)
                    return

        async with asyncio.TaskGroup() as group:
            for _ in range(BULK_READS_IN_FLIGHT):
                group.create_task(lane())
        return frozenset(missed)

    async def read(self, tasks: Sequence[TaskId], *, is_news: IsNews = always) -> frozenset[TaskId]:
        """Read at most 100 tasks now, note what they show, and return those that could be read.

        What one request shows is noted at once: a task that has to be read by itself, and cannot
        be, costs nothing of the others. What is no news leaves no fact, unless it settles a doubt.
        """
        found = await self._read_together(tasks, is_news)
        alone = [task for task in tasks if task not in found]
        return found | {task for task in alone if await self._read_alone(task, is_news)}

    async def _read_together(
        self, tasks: Sequence[TaskId], is_news: IsNews = always
    ) -> frozenset[TaskId]:
        counting = {task for task in tasks if self._counts(task)}
        found = await self._reader.read(tasks)
        for task, reading in found.items():
            if task in counting or is_news(reading):
                self._note(reading, counts=task in counting)
        return frozenset(found)

    async def _read_alone(self, task: TaskId, is_news: IsNews = always) -> bool:
        counts = self._counts(task)
        reading = await self._reader.read_one(task)
        if reading is not None and (counts or is_news(reading)):
            self._note(reading, counts=counts)
        return reading is not None

    def _note(self, reading: Reading, *, counts: bool) -> None:
        if reading.task in self._since:
            log.debug("doubt read", extra={**_shown(reading), "counts": counts})
        match reading:
            case Seen() if counts:
                self._ledger.queue(replace(reading, counts=True))
                if reading.task in self._since:
                    self._since[reading.task] = self._clock.monotonic()
            case _:
                self._ledger.queue(reading)

    def _counts(self, task: TaskId) -> bool:
        """Say whether a read sent now counts towards clearing the open attempt of `task`."""
        state = self._ledger.state(task)
        if task in self._since:
            passed_s = self._clock.monotonic() - self._since[task]
        else:
            passed_s = self._elapsed_s(state)
        return state.open and passed_s >= self._settle_s - CLOCK_STEP_S

    def _elapsed_s(self, state: TaskState) -> float:
        """Return the seconds since the last fact about the attempt; 0 if the clock was set back."""
        if state.doubt_at is None:
            return 0.0
        return max((self._clock.now() - state.doubt_at).total_seconds(), 0.0)

    async def _read(self, task: TaskId, *, after_s: float) -> bool:
        """Return whether the task could be read, by this call or along with another one."""
        due_at = self._clock.monotonic() + after_s
        self._due[task] = due_at
        try:
            await self._clock.sleep(after_s)
            async with self._lock:
                if task in self._due:
                    await self._read_who_is_due(task)
            return task not in self._missed or await self._read_alone(task)
        finally:
            self._due.pop(task, None)
            self._missed.discard(task)

    async def _read_who_is_due(self, first: TaskId) -> None:
        await self._clock.sleep(
            max(self._last_read_at + BETWEEN_READS_S - self._clock.monotonic(), 0.0)
        )
        now = self._clock.monotonic()
        others = (task for task, due_at in self._due.items() if due_at <= now and task != first)
        due = (first, *islice(others, BULK_SIZE - 1))
        log.debug("settle read", extra={"tasks": len(due), "first": first})
        self._missed |= set(due) - await self._read_together(due)
        self._last_read_at = self._clock.monotonic()
        for task in due:
            self._due.pop(task, None)


def _shown(reading: Reading) -> dict[str, object]:
    match reading:
        case Seen():
            return {"task": reading.task, "status": reading.status}
        case Unseen():
            return {"task": reading.task, "status": None, "http_status": reading.http_status}
