"""The parts that a run needs to start tasks as others end, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from launcher.engine.asking import Asker
from launcher.engine.canary import Canaries
from launcher.engine.feed import Feed, OpenFeed
from launcher.engine.following import Following
from launcher.engine.gate import Gate
from launcher.engine.jobs import JobLooks
from launcher.engine.ledger import Ledger
from launcher.engine.limit import Limit
from launcher.engine.neighbours import Neighbours
from launcher.engine.orders import Orders
from launcher.engine.purse import OpenPurse, Purse
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.engine.waiting import OthersStart, Waiting, nobody
from launcher.ports import Clock, Dial, Inspector, Lister


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What only some orders need of the world."""

    dial: Dial | None = None
    """Where `max_running` may be changed."""
    lister: Lister | None = None
    inspector: Inspector | None = None


NO_EXTRAS = Extras()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What lanes ask, and who waits for the ends of tasks (None: nobody does)."""

    feed: Feed | OpenFeed
    waiting: Waiting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeder:
    """The parts of a run that a feed is made of."""

    orders: Orders
    gate: Gate
    asker: Asker
    clock: Clock
    stop: Stop
    say: Callable[[str], None]
    extras: Extras
    others_start: OthersStart = nobody
    purse: Purse | OpenPurse = OpenPurse()  # noqa: RUF009 - it has no state

    @asynccontextmanager
    async def feeding(self, ledger: Ledger, settler: Settler) -> AsyncIterator[Fed]:
        """Yield what the orders need; while the body runs, and somebody waits, tasks are read."""
        orders = self.orders
        if not orders.follows:
            yield Fed(feed=OpenFeed())
            return
        following = Following(
            (requested.task for requested in orders.wanted),
            settler=settler,
            ledger=ledger,
            gate=self.gate,
            clock=self.clock,
            stop=self.stop,
            poll_s=orders.poll_s,
            neighbours=self._neighbours(ledger),
        )
        feed = self._feed(following, ledger) if orders.is_fed else OpenFeed()
        waiting = self._waiting(following, ledger, settler) if orders.awaits else None
        async with following.going_on():
            yield Fed(feed=feed, waiting=waiting)

    def _feed(self, following: Following, ledger: Ledger) -> Feed:
        orders = self.orders
        canaries = Canaries(ledger, number=orders.canary, stop=self.stop)
        if not orders.waits:
            canaries.take_over(requested.task for requested in orders.wanted)
        return Feed(
            following,
            ledger,
            self.clock,
            limit=Limit(
                orders.max_running,
                self.clock,
                dial=self.extras.dial,
                every_s=orders.poll_s,
                say=self.say,
            ),
            canaries=canaries,
            purse=self.purse,
            waits=orders.waits,
            stop=self.stop,
        )

    def _waiting(self, following: Following, ledger: Ledger, settler: Settler) -> Waiting:
        looks = JobLooks(self.extras.inspector, self.asker, ledger, self.clock, orders=self.orders)
        return Waiting(
            following,
            looks,
            ledger,
            settler,
            clock=self.clock,
            orders=self.orders,
            stop=self.stop,
            others_start=self.others_start,
        )

    def _neighbours(self, ledger: Ledger) -> Neighbours | None:
        if self.extras.lister is None or not (self.orders.is_fed and self.orders.counts_project):
            return None
        return Neighbours(
            self.extras.lister,
            self.asker,
            ledger=ledger,
            projects=lambda: ledger.projects,
            stop=self.stop,
        )
