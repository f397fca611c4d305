"""The clock of this machine, which a sleeping laptop does not fool."""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from launcher.ports import Wake

STEP_S = 1e-9
"""What is left of a sleep that is less than this is over: the event loop has no finer timers."""
SLICE_S = 10.0
"""Longer sleeps are cut into slices of this: the event loop's own clock stops in suspend."""

_COUNTS_SUSPEND = time.CLOCK_MONOTONIC if sys.platform == "darwin" else time.CLOCK_BOOTTIME
"""Source: clock_gettime(2) of Linux, clock_gettime(3) of macOS; `time.monotonic` counts neither."""


def awake_or_not() -> float:
    """Return seconds that also pass while the machine sleeps."""
    return time.clock_gettime(_COUNTS_SUSPEND)


class SystemClock:
    """The `Clock` port on the real thing."""

    def __init__(
        self, *, seed: int | None = None, monotonic: Callable[[], float] = awake_or_not
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - jitter is no secret
        self._monotonic = monotonic

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return self._monotonic()

    async def sleep(self, seconds: float, *, wake: Wake | None = None) -> None:
        until = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left_s := until - self.monotonic()) > STEP_S:
            if wake is None:
                await asyncio.sleep(min(left_s, SLICE_S))
                continue
            try:
                async with asyncio.timeout(min(left_s, SLICE_S)):
                    await wake.wait()
            except TimeoutError:
                continue
            return

    def chance(self) -> float:
        return self._random.random()
