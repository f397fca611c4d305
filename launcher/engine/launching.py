"""A plan carried out: what is in doubt settled, drafts started, as many at once as may be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.plan import Plan, draw_plan, shares_of
from launcher.engine.dispatch import Dispatch
from launcher.engine.feeding import Extras, Fed, Feeder
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.engine.parts import Parts
from launcher.engine.purse import OpenPurse, Purse
from launcher.engine.queries import Queries
from launcher.engine.send import Sender
from launcher.engine.settle import Settler
from launcher.engine.stagger import Stagger
from launcher.engine.stop import Stop
from launcher.engine.waiting import OthersStart
from launcher.engine.watching import Watching
from launcher.ports import Platform


def plan_of(orders: Orders, ledger: Ledger) -> tuple[Plan, Sequence[TaskId]]:
    """Return what a run is to launch, and doubts that it is to settle and not to launch again."""
    whole = draw_plan(orders.wanted, ledger.states, max_attempts=orders.policy.max_attempts)
    plan = whole.within(orders.limit)
    held = whole.in_doubt[len(plan.in_doubt) :]
    shares = shares_of(chain(plan.in_doubt, plan.drafts), ledger.states)
    plan = replace(plan, unbatch=orders.unbatch, shares=shares)
    if orders.to_clone is not None:
        plan = plan.with_clones(orders.to_clone)
    return plan, held


def halt_at_limit(orders: Orders, plan: Plan, *, purse: Purse | OpenPurse, stop: Stop) -> None:
    """Let a run that has started all it may, and waited for that, end as one that was halted."""
    halted = purse.halted
    if halted is None and plan.beyond + orders.beyond:
        halted = HaltedError(f"no more than {orders.limit} were to be started (--limit)")
    if halted is not None and not stop.is_set:
        stop.set(halted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launching:
    """The parts of a run that launching takes."""

    parts: Parts
    platform: Platform
    watching: Watching
    extras: Extras
    others_start: OthersStart
    purse: Purse | OpenPurse = OpenPurse()  # noqa: RUF009 - it has no state

    async def carry_out(
        self, plan: Plan, *, held: Sequence[TaskId], ledger: Ledger, settler: Settler
    ) -> None:
        """Launch what is planned; of what is `held`, doubts are settled and nothing is sent."""
        orders = self.parts.orders
        sender = Sender(
            self.platform,
            self.parts.clock,
            gate=self.parts.gate,
            stagger=Stagger(self.parts.clock, apart_s=orders.stagger_s, stop=self.parts.stop),
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
            self.parts.ending(grace_s=orders.grace_s),
            self._feeder().feeding(ledger, settler) as fed,
        ):
            dispatch = Dispatch(
                sender,
                settler,
                ledger,
                feed=fed.feed,
                pauses=self.parts.pauses,
                stop=self.parts.stop,
            )
            self.parts.gate.tasks_left = lambda: dispatch.left
            self.watching.feeding = fed.feed.shown
            await dispatch.launch(
                (*plan.in_doubt, *held, *plan.drafts), lanes=orders.concurrency, queries=queries
            )
            await self._wait(fed)

    async def watch(self, *, ledger: Ledger, settler: Settler) -> None:
        """Launch nothing, and return when what others start has ended."""
        async with (
            self.parts.ending(grace_s=0.0),
            self._feeder().feeding(ledger, settler) as fed,
        ):
            await self._wait(fed)

    def _feeder(self) -> Feeder:
        return Feeder(
            parts=self.parts,
            extras=self.extras,
            others_start=self.others_start,
            purse=self.purse,
        )

    async def _wait(self, fed: Fed) -> None:
        waiting = fed.waiting
        if waiting is not None:
            self.parts.gate.tasks_left = lambda: waiting.left
            self.watching.waited = waiting.shown
            await waiting.until_all_have_ended()
