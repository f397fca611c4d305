"""An event loop whose time jumps to the next timer instead of waiting for it."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from launcher.adapters.clock import SystemClock
from launcher.ports import Wake

T = TypeVar("T")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class _Jumping(selectors.DefaultSelector):
    jumped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or timeout is None or timeout <= 0:
            return events if timeout is not None else super().select(5)
        self.jumped_s += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time; only for code without threads and without a network."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped_s


class VirtualClock:
    """The real clock on a virtual loop: it yields, slices and wakes as users' clock does.

    `skew` sets the time of day apart, and may jump in mid-run. `slept_s` is how long the machine
    slept by a clock that counts it: the loop's timers do not.
    """

    def __init__(self, *, seed: int = 0, skew: timedelta = timedelta()) -> None:
        self.skew = skew
        self.slept_s = 0.0
        self._real = SystemClock(seed=seed, monotonic=self.monotonic)

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.monotonic()) + self.skew

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self.slept_s

    async def sleep(self, seconds: float, *, wake: Wake | None = None) -> None:
        await self._real.sleep(seconds, wake=wake)

    def chance(self) -> float:
        return self._real.chance()


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
