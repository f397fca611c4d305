"""The parts that a run needs to start tasks as others end, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from launcher.engine.canary import Canaries
from launcher.engine.feed import Feed, OpenFeed
from launcher.engine.following import Following
from launcher.engine.jobs import JobLooks
from launcher.engine.ledger import Ledger
from launcher.engine.limit import Limit
from launcher.engine.neighbours import Neighbours
from launcher.engine.parts import Parts
from launcher.engine.purse import OpenPurse, Purse
from launcher.engine.settle import Settler
from launcher.engine.waiting import OthersStart, Waiting, nobody
from launcher.ports import Dial, Inspector, Lister


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

    parts: Parts
    extras: Extras
    others_start: OthersStart = nobody
    purse: Purse | OpenPurse = OpenPurse()  # noqa: RUF009 - it has no state

    @asynccontextmanager
    async def feeding(self, ledger: Ledger, settler: Settler) -> AsyncIterator[Fed]:
        """Yield what the orders need; while the body runs, and somebody waits, tasks are read."""
        orders = self.parts.orders
        if not orders.follows:
            yield Fed(feed=OpenFeed())
            return
        following = Following(
            self.parts,
            settler=settler,
            ledger=ledger,
            neighbours=self._neighbours(ledger),
        )
        feed = self._feed(following, ledger) if orders.is_fed else OpenFeed()
        waiting = self._waiting(following, ledger, settler) if orders.awaits else None
        async with following.going_on():
            yield Fed(feed=feed, waiting=waiting)

    def _feed(self, following: Following, ledger: Ledger) -> Feed:
        orders = self.parts.orders
        canaries = Canaries(ledger, number=orders.canary, stop=self.parts.stop)
        if not orders.waits:
            canaries.take_over(requested.task for requested in orders.wanted)
        return Feed(
            following,
            ledger,
            self.parts,
            limit=Limit(
                orders.max_running,
                self.parts.clock,
                dial=self.extras.dial,
                every_s=orders.poll_s,
                say=self.parts.progress.say,
            ),
            canaries=canaries,
            purse=self.purse,
        )

    def _waiting(self, following: Following, ledger: Ledger, settler: Settler) -> Waiting:
        looks = JobLooks(
            self.extras.inspector,
            self.parts.asker,
            ledger,
            self.parts.clock,
            orders=self.parts.orders,
        )
        return Waiting(
            following,
            looks,
            ledger,
            settler,
            parts=self.parts,
            others_start=self.others_start,
        )

    def _neighbours(self, ledger: Ledger) -> Neighbours | None:
        orders = self.parts.orders
        if self.extras.lister is None or not (orders.is_fed and orders.counts_project):
            return None
        return Neighbours(
            self.extras.lister,
            self.parts.asker,
            ledger=ledger,
            projects=lambda: ledger.projects,
            stop=self.parts.stop,
        )
