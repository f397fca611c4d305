"""The first phase of a run that launches again what failed: from an earlier run to its clones."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from launcher.core.clones import Gathered, Original
from launcher.core.costs import Estimate, Group, group_of
from launcher.core.entry import Account, RunId
from launcher.core.errors import LauncherError, StorageError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan
from launcher.engine.clonebook import CloneBook
from launcher.engine.cloning import Cloning
from launcher.engine.drafts import Drafts
from launcher.engine.estimating import Prices
from launcher.engine.forecasting import forecast_by
from launcher.engine.orders import Orders, run_started
from launcher.engine.parts import Parts
from launcher.engine.rerun import Originals, Rerun
from launcher.engine.searching import Search
from launcher.engine.stop import StoppedError
from launcher.ports import Copier, Journal

Approve = Callable[[Plan, Forecast], LauncherError | None]
Allowed = Callable[[int], int | None]
"""How many of so many tasks may be rejected or failed; None: all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaunched:
    """The orders with the clones in them, and the question that is left to be asked."""

    orders: Orders
    approve: Approve


class Relaunch:
    """Clones what has failed of the tasks that a run launched; then they are a run's input."""

    def __init__(
        self, parts: Parts, copier: Copier, *, run: RunId, of: RunId, tasks: Sequence[TaskId]
    ) -> None:
        self._parts = parts
        self._copier = copier
        self._run = run
        self._of = of
        self._tasks = tasks

    async def cloned(
        self, journal: Journal, account: Account, *, approve: Approve, allowed: Allowed
    ) -> Relaunched:
        """Begin the run, clone within its orders, and return what it is to launch.

        What ends the run is in `stop`; the clones that there are by then are in the orders.
        """
        parts, stop = self._parts, self._parts.stop
        orders = replace(parts.orders, reruns=self._of, is_begun=True)
        book = CloneBook(journal, account=account, originals=self._tasks, stop=stop)
        rerun = Rerun(
            book,
            of=self._of,
            run=self._run,
            max_attempts=orders.policy.max_attempts,
            stop=stop,
        )
        originals, plan = Originals(), Plan(requested=0)
        try:
            await journal.append(run_started(orders, account))
            async with parts.halting():
                async with parts.ending(grace_s=0.0):
                    originals = await rerun.originals(self._tasks, parts.reader)
                with suppress(StoppedError):
                    clones = [one.task for one in rerun.gathered(originals).wanted]
                    plan = self._plan(originals, book.unlaunched(clones))
                if await self._is_approved(plan, originals, book, approve):
                    most_failures = allowed(plan.requested)
                    await self._clone(rerun, book, originals.within(plan), most_failures)
        except StorageError as error:
            stop.set(error, reads_are_hopeless=True)
        gathered = rerun.gathered(originals)
        return Relaunched(
            orders=replace(
                _with(orders, gathered, plan=plan, allowed=allowed),
                unread=len(self._tasks) - originals.asked,
            ),
            approve=_unless_approved(approve, plan, gathered),
        )

    def _plan(self, originals: Originals, before: Sequence[TaskId]) -> Plan:
        """Return the plan: clones of earlier runs that wait to be launched, and new ones."""
        orders, say = self._parts.orders, self._parts.progress.say
        failed, launched = len(originals.failed), len(self._tasks)
        known, unknown = failed - originals.hidden, launched - originals.asked + originals.hidden
        more = f"; {unknown:,} could not be read" if unknown else ""
        words = f"that run {self._of} launched failed or were aborted"
        say(f"{known:,} of {launched:,} {words}{more}")
        whole = Plan(
            requested=failed,
            drafts=tuple(before),
            to_clone=tuple(original.task for original in originals.to_clone),
            unbatch=orders.unbatch,
        )
        plan = whole.within(orders.limit)
        within = originals.within(plan)
        return replace(
            plan,
            batch=tuple(original.task for original in within if original.batch),
            clones=tuple(self._group(original) for original in within),
            beyond=len(whole.to_clone) - len(plan.to_clone),
        )

    def _group(self, original: Original) -> Group:
        batch = original.batch and not self._parts.orders.unbatch
        return group_of(original.project, original.app, batch=batch)

    async def _estimates(
        self, plan: Plan, originals: Originals, book: CloneBook
    ) -> tuple[Estimate, ...]:
        """Return what the clones are going to cost: as much as tasks of their originals' apps."""
        parts, drafts = self._parts, frozenset(plan.drafts)
        made = [one for one in originals.failed if book.state(one.task).clone in drafts]
        groups = Counter((*plan.clones, *map(self._group, made)))
        prices = Prices(self._copier, parts.asker, stop=parts.stop, say=parts.progress.say)
        return await prices.estimates(groups, orders=parts.orders)

    async def _is_approved(
        self, plan: Plan, originals: Originals, book: CloneBook, approve: Approve
    ) -> bool:
        gate, stop, orders = self._parts.gate, self._parts.stop, self._parts.orders
        if orders.dry or not plan.to_clone:
            return False
        estimates = await self._estimates(plan, originals, book)
        if stop.is_set:
            return False
        forecast = forecast_by(gate, plan, orders, estimates=estimates)
        self._parts.progress.planned(plan, forecast)
        refusal = approve(plan, forecast)
        if refusal is not None:
            stop.set(refusal)
        return refusal is None

    async def _clone(
        self,
        rerun: Rerun,
        book: CloneBook,
        originals: Sequence[Original],
        most_failures: int | None,
    ) -> None:
        parts, orders = self._parts, self._parts.orders
        search = Search(
            Drafts(self._copier, parts.asker),
            book,
            parts.clock,
            settle_s=orders.settle_s,
            say=parts.progress.say,
        )
        cloning = Cloning(self._copier, parts, book=book, search=search)
        parts.gate.tasks_left = lambda: rerun.left
        async with parts.ending(grace_s=orders.grace_s):
            await rerun.clone(
                cloning, originals, lanes=orders.concurrency, most_failures=most_failures
            )


def _with(orders: Orders, gathered: Gathered, *, plan: Plan, allowed: Allowed) -> Orders:
    failures = {Outcome.REJECTED, Outcome.FAILED}
    return replace(
        orders,
        wanted=gathered.wanted,
        uncloned=gathered.uncloned,
        to_clone=plan if orders.dry else None,
        beyond=0 if orders.dry else plan.beyond,
        max_failures=allowed(len(gathered.wanted) + len(gathered.uncloned)),
        failed_before=sum(one.outcome in failures for one in gathered.uncloned),
    )


def _unless_approved(approve: Approve, cloned: Plan, gathered: Gathered) -> Approve:
    """Return the question about what was not asked about before it was cloned."""
    known = {requested.source: requested.task for requested in gathered.wanted}
    batch = {known.get(f"clone of {original}") for original in cloned.batch}

    def ask(plan: Plan, forecast: Forecast) -> LauncherError | None:
        is_known = cloned.to_clone and plan.run_requests <= cloned.run_requests
        return None if is_known and batch.issuperset(plan.batch) else approve(plan, forecast)

    return ask
