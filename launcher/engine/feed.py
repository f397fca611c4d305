"""Which tasks may be started now: no more of the input at once than somebody allowed.

A task has a slot from before its attempt is written until it is known to have ended, or to be a
draft again with nothing in flight. So what is in flight and what is in doubt counts, and so does
what other runs or people started, as soon as a read shows it.
"""

import asyncio

from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.engine.canary import Canaries
from launcher.engine.following import LONGEST_BLIND_S, Following
from launcher.engine.ledger import Ledger
from launcher.engine.limit import Limit
from launcher.engine.parts import Parts
from launcher.engine.purse import OpenPurse, Purse
from launcher.engine.stop import StoppedError
from launcher.ports import Feeding


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
        parts: Parts,
        *,
        limit: Limit,
        canaries: Canaries,
        purse: Purse | OpenPurse,
    ) -> None:
        self._following = following
        self._ledger = ledger
        self._clock = parts.clock
        self._limit = limit
        self._canaries = canaries
        self._purse = purse
        self._waits = parts.orders.waits
        self._stop = parts.stop
        self._row = asyncio.Lock()
        self._changed = asyncio.Event()
        self._slots = {*following.active}
        """The tasks that have one: active, or in the hands of a lane."""
        self._is_waiting = False
        self._blind_since: float | None = None
        for task in self._slots:
            purse.count(task, is_active=True)
        ledger.listen(self._note)

    def shown(self) -> Feeding:
        """Return how the feed stands, for people."""
        lives = self._following.lives
        return Feeding(
            running=len(self._slots),
            max_running=self._limit.most,
            others=self._following.others,
            waiting=self._why() if self._is_waiting else None,
            mean_s=lives.mean_s if lives.ended else None,
        )

    async def enter(self, task: TaskId) -> bool:
        """Return whether the task may be started, once there is a slot for it; False: not now.

        An open attempt of an earlier run has its slot: it is settled at once.

        Raises:
            StoppedError: the run is ending.
        """
        if self._ledger.state(task).open:
            self._hold(task)
            return True
        return await self._in_turn(task, waits=self._waits)

    async def stay(self, task: TaskId) -> None:
        """Return when another run request may be sent for a task that has entered.

        Raises:
            StoppedError: the run is ending, or does not wait for a slot.
        """
        if self._may_start(task):
            self._canaries.go(task)
            return
        self.leave(task)  # who waits holds nothing that others wait for: they stand before it
        if not await self._in_turn(task, waits=self._waits):
            raise StoppedError

    def leave(self, task: TaskId) -> None:
        """Note that no lane has the task in hand any more; its state decides about its slot."""
        self._following.busy.discard(task)
        self._purse.rest(task)
        self._sort(task)

    async def _in_turn(self, task: TaskId, *, waits: bool) -> bool:
        async with self._row:
            while not self._may_start(task):
                if not waits or self._purse.halted is not None:
                    return False
                await self._wait()
            self._canaries.go(task)
            self._hold(task)
        return True

    @property
    def _used(self) -> int:
        return len(self._slots) + self._following.others

    def _may_start(self, task: TaskId) -> bool:
        self._limit.look()
        used = self._used - (task in self._slots)
        if not (self._limit.allows(used) and self._canaries.may_go(task)):
            return False
        return self._purse.may_go(task)

    def _hold(self, task: TaskId) -> None:
        self._following.busy.add(task)
        self._slots.add(task)
        self._purse.hold(task)

    async def _wait(self) -> None:
        """Return when something may have changed."""
        self._halt_if_blind()
        if self._stop.is_set:
            raise StoppedError
        self._changed.clear()
        self._is_waiting = True
        try:
            with self._following.waited_for(self._changed):
                await self._clock.sleep(self._limit.every_s, wake=self._changed)
        finally:
            self._is_waiting = False

    def _halt_if_blind(self) -> None:
        """End the run where all that is waited for cannot be seen, and this for long."""
        awaited = self._slots if self._is_full else self._canaries.awaited or self._purse.awaited
        if not awaited or self._following.others or not all(map(self._following.is_blind, awaited)):
            self._blind_since = None
            return
        now = self._clock.monotonic()
        self._blind_since = now if self._blind_since is None else self._blind_since
        if now - self._blind_since >= LONGEST_BLIND_S:
            words = f"whether {min(awaited)} runs cannot be learnt"
            more = f", nor of {len(awaited) - 1:,} others" if len(awaited) > 1 else ""
            option = "--max-cost" if self._purse.awaited else "--max-running"
            self._stop.set(HaltedError(f"{words}{more}: nothing more is started ({option})"))

    @property
    def _is_full(self) -> bool:
        return not self._limit.allows(self._used)

    def _why(self) -> str:
        """Return why nothing more is started just now, in words."""
        if self._purse.waits_for is not None:
            return self._purse.waits_for
        if not self._is_full:
            well, number = self._canaries.proven, self._canaries.number
            return f"{well:,} of {number:,} canaries run: the others follow when all do"
        if self._limit.most == 0:
            return "paused: 0 tasks are to run (--max-running-file)"
        return "as many run as may: the next starts as one ends"

    def _note(self, task: TaskId, _state: TaskState) -> None:
        self._sort(task)

    def _sort(self, task: TaskId) -> None:
        """Give the task a slot or take it away, and see what this means for those who wait."""
        is_busy = task in self._following.busy
        self._canaries.look(task, is_busy=is_busy)
        if is_busy or self._following.is_active(task):
            self._slots.add(task)
        else:
            self._slots.discard(task)
        self._purse.count(task, is_active=task in self._slots)
        self._changed.set()
