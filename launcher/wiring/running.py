"""One run: its parts put together, its reports written."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from typing import TextIO

from launcher.adapters.clock import SystemClock
from launcher.adapters.descriptors import make_room
from launcher.adapters.journal import JournalReader, read_journal
from launcher.adapters.platform import HttpPlatform, open_platform
from launcher.adapters.screen import open_progress
from launcher.adapters.signals import telling
from launcher.core.entry import Account, RunId
from launcher.core.errors import LauncherError, StorageError
from launcher.core.history import History
from launcher.core.report import Report
from launcher.core.ticks import News
from launcher.engine.feeding import Extras
from launcher.engine.run import Approve, Run
from launcher.engine.stop import Stop
from launcher.ports import Clock, Journal
from launcher.wiring.command import Command, Finished
from launcher.wiring.dialling import dial_of
from launcher.wiring.ended import drawn, unopened
from launcher.wiring.kinds import Parts, run_of
from launcher.wiring.locking import Patience, journal_for
from launcher.wiring.ordering import orders_of
from launcher.wiring.others import Others
from launcher.wiring.relaunching import Named, relaunched
from launcher.wiring.selecting import Select, with_listed
from launcher.wiring.ticking import go_on, is_muted, news_in, tell_news, tick_before
from launcher.wiring.words import KeepingPlan, People, Tell, aside, keep_silent

Join = Callable[[Command, Select], Awaitable[Command]]
"""Makes the tasks of projects part of what is wanted."""


def new_run_id(clock: Clock) -> RunId:
    """Return an id that sorts by its time, UTC."""
    now = clock.now()
    return RunId(f"{now:%Y%m%d-%H%M%S}{now.microsecond // 1000:03d}-{secrets.token_hex(2)}")


async def carry_out(
    command: Command, *, approve: Approve, stream: TextIO, tell: Tell = keep_silent
) -> Finished:
    """Launch (or, dry, only plan) what the command asks for; words go to `stream`.

    Raises:
        LauncherError: nothing was begun: the journal is held, or what is needed is not to be had.
    """
    settings, clock, stop = command.settings, SystemClock(), Stop()
    starts = command.aborts is None and not command.watch
    dial = dial_of(settings) if starts else None
    make_room(settings.concurrency)
    with (
        telling(stop.set),
        open_progress(
            stream=stream,
            quiet=is_muted(command, stream),
            plain=settings.log_format == "json",  # a display would break its lines
            clock=clock,
        ) as screen,
    ):
        kept = KeepingPlan(screen)
        async with _platform(command, clock) as platform:
            parts = Parts(
                platform,
                clock,
                progress=kept if command.dry else command.machines.beside(screen),
                stop=stop,
                extras=Extras(dial=dial, lister=platform, inspector=platform),
            )
            run = run_of(orders_of(command), parts, run=command.run, aborts=command.aborts)
            try:
                account = await run.open()
            except LauncherError as error:
                reader = read_journal(settings.journal_path)
                return unopened(command, run, error, reader=reader)
            command = _chosen(command, run, account)
            people = aside(screen, approve, tell)
            ended = await _opened(command, run, account, people=people, platform=platform)
        return replace(ended, plan=kept.plan)


def _chosen(command: Command, run: Run, account: Account) -> Command:
    """Return what is wanted of whoever answers; who watches learns what goes on beside."""
    if command.watch:
        run.others_start = Others(command.settings.journal_path, account)
    if command.choose is None:
        return command
    chosen = replace(command, wanted=command.choose(account))
    run.take(orders_of(chosen))
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
    command: Command, run: Run, account: Account, *, people: People, platform: HttpPlatform
) -> Finished:
    exit_code: int | None = None
    news: News | None = None
    stop = run.parts.stop
    report: Report | None = None
    try:
        async with _journal(command, run, account, people) as (journal, history, reader):
            tick = tick_before(command, reader, account)
            if command.selection is not None:
                join = partial(with_listed, history=history, account=account, tick=tick)
                listed = await _listed(command, run, join, platform=platform)
                if isinstance(listed, LauncherError):
                    return unopened(command, run, listed, reader=reader, account=account)
                command = listed
                if not command.wanted:
                    return Finished(exit_code=0, errors=(), report=None)
            approve = await relaunched(
                run,
                platform,
                kept=(journal, history),
                named=Named(run=command.run, reruns=command.reruns, account=account),
                approve=people.approve,
                allowed=command.settings.failures_allowed,
            )
            go_on(run, tick, history)
            exit_code = await run.launch(journal, account, approve=approve)
            report = drawn(command, run, account, history=history, reader=reader)
            news = news_in(run, report)
            await tell_news(news, report, journal=journal, tell=people.tell)
    except StorageError as error:
        if exit_code is None:
            raise
        stop.set(error)
    if stop.foremost is not None:
        exit_code = stop.foremost.exit_code
    return Finished(exit_code=exit_code, errors=tuple(stop.errors), report=report, news=news)


async def _listed(
    command: Command, run: Run, join: Join, *, platform: HttpPlatform
) -> Command | LauncherError:
    """Return the command with the tasks of its projects, or why there are none."""
    try:
        listed = await join(command, partial(run.select, platform))
    except LauncherError as error:
        return error
    run.take(orders_of(listed))
    return listed


def _journal(
    command: Command, run: Run, account: Account, people: People
) -> AbstractAsyncContextManager[tuple[Journal, History, JournalReader]]:
    settings = command.settings
    patience = Patience(
        waits=settings.if_locked == "wait",
        until=run.deadline_at,
        say=people.say,
        stop=run.parts.stop,
    )
    file = None if command.dry else command.source
    return journal_for(
        settings.journal_path,
        account,
        run=command.run,
        file=file,
        patience=patience,
        committed=command.machines.committed,
    )
