"""Tasks that run are read again and again, in bulk, by one reader for all who wait for news."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from launcher.core.course import DRAFT, Course, has_ended, is_active
from launcher.core.entry import Seen
from launcher.core.ids import TaskId
from launcher.core.pace import Lives, read_after_s, reads_for
from launcher.core.state import TaskState
from launcher.engine.gate import CLOCK_STEP_S
from launcher.engine.ledger import Ledger
from launcher.engine.neighbours import Neighbours
from launcher.engine.parts import Parts
from launcher.engine.reading import BULK_SIZE, Reading
from launcher.engine.settle import Settler
from launcher.engine.stop import StoppedError

log = logging.getLogger(__name__)

LONGEST_BLIND_S = 600.0
"""How long is waited for tasks of which reads do not tell what has become."""


class Following:
    """Knows which tasks of a run are active, and reads them while somebody waits.

    A read that tells nothing new leaves no fact: a journal must not grow with the time that tasks
    take. `busy` are the tasks that a lane has in hand; what they are is learnt there.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        settler: Settler,
        ledger: Ledger,
        neighbours: Neighbours | None = None,
    ) -> None:
        self._neighbours = neighbours
        self._settler = settler
        self._ledger = ledger
        self._gate = parts.gate
        self._clock = parts.clock
        self._stop = parts.stop
        self._poll_s = parts.orders.poll_s
        self.busy: set[TaskId] = set()
        self._since: dict[TaskId, float] = {}
        """The active tasks, by when they were first seen as such; the oldest is the first."""
        self._started: set[TaskId] = set()
        """Those of them that were seen started: no read makes drafts of these again."""
        self._hidden: set[TaskId] = set()
        """Those that the platform refuses to show."""
        self.missed: frozenset[TaskId] = frozenset()
        """Those that the last read could not read, one by one neither."""
        self._told: dict[TaskId, object] = {}
        self._ended = 0
        self._ended_s = 0.0
        self._waiters: list[asyncio.Event] = []
        self._called = asyncio.Event()
        self._due_at = self._clock.monotonic() + self._poll_s
        for requested in parts.orders.wanted:
            self._note(requested.task, ledger.state(requested.task))
        ledger.listen(self._note)
        self._stop.listen(self._wake)

    def is_active(self, task: TaskId) -> bool:
        """Say whether the task runs, or is going to, or may."""
        return task in self._since

    def is_blind(self, task: TaskId) -> bool:
        """Say whether reads do not tell what has become of an active task."""
        state = self._ledger.state(task)
        shows_draft = state.status in {None, DRAFT} and not state.open
        is_hidden = task in self._hidden or task in self.missed
        return task not in self.busy and (is_hidden or shows_draft)

    @property
    def active(self) -> tuple[TaskId, ...]:
        """Every active task, the longest known first."""
        return tuple(self._since)

    @property
    def others(self) -> int:
        """How many tasks of others count as well, as last counted."""
        return 0 if self._neighbours is None else self._neighbours.others

    @property
    def lives(self) -> Lives:
        """How long tasks have lived so far."""
        now = self._clock.monotonic()
        return Lives(
            active=len(self._since),
            lived_s=sum(now - since for since in self._since.values()),
            oldest_s=now - next(iter(self._since.values()), now),
            youngest_s=now - next(reversed(self._since.values()), now),
            ended=self._ended,
            ended_s=self._ended_s,
        )

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Read, while the body runs, whenever somebody waits and the time has come."""
        if self._neighbours is not None:
            await self._read([*self._since])
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._go_on())
            try:
                yield
            finally:
                reading.cancel()

    @contextmanager
    def waited_for(self, event: asyncio.Event) -> Iterator[None]:
        """Have tasks read while the body runs; `event` is set after each read and at a stop."""
        self._waiters.append(event)
        self._called.set()
        try:
            yield
        finally:
            self._waiters.remove(event)

    def _note(self, task: TaskId, state: TaskState) -> None:
        """Keep step with a fact of the ledger."""
        if is_active(state.status):
            self._started.add(task)
        lags = state.status == DRAFT and task in self._started
        if state.is_active or lags:
            self._since.setdefault(task, self._clock.monotonic())
            (self._hidden.discard if state.unseen is None else self._hidden.add)(task)
            return
        self._hidden.discard(task)
        self._started.discard(task)
        self._told.pop(task, None)
        since = self._since.pop(task, None)
        if since is not None and has_ended(state.status):
            self._ended += 1
            self._ended_s += self._clock.monotonic() - since

    def _wake(self) -> None:
        for event in (*self._waiters, self._called):
            event.set()

    async def _go_on(self) -> None:
        while not self._stop.is_set:
            self._called.clear()
            due_s = self._due_at - self._clock.monotonic()
            tasks = [task for task in self._since if task not in self.busy]
            has_to = bool(tasks) or self._neighbours is not None
            if has_to and self._waiters and due_s <= CLOCK_STEP_S:
                await self._read(tasks)
            else:
                wait_s = due_s if due_s > CLOCK_STEP_S else self._poll_s
                await self._clock.sleep(wait_s, wake=self._called)

    async def _read(self, tasks: Sequence[TaskId]) -> None:
        log.debug("active tasks read", extra={"tasks": len(tasks)})
        requests, began = reads_for(len(tasks), size=BULK_SIZE), self._clock.monotonic()
        if self._neighbours is None:
            await self._read_ours(tasks)
        else:
            requests += self._neighbours.requests
            await self._read_beside(tasks, self._neighbours)
        after_s = read_after_s(
            self.lives,
            shortest_s=self._poll_s,
            requests=requests,
            budget=self._gate.state.budget,
            window_ends_in_s=self._gate.window_ends_in_s,
        )
        self._due_at = began + after_s
        self._wake()

    async def _read_beside(self, tasks: Sequence[TaskId], neighbours: Neighbours) -> None:
        """Count all tasks of our projects first, then read ours: what both show is ours."""
        known = neighbours.listed(tasks)
        try:
            total = await neighbours.count()
        except StoppedError:
            return
        await self._read_ours(tasks)
        neighbours.note(total, known=known)

    async def _read_ours(self, tasks: Sequence[TaskId]) -> None:
        self.missed = await self._settler.read_all(tasks, is_news=self._is_news)

    def _is_news(self, reading: Reading) -> bool:
        """Say whether a read tells more of its task than was known, as far as anybody asks."""
        told = _gist(reading)
        known = (self._ledger.state(reading.task).status, *_gist_of(Course()))
        before = self._told.get(reading.task, known)
        self._told[reading.task] = told
        return told != before


def _gist(reading: Reading) -> object:
    """Return of a read what is worth a fact when it changes."""
    match reading:
        case Seen(status=status, course=course):
            return (status, *_gist_of(course or Course()))
        case _:
            return (reading.http_status, reading.code)


def _gist_of(course: Course) -> tuple[object, ...]:
    return (course.account_limit, course.system_limit, course.instance_init)
