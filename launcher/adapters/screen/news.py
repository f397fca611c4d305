"""What a tick tells: what is wrong since the last one told, and how many tasks are where."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import RenderableType
from rich.text import Text

from launcher.adapters.screen.closing import draw_reasons
from launcher.adapters.screen.console import print_blocks
from launcher.adapters.screen.reasons import digest_of
from launcher.adapters.screen.words import counted, shown
from launcher.core.outcome import Outcome
from launcher.core.report import Report, Row, Summary
from launcher.core.ticks import News


def print_news(report: Report, news: News, *, stream: TextIO) -> None:
    """Print what is new in a tick on `stream`; it never raises for what the stream cannot take."""
    rows = [row for row in report.rows if row.task_id in news.troubles]
    ended = [row for row in rows if row.outcome is Outcome.LAUNCHED]
    reasons = digest_of(
        (row for row in rows if row.outcome is not Outcome.LAUNCHED), run=report.run.run_id
    ).reasons
    blocks: list[RenderableType] = [Text(_head(news))]
    if reasons:
        blocks.append(draw_reasons(reasons))
    blocks += [Text(line) for line in (*_ends(ended), *_skipped(rows), *_of_run(report, news))]
    blocks.append(Text(f"Now: {_counts(report.summary)} (run {shown(report.run.run_id)})."))
    print_blocks(blocks, stream)


def _head(news: News) -> str:
    if not news:
        return "Nothing new is wrong."
    if not news.troubles:
        return "New since the last tick that told anything:"
    return f"New since the last tick that told anything: {counted(len(news.troubles), 'task')}."


def _ends(rows: Iterable[Row]) -> Iterable[str]:
    """Yield a line for each state in which tasks ended that did not complete."""
    by_status: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_status[row.status or ""].append(row)
    for status, some in sorted(by_status.items()):
        yield f"{len(some):,} launched and ended {shown(status)}, e.g. {_named(some)}"


def _skipped(rows: Iterable[Row]) -> Iterable[str]:
    """Yield a line for tasks that somebody else started, where that counts as wrong."""
    some = [row for row in rows if row.outcome is Outcome.SKIPPED]
    if some:
        yield f"{len(some):,} skipped, no drafts any more, e.g. {_named(some)} (--strict)"


def _named(rows: Sequence[Row]) -> str:
    first = rows[0]
    return f"{first.task_id} ({shown(first.source, limit=80)})"


def _of_run(report: Report, news: News) -> Iterable[str]:
    if news.stopped is not None:
        why = shown(news.stopped, limit=1000)
        yield f"Stopped early: {why} (exit code {report.run.exit_code})"
    if news.throttled:
        yield (
            f"{counted(news.throttled, 'request')} throttled: others use this user's budget too; "
            "see --reserve-share"
        )


def _counts(summary: Summary) -> str:
    counts = ((getattr(summary, outcome.value), outcome.value) for outcome in Outcome)
    parts = ", ".join(f"{count:,} {name}" for count, name in counts if count)
    return f"{counted(summary.requested, 'task')}: {parts}"
