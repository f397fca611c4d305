"""Run requests that leave some time apart, so that what they start does not start all at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Clock


class Stagger:
    """Gives turns, `apart_s` seconds or more from the end of one to the begin of the next."""

    def __init__(self, clock: Clock, *, apart_s: float, stop: Stop) -> None:
        self._clock = clock
        self._apart_s = apart_s
        self.stop = stop
        self._row = asyncio.Lock()
        self._next_at = clock.monotonic()

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Make one run request ready in the body; it has to leave when the body is left.

        Raises:
            StoppedError: the run is ending.
        """
        return self._turn() if self._apart_s else nullcontext()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with self._row:
            wait_s = self._next_at - self._clock.monotonic()
            if wait_s > 0:
                await self._clock.sleep(wait_s, wake=self.stop.event)
            if self.stop.is_set:
                raise StoppedError
            try:
                yield
            finally:
                self._next_at = self._clock.monotonic() + self._apart_s
