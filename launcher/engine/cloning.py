"""One task cloned, once: the intent, the request, its end."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import inf

from launcher.core.answer import Answer, ErrorWord, NotSent, Reply, TaskView, describe
from launcher.core.clones import Original
from launcher.core.cloning import CloneMeaning, clone_in, clone_meaning_of, turn_after_clone
from launcher.core.entry import CloneIntended, CloneSettled
from launcher.core.ids import TaskId
from launcher.core.retry import Turn
from launcher.engine.clonebook import Alike, CloneBook, alike
from launcher.engine.gate import Kind
from launcher.engine.parts import Parts
from launcher.engine.punctual import Punctuality
from launcher.engine.refused import end_run_if_refused
from launcher.engine.retrying import repeated
from launcher.engine.searching import Search
from launcher.ports import Cloner

log = logging.getLogger(__name__)

SKEW_S = 10.0
"""How far the clock that dates drafts may be behind the one of the answers' `Date`."""


class Cloning:
    """Clones tasks; two whose clones could be mistaken for each other never at the same time."""

    def __init__(self, cloner: Cloner, parts: Parts, *, book: CloneBook, search: Search) -> None:
        self._cloner = cloner
        self._clock = parts.clock
        self._gate = parts.gate
        self._book = book
        self._search = search
        self._max_attempts = parts.orders.policy.max_attempts
        self._pauses = parts.pauses
        self._stop = parts.stop
        self._punctuality = Punctuality(parts.clock, stop=parts.stop)
        self._alone: defaultdict[Alike, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def look_around(self, projects: Sequence[str]) -> None:
        """Note the drafts that were made shortly before: none of them is a clone of this run.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        await self._search.look_around(projects, since=self._since())

    async def clone(self, original: Original) -> None:
        """Return when `original` has a clone, or is known to get none in this run.

        Raises:
            StoppedError: the run is ending, and no clone was asked for any more.
        """
        task = original.task

        async def again() -> Turn:
            return await self._settled(task, await self._attempt(original))

        async with self._alone[alike(original)]:
            is_open = self._book.state(task).open
            first = CloneMeaning.IN_DOUBT if is_open else await self._attempt(original)
            await repeated(
                await self._settled(task, first),
                again,
                turn_of=lambda turn: turn,
                is_exhausted=lambda: self._is_exhausted(task),
                pauses=self._pauses,
            )

    def _is_exhausted(self, task: TaskId) -> bool:
        return self._book.state(task).run_attempts >= self._max_attempts

    def _since(self) -> int | None:
        """Return the earliest time that the server's clock may show now, and some more before."""
        low_s = self._gate.state.clock.low_s
        if low_s == -inf:
            return None
        return int(self._clock.monotonic() + low_s - SKEW_S)

    def _intent(self, original: Original) -> CloneIntended:
        project, app, name = alike(original)
        return self._search.prepared(
            CloneIntended(
                task=original.task,
                number=self._book.state(original.task).number + 1,
                project=project,
                app=app,
                name=name,
                since=self._since(),
            )
        )

    async def _attempt(self, original: Original) -> CloneMeaning:
        """Send one request, its intent durable before and its end queued after.

        Raises:
            StoppedError: nothing was sent, the run is ending.
        """
        task = original.task
        passed = await self._gate.enter(Kind.CLONE)
        reply: Reply | None = NotSent(why="the intent could not be written", held_back=True)
        try:
            intent = self._intent(original)
            asked_at = self._clock.monotonic()
            await self._book.append(intent)
            reply = self._punctuality.reason_not_to_send(asked_at)
            if reply is None:
                reply = await self._cloner.clone(task)
            settled = self._end_of(intent, reply)
            self._note(settled, reply)
        finally:
            self._gate.leave(passed, reply, tasks=frozenset((task,)))
        log.debug("clone request ended", extra={"task": task, "meaning": settled.meaning})
        end_run_if_refused(reply, stop=self._stop)
        return settled.meaning

    def _end_of(self, intent: CloneIntended, reply: Reply) -> CloneSettled:
        settled = _settled(intent, reply)
        if settled.clone is None or not isinstance(reply, Answer):
            return settled
        assert isinstance(reply.word, TaskView)  # noqa: S101 - else it names no clone
        owner = self._book.owners([settled.clone]).get(settled.clone, intent.task)
        if owner == intent.task and not self._search.stood_there(reply.word, intent):
            return settled
        words = f"the answer names {settled.clone}, which was there before"
        return replace(settled, meaning=CloneMeaning.IN_DOUBT, clone=None, message=words)

    def _note(self, settled: CloneSettled, reply: Reply) -> None:
        """Write the clone's own fact first: it alone tells whose clone it is."""
        if settled.clone is not None and isinstance(reply, Answer):
            assert isinstance(reply.word, TaskView)  # noqa: S101 - else it names no clone
            self._book.note_clone(settled.task, settled.clone, reply.word)
        self._book.queue(settled)

    async def _settled(self, task: TaskId, meaning: CloneMeaning) -> Turn:
        """Return what follows a request that meant `meaning`, its doubts settled by lists."""
        if meaning is CloneMeaning.IN_DOUBT:
            meaning = await self._search.settle(task)
        return turn_after_clone(meaning)


def _settled(intent: CloneIntended, reply: Reply) -> CloneSettled:
    meaning = clone_meaning_of(reply, original=intent.task)
    ended = CloneSettled(task=intent.task, number=intent.number, meaning=meaning)
    if not isinstance(reply, Answer):
        return replace(ended, message=reply.why)
    told = replace(ended, http_status=reply.http_status, request_id=reply.request_id)
    match reply.word:
        case TaskView() as view if meaning is CloneMeaning.CLONED:
            return replace(told, clone=clone_in(view), name=view.name)
        case ErrorWord(code=code, message=message):
            return replace(told, code=code, message=message)
        case _:
            return replace(told, message=describe(reply))
