"""What a tick tells: what is wrong since the last one told, and how many tasks are where."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.console import RenderableType
from rich.text import Text

from launcher.adapters.screen.closing import draw_reasons
from launcher.adapters.screen.console import print_blocks
from launcher.adapters.screen.words import counted, shown
from launcher.core.outcome import Outcome
from launcher.core.reasons import digest_of
from launcher.core.report import Report, Summary
from launcher.core.row import Row
from launcher.core.ticks import News

_TASKS_NAMED = 50


def print_news(report: Report, news: News, *, stream: TextIO) -> None:
    """Print what is new in a tick on `stream`; it never raises for what the stream cannot take."""
    rows = [row for row in report.rows if row.task_id in news.troubles]
    told = [row for row in rows if row.outcome not in {Outcome.LAUNCHED, Outcome.SKIPPED}]
    ended = [row for row in rows if row.outcome is Outcome.LAUNCHED]
    skipped = [row for row in rows if row.outcome is Outcome.SKIPPED]
    reasons = digest_of(told, run=report.run.run_id).reasons
    examples = {reason.example.task_id for reason in reasons}
    lines = (
        *_named([row for row in told if row.task_id not in examples]),
        *_ends(ended),
        *_skipped(skipped),
        *_of_run(report, news),
        f"Now: {_counts(report.summary)} (run {shown(report.run.run_id)}).",
    )
    table: list[RenderableType] = [draw_reasons(reasons)] if reasons else []
    print_blocks([Text(_head(news)), *table, *map(Text, lines)], stream)


def _head(news: News) -> str:
    if not news:
        return "Nothing new is wrong."
    if not news.troubles:
        return "New since the last tick that told anything:"
    return f"New since the last tick that told anything: {counted(len(news.troubles), 'task')}."


def _ends(rows: Iterable[Row]) -> Iterable[str]:
    """Yield, for each state in which tasks ended that did not complete, how many and which."""
    by_status: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_status[row.status or ""].append(row)
    for status, some in sorted(by_status.items()):
        yield f"{len(some):,} launched and ended {shown(status)}:"
        yield from _named(some)


def _skipped(rows: Sequence[Row]) -> Iterable[str]:
    """Yield what tasks somebody else started, where that counts as wrong."""
    if rows:
        yield f"{len(rows):,} skipped, no drafts any more (--strict):"
        yield from _named(rows)


def _named(rows: Sequence[Row]) -> Iterable[str]:
    """Yield a line for each task, as far as anybody would read."""
    for row in rows[:_TASKS_NAMED]:
        name = "" if row.name is None else f", {shown(row.name, limit=80)}"
        word = row.status if row.outcome is Outcome.LAUNCHED else row.outcome.value
        yield f"  {shown(word or '')} {row.task_id} ({shown(row.source, limit=80)}){name}"
    if len(rows) > _TASKS_NAMED:
        yield f"  and {len(rows) - _TASKS_NAMED:,} more: see the report"


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
