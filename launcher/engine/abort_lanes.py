"""Lanes that end what one run launched: settle, ask, read, and ask again."""

import asyncio
from collections.abc import Iterator, Sequence

from launcher.core.aborting import AbortMeaning, is_ending, turn_after_abort
from launcher.core.entry import RunId
from launcher.core.fate import is_to_abort
from launcher.core.ids import TaskId
from launcher.core.retry import Turn
from launcher.engine.ledger import Ledger
from launcher.engine.parts import Parts
from launcher.engine.retrying import repeated
from launcher.engine.send_abort import AbortSender
from launcher.engine.settle import Settler
from launcher.engine.stop import StoppedError

LANES = 200
"""Tasks at most that are aborted, settled or asked again at once: two bulk reads' worth.

A lane holds a slot of the gate only while its request is under way.
"""
READS = 2
"""Reads, a settle time apart, that have to show a task active before it is asked again."""


class AbortLanes:
    """Aborts tasks whose launch is credited to `launched_by`, and no others."""

    def __init__(
        self,
        sender: AbortSender,
        settler: Settler,
        ledger: Ledger,
        *,
        parts: Parts,
        run: RunId,
        launched_by: RunId,
    ) -> None:
        self._sender = sender
        self._settler = settler
        self._ledger = ledger
        self._run = run
        self._launched_by = launched_by
        self._settle_s = parts.orders.settle_s
        self._pauses = parts.pauses
        self._stop = parts.stop
        self.left = 0
        """Tasks for which an abort request may still be sent."""

    async def abort(self, tasks: Sequence[TaskId]) -> None:
        """Return when all of them end or cannot be ended, or the run is ending."""
        shared = iter(tasks)
        self.left = len(tasks)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(LANES, len(tasks))):
                group.create_task(self._lane(shared))

    async def _lane(self, shared: Iterator[TaskId]) -> None:
        for task in shared:
            if self._stop.is_set:
                return
            try:
                await self._end(task)
            except StoppedError:
                return
            finally:
                self.left -= 1

    async def _end(self, task: TaskId) -> None:
        state = self._ledger.state(task)
        if state.launch is None and state.open:
            await self._settler.settle(task)

        def is_exhausted() -> bool:
            abort = self._ledger.state(task).abort
            if abort is None or abort.run != self._run:
                return False
            return abort.attempts >= self._ledger.max_attempts

        async def ask() -> Turn:
            if is_exhausted() or not is_to_abort(self._ledger.state(task), self._launched_by):
                return Turn.DONE
            return await self._settled(task, await self._sender.attempt(task))

        await repeated(
            await ask(),
            ask,
            turn_of=lambda turn: turn,
            is_exhausted=is_exhausted,
            pauses=self._pauses,
        )

    async def _settled(self, task: TaskId, meaning: AbortMeaning) -> Turn:
        """Return what follows an abort request, once reads have told what they can."""
        match meaning:
            case AbortMeaning.IN_DOUBT:
                return await self._turn_by_reads(task, first_s=self._settle_s)
            case AbortMeaning.NOT_ABORTABLE:
                return await self._turn_by_reads(task, first_s=0.0)
            case _:
                return turn_after_abort(meaning)

    async def _turn_by_reads(self, task: TaskId, *, first_s: float) -> Turn:
        for turn in range(READS):
            could_be_read = await self._settler.read_later(
                task, after_s=self._settle_s if turn else first_s
            )
            if is_ending(self._ledger.state(task).status):
                return Turn.DONE
            if not could_be_read or self._ledger.state(task).unseen is not None:
                break
        return Turn.LATER
