"""One run: its parts put together, its reports written."""

import platform as machine
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TextIO

from launcher import __version__
from launcher.adapters.clock import SystemClock
from launcher.adapters.descriptors import make_room
from launcher.adapters.journal import JournalReader, check_journal, open_journal, read_journal
from launcher.adapters.journal.beside import JournalBeside
from launcher.adapters.lock import hold_lock
from launcher.adapters.platform import HttpPlatform, open_platform
from launcher.adapters.screen import open_progress
from launcher.adapters.signals import telling
from launcher.core.drawing import History, report_of
from launcher.core.entry import Account, RunId
from launcher.core.errors import LauncherError, StorageError
from launcher.core.report import Report
from launcher.core.retry import RetryPolicy
from launcher.engine.feeding import Extras
from launcher.engine.orders import Orders
from launcher.engine.run import Approve, Run
from launcher.engine.stop import Stop
from launcher.ports import Clock, Journal
from launcher.wiring.beside import report_beside
from launcher.wiring.command import Command, Finished
from launcher.wiring.dialling import dial_of
from launcher.wiring.others import Others
from launcher.wiring.selecting import Select, with_listed
from launcher.wiring.words import KeepingPlan, aside


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
    dial = dial_of(settings)
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
        kept = KeepingPlan(screen)
        async with _platform(command, clock) as platform:
            run = Run(
                platform,
                clock,
                orders=_orders(command),
                progress=kept if command.dry else screen,
                stop=stop,
                extras=Extras(dial=dial, lister=platform, inspector=platform),
            )
            try:
                account = await run.open()
            except LauncherError as error:
                return _unopened(command, run, error)
            command = _chosen(command, run, account)
            ask, select = aside(screen, approve), partial(run.select, platform)
            ended = await _opened(command, run, account, approve=ask, select=select, stop=stop)
        return replace(ended, plan=kept.plan)


def _chosen(command: Command, run: Run, account: Account) -> Command:
    """Return what is wanted of whoever answers; who watches learns what goes on beside."""
    if command.watch:
        run.others_start = Others(command.settings.journal_path, account)
    if command.choose is None:
        return command
    chosen = replace(command, wanted=command.choose(account))
    run.ask_for(chosen.wanted)
    return chosen


def _platform(command: Command, clock: Clock) -> AbstractAsyncContextManager[HttpPlatform]:
    settings = command.settings
    return open_platform(
        endpoint=command.credentials.endpoint,
        token=command.credentials.token,
        concurrency=settings.concurrency,
        timeout_s=settings.timeout,
        extra=settings.fields,
        tls=command.network.tls,
        proxy=command.network.proxy,
        monotonic=clock.monotonic,
    )


async def _opened(
    command: Command,
    run: Run,
    account: Account,
    *,
    approve: Approve,
    select: Select,
    stop: Stop,
) -> Finished:
    exit_code: int | None = None
    reader = read_journal(command.settings.journal_path)
    report: Report | None = None
    try:
        async with _journal(command, account, SystemClock()) as (journal, history, reader):
            if command.selection is not None:
                try:
                    command = await with_listed(command, select)
                except LauncherError as error:
                    return _unopened(command, run, error, account=account)
                if not command.wanted:
                    return Finished(exit_code=0, errors=(), report=None)
                run.take(_orders(command))
            exit_code = await run.launch(journal, account, approve=approve)
            report = report_of(history, command.run)
    except StorageError as error:
        if exit_code is None:
            raise
        stop.set(error)
    last = stop.foremost
    if last is not None:
        exit_code = last.exit_code
    if report is None or not _is_whole(report, command):
        report = _report_beside_if_readable(command, run, account, stop, reader=reader)
    return Finished(exit_code=exit_code, errors=tuple(stop.errors), report=report)


def _is_whole(report: Report, command: Command) -> bool:
    """Say whether the journal took all that the run was asked for, and its end."""
    return report.run.exit_code is not None and report.summary.requested == len(command.wanted)


def _report_beside_if_readable(
    command: Command, run: Run, account: Account, stop: Stop, *, reader: JournalReader
) -> Report | None:
    """Return no report where the journal cannot be read: no row of it could be known to be true."""
    try:
        return _report_beside(command, run, account, stop.foremost, reader=reader)
    except StorageError as error:
        stop.set(error)
        return None


def _unopened(
    command: Command, run: Run, error: LauncherError, *, account: Account | None = None
) -> Finished:
    """Return the end of a run that did not begin; its rows are what the journal knows."""
    try:
        reader = read_journal(command.settings.journal_path)
        report = _report_beside(command, run, account, error, reader=reader)
    except StorageError as broken:
        return Finished(exit_code=error.exit_code, errors=(error, broken), report=None)
    return Finished(exit_code=error.exit_code, errors=(error,), report=report)


def _report_beside(
    command: Command,
    run: Run,
    account: Account | None,
    error: LauncherError | None,
    *,
    reader: JournalReader,
) -> Report | None:
    exit_code = 0 if error is None else error.exit_code
    return report_beside(
        _orders(command),
        command.run,
        reader=reader,
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
        max_running=settings.max_running,
        poll_s=settings.poll,
        wait=settings.wait and not command.watch,
        watch=command.watch,
        has_dial=settings.max_running_file is not None,
        counts_project=settings.running_scope == "project",
        stagger_s=settings.stagger,
        canary=settings.canary,
        max_cost=settings.cost_allowed,
        estimate=settings.estimate,
        listed=command.listed,
    )


@asynccontextmanager
async def _journal(
    command: Command, account: Account, clock: Clock
) -> AsyncIterator[tuple[Journal, History, JournalReader]]:
    """Yield what takes the facts, what reports are drawn from, and what reads the file."""
    path = command.settings.journal_path
    if command.dry:
        reader = read_journal(path)
        beside = JournalBeside(reader, run=command.run, clock=clock)
        yield beside, beside, reader
        return
    check_journal(path)  # SQLite would leave logs of the same rights beside it
    read_journal(path).runs()  # what is no journal gets no lock file beside it
    with hold_lock(path, account, run=command.run, file=command.source, now=clock.now()):
        async with open_journal(path, run=command.run, clock=clock) as journal:
            yield journal, journal.reader, journal.reader
