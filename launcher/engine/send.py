"""One run request: through the gate, into the ledger, to the platform, and its end noted."""

import logging
from collections.abc import Callable, Mapping

from launcher.core.answer import (
    NULL,
    Answer,
    ErrorWord,
    Extra,
    NotSent,
    Reply,
    TaskView,
    describe,
)
from launcher.core.course import DRAFT
from launcher.core.entry import Attempted, Settled
from launcher.core.ids import TaskId
from launcher.core.meaning import Meaning, meaning_of
from launcher.engine.gate import Gate, Kind, Pass
from launcher.engine.ledger import Ledger
from launcher.engine.punctual import Punctuality
from launcher.engine.refused import end_run_if_refused
from launcher.engine.stagger import Stagger
from launcher.ports import Clock, Platform

log = logging.getLogger(__name__)


class Sender:
    """Sends run requests, one attempt a call."""

    def __init__(
        self,
        platform: Platform,
        clock: Clock,
        *,
        gate: Gate,
        stagger: Stagger,
        ledger: Ledger,
        say_error: Callable[[str], None],
    ) -> None:
        self._stagger = stagger
        self._platform = platform
        self._clock = clock
        self._gate = gate
        self._ledger = ledger
        self._stop = stagger.stop
        self._say_error = say_error
        self._punctuality = Punctuality(clock, stop=stagger.stop)

    async def attempt(self, task: TaskId, *, query: Mapping[str, str]) -> Meaning:
        """Send one run request for `task`, its entry durable before and its end queued after.

        Raises:
            StoppedError: nothing was sent, the run is ending.
        """
        async with self._stagger.turn():
            passed = await self._gate.enter(Kind.RUN)
            number = self._ledger.state(task).number + 1
            held = await self._written(Attempted(task=task, number=number, query=query), passed)
        reply: Reply | None = held
        try:
            reply = held or await self._platform.run(task, query=query)
            meaning = meaning_of(reply, task=task)
            settled = _settled(task, number, meaning=meaning, reply=reply)
            self._ledger.queue(settled)
        finally:
            self._gate.leave(passed, reply, tasks=frozenset((task,)))
        if log.isEnabledFor(logging.DEBUG):
            log.debug("attempt ended", extra=_facts(settled))
        end_run_if_refused(reply, stop=self._stop)
        if meaning is not Meaning.LAUNCHED:
            self._say_error(f"{task[:8]}…: {describe(reply)}")
        return meaning

    async def _written(self, attempted: Attempted, passed: Pass) -> NotSent | None:
        """Return, once the attempt is durable, why it is not to be sent; None: it is."""
        is_durable = False
        try:
            asked_at = self._clock.monotonic()
            await self._ledger.append(attempted)
            is_durable = True
        finally:
            if not is_durable:
                why = "the attempt could not be written"
                self._gate.leave(
                    passed, NotSent(why=why, held_back=True), tasks=frozenset((attempted.task,))
                )
        return self._punctuality.reason_not_to_send(asked_at)


def _settled(task: TaskId, number: int, *, meaning: Meaning, reply: Reply) -> Settled:
    match reply:
        case NotSent(why=why):
            return Settled(task=task, number=number, meaning=meaning, message=why)
        case Answer():
            view = reply.word if isinstance(reply.word, TaskView) else None
            return Settled(
                task=task,
                number=number,
                meaning=meaning,
                http_status=reply.http_status,
                code=reply.word.code if isinstance(reply.word, ErrorWord) else None,
                message=_message(reply),
                request_id=reply.request_id,
                status=view.status if view else None,
                executed_by=view.executed_by if view else None,
                errors=view.errors if view else (),
                latency_s=round(reply.received_at - reply.sent_at, 6),
                extra=_told(view) if view and meaning is Meaning.LAUNCHED else (),
            )
        case _:
            latency_s = round(reply.received_at - reply.sent_at, 6)
            return Settled(
                task=task, number=number, meaning=meaning, message=reply.why, latency_s=latency_s
            )


def _told(view: TaskView) -> Extra:
    """Return the members that the answer shows; of the others the read before knows more."""
    return tuple((name, text) for name, text in view.extra if text != NULL)


def _facts(settled: Settled) -> dict[str, object]:
    return {
        "task": settled.task,
        "number": settled.number,
        "meaning": settled.meaning,
        "http_status": settled.http_status,
        "code": settled.code,
        "request_id": settled.request_id,
    }


def _message(answer: Answer) -> str | None:
    match answer.word:
        case ErrorWord(message=message):
            return message
        case TaskView(errors=errors, warnings=warnings) if errors or warnings:
            return "; ".join((*errors, *warnings))
        case TaskView(status=status) if status != DRAFT:
            return None
        case _:
            return describe(answer)
