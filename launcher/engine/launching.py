"""A plan carried out: what is in doubt settled, drafts started, as many at once as may be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from launcher.core.ids import TaskId
from launcher.core.plan import Plan
from launcher.engine.asking import Asker
from launcher.engine.dispatch import Dispatch
from launcher.engine.ending import ending
from launcher.engine.feeding import Extras, Fed, Feeder
from launcher.engine.gate import Gate
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.queries import Queries
from launcher.engine.retrying import Pauses
from launcher.engine.send import Sender
from launcher.engine.settle import Settler
from launcher.engine.stagger import Stagger
from launcher.engine.stop import Stop
from launcher.engine.waiting import OthersStart
from launcher.engine.watching import Watching
from launcher.ports import Clock, Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Launching:
    """The parts of a run that launching takes."""

    orders: Orders
    platform: Platform
    clock: Clock
    gate: Gate
    stop: Stop
    pauses: Pauses
    watching: Watching
    asker: Asker
    say: Callable[[str], None]
    extras: Extras
    others_start: OthersStart

    async def carry_out(
        self, plan: Plan, *, held: Sequence[TaskId], ledger: Ledger, settler: Settler
    ) -> None:
        """Launch what is planned; of what is `held`, doubts are settled and nothing is sent."""
        orders = self.orders
        sender = Sender(
            self.platform,
            self.clock,
            gate=self.gate,
            stagger=Stagger(self.clock, apart_s=orders.stagger_s, stop=self.stop),
            ledger=ledger,
            say_error=self.watching.note_error,
        )
        queries = Queries(
            ledger,
            unbatch=orders.unbatch,
            interruptible=orders.interruptible,
            plan=plan,
            held=held,
        )
        async with (
            ending(self.stop, grace_s=orders.grace_s, longest_s=orders.max_outage_s),
            self._feeder().feeding(ledger, settler) as fed,
        ):
            dispatch = Dispatch(
                sender, settler, ledger, feed=fed.feed, pauses=self.pauses, stop=self.stop
            )
            self.gate.tasks_left = lambda: dispatch.left
            self.watching.feeding = fed.feed.shown
            await dispatch.launch(
                (*plan.in_doubt, *held, *plan.drafts), lanes=orders.concurrency, queries=queries
            )
            await self._wait(fed)

    async def watch(self, *, ledger: Ledger, settler: Settler) -> None:
        """Launch nothing, and return when what others start has ended."""
        async with (
            ending(self.stop, grace_s=0.0, longest_s=self.orders.max_outage_s),
            self._feeder().feeding(ledger, settler) as fed,
        ):
            await self._wait(fed)

    def _feeder(self) -> Feeder:
        return Feeder(
            orders=self.orders,
            gate=self.gate,
            asker=self.asker,
            clock=self.clock,
            stop=self.stop,
            say=self.say,
            extras=self.extras,
            others_start=self.others_start,
        )

    async def _wait(self, fed: Fed) -> None:
        waiting = fed.waiting
        if waiting is not None:
            self.gate.tasks_left = lambda: waiting.left
            self.watching.waited = waiting.shown
            await waiting.until_all_have_ended()
