"""A lock that another run holds: refused at once, or waited for."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from launcher.core.errors import AlreadyRunningError, InterruptedRunError
from launcher.engine.stop import Stop
from launcher.wiring.locking import Patience, held
from support.virtual_time import VirtualClock, run_virtual


@dataclass
class Lock:
    """Free from a time on; knows whether it is held."""

    clock: VirtualClock
    free_at: float
    is_held: bool = False
    was_held: bool = False
    said: list[str] = field(default_factory=list)
    stop: Stop = field(default_factory=Stop)

    @contextmanager
    def hold(self, *, now: datetime) -> Iterator[None]:
        del now
        if self.clock.monotonic() < self.free_at:
            raise AlreadyRunningError("another run holds the journal")
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False

    async def wait(self, *, waits: bool = True, until: float | None = None) -> float:
        """Return when it was held."""
        patience = Patience(waits=waits, until=until, say=self.said.append, stop=self.stop)
        async with held(self.hold, patience=patience, clock=self.clock):
            self.was_held = self.is_held
            return self.clock.monotonic()


def lock(*, free_at: float) -> Lock:
    return Lock(VirtualClock(), free_at)


def test_a_free_lock_is_held_at_once_and_nothing_is_said() -> None:
    async def main() -> None:
        free = lock(free_at=0.0)

        assert await free.wait() == 0.0
        assert (free.was_held, free.is_held) == (True, False)
        assert free.said == []

    run_virtual(main())


def test_without_patience_a_lock_is_refused_at_once() -> None:
    async def main() -> None:
        taken = lock(free_at=10.0)

        with pytest.raises(AlreadyRunningError):
            await taken.wait(waits=False)

        assert (taken.clock.monotonic(), taken.said) == (0.0, [])

    run_virtual(main())


def test_a_lock_is_waited_for_and_that_is_said_once() -> None:
    async def main() -> None:
        taken = lock(free_at=5000.5)

        assert await taken.wait() == pytest.approx(5001.0)
        assert taken.said == ["waiting: another run holds the journal"]

    run_virtual(main())


def test_the_deadline_ends_the_wait() -> None:
    async def main() -> None:
        taken = lock(free_at=5000.0)

        with pytest.raises(AlreadyRunningError):
            await taken.wait(until=90.25)

        assert taken.clock.monotonic() == pytest.approx(90.25)

    run_virtual(main())


def test_a_signal_ends_the_wait_at_once() -> None:
    async def main() -> None:
        taken = lock(free_at=5000.0)

        def interrupt() -> None:
            taken.stop.set(InterruptedRunError("SIGTERM", exit_code=143))

        asyncio.get_running_loop().call_later(7.3, interrupt)
        with pytest.raises(InterruptedRunError):
            await taken.wait()

        assert taken.clock.monotonic() == pytest.approx(7.3)

    run_virtual(main())
