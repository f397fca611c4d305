"""Waits until the tasks that have started are over; they are followed meanwhile."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from itertools import chain

from launcher.core.course import Course, has_ended, is_active
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.pace import reads_for
from launcher.core.report import exit_code_of
from launcher.core.state import TaskState
from launcher.engine.following import LONGEST_BLIND_S, Following
from launcher.engine.jobs import JobLooks
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.parts import Parts
from launcher.engine.reading import BULK_SIZE, chunks
from launcher.engine.settle import Settler
from launcher.engine.stop import StoppedError
from launcher.ports import Waited

log = logging.getLogger(__name__)

OthersStart = Callable[[], Container[TaskId]]
"""Returns the tasks that another run goes on about: it may start them yet."""


def nobody() -> Container[TaskId]:
    """Return the tasks that another run may start where there is none."""
    return frozenset()


REFUSED_TURNS = 3
"""Reads in a row that have to refuse a task before its end is given up."""


class Waiting:
    """Knows which tasks are to end, and waits for them.

    These are the ones that this journal launched, whichever run it was. Who watches waits also for
    those that others started, and for more as long as another run may start some.
    """

    def __init__(
        self,
        following: Following,
        looks: JobLooks,
        ledger: Ledger,
        settler: Settler,
        *,
        parts: Parts,
        others_start: OthersStart,
    ) -> None:
        self._following = following
        self._looks = looks
        self._ledger = ledger
        self._settler = settler
        self._clock = parts.clock
        self._poll_s = parts.orders.poll_s
        self._everybody = parts.orders.watch
        self._stop = parts.stop
        self._others_start = others_start
        self._tasks = tuple(requested.task for requested in parts.orders.wanted)
        self._states: dict[TaskId, str | None] = {}
        """Every task that has started."""
        self._counts: Counter[str] = Counter()
        self._open: set[TaskId] = set()
        """Those of them that are waited for."""
        self._began: dict[TaskId, datetime] = {}
        """When each of these started, or was first seen; of earlier runs' tasks to the minute."""
        self._ended = 0
        self._ended_s = 0.0
        """How many of them have ended since, and how long those lived in all."""
        self._refused: Counter[TaskId] = Counter()
        """Those that the platform does not show any more, by reads since."""
        self._blind: dict[TaskId, float] = {}
        """Those of which reads do not tell what has become, by since when."""
        for task in self._tasks:
            self._note(task, ledger.state(task))
        ledger.listen(self._note)

    @property
    def left(self) -> int:
        """How many tasks are waited for."""
        return len(self._open)

    def shown(self) -> Waited:
        """Return how the tasks stand, for people."""
        mean_s = self._ended_s / self._ended if self._ended else None
        began = self._began.values()
        youngest_s = self._age_s(max(began)) if began else 0.0
        return Waited(
            states={state: count for state, count in self._counts.most_common() if count},
            left=self.left,
            oldest_s=self._age_s(min(began)) if began else None,
            mean_s=mean_s,
            ends_in_s=None if mean_s is None else max(mean_s - youngest_s, 0.0),
        )

    def _age_s(self, began: datetime) -> float:
        return max((self._clock.now() - began).total_seconds(), 0.0)

    async def until_all_have_ended(self) -> None:
        """Return when nothing is waited for any more, or the run is ending."""
        await self._until_none_is_left()
        unsure = [task for task in self._tasks if self._ledger.is_unsure(task)]
        if unsure and not self._stop.is_set:
            await self._settler.read_all(unsure)
            await self._until_none_is_left()  # of what had started late

    async def _until_none_is_left(self) -> None:
        turn = asyncio.Event()
        more = self._everybody
        with self._following.waited_for(turn):
            while not self._stop.is_set:
                before, more = more, self._others_may_start_one()
                if before or more:  # what was written last, too
                    await self._learn_of_others()
                if not (self.left or more):
                    return
                turn.clear()
                await self._clock.sleep(self._poll_s, wake=turn)
                if turn.is_set():
                    await self._after_read()

    async def _after_read(self) -> None:
        self._refused.update(tuple(self._refused))
        now = self._clock.monotonic()
        blind = filter(self._following.is_blind, self._open)
        self._blind = {task: self._blind.get(task, now) for task in blind}
        given_up = [task for task, turns in self._refused.items() if turns > REFUSED_TURNS]
        given_up += [t for t, since in self._blind.items() if now - since >= LONGEST_BLIND_S]
        for task in given_up:
            log.debug("end given up", extra={"task": task})
            self._open.discard(task)
            self._began.pop(task, None)
        try:
            await self._looks.look(at_most=reads_for(self.left, size=BULK_SIZE))
        except StoppedError:
            return

    def _others_may_start_one(self) -> bool:
        theirs = self._others_start()
        return any(task in theirs for task in self._not_started)

    async def _learn_of_others(self) -> None:
        """Take in what another run has written since about tasks that have not started."""
        for some in chunks(self._not_started):
            self._ledger.recall(some)
            await self._clock.sleep(0.0)

    @property
    def _not_started(self) -> Sequence[TaskId]:
        return [task for task in self._tasks if task not in self._states]

    def _note(self, task: TaskId, state: TaskState) -> None:
        """Keep step with a fact of the ledger."""
        if not self._counts_as_started(state):
            return
        self._looks.note(task, state)
        before = self._states.get(task)
        if before is not None:
            self._counts[before] -= 1
        self._states[task] = state.status
        if state.status is not None:
            self._counts[state.status] += 1
        if has_ended(state.status):
            self._open.discard(task)
            self._refused.pop(task, None)
            self._note_end(task, state.course)
            return
        self._open.add(task)
        launched_at = None if state.launch is None else state.launch.launched_at
        self._began.setdefault(task, launched_at or self._clock.now())
        if state.unseen is not None:
            self._refused.setdefault(task, 1)
        else:
            self._refused.pop(task, None)

    def _note_end(self, task: TaskId, course: Course | None) -> None:
        began = self._began.pop(task, None)
        if began is None:
            return
        ended_at = (course and course.ended_at) or self._clock.now()
        self._ended += 1
        self._ended_s += max((ended_at - began).total_seconds(), 0.0)

    def _counts_as_started(self, state: TaskState) -> bool:
        if state.launch is not None:
            return True
        return self._everybody and (is_active(state.status) or has_ended(state.status))


def is_all_done(orders: Orders, ledger: Ledger) -> bool:
    """Say whether nothing was left to start, to learn or to wait for: no end came too early."""
    outcomes = {ledger.outcome(requested.task) for requested in orders.wanted}
    outcomes |= {one.outcome for one in orders.uncloned}
    if outcomes & {Outcome.PENDING, Outcome.UNKNOWN} or orders.unread:
        return False
    return not orders.awaits or all(map(has_ended, _awaited(orders, ledger)))


def _awaited(orders: Orders, ledger: Ledger) -> Iterator[str | None]:
    """Yield the state of every task whose end is waited for."""
    states = (ledger.state(requested.task) for requested in orders.wanted)
    return (state.status for state in states if orders.watch or state.launch is not None)


def verdict(orders: Orders, ledger: Ledger) -> int:
    """Return the exit code of a run that was not ended early."""
    if orders.dry and not orders.watch:
        return 0
    awaited = _awaited(orders, ledger) if orders.awaits else ()
    if orders.watch:
        return exit_code_of((), awaited=awaited)
    asked = (ledger.outcome(requested.task) for requested in orders.wanted)
    outcomes = chain(asked, (one.outcome for one in orders.uncloned))
    return exit_code_of(outcomes, strict=orders.strict, awaited=awaited)
