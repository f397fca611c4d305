"""A simulator on a thread of its own, for tests that call the command line in this process."""

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio would import it while tests fork
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from launcher.simulator import Scenario, Simulator


@contextmanager
def served(scenario: Scenario, *, limit_s: float = 120) -> Iterator[Simulator]:
    """Serve `scenario` until the body is left; its truth may be read between calls."""
    ready: list[Simulator] = []
    listening, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with Simulator(scenario) as simulator:
            ready.append(simulator)
            listening.set()
            await asyncio.to_thread(done.wait, limit_s)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert listening.wait(10)
        yield ready[0]
    finally:
        done.set()
        thread.join(10)
