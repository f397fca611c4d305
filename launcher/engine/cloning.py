"""One task cloned, once: the intent, the request, its end, and what lists show where it is lost."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import inf

from launcher.core.answer import Answer, ErrorWord, NotSent, Reply, TaskView, describe
from launcher.core.clones import Adopted, CloneState, Original, Unclear, may_be_clone, verdict_of
from launcher.core.cloning import CloneMeaning, clone_in, clone_meaning_of, turn_after_clone
from launcher.core.entry import CloneIntended, CloneSettled
from launcher.core.ids import TaskId
from launcher.core.outcome import Refusal
from launcher.core.retry import Turn
from launcher.engine.clonebook import Alike, CloneBook, alike
from launcher.engine.drafts import Drafts
from launcher.engine.gate import Gate, Kind
from launcher.engine.punctual import Punctuality
from launcher.engine.reading import seen_of
from launcher.engine.refused import end_run_if_refused
from launcher.engine.retrying import Pauses, repeated
from launcher.engine.stop import Stop
from launcher.ports import Clock, Cloner

log = logging.getLogger(__name__)

SKEW_S = 10.0
"""How far the clock that dates drafts may be behind the one of the answers' `Date`."""
EMPTY_LISTS = 2
"""Lists without the clone, a settle time apart, after which another one is asked for."""
MOST_KNOWN = 100
"""Drafts that an intent names as known from before; more of them only make doubts unclear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often a clone is asked for, and how long lists of drafts are given to show it."""

    max_attempts: int
    settle_s: float


class Cloning:
    """Clones tasks; two whose clones could be mistaken for each other never at the same time."""

    def __init__(  # noqa: PLR0913 - the parts of a run, each by its name
        self,
        cloner: Cloner,
        clock: Clock,
        *,
        gate: Gate,
        book: CloneBook,
        drafts: Drafts,
        limits: Limits,
        pauses: Pauses,
        stop: Stop,
        say: Callable[[str], None],
    ) -> None:
        self._cloner = cloner
        self._clock = clock
        self._gate = gate
        self._book = book
        self._drafts = drafts
        self._limits = limits
        self._pauses = pauses
        self._stop = stop
        self._say = say
        self._punctuality = Punctuality(clock, stop=stop)
        self._alone: defaultdict[Alike, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._before: dict[str, tuple[TaskView | None, ...]] = {}

    async def look_around(self, projects: Sequence[str]) -> None:
        """Note the drafts that were made shortly before: none of them is a clone of this run.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        for project in projects:
            found = await self._drafts.since(project, self._since())
            if not isinstance(found, str):
                self._before[project] = found

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
        return self._book.state(task).run_attempts >= self._limits.max_attempts

    def _since(self) -> datetime | None:
        """Return the earliest time that the server's clock may show now, and some more before."""
        low_s = self._gate.state.clock.low_s
        if low_s == -inf:
            return None
        at_s = self._clock.monotonic() + low_s - SKEW_S
        return datetime.fromtimestamp(int(at_s), tz=UTC)

    def _intent(self, original: Original, *, number: int) -> CloneIntended:
        project, app, name = alike(original)
        before = self._before.get(project)
        intent = CloneIntended(
            task=original.task,
            number=number,
            project=project,
            app=app,
            name=name,
            since=None if before is None else self._since(),
        )
        known = (
            clone
            for view in before or ()
            if view is not None and may_be_clone(view, intent, user=self._book.user)
            if (clone := clone_in(view)) is not None
        )
        return replace(intent, known=tuple(islice(known, MOST_KNOWN)))

    async def _attempt(self, original: Original) -> CloneMeaning:
        """Send one request, its intent durable before and its end queued after.

        Raises:
            StoppedError: nothing was sent, the run is ending.
        """
        task = original.task
        passed = await self._gate.enter(Kind.CLONE)
        reply: Reply | None = NotSent(why="the intent could not be written", held_back=True)
        try:
            intent = self._intent(original, number=self._book.state(task).number + 1)
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
        if settled.clone is None:
            return settled
        owner = self._book.owners([settled.clone]).get(settled.clone, intent.task)
        if owner == intent.task and settled.clone not in intent.known:
            return settled
        words = f"the answer names {settled.clone}, which was there before"
        return replace(settled, meaning=CloneMeaning.IN_DOUBT, clone=None, message=words)

    def _note(self, settled: CloneSettled, reply: Reply) -> None:
        """Write the clone's own fact first: it alone tells whose clone it is."""
        if settled.clone is not None and isinstance(reply, Answer):
            assert isinstance(reply.word, TaskView)  # noqa: S101 - else it names no clone
            self._note_clone(settled.task, settled.clone, reply.word)
        self._book.queue(settled)

    def _note_clone(self, original: TaskId, clone: TaskId, view: TaskView) -> None:
        self._book.queue(replace(seen_of(clone, view), clone_of=original))

    async def _settled(self, task: TaskId, meaning: CloneMeaning) -> Turn:
        """Return what follows a request that meant `meaning`, its doubts settled by lists."""
        if meaning is CloneMeaning.IN_DOUBT:
            meaning = await self._searched(task)
        return turn_after_clone(meaning)

    async def _searched(self, task: TaskId) -> CloneMeaning:
        """Return what lists say of the open intent: a clone, none on two of them, or in doubt."""
        state = self._book.state(task)
        intent = state.intent
        if intent is None:
            return CloneMeaning.NOT_THERE
        wait_s = self._limits.settle_s - self._elapsed_s(state)
        for _ in range(EMPTY_LISTS):
            await self._clock.sleep(max(wait_s, 0.0))
            match await self._verdict(intent):
                case Adopted(clone=clone, view=view):
                    self._note_clone(task, clone, view)
                    return self._conclude(intent, CloneMeaning.CLONED, clone=(clone, view.name))
                case Unclear(why=why):
                    self._say(f"the clone of {task}: {why}")
                    return self._conclude(intent, CloneMeaning.IN_DOUBT, why=why)
                case None:
                    wait_s = self._limits.settle_s
        return self._conclude(intent, CloneMeaning.NOT_THERE, why="no clone of it turned up")

    def _elapsed_s(self, state: CloneState) -> float:
        """Return the seconds since an earlier run's last fact about the intent.

        0 for a doubt of this run, and if the clock was set back.
        """
        if state.doubt_at is None or state.run_attempts:
            return 0.0
        return max(self._clock.now() - state.doubt_at, timedelta()).total_seconds()

    async def _verdict(self, intent: CloneIntended) -> Adopted | Unclear | None:
        found = await self._drafts.since(intent.project, intent.since)
        if isinstance(found, str):
            return Unclear(why=found)
        ids = [clone for view in found if view is not None and (clone := clone_in(view))]
        verdict = verdict_of(
            found,
            intent,
            user=self._book.user,
            owners=self._book.owners(ids),
            others=self._book.may_be_confused(intent),
        )
        if verdict is None and not self._book.keeps_names:
            return Unclear(why="clones get other names here: it cannot be told from other drafts")
        return verdict

    def _conclude(
        self,
        intent: CloneIntended,
        meaning: CloneMeaning,
        *,
        clone: tuple[TaskId, str | None] | None = None,
        why: str | None = None,
    ) -> CloneMeaning:
        """Write what lists say; a doubt keeps the number of the answer that left it."""
        last = self._book.state(intent.task).refusal or Refusal()
        told = CloneSettled(
            task=intent.task, number=intent.number, meaning=meaning, confirmed_by_list=True
        )
        if clone is not None:
            self._book.queue(replace(told, clone=clone[0], name=clone[1]))
            return meaning
        self._book.queue(
            replace(
                told,
                http_status=last.http_status,
                code=last.code,
                request_id=last.request_id,
                message=why,
            )
        )
        return meaning


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
