"""Lanes that share one iterator of tasks; what asks for more time goes on beside them."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from launcher.core.ids import TaskId
from launcher.core.meaning import Meaning
from launcher.core.retry import Turn, turn_after
from launcher.engine.feed import Feed, OpenFeed
from launcher.engine.ledger import Ledger
from launcher.engine.queries import Queries
from launcher.engine.retrying import Pauses, repeated
from launcher.engine.send import Sender
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop, StoppedError

log = logging.getLogger(__name__)

CARRIED = 500
"""Tasks at most that are settled or repeated beside the lanes: five bulk reads' worth."""


class Dispatch:
    """Launches tasks: each lane sends one request after the other and waits for nothing else."""

    def __init__(
        self,
        sender: Sender,
        settler: Settler,
        ledger: Ledger,
        *,
        feed: Feed | OpenFeed,
        pauses: Pauses,
        stop: Stop,
    ) -> None:
        self._feed = feed
        self._sender = sender
        self._settler = settler
        self._ledger = ledger
        self._pauses = pauses
        self._stop = stop
        self._carried = asyncio.Semaphore(CARRIED)
        self.left = 0
        """Tasks for which a run request may still be sent."""

    async def launch(
        self,
        tasks: Sequence[TaskId],
        *,
        lanes: int,
        queries: Queries,
    ) -> None:
        """Return when every task has an outcome, or the run is ending and nothing is in flight.

        What `queries` holds back stays a draft.
        """
        shared = iter(tasks)
        self.left = len(tasks)
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(self._lane(shared, group, queries))

    async def _lane(
        self,
        shared: Iterable[TaskId],
        group: asyncio.TaskGroup,
        queries: Queries,
    ) -> None:
        for task in shared:
            await self._carried.acquire()
            if self._stop.is_set:
                self._carried.release()
                return
            try:
                if not await self._feed.enter(task):
                    self._done(task)
                    return
                meaning = await self._first(task, queries)
            except StoppedError:
                self._feed.leave(task)
                self._carried.release()
                return
            if meaning is None or _is_final(meaning):
                self._done(task)
            else:
                group.create_task(self._carry(task, queries, meaning))

    async def _first(self, task: TaskId, queries: Queries) -> Meaning | None:
        if self._ledger.state(task).open:
            return Meaning.IN_DOUBT  # an earlier run's: to be settled before anything is sent
        query = queries.of(task)
        return None if query is None else await self._sender.attempt(task, query=query)

    async def _carry(self, task: TaskId, queries: Queries, meaning: Meaning) -> None:
        async def again() -> Turn:
            query = queries.of(task)
            if query is None:
                return Turn.DONE
            await self._feed.stay(task)
            before = self._ledger.state(task).run_attempts
            log.debug("task tried again", extra={"task": task, "attempts_before": before})
            return await self._settled(task, await self._sender.attempt(task, query=query))

        def is_exhausted() -> bool:
            return self._ledger.state(task).run_attempts >= self._ledger.max_attempts

        try:
            await repeated(
                await self._settled(task, meaning),
                again,
                turn_of=lambda turn: turn,
                is_exhausted=is_exhausted,
                pauses=self._pauses,
            )
        except StoppedError:
            return
        finally:
            self._done(task)

    def _done(self, task: TaskId) -> None:
        self._feed.leave(task)
        self.left -= 1
        self._carried.release()

    async def _settled(self, task: TaskId, meaning: Meaning) -> Turn:
        """Return what follows an attempt that meant `meaning`, its doubts read away."""
        match meaning:
            case Meaning.IN_DOUBT:
                await self._settler.settle(task)
                return Turn.LATER if self._ledger.state(task).is_draft else Turn.DONE
            case Meaning.NEEDS_DRAFT:
                await self._settler.look(task)
                return Turn.DONE
            case _:
                return turn_after(meaning)


def _is_final(meaning: Meaning) -> bool:
    return turn_after(meaning) is Turn.DONE and meaning is not Meaning.NEEDS_DRAFT
