"""The parts that a run needs to start tasks as others end, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from launcher.engine.feed import Feed, FeedLimits, OpenFeed
from launcher.engine.following import Following
from launcher.engine.gate import Gate
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What lanes ask, and who reads the active tasks (None: nobody needs them read)."""

    feed: Feed | OpenFeed
    following: Following | None = None


@asynccontextmanager
async def feeding(
    orders: Orders, ledger: Ledger, settler: Settler, *, gate: Gate, clock: Clock, stop: Stop
) -> AsyncIterator[Fed]:
    """Yield what the orders need; active tasks are read while the body runs and somebody waits."""
    if not orders.follows:
        yield Fed(feed=OpenFeed())
        return
    following = Following(
        (requested.task for requested in orders.wanted),
        settler=settler,
        ledger=ledger,
        gate=gate,
        clock=clock,
        stop=stop,
        poll_s=orders.poll_s,
    )
    feed: Feed | OpenFeed = OpenFeed()
    if orders.is_fed:
        feed = Feed(
            following,
            ledger,
            clock,
            limits=FeedLimits(max_running=orders.max_running),
            poll_s=orders.poll_s,
            stop=stop,
        )
    async with following.going_on():
        yield Fed(feed=feed, following=following)
