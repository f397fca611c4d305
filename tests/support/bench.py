"""One run of the engine on a virtual clock, with the journal in memory."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from launcher.core.drawing import report_of
from launcher.core.entry import (
    Account,
    Attempted,
    Entry,
    Record,
    RunId,
    RunStarted,
    Seen,
)
from launcher.core.errors import InterruptedRunError, LauncherError
from launcher.core.ids import Requested, TaskId
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report
from launcher.core.row import Row
from launcher.core.selection import Selection, joined
from launcher.core.ticks import News, digest_of_input, news_of, tick_of
from launcher.engine.feeding import Extras
from launcher.engine.orders import Orders
from launcher.engine.run import Run
from launcher.engine.stop import Stop
from launcher.engine.waiting import OthersStart, nobody
from launcher.engine.watching import Watching
from launcher.ports import Dial, Platform, Snapshot
from support.crashing import Crash, CrashingJournal, CrashingPlatform, Power, is_death
from support.fake_platform import ORIGIN, USER, FakePlatform
from support.memory_journal import MemoryJournal
from support.virtual_time import VirtualClock

ENDPOINT = "http://127.0.0.1:1/v2"
ACCOUNT = Account(endpoint=ENDPOINT, user=USER)


SELDOM_S = 10.0


@dataclass
class SilentProgress:
    """Keeps what it was told.

    After `often` snapshots a run shows them every 10 s: in days of virtual time it does nothing
    else as often.
    """

    often: float = 120
    watching: Watching | None = None
    snapshots: list[Snapshot] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    plan: Plan | None = None
    forecast: Forecast | None = None

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        self.plan, self.forecast = plan, forecast

    def show(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)
        if self.watching is not None and len(self.snapshots) >= self.often:
            self.watching.every_s = SELDOM_S

    def say(self, message: str) -> None:
        self.said.append(message)


@dataclass
class Bench:
    """A fake platform, a store that outlives runs, and orders that tests vary."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    store: list[Record] = field(default_factory=list)
    orders: Orders = field(
        default_factory=lambda: Orders(endpoint=ENDPOINT, wanted=(), host="here", version="0")
    )
    progress: SilentProgress = field(default_factory=SilentProgress)
    stop: Stop | None = None
    runs: int = 0
    refusal: LauncherError | None = None
    dial: Dial | None = None
    others_start: OthersStart = nobody
    on_append: Callable[..., Awaitable[None]] | None = None
    told: list[News] = field(default_factory=list)
    """What each tick told."""
    name: str = "run"
    """Of this bench's journal; starts by its run requests have it as their origin."""

    def __post_init__(self) -> None:
        self.platform = FakePlatform(clock=self.clock)

    def interrupt(self) -> None:
        assert self.stop is not None
        self.stop.set(InterruptedRunError("SIGTERM", exit_code=143))

    def leave_in_doubt(self, *tasks: TaskId, batch: bool = False) -> None:
        """Let an earlier run have been killed after the entries of an attempt on each task."""
        entries: list[Entry] = [
            RunStarted(account=ACCOUNT, host="here", version="0", max_attempts=6)
        ]
        for position, task in enumerate(tasks):
            entries += [
                Requested(position=position, task=task, source=f"tasks.txt:{position + 1}"),
                Seen(task=task, status="DRAFT", batch=batch),
                Attempted(task=task, number=1),
            ]
        for key, entry in enumerate(entries, start=len(self.store) + 1):
            record = Record(run=RunId("run-0"), at=self.clock.now(), entry=entry, key=key)
            self.store.append(record)

    async def run(
        self,
        tasks: Sequence[TaskId],
        *,
        fail_journal_at: int | None = None,
        on_append: Callable[..., Awaitable[None]] | None = None,
        power: Power | None = None,
        selection: Selection | None = None,
        **changes: object,
    ) -> tuple[int, Report]:
        """Return the exit code and the report of one run over `tasks`, which dies with `power`."""
        self.runs += 1
        self.stop = Stop()
        ORIGIN.set(self.name)
        orders = replace(self.orders, wanted=wanted_of(tasks), **changes)  # type: ignore[arg-type]  # tests pass fields of Orders
        platform: Platform = (
            self.platform if power is None else CrashingPlatform(self.platform, power)
        )
        run = Run(
            platform,
            self.clock,
            orders=orders,
            progress=self.progress,
            stop=self.stop,
            extras=Extras(dial=self.dial, lister=self.platform, inspector=self.platform),
        )
        run.others_start = self.others_start
        self.progress.watching = run.watching
        self.last_run = run
        account = await run.open()
        name = RunId(f"{self.name}-{self.runs}")
        opened = MemoryJournal if power is None else partial(CrashingJournal, power=power)
        journal = opened(
            self.clock,
            name,
            store=self.store,
            fail_at=fail_journal_at,
            on_append=on_append or self.on_append,
        )
        self.journal = journal
        if selection is not None:
            run.take(await self.listed(run, selection))
        exit_code = await run.launch(journal, account, approve=lambda _plan, _cost: self.refusal)
        report = report_of(journal, name)
        assert report is not None
        return exit_code, report

    async def listed(self, run: Run, selection: Selection) -> Orders:
        """Return the orders of a run with what is selected in them."""
        listed = await run.select(self.platform, selection)
        wanted = joined(run.orders.wanted, listed.tasks)
        return replace(run.orders, wanted=wanted, listed=listed.seen)

    async def tick(
        self,
        tasks: Sequence[TaskId],
        *,
        power: Power | None = None,
        retries_rejected: bool = False,
        contents: Sequence[str] = (),
        **changes: object,
    ) -> tuple[int, Report, News]:
        """Return how one tick over `tasks` ended, and what it told; all of it dies with `power`."""
        tick = tick_of(
            [record for record in self.store if not hasattr(record.entry, "task")],
            ACCOUNT,
            digest=digest_of_input(wanted_of(tasks), contents=contents),
            retries_rejected=retries_rejected,
        )
        code, report = await self.run(tasks, power=power, tick=tick, waits=False, **changes)  # type: ignore[arg-type]  # as `run`
        news = news_of(tick, self.last_run.troubles, report.run)
        if power is not None:
            power.cross("before telling")
        self.told.append(news)
        if news:
            await self.journal.append(news.as_told)
        return code, report, news

    async def crashed(self, tasks: Sequence[TaskId], power: Power, **changes: object) -> bool:
        """Return whether a run died with `power`; its requests in flight die with it."""
        try:
            await self.run(tasks, power=power, **changes)  # type: ignore[arg-type]  # as `run`
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            return True
        return False


def wanted_of(tasks: Sequence[TaskId]) -> tuple[Requested, ...]:
    return tuple(
        Requested(position=position, task=task, source=f"tasks.txt:{position + 1}")
        for position, task in enumerate(tasks)
    )


def by_task(report: Report) -> dict[TaskId, Row]:
    return {row.task_id: row for row in report.rows}
