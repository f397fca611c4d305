"""One run from its first request to its last fact."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from launcher.core.budget import Budget
from launcher.core.entry import Account, RunEnded
from launcher.core.errors import DeadlineError, LauncherError, StorageError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan
from launcher.core.selection import Selection
from launcher.core.ticks import Trouble
from launcher.engine.asking import Asker
from launcher.engine.ending import ending, halting
from launcher.engine.estimating import Prices, groups_of
from launcher.engine.feeding import NO_EXTRAS, Extras
from launcher.engine.forecasting import forecast_by
from launcher.engine.gate import Gate
from launcher.engine.launching import Launching, halt_at_limit, plan_of
from launcher.engine.ledger import Ledger
from launcher.engine.listing import Listed, Listing
from launcher.engine.orders import Orders
from launcher.engine.parts import Parts
from launcher.engine.preflight import open_account, read_first, read_last
from launcher.engine.purse import OpenPurse, Purse, purse_of
from launcher.engine.reading import Reader
from launcher.engine.retrying import Pauses
from launcher.engine.settle import Settler
from launcher.engine.stop import Stop
from launcher.engine.ticking import asked_anew, ledger_for, news_for
from launcher.engine.waiting import OthersStart, is_all_done, nobody, verdict
from launcher.engine.watching import Watching
from launcher.ports import Clock, Journal, Lister, Platform, Progress

T = TypeVar("T")

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
        self._purse: Purse | OpenPurse = OpenPurse()
        self._clock = clock
        self.orders = orders
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
            pauses=replace(self._pauses, sleep=partial(clock.sleep, wake=stop.hopeless)),
            max_outage_s=orders.max_outage_s,
            stop=stop,
        )
        self.watching = Watching(self.gate, clock, progress=progress, stop=stop)
        self._started_at = clock.monotonic()
        self._ideal_s: float | None = None
        self.troubles: Mapping[TaskId, Trouble] = {}
        """Of a tick: what is wrong with its tasks, and was not told by an earlier one."""

    async def open(self) -> Account:
        """Return the account that answers at the endpoint; see `open_account` for its errors."""
        return await self._before_launching(
            open_account(
                self._platform,
                endpoint=self.orders.endpoint,
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
        self.orders = orders

    @property
    def deadline_at(self) -> float | None:
        """When the run is to end, on the monotonic clock; None: when it is done."""
        deadline_s = self.orders.deadline_s
        return None if deadline_s is None else self._started_at + deadline_s

    async def launch(self, journal: Journal, account: Account, *, approve: Approve) -> int:
        """Launch what is to be launched, note how the run ended, and return its exit code."""
        orders = self.orders
        tasks = [requested.task for requested in orders.wanted]
        self._purse = purse_of(orders, self._stop)
        ledger, troubles = ledger_for(
            orders, journal, account, stop=self._stop, listeners=self._purse.listeners
        )
        try:
            await ledger.begin(orders, account, asked=asked_anew(orders, ledger))
            self.gate.note_wait = ledger.note_wait
            async with self._halting():
                await self._carry_out(ledger, tasks, approve)
        except StorageError as error:
            self._stop.set(error, reads_are_hopeless=True)
        self.troubles = troubles.new(ledger, tasks)
        return await self._end(journal, ledger)

    @property
    def parts(self) -> Parts:
        """What other phases of the run share with it."""
        return Parts(
            orders=self.orders,
            clock=self._clock,
            gate=self.gate,
            asker=self._asker,
            reader=Reader(self._platform, self._asker, say=self._progress.say),
            pauses=replace(self._pauses, sleep=partial(self._clock.sleep, wake=self._stop.event)),
            progress=self._progress,
            stop=self._stop,
            halting=self._halting,
        )

    def _halting(self) -> AbstractAsyncContextManager[None]:
        """End the run at its deadline, if there is one."""
        if self.deadline_at is None or self.orders.dry:
            return nullcontext()
        return halting(self._stop, self._clock, after_s=self.deadline_at - self._clock.monotonic())

    async def _carry_out(self, ledger: Ledger, tasks: list[TaskId], approve: Approve) -> None:
        orders = self.orders
        settler = Settler(self.parts.reader, ledger, self._clock, settle_s=orders.settle_s)
        ledger.count(tasks)
        self.gate.tasks_left = lambda: (
            ledger.counts[Outcome.PENDING] + ledger.counts[Outcome.UNKNOWN]
        )
        async with self.watching.of(ledger, settler):
            async with self._ending(grace_s=0.0):
                await read_first(
                    tasks, ledger=ledger, settler=settler, clock=self._clock, orders=orders
                )
            if orders.watch and not self._stop.is_set:
                await self._launching().watch(ledger=ledger, settler=settler)
            elif not self._stop.is_set:
                await self._launch_drafts(ledger, settler, approve)
            if orders.dry:
                return
            async with self._ending(grace_s=orders.grace_s):
                unsure = [*filter(ledger.is_unsure, tasks)]
                await read_last(unsure, settler=settler, is_news=news_for(orders, ledger))

    async def _launch_drafts(self, ledger: Ledger, settler: Settler, approve: Approve) -> None:
        orders = self.orders
        plan, held = plan_of(orders, ledger)
        prices = Prices(self._extras.lister, self._asker, stop=self._stop, say=self._progress.say)
        groups = groups_of(plan, ledger, unbatch=orders.unbatch)
        estimates = await prices.estimates(groups, orders=orders, purse=self._purse)
        forecast = forecast_by(self.gate, plan, orders, estimates=estimates)
        self._progress.planned(plan, forecast)
        self._ideal_s = round(forecast.seconds, 3)
        if orders.dry or self._stop.is_set:
            return
        refusal = approve(plan, forecast)
        if refusal is not None:
            self._stop.set(refusal)
            return
        await self._launching().carry_out(plan, held=held, ledger=ledger, settler=settler)
        halt_at_limit(orders, plan, purse=self._purse, stop=self._stop)

    def _launching(self) -> Launching:
        return Launching(
            parts=self.parts,
            platform=self._platform,
            watching=self.watching,
            extras=self._extras,
            others_start=self.others_start,
            purse=self._purse,
        )

    async def _end(self, journal: Journal, ledger: Ledger) -> int:
        if is_all_done(self.orders, ledger):
            self._stop.take_back(DeadlineError)
        error = self._stop.foremost
        exit_code = self._exit_code(ledger) if error is None else error.exit_code
        try:
            await journal.append(self.ended(exit_code, error))
        except StorageError as broken:
            self._stop.set(broken, reads_are_hopeless=True)
            self.troubles = {}  # that they were told could not be noted: the next tick tells them
            return (self._stop.foremost or broken).exit_code
        return exit_code

    def _exit_code(self, ledger: Ledger) -> int:
        """Return the exit code of a run that nothing ended early."""
        if self.orders.tick is not None and not self.orders.dry:
            return int(bool(self.troubles) or ledger.counts[Outcome.UNKNOWN] > 0)
        return verdict(self.orders, ledger)

    def ended(self, exit_code: int, error: LauncherError | None) -> RunEnded:
        """Return the last fact of the run, if it ends now."""
        return RunEnded(
            exit_code=exit_code,
            reason=None if error is None else str(error),
            requests={kind.value: count for kind, count in self.gate.requests.items()},
            throttled=self.gate.throttled,
            duration_s=round(self._clock.monotonic() - self._started_at, 3),
            ideal_s=self._ideal_s,
        )

    def _ending(self, *, grace_s: float) -> AbstractAsyncContextManager[None]:
        return ending(self._stop, grace_s=grace_s, longest_s=self.orders.max_outage_s)
