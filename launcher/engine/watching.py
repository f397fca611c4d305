"""How the run stands, told twice a second to whoever shows it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from launcher.core.budget import forecast_s
from launcher.core.errors import UsageError
from launcher.core.outcome import Outcome
from launcher.core.pace import Pace, starts_after_s
from launcher.core.plan import PACE_PER_S
from launcher.engine.gate import Gate
from launcher.engine.ledger import Ledger
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.ports import Clock, Feeding, Progress, Snapshot, Waited

EVERY_S = 0.5
LAST_ERRORS = 3


class Watching:
    """Draws snapshots of a run; it changes nothing."""

    def __init__(self, gate: Gate, clock: Clock, *, progress: Progress, stop: Stop) -> None:
        self._gate = gate
        self._clock = clock
        self._progress = progress
        self._stop = stop
        self.every_s = EVERY_S
        """How often snapshots are drawn."""
        self._pace = Pace()
        self._errors: deque[str] = deque(maxlen=LAST_ERRORS)
        self.feeding: Callable[[], Feeding | None] = lambda: None
        self.waited: Callable[[], Waited | None] = lambda: None

    def note_error(self, message: str) -> None:
        """Remember a message about a request that did not launch its task."""
        self._errors.append(message)

    @asynccontextmanager
    async def of(self, ledger: Ledger, settler: Settler) -> AsyncIterator[None]:
        """Show how the run stands while the body runs, and once more when it is left."""

        async def tick() -> None:
            while True:
                shown = self.snapshot(ledger, settler)
                self._progress.show(shown)
                every_s = self.every_s
                await self._clock.sleep(every_s)
                self._measure(since=shown, seconds=every_s)

        try:
            async with asyncio.TaskGroup() as group:
                ticking = group.create_task(tick())
                yield
                ticking.cancel()
        finally:
            self._progress.show(self.snapshot(ledger, settler))

    def _measure(self, *, since: Snapshot, seconds: float) -> None:
        """Count what was answered since then; turns, not time: laptops sleep."""
        is_held = since.feeding is not None and since.feeding.waiting is not None
        is_open = since.closed is None and since.budget.available > 0 and not is_held
        self._pace = self._pace.after(
            sum(count for kind, count in self._gate.requests.items() if kind.changes),
            seconds=seconds,
            could_leave=is_open and self._pace.answered > 0,
        )

    def _to_go_s(self, left: int, feeding: Feeding | None) -> float | None:
        rate_per_s = self._pace.per_s(otherwise=PACE_PER_S)
        budget, wait_s = self._gate.state.budget, self._gate.window_ends_in_s
        by_budget_s = forecast_s(left, budget, wait_s=wait_s, rate_per_s=rate_per_s)
        sending_s = max(by_budget_s, left / rate_per_s)
        if feeding is None or feeding.max_running is None:
            return sending_s
        if feeding.mean_s is None or not feeding.max_running:
            return None
        slots, used = feeding.max_running, feeding.running + feeding.others
        feeding_s = starts_after_s(left, used=used, slots=slots, mean_s=feeding.mean_s)
        return max(sending_s, feeding_s)

    def snapshot(self, ledger: Ledger, settler: Settler) -> Snapshot:
        """Return how the run stands now."""
        state = self._gate.state
        unfinished = ledger.counts[Outcome.PENDING] + ledger.counts[Outcome.UNKNOWN]
        left = min(unfinished, self._gate.tasks_left())  # --limit leaves some for later
        now = self._clock.monotonic()
        error = self._stop.foremost
        feeding = self.feeding()
        return Snapshot(
            counts=dict(ledger.counts),
            in_flight=state.budget.in_flight,
            in_doubt=settler.waiting,
            requests=self._gate.requests.total(),
            throttled=self._gate.throttled,
            budget=state.budget,
            window_ends_in_s=self._gate.window_ends_in_s,
            closed=state.why if state.closed_until is not None else None,
            closed_for_s=None if state.closed_until is None else max(state.closed_until - now, 0.0),
            to_go_s=self._to_go_s(left, feeding),
            last_errors=tuple(self._errors),
            stopping=None if error is None or isinstance(error, UsageError) else str(error),
            feeding=feeding,
            waited=self.waited(),
        )
