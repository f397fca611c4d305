"""One abort request: through the gate, into the ledger, to the platform, and its end noted."""

import logging
from collections.abc import Callable

from launcher.core.aborting import AbortMeaning, abort_meaning_of
from launcher.core.answer import (
    STOPPED_BEFORE,
    Answer,
    ErrorWord,
    NotSent,
    Reply,
    TaskView,
    describe,
)
from launcher.core.entry import AbortAttempted, AbortSettled
from launcher.core.ids import TaskId
from launcher.engine.gate import Gate, Kind
from launcher.engine.ledger import Ledger
from launcher.engine.refused import end_run_if_refused
from launcher.engine.stop import Stop
from launcher.ports import Aborter

log = logging.getLogger(__name__)


class AbortSender:
    """Sends abort requests, one a call.

    Unlike a launch, an abort whose entry took long is sent all the same: it does no harm late.
    """

    def __init__(
        self,
        platform: Aborter,
        *,
        gate: Gate,
        ledger: Ledger,
        stop: Stop,
        say_error: Callable[[str], None],
    ) -> None:
        self._platform = platform
        self._gate = gate
        self._ledger = ledger
        self._stop = stop
        self._say_error = say_error

    async def attempt(self, task: TaskId) -> AbortMeaning:
        """Send one abort request for `task`, its entry durable before and its end queued after.

        Raises:
            StoppedError: nothing was sent, the run is ending.
        """
        passed = await self._gate.enter(Kind.ABORT)
        reply: Reply | None = NotSent(why="the attempt could not be written", held_back=True)
        try:
            before = self._ledger.state(task).abort
            number = 1 if before is None else before.number + 1
            await self._ledger.append(AbortAttempted(task=task, number=number))
            reply = NotSent(why=STOPPED_BEFORE, held_back=True)
            if not self._stop.is_set:
                reply = None
                reply = await self._platform.abort(task)
            meaning = abort_meaning_of(reply, task=task)
            self._ledger.queue(_settled(task, number, meaning=meaning, reply=reply))
        finally:
            self._gate.leave(passed, reply, tasks=frozenset((task,)))
        log.debug("abort ended", extra={"task": task, "number": number, "meaning": meaning})
        end_run_if_refused(reply, stop=self._stop)
        if meaning is not AbortMeaning.ABORTED:
            self._say_error(f"{task[:8]}…: {describe(reply)}")
        return meaning


def _settled(task: TaskId, number: int, *, meaning: AbortMeaning, reply: Reply) -> AbortSettled:
    match reply:
        case NotSent(why=why):
            return AbortSettled(task=task, number=number, meaning=meaning, message=why)
        case Answer(word=word):
            is_good = meaning is AbortMeaning.ABORTED
            return AbortSettled(
                task=task,
                number=number,
                meaning=meaning,
                http_status=reply.http_status,
                code=word.code if isinstance(word, ErrorWord) else None,
                message=_message(reply) if not is_good else None,
                request_id=reply.request_id,
                status=word.status if isinstance(word, TaskView) else None,
                latency_s=round(reply.received_at - reply.sent_at, 6),
            )
        case _:
            latency_s = round(reply.received_at - reply.sent_at, 6)
            return AbortSettled(
                task=task, number=number, meaning=meaning, message=reply.why, latency_s=latency_s
            )


def _message(answer: Answer) -> str:
    return answer.word.message if isinstance(answer.word, ErrorWord) else describe(answer)
