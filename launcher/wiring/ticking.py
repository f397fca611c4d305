"""What a tick takes from the journal, and tells to people before it says that it did."""

from typing import TextIO

from launcher.adapters.journal import JournalReader
from launcher.core.entry import Account
from launcher.core.report import Report
from launcher.core.ticks import News, Tick, news_of, tick_of
from launcher.engine.run import Run
from launcher.ports import Journal
from launcher.settings import Settings
from launcher.wiring.words import Tell


def is_silent(settings: Settings, stream: TextIO) -> bool:
    """Say whether a tick tells news there and nothing else: nobody looks on."""
    return settings.once and (settings.quiet or not (settings.verbose or stream.isatty()))


def tick_from(
    reader: JournalReader, account: Account, *, digest: str | None, settings: Settings
) -> Tick | None:
    """Return what the journal tells this tick; None: the run is none."""
    if digest is None or not settings.once:
        return None
    rejected = settings.retry_rejected
    return tick_of(reader.marks(), account, digest=digest, retries_rejected=rejected)


async def tell_news(
    tick: Tick | None, run: Run, report: Report | None, *, journal: Journal, tell: Tell
) -> News | None:
    """Tell what is new, and only then note that it was; None: the run is no tick.

    Who dies between the two is heard twice; the other way round, what is wrong could be missed.
    """
    if tick is None or report is None:
        return None
    news = news_of(tick, run.troubles, report.run)
    tell(report, news)
    if news:
        await journal.append(news.as_told)
    return news
