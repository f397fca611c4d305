"""One run from its first request to its last fact."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from itertools import chain
from typing import Any, TypeVar

from launcher.core.budget import Budget
from launcher.core.entry import Account, RunEnded, TaskFact
from launcher.core.errors import DeadlineError, HaltedError, LauncherError, StorageError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan, draw_plan, forecast_of, shares_of
from launcher.core.selection import Selection
from launcher.engine.asking import Asker
from launcher.engine.ending import ending, halting
from launcher.engine.feeding import NO_EXTRAS, Extras
from launcher.engine.gate import Gate
from launcher.engine.launching import Launching
from launcher.engine.ledger import Ledger, TaskLimits
from launcher.engine.listing import Listed, Listing
from launcher.engine.orders import Orders, run_started
from launcher.engine.preflight import open_account, read_first, read_last
from launcher.engine.reading import Reader
from launcher.engine.retrying import Pauses
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.engine.waiting import OthersStart, is_all_done, nobody, verdict
from launcher.engine.watching import Watching
from launcher.ports import Clock, Journal, Lister, Platform, Progress

T = TypeVar("T")

QUEUED_AT_ONCE = 5_000
"""Facts at most that wait in memory for the journal when a run begins."""

Approve = Callable[[Plan, Forecast], LauncherError | None]
"""Asked once, before the first run request; what it returns ends the run."""


class Run:
    """Wires the parts of the engine for one run; the gate is shared by all of them."""

    def __init__(
        self,
        platform: Platform,
        clock: Clock,
        *,
        orders: Orders,
        progress: Progress,
        stop: Stop,
        extras: Extras = NO_EXTRAS,
    ) -> None:
        self._platform = platform
        self._extras = extras
        self.others_start: OthersStart = nobody
        self._clock = clock
        self._orders = orders
        self._progress = progress
        self._stop = stop
        self._pauses = Pauses(policy=orders.policy, chance=clock.chance, sleep=clock.sleep)
        self.gate = Gate(
            platform,
            clock,
            budget=Budget(reserve_share=orders.reserve_share),
            concurrency=orders.concurrency,
            max_outage_s=orders.max_outage_s,
            stop=stop,
        )
        self._asker = Asker(
            self.gate,
            clock,
            pauses=replace(self._pauses, sleep=self._sleep_unless_hopeless),
            max_outage_s=orders.max_outage_s,
            stop=stop,
        )
        self._watching = Watching(self.gate, clock, progress=progress, stop=stop)
        self._started_at = clock.monotonic()

    async def open(self) -> Account:
        """Return the account that answers at the endpoint; see `open_account` for its errors."""
        return await self._before_launching(
            open_account(
                self._platform,
                endpoint=self._orders.endpoint,
                gate=self.gate,
                asker=self._asker,
                pauses=self._pauses,
                stop=self._stop,
                say=self._progress.say,
            )
        )

    async def select(self, lister: Lister, selection: Selection) -> Listed:
        """Return the selected tasks of projects; see `Listing.of` for its errors."""
        listing = Listing(lister, self._asker, stop=self._stop, say=self._progress.say)
        return await self._before_launching(listing.of(selection))

    async def _before_launching(self, asked: Coroutine[Any, Any, T]) -> T:
        """Return what the reads before the first fact came to, unless the run ends meanwhile."""
        found: T | None = None
        refusal: LauncherError | None = None
        async with self._halting(), ending(self._stop, grace_s=0.0, longest_s=0.0):
            try:
                found = await asked
            except LauncherError as error:
                refusal = error  # raised below: the deadline's task group would wrap it
        if found is None:
            raise refusal or self._stop.foremost or LauncherError("the run was ended")
        return found

    def take(self, orders: Orders) -> None:
        """Take these orders for the first ones, which did not know yet which tasks are meant."""
        self._orders = orders

    async def launch(self, journal: Journal, account: Account, *, approve: Approve) -> int:
        """Launch what is to be launched, note how the run ended, and return its exit code."""
        orders = self._orders
        tasks = [requested.task for requested in orders.wanted]
        ledger = Ledger(
            journal,
            account=account,
            tasks=tasks,
            limits=TaskLimits(
                max_attempts=orders.policy.max_attempts,
                max_failures=None if orders.dry else orders.max_failures,
            ),
            stop=self._stop,
        )
        try:
            await self._begin(journal, account, ledger)
            async with self._halting():
                await self._carry_out(ledger, tasks, approve)
        except StorageError as error:
            self._stop.set(error, reads_are_hopeless=True)
        return await self._end(journal, ledger)

    def _halting(self) -> AbstractAsyncContextManager[None]:
        """End the run at its deadline, if there is one."""
        if self._orders.deadline_s is None or self._orders.dry:
            return nullcontext()
        left_s = self._started_at + self._orders.deadline_s - self._clock.monotonic()
        return halting(self._stop, self._clock, after_s=left_s)

    async def _begin(self, journal: Journal, account: Account, ledger: Ledger) -> None:
        orders = self._orders
        await journal.append(run_started(orders, account))
        facts: Iterator[TaskFact] = chain(orders.wanted, orders.listed)
        for number, fact in enumerate(facts, start=1):
            ledger.queue(fact)
            if number % QUEUED_AT_ONCE == 0:
                await journal.flush()
        await journal.flush()

    async def _carry_out(self, ledger: Ledger, tasks: list[TaskId], approve: Approve) -> None:
        orders = self._orders
        reader = Reader(self._platform, self._asker, say=self._progress.say)
        settler = Settler(reader, ledger, self._clock, settle_s=orders.settle_s)
        ledger.count(tasks)
        self.gate.tasks_left = lambda: (
            ledger.counts[Outcome.PENDING] + ledger.counts[Outcome.UNKNOWN]
        )
        async with self._watching.of(ledger, settler):
            async with self._ending(grace_s=0.0):
                await read_first(
                    tasks,
                    ledger=ledger,
                    settler=settler,
                    clock=self._clock,
                    orders=orders,
                )
            if orders.watch and not self._stop.is_set:
                await self._launching().watch(ledger=ledger, settler=settler)
            elif not self._stop.is_set:
                await self._launch_drafts(ledger, settler, approve)
            if orders.dry:
                return
            async with self._ending(grace_s=orders.grace_s):
                await read_last([*filter(ledger.is_unsure, tasks)], settler=settler)

    async def _launch_drafts(self, ledger: Ledger, settler: Settler, approve: Approve) -> None:
        orders = self._orders
        whole = draw_plan(orders.wanted, ledger.states, max_attempts=orders.policy.max_attempts)
        plan = whole.within(orders.limit)
        shares = shares_of((*plan.in_doubt, *plan.drafts), ledger.states)
        plan = replace(plan, unbatch=orders.unbatch, shares=shares)
        forecast = forecast_of(plan, self.gate.state.budget, wait_s=self.gate.window_ends_in_s)
        self._progress.planned(plan, forecast)
        if orders.dry:
            return
        refusal = approve(plan, forecast)
        if refusal is not None:
            self._stop.set(refusal)
            return
        held = whole.in_doubt[len(plan.in_doubt) :]
        await self._launching().carry_out(plan, held=held, ledger=ledger, settler=settler)
        if plan.beyond and not self._stop.is_set:
            self._stop.set(HaltedError(f"no more than {orders.limit} were to be started (--limit)"))

    def _launching(self) -> Launching:
        return Launching(
            orders=self._orders,
            platform=self._platform,
            clock=self._clock,
            gate=self.gate,
            stop=self._stop,
            pauses=replace(self._pauses, sleep=self._sleep_unless_stopped),
            watching=self._watching,
            asker=self._asker,
            say=self._progress.say,
            extras=self._extras,
            others_start=self.others_start,
        )

    async def _end(self, journal: Journal, ledger: Ledger) -> int:
        if is_all_done(self._orders, ledger):
            self._stop.take_back(DeadlineError)
        error = self._stop.foremost
        exit_code = self._exit_code(ledger) if error is None else error.exit_code
        try:
            await journal.append(self.ended(exit_code, error))
        except StorageError as broken:
            self._stop.set(broken, reads_are_hopeless=True)
            return (self._stop.foremost or broken).exit_code
        return exit_code

    def _exit_code(self, ledger: Ledger) -> int:
        """Return the exit code of a run that nothing ended early."""
        return verdict(self._orders, ledger)

    def ended(self, exit_code: int, error: LauncherError | None) -> RunEnded:
        """Return the last fact of the run, if it ends now."""
        return RunEnded(
            exit_code=exit_code,
            reason=None if error is None else str(error),
            requests={kind.value: count for kind, count in self.gate.requests.items()},
            throttled=self.gate.throttled,
            duration_s=round(self._clock.monotonic() - self._started_at, 3),
        )

    def _ending(self, *, grace_s: float) -> AbstractAsyncContextManager[None]:
        return ending(self._stop, grace_s=grace_s, longest_s=self._orders.max_outage_s)

    async def _sleep_unless_hopeless(self, seconds: float) -> None:
        await self._clock.sleep(seconds, wake=self._stop.hopeless)

    async def _sleep_unless_stopped(self, seconds: float) -> None:
        await self._clock.sleep(seconds, wake=self._stop.event)
