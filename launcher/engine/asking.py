"""A read, asked until the platform has said its word."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

from launcher.core.answer import Answer, ErrorWord, Reply, describe
from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.meaning import is_maintenance, is_refusal, is_throttle
from launcher.core.retry import Turn
from launcher.engine.gate import LONGEST_TURN_S, Gate, Kind, Pass
from launcher.engine.refused import end_run_if_refused
from launcher.engine.retrying import Pauses, repeated
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Clock

LAST_TRIES = 10
"""How often a read is asked once the run is ending: about two minutes, with its pauses."""


@dataclass(slots=True)
class _Tally:
    """How often and how long one read was asked; the time at the gate does not count."""

    since: float
    asked_s: float = 0.0
    tries: int = 0
    last_tries: int = 0
    """Those since the run began to end."""

    def pass_time(self, now: float) -> None:
        """Count a request or a pause that has ended now; more than it can last, we slept."""
        self.asked_s += min(now - self.since, LONGEST_TURN_S)
        self.since = now


class Asker:
    """Sends reads through the gate; a read changes nothing, so it is simply asked again."""

    def __init__(
        self, gate: Gate, clock: Clock, *, pauses: Pauses, max_outage_s: float, stop: Stop
    ) -> None:
        self._gate = gate
        self._clock = clock
        self._pauses = pauses
        self._max_outage_s = max_outage_s
        self._stop = stop

    async def ask(
        self,
        kind: Kind,
        call: Callable[[], Awaitable[Reply]],
        *,
        tasks: frozenset[TaskId] = frozenset(),
        is_word: Callable[[Reply], bool],
        max_tries: int | None = None,
    ) -> Reply:
        """Return the first reply that `is_word`; with `max_tries`, the last one after so many.

        Without `max_tries` it is asked until the ceiling of an outage, which ends the run.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        tally = _Tally(since=self._clock.monotonic())

        def turn(reply: Reply) -> Turn:
            return self._turn(reply, is_word)

        async def send() -> Reply:
            tally.pass_time(self._clock.monotonic())
            passed = await self._gate.enter(kind)
            tally.since = passed.at
            reply = await self._once(passed, call, tasks)
            tally.tries += turn(reply) is not Turn.AT_ONCE
            tally.last_tries += self._stop.is_set
            return reply

        reply = await repeated(
            await send(),
            send,
            turn_of=turn,
            is_exhausted=lambda: self._is_exhausted(tally, max_tries),
            pauses=self._pauses,
        )
        if turn(reply) is not Turn.DONE and max_tries is None:
            self._end_run(reply)
        return reply

    def _turn(self, reply: Reply, is_word: Callable[[Reply], bool]) -> Turn:
        if is_throttle(reply) or is_maintenance(reply):
            return Turn.LATER if self._stop.is_set else Turn.AT_ONCE
        return Turn.DONE if is_word(reply) else Turn.LATER

    def _is_exhausted(self, tally: _Tally, max_tries: int | None) -> bool:
        if tally.last_tries >= LAST_TRIES:
            return True
        if max_tries is not None:
            return tally.tries >= max_tries
        tally.pass_time(self._clock.monotonic())
        return tally.asked_s >= self._max_outage_s

    def _end_run(self, reply: Reply) -> NoReturn:
        self._stop.set(
            HaltedError(f"no read was answered for too long (--max-outage): {describe(reply)}"),
            reads_are_hopeless=True,
        )
        raise StoppedError

    async def _once(
        self, passed: Pass, call: Callable[[], Awaitable[Reply]], tasks: frozenset[TaskId]
    ) -> Reply:
        reply: Reply | None = None
        try:
            reply = await call()
        finally:
            self._gate.leave(passed, reply, tasks=tasks)
        if end_run_if_refused(reply, stop=self._stop):
            raise StoppedError
        return reply


def refuses(reply: Reply) -> bool:
    """Say whether the platform refused a read for a reason that asking again cannot mend."""
    match reply:
        case Answer(word=ErrorWord() as error, http_status=status):
            return is_refusal(error, http_status=status)
        case _:
            return False
