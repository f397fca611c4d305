"""What a tick takes from the journal, and tells to people before it says that it did."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TextIO

from launcher.core.entry import Account, Record
from launcher.core.history import History
from launcher.core.report import Report
from launcher.core.ticks import News, Tick, news_of, tick_of, with_rows
from launcher.engine.run import Run
from launcher.ports import Journal
from launcher.settings import Settings
from launcher.wiring.command import Command
from launcher.wiring.words import Tell


def is_silent(settings: Settings, stream: TextIO) -> bool:
    """Say whether a tick tells news there and nothing else: nobody looks on."""
    return settings.once and (settings.quiet or not (settings.verbose or stream.isatty()))


def is_muted(command: Command, stream: TextIO) -> bool:
    """Say whether nothing is told there while the run goes on."""
    settings = command.settings
    return settings.quiet or (command.contents is not None and is_silent(settings, stream))


class Marks(Protocol):
    """What reads a journal."""

    def marks(self) -> Sequence[Record]:
        """Return every fact that is about a run and no task, in order."""
        ...


def tick_before(command: Command, reader: Marks, account: Account) -> Tick | None:
    """Return what a tick knows of those before it; None: the run is none."""
    if command.digest is None:
        return None
    return tick_of(
        reader.marks(),
        account,
        digest=command.digest,
        retries_rejected=command.settings.retry_rejected,
    )


def go_on(run: Run, tick: Tick | None, history: History) -> None:
    """Let a tick go on from those before it."""
    if tick is None:
        return
    before = () if tick.asked_by is None else history.requested(tick.asked_by)
    run.take(replace(run.orders, tick=with_rows(tick, before, run.orders.rows)))


def news_in(run: Run, report: Report | None) -> News | None:
    """Return what the tick has to tell; None: the run is none, or nobody knows what is true."""
    tick = run.orders.tick
    if tick is None or report is None or run.orders.dry:
        return None
    return news_of(tick, run.troubles, report.run)


async def tell_news(
    news: News | None, report: Report | None, *, journal: Journal, tell: Tell
) -> None:
    """Tell what is new, and only then note that it was.

    Who dies between the two is heard twice; the other way round, what is wrong could be missed.
    """
    if news is None or report is None:
        return
    tell(report, news)
    if news:
        await journal.append(news.as_told)
