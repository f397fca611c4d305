"""One run: its parts put together, its reports written."""

import platform as machine
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TextIO

from launcher import __version__
from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.descriptors import make_room
from launcher.adapters.journal import check_journal, open_journal, read_journal
from launcher.adapters.journal.beside import JournalBeside
from launcher.adapters.lock import hold_lock
from launcher.adapters.network import Network
from launcher.adapters.platform import open_platform
from launcher.adapters.screen import Screen, open_progress
from launcher.adapters.signals import telling
from launcher.core.drawing import History, report_of
from launcher.core.entry import Account, RunId
from launcher.core.errors import LauncherError, StorageError
from launcher.core.ids import Requested
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report
from launcher.core.retry import RetryPolicy
from launcher.engine.orders import Orders
from launcher.engine.run import Approve, Run
from launcher.engine.stop import Stop
from launcher.ports import Clock, Copier, Journal, Progress
from launcher.settings import Settings
from launcher.wiring.beside import report_beside
from launcher.wiring.relaunching import Named, relaunched


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One call of `launcher run` or `launcher plan`."""

    run: RunId
    wanted: tuple[Requested, ...]
    settings: Settings
    credentials: Credentials
    arguments: tuple[str, ...]
    network: Network = Network()  # noqa: RUF009 - frozen
    dry: bool = False
    reruns: str | None = None
    """The run (or `last`) of which what failed is launched again; `wanted` is empty then."""

    @property
    def source(self) -> str:
        """The file or option that the first task came from."""
        if self.reruns is not None:
            return f"--rerun-failed {self.reruns}"
        return self.wanted[0].source.rsplit(":", 1)[0] if self.wanted else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a run ended: its exit code, every reason for it, its report; of a dry one, its plan."""

    exit_code: int
    errors: tuple[LauncherError, ...]
    report: Report | None
    plan: tuple[Plan, Forecast] | None = None


class _KeepingPlan:
    """The progress of a dry run, whose plan is what was asked for: not words on the way."""

    def __init__(self, screen: Progress) -> None:
        self.plan: tuple[Plan, Forecast] | None = None
        self.show = screen.show
        self.say = screen.say

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self.plan = (plan, forecast)


def new_run_id(clock: Clock) -> RunId:
    """Return an id that sorts by its time, UTC."""
    now = clock.now()
    return RunId(f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(2)}")


async def carry_out(command: Command, *, approve: Approve, stream: TextIO) -> Finished:
    """Launch (or, dry, only plan) what the command asks for; words go to `stream`.

    Raises:
        LauncherError: nothing was begun: the journal is held, or what is needed is not to be had.
    """
    settings, clock, stop = command.settings, SystemClock(), Stop()
    make_room(settings.concurrency)
    with (
        telling(stop.set),
        open_progress(
            stream=stream,
            quiet=settings.quiet,
            plain=settings.log_format == "json",  # a display would break its lines
            clock=clock,
        ) as screen,
    ):
        kept = _KeepingPlan(screen)
        async with open_platform(
            endpoint=command.credentials.endpoint,
            token=command.credentials.token,
            concurrency=settings.concurrency,
            timeout_s=settings.timeout,
            extra=settings.fields,
            tls=command.network.tls,
            proxy=command.network.proxy,
            monotonic=clock.monotonic,
        ) as platform:
            words = kept if command.dry else screen
            run = Run(platform, clock, orders=_orders(command), progress=words, stop=stop)
            try:
                account = await run.open()
            except LauncherError as error:
                return _unopened(command, run, error)
            asked = _aside(screen, approve)
            ended = await _opened(command, run, account, approve=asked, copier=platform, stop=stop)
        return replace(ended, plan=kept.plan)


def _aside(screen: Screen, approve: Approve) -> Approve:
    """Return the question, asked while the display steps aside."""

    def ask(plan: Plan, forecast: Forecast) -> LauncherError | None:
        with screen.paused():
            return approve(plan, forecast)

    return ask


async def _opened(
    command: Command, run: Run, account: Account, *, approve: Approve, copier: Copier, stop: Stop
) -> Finished:
    exit_code: int | None = None
    report: Report | None = None
    try:
        async with _journal(command, account, SystemClock()) as (journal, history):
            if command.reruns is not None:
                named = Named(run=command.run, reruns=command.reruns, account=account)
                approve = await relaunched(
                    run,
                    copier,
                    kept=(journal, history),
                    named=named,
                    approve=approve,
                    allowed=command.settings.failures_allowed,
                )
            exit_code = await run.launch(journal, account, approve=approve)
            report = report_of(history, command.run)
    except StorageError as error:
        if exit_code is None:
            raise
        stop.set(error)
    last = stop.foremost
    if last is not None:
        exit_code = last.exit_code
    if report is None or not _is_whole(report, run):
        report = _report_beside_if_readable(command, run, account, stop)
    return Finished(exit_code=exit_code, errors=tuple(stop.errors), report=report)


def _is_whole(report: Report, run: Run) -> bool:
    """Say whether the journal took all that the run was asked for, and its end."""
    asked = len(run.orders.rows)
    return report.run.exit_code is not None and report.summary.requested == asked


def _report_beside_if_readable(
    command: Command, run: Run, account: Account, stop: Stop
) -> Report | None:
    """Return no report where the journal cannot be read: no row of it could be known to be true."""
    try:
        return _report_beside(command, run, account, stop.foremost)
    except StorageError as error:
        stop.set(error)
        return None


def _unopened(command: Command, run: Run, error: LauncherError) -> Finished:
    """Return the end of a run that no platform answered; its rows are what the journal knows."""
    try:
        report = _report_beside(command, run, None, error)
    except StorageError as broken:
        return Finished(exit_code=error.exit_code, errors=(error, broken), report=None)
    return Finished(exit_code=error.exit_code, errors=(error,), report=report)


def _report_beside(
    command: Command, run: Run, account: Account | None, error: LauncherError | None
) -> Report | None:
    exit_code = 0 if error is None else error.exit_code
    return report_beside(
        run.orders,
        command.run,
        journal=command.settings.journal_path,
        ended=run.ended(exit_code, error),
        account=account,
    )


def _orders(command: Command) -> Orders:
    settings = command.settings
    return Orders(
        endpoint=command.credentials.endpoint,
        wanted=command.wanted,
        host=machine.node(),
        version=__version__,
        arguments=command.arguments,
        concurrency=settings.concurrency,
        policy=RetryPolicy(max_attempts=settings.max_attempts),
        settle_s=settings.settle,
        reserve_share=settings.reserve_share,
        limit=settings.limit,
        deadline_s=settings.deadline,
        max_failures=settings.failures_allowed(len(command.wanted)),
        max_outage_s=settings.max_outage,
        grace_s=settings.grace,
        unbatch=settings.unbatch,
        interruptible=settings.interruptible,
        recheck=settings.recheck,
        fields=tuple(settings.fields),
        strict=settings.strict,
        dry=command.dry,
    )


@asynccontextmanager
async def _journal(
    command: Command, account: Account, clock: Clock
) -> AsyncIterator[tuple[Journal, History]]:
    path = command.settings.journal_path
    if command.dry:
        beside = JournalBeside(read_journal(path), run=command.run, clock=clock)
        yield beside, beside
        return
    check_journal(path)  # SQLite would leave logs of the same rights beside it
    read_journal(path).runs()  # what is no journal gets no lock file beside it
    with hold_lock(path, account, run=command.run, file=command.source, now=clock.now()):
        async with open_journal(path, run=command.run, clock=clock) as journal:
            yield journal, journal.reader
