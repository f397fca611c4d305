"""Progress where there is no terminal: a line now and then, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import TextIO

from launcher.adapters.screen.console import Forgiving
from launcher.adapters.screen.words import (
    budget_in_words,
    counts_in_words,
    duration,
    plan_in_words,
    requests_in_words,
    running_in_words,
    shown,
    time_of_day,
    to_go_in_words,
    waited_in_words,
    why_closed,
)
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan
from launcher.ports import Clock, Snapshot

INTERVAL_S = 10.0
GATE_INTERVAL_S = 2.0
"""Between words about the gate: short pauses come and go."""


class QuietProgress:
    """Says nothing."""

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""

    def show(self, snapshot: Snapshot) -> None:
        """See `Progress`."""

    def say(self, message: str) -> None:
        """See `Progress`."""

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See `Screen`."""
        yield


class PlainProgress:
    """A line with the time of day when something changed, at most every `interval_s` seconds.

    What changes the phase of the run (planned, gate closed or open, stopping) is said at once.
    """

    def __init__(
        self,
        stream: TextIO,
        clock: Clock,
        *,
        interval_s: float = INTERVAL_S,
        zone: tzinfo | None = None,
    ) -> None:
        self._stream = Forgiving(stream)
        self._clock = clock
        self._interval_s = interval_s
        self._zone = zone
        self._before: int | None = None
        self._said_at = clock.monotonic()
        self._said: object = None
        self._gate_said_at = -GATE_INTERVAL_S
        self._gate: str | None = None
        self._error: str | None = None
        self._stopping: str | None = None

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self._before = plan.launched_before
        self.say(plan_in_words(plan, forecast))

    def say(self, message: str) -> None:
        """See `Progress`."""
        at = time_of_day(self._clock.now(), zone=self._zone)
        self._stream.write(f"{at} {shown(message, limit=2000)}\n")
        self._stream.flush()

    def show(self, snapshot: Snapshot) -> None:
        """See `Progress`."""
        self._show_stopping(snapshot)
        self._show_gate(snapshot)
        self._show_counts(snapshot)

    def _show_stopping(self, snapshot: Snapshot) -> None:
        if snapshot.stopping is not None and snapshot.stopping != self._stopping:
            self.say(f"stopping: {shown(snapshot.stopping)}")
        self._stopping = snapshot.stopping

    def _show_gate(self, snapshot: Snapshot) -> None:
        now = self._clock.monotonic()
        closed = why_closed(snapshot)
        why = None if closed is None else closed[0]
        if why == self._gate or now - self._gate_said_at < GATE_INTERVAL_S:
            return
        self._gate = why
        self._gate_said_at = now
        if closed is None:
            self.say("going on")
            return
        for_s = closed[1]
        self.say(f"waiting: {why}" if for_s is None else f"waiting: {why}; {self._until(for_s)}")

    def _until(self, for_s: float) -> str:
        at = time_of_day(self._clock.now(), in_s=for_s, zone=self._zone)
        return f"again at {at}, in {duration(for_s)}"

    def _show_counts(self, snapshot: Snapshot) -> None:
        now = self._clock.monotonic()
        seen = _seen(snapshot)
        if now - self._said_at < self._interval_s or seen == self._said:
            return
        self._said_at = now
        self._said = seen
        self.say(self._words(snapshot))
        error = snapshot.last_errors[-1] if snapshot.last_errors else None
        if error is not None and error != self._error:
            self.say(f"last error: {shown(error)}")
        self._error = error

    def _words(self, snapshot: Snapshot) -> str:
        if snapshot.waited is not None:
            return waited_in_words(snapshot.waited)
        launched = snapshot.counts.get(Outcome.LAUNCHED, 0)
        now_launched = 0 if self._before is None else launched - self._before
        parts = [
            counts_in_words(snapshot.counts),
            f"{snapshot.in_flight:,} in flight, {snapshot.in_doubt:,} in doubt",
            requests_in_words(snapshot.requests, launched=now_launched),
            budget_in_words(snapshot, now=self._clock.now(), zone=self._zone),
        ]
        if snapshot.feeding is not None:
            waiting = snapshot.feeding.waiting
            why = "" if waiting is None else f" ({shown(waiting)})"
            parts.insert(1, f"{running_in_words(snapshot.feeding)}{why}")
        if snapshot.throttled:
            parts.insert(-1, f"{snapshot.throttled:,} throttled")
        if snapshot.to_go_s is not None and self._before is not None:
            parts.append(to_go_in_words(snapshot.to_go_s))
        return "; ".join(parts)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """See `Screen`."""
        yield


def _seen(snapshot: Snapshot) -> object:
    """Return what is worth a line when it changes; reads while somebody waits are not.

    Of tasks that are waited for, their states.
    """
    if snapshot.waited is not None:
        return dict(snapshot.waited.states)
    counts, feeding = dict(snapshot.counts), snapshot.feeding
    if feeding is not None and feeding.waiting is not None:
        return counts, feeding.max_running, feeding.waiting
    return counts, snapshot.requests, snapshot.in_flight, snapshot.in_doubt
