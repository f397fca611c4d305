"""Which tasks may be started now: no more of the input at once than somebody allowed.

A task has a slot from before its attempt is written until it is known to have ended, or to be a
draft again with nothing in flight. So what is in flight and what is in doubt counts, and so does
what other runs or people started, as soon as a read shows it.
"""

import asyncio
import logging
from dataclasses import dataclass

from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.engine.following import Following
from launcher.engine.ledger import Ledger
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Clock, Feeding

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLimits:
    """How many tasks may be active at once (None: all), and whether others wait for a free slot."""

    max_running: int | None = None
    waits: bool = True


class OpenFeed:
    """Lets every task through at once, and remembers none."""

    async def enter(self, task: TaskId) -> bool:
        """See `Feed`."""
        del task
        return True

    async def stay(self, task: TaskId) -> None:
        """See `Feed`."""

    def leave(self, task: TaskId) -> None:
        """See `Feed`."""

    def shown(self) -> None:
        """See `Feed`."""


class Feed:
    """Lanes ask it before they start a task, and tell it when they are done with one.

    Whoever is first in the row waits for all; the others stand behind on a lock.
    """

    def __init__(
        self,
        following: Following,
        ledger: Ledger,
        clock: Clock,
        *,
        limits: FeedLimits,
        poll_s: float,
        stop: Stop,
    ) -> None:
        self._following = following
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._poll_s = poll_s
        self._stop = stop
        self._row = asyncio.Lock()
        self._changed = asyncio.Event()
        self._slots = {*following.active}
        """The tasks that have one: active, or in the hands of a lane."""
        self._why: str | None = None
        ledger.listen(self._note)

    @property
    def running(self) -> int:
        """How many slots are in use."""
        return len(self._slots)

    def shown(self) -> Feeding:
        """Return how the feed stands, for people."""
        most = self._limits.max_running
        return Feeding(running=self.running, max_running=most, waiting=self._why)

    async def enter(self, task: TaskId) -> bool:
        """Return whether the task may be started, once there is a slot for it; False: not now.

        An open attempt of an earlier run has its slot: it is settled at once.

        Raises:
            StoppedError: the run is ending.
        """
        if self._ledger.state(task).open:
            self._hold(task)
            return True
        async with self._row:
            while not self._has_room(task):
                if not self._limits.waits:
                    return False
                await self._wait()
            self._hold(task)
        return True

    async def stay(self, task: TaskId) -> None:
        """Return when another run request may be sent for a task that has entered.

        Raises:
            StoppedError: the run is ending.
        """
        most = self._limits.max_running
        if most is None or self.running <= most:
            return
        self.leave(task)  # more attempts were in doubt than may run: only so many are sent again
        async with self._row:
            while not self._has_room(task):
                await self._wait()
            self._hold(task)

    def leave(self, task: TaskId) -> None:
        """Note that no lane has the task in hand any more; its state decides about its slot."""
        self._following.busy.discard(task)
        self._sort(task)

    def _hold(self, task: TaskId) -> None:
        self._following.busy.add(task)
        self._slots.add(task)

    def _has_room(self, task: TaskId) -> bool:
        most = self._limits.max_running
        return most is None or task in self._slots or self.running < most

    async def _wait(self) -> None:
        """Return when something may have changed."""
        if self._stop.is_set:
            raise StoppedError
        self._changed.clear()
        self._why = (
            f"{self.running:,} of {self._limits.max_running:,} run: the next starts as one ends"
        )
        try:
            with self._following.waited_for(self._changed):
                await self._clock.sleep(self._poll_s, wake=self._changed)
        finally:
            self._why = None

    def _note(self, task: TaskId, _state: TaskState) -> None:
        self._sort(task)

    def _sort(self, task: TaskId) -> None:
        """Give the task a slot, or take it away."""
        if task in self._following.busy or self._following.is_active(task):
            self._slots.add(task)
        elif task in self._slots:
            self._slots.remove(task)
            self._changed.set()
