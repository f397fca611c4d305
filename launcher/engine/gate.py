"""The waiting at the gate; what it decides is in `launcher.core.gate`.

Run requests stand in one row and reads in another, so that doubts are read while run requests wait
for a trial. Whoever is first in its row (the *head*) does the waiting and the looking for all; the
others stand behind it on a lock. So nobody holds a slot while waiting, and no two requests look.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from launcher.core.answer import Answer, NotSent, Reply
from launcher.core.budget import Budget
from launcher.core.errors import HaltedError
from launcher.core.gate import Ended, GateState
from launcher.core.ids import TaskId
from launcher.core.meaning import is_failing, is_maintenance, is_throttle
from launcher.engine.refused import end_run_if_refused
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Clock, Platform

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 60.0
"""Between looks while the gate is shut: a look is free, and resets have been wrong."""
CLOCK_STEP_S = 1e-6
"""By so much a sleep may end early: sums of floating-point seconds are rounded."""
LONGEST_LAST_WAIT_S = 2.0
"""The same after a signal, or when an outage ends the run: what is in doubt wants to be read."""
LEAST_WAIT_S = 1.0
"""Shorter ones are not noted."""
LONGEST_TURN_S = 120.0
"""What a request or a pause counts at most towards a ceiling: a laptop may sleep for hours."""


class Kind(StrEnum):
    """What a request is for."""

    RUN = "run"
    READ = "read"
    BULK_READ = "bulk_read"
    USER = "user"
    LIST = "list"
    DETAILS = "details"
    ABORT = "abort"
    CLONE = "clone"

    @property
    def changes(self) -> bool:
        """Whether such a request changes something on the platform: none leaves after a stop."""
        return self in _CHANGING


_CHANGING = frozenset((Kind.RUN, Kind.ABORT, Kind.CLONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """The right to send one request; given back with its reply."""

    kind: Kind
    at: float


class Gate:
    """One row, one budget and one set of slots for every request of the process."""

    def __init__(
        self,
        platform: Platform,
        clock: Clock,
        *,
        budget: Budget,
        concurrency: int,
        max_outage_s: float,
        stop: Stop,
    ) -> None:
        self.state = GateState(budget=budget, opened_at=clock.monotonic())
        self.requests: Counter[Kind] = Counter()
        self.throttled = 0
        self.tasks_left: Callable[[], int] = lambda: 1
        self.note_wait: Callable[[float, str], None] = lambda _for_s, _why: None
        """Told of every wait of run requests that people may ask about, and why."""
        self._shut_because = ""
        self._platform = platform
        self._clock = clock
        self._stop = stop
        self._max_outage_s = max_outage_s
        self._awake_at = clock.monotonic()
        self._runs, self._reads, self._looking = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._slots = asyncio.Semaphore(concurrency)
        self._changed = {True: asyncio.Event(), False: asyncio.Event()}
        stop.listen(self._wake)

    async def enter(self, kind: Kind) -> Pass:
        """Return when one request may be sent: a slot is free and the budget has one more.

        Raises:
            StoppedError: the run is ending, and this request is not needed for its end.
        """
        is_run = kind.changes
        async with self._runs if is_run else self._reads:
            while True:
                began = self._awake()
                if self._is_shut(is_run=is_run, now=began):
                    try:
                        await self._opened(is_run=is_run)
                    finally:
                        self._note(began, is_run=is_run)
                await self._slots.acquire()
                now = self._awake()
                if not self._is_shut(is_run=is_run, now=now):
                    self._become(self.state.passed(is_run=is_run, now=now))
                    return Pass(kind=kind, at=now)
                self._slots.release()

    def _is_shut(self, *, is_run: bool, now: float) -> bool:
        is_over = self._is_over(is_run=is_run)
        return is_over or self.state.wait_s(is_run=is_run, now=now) is not None

    def _note(self, began: float, *, is_run: bool) -> None:
        """Tell how long the gate was shut, whatever ended that; whoever stood behind waited."""
        for_s = self._clock.monotonic() - began
        if is_run and for_s >= LEAST_WAIT_S:
            self.note_wait(for_s, self._shut_because)

    def leave(
        self, passed: Pass, reply: Reply | None, *, tasks: frozenset[TaskId] = frozenset()
    ) -> None:
        """Give a pass back with the reply to its request; None: given up without one."""
        self._slots.release()
        if not isinstance(reply, NotSent):
            self.requests[passed.kind] += 1
        self._count_throttle(reply)
        now = self._awake()
        self._become(
            self.state.ended(
                Ended(is_run=passed.kind.changes, passed_at=passed.at, reply=reply, tasks=tasks),
                now=now,
                tasks_left=self.tasks_left(),
                chance=self._clock.chance(),
            )
        )
        self._wake()

    def _count_throttle(self, reply: Reply | None) -> None:
        if not isinstance(reply, Answer) or not is_throttle(reply):
            return
        self.throttled += 1
        log.debug(
            "throttled",
            extra={
                "request_id": reply.request_id,
                "retry_after_s": reply.retry_after_s,
                "remaining": reply.limits.remaining,
            },
        )

    def _become(self, state: GateState) -> None:
        """Take the next state, and log what it opens and closes."""
        before, self.state = self.state, state
        if state.budget.available <= 0 < before.budget.available:
            log.debug("budget used up", extra={"window_ends_in_s": self.window_ends_in_s})
        if before.closed_until == state.closed_until:
            return
        if state.closed_until is None:
            log.debug("gate opened", extra={"available": state.budget.available})
            return
        for_s = round(state.closed_until - self._clock.monotonic(), 3)
        log.debug("gate closed", extra={"why": state.why, "for_s": for_s})

    def _wake(self) -> None:
        """Wake both heads; each has an event of its own, so that neither clears the other's."""
        for changed in self._changed.values():
            changed.set()

    async def look(self) -> Reply:
        """Ask `/rate_limit`; the answer opens the gate, or keeps it closed for longer."""
        reply = await self._platform.rate_limit()
        now = self._awake()
        self._count_throttle(reply)
        end_run_if_refused(reply, stop=self._stop)
        self._become(self.state.looked(reply, now=now))
        return reply

    @property
    def window_ends_in_s(self) -> float:
        """Seconds until the current window is over by the most careful reckoning."""
        return self.state.budget.wait_s(self.state.clock, now=self._clock.monotonic())

    async def _opened(self, *, is_run: bool) -> None:
        while not self._is_over(is_run=is_run):
            self._changed[is_run].clear()
            now = self._awake()
            before = self.state
            wait_s = before.wait_s(is_run=is_run, now=now)
            if wait_s is None:
                return
            if is_run:
                self._shut_because = before.shut_because
            if wait_s > 0 and not await self._waited(wait_s, wake=self._changed[is_run]):
                continue
            async with self._looking:
                if self.state is before:  # else something changed, or the other head has looked
                    self._halt_after_ceiling(await self.look())
        raise StoppedError

    async def _waited(self, seconds: float, *, wake: asyncio.Event) -> bool:
        """Sleep, and return whether the time is over (rather than something changed)."""
        since = self.state.outage_since
        is_pressing = self._stop.is_set and (since is not None or self._stop.is_interrupted)
        longest_s = LONGEST_LAST_WAIT_S if is_pressing else LONGEST_WAIT_S
        until = self._clock.monotonic() + min(seconds, longest_s)
        if since is not None and not self._stop.is_set:
            until = min(until, max(since + self._max_outage_s, self._clock.monotonic()))
        await self._clock.sleep(until - self._clock.monotonic(), wake=wake)
        return self._awake() >= until - CLOCK_STEP_S

    def _awake(self) -> float:
        """Return the time; the hours that the machine slept are taken off the outage.

        Nobody looked meanwhile. Wherever it fell asleep: no pause and no request of an outage is
        much longer than a minute.
        """
        now, since = self._clock.monotonic(), self.state.outage_since
        asleep_s = now - self._awake_at - LONGEST_TURN_S
        self._awake_at = now
        if since is not None and asleep_s > 0:
            self._become(self.state._replace(outage_since=min(since + asleep_s, now)))
        return now

    def _is_over(self, *, is_run: bool) -> bool:
        return self._stop.is_set if is_run else self._stop.reads_are_hopeless

    def _halt_after_ceiling(self, looked: Reply) -> None:
        since = self.state.outage_since
        if since is None or self._clock.monotonic() - since < self._max_outage_s:
            return
        self._stop.set(
            HaltedError(
                f"the platform was out of reach for {self._max_outage_s:g} s "
                f"(--max-outage): {self.state.why}"
            ),
            reads_are_hopeless=is_failing(looked)
            or is_maintenance(looked)
            or not self.state.outage_of_runs,
        )
