"""A phase of a run that ends in time when the run is to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from launcher.core.errors import DeadlineError
from launcher.engine.stop import Stop
from launcher.ports import Clock


@asynccontextmanager
async def ending(stop: Stop, *, grace_s: float, longest_s: float) -> AsyncIterator[None]:
    """Run the body, until `grace_s` after a signal, or until a second one.

    Whatever else ends a run, the request in flight is finished, and what is in doubt is read, if
    the platform lets us within `longest_s`. What is cut off here loses nothing but answers: every
    attempt is in the journal.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as limit:

            def shorten() -> None:
                if stop.set_at is None:
                    return
                at = stop.set_at + longest_s
                if stop.interrupted_at is not None:
                    at = loop.time() if stop.is_hurried else stop.interrupted_at + grace_s
                when = limit.when()
                if not limit.expired() and (when is None or at < when):
                    limit.reschedule(at)

            with stop.listening(shorten):
                shorten()
                yield
    except TimeoutError:
        if not limit.expired():
            raise


@asynccontextmanager
async def halting(stop: Stop, clock: Clock, *, after_s: float) -> AsyncIterator[None]:
    """Run the body; after that time end the run, as a policy does."""

    async def wait(seconds: float) -> None:
        await clock.sleep(max(seconds, 0.0), wake=stop.event)
        if not stop.is_set:
            stop.set(DeadlineError("the time for starting tasks is over (--deadline)"))

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(wait(after_s))
        yield
        waiting.cancel()
