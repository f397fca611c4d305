"""What people who do not look on are told: that a run ended otherwise than before, and how."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from launcher.core.aborting import ABORTED
from launcher.core.course import FAILED
from launcher.core.entry import Record, RunEnded, RunId, RunStarted
from launcher.core.outcome import Outcome
from launcher.core.report import Report, Summary
from launcher.core.text import visible
from launcher.core.ticks import News

_LIMIT: Final = 500
"""Characters of a text that others wrote."""

Ran = tuple[Record, Record | None]
"""The first fact of a run, and its last one, if it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message, in words without tricks."""

    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """A run that has ended."""

    run: RunId
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run of `source` ended, and how the one before it did (None: there is none)."""

    run: RunId
    source: str
    exit_code: int
    report: Report | None
    before: Before | None
    look: str
    """The command that shows more."""
    is_tick: bool = False
    news: News | None = None


def is_change(ending: Ending) -> bool:
    """Say whether people want to know: a tick has news, any other run ended in another way."""
    if ending.news is not None:
        return bool(ending.news)
    if ending.is_tick or ending.before is None:
        return ending.exit_code != 0
    return ending.exit_code != ending.before.exit_code


def ended_before(runs: Iterable[Ran], than: Report) -> Iterator[Before]:
    """Yield the runs that may be the one before, the newest first: of its account, and ended.

    Ticks tell by themselves what is new, and an abort or a rerun has another input.
    """
    for started, ended in reversed([*runs]):
        start, end = started.entry, None if ended is None else ended.entry
        if not isinstance(start, RunStarted) or not isinstance(end, RunEnded):
            continue
        is_other = started.run == than.run.run_id or start.account != than.run.account
        is_odd = (start.aborts, start.reruns, start.digest) != (None, None, None)
        if not is_other and not is_odd:
            yield Before(run=started.run, exit_code=end.exit_code)


def notice_of(ending: Ending) -> Notice:
    """Return what is told of a run."""
    counts = _counts(ending.report)
    what = "tick" if ending.is_tick else "run"
    title = f"launcher: a {what} ended with exit code {ending.exit_code}"
    return Notice(title=title, body="\n".join(_lines(ending, counts, what=what)))


def _lines(ending: Ending, counts: str, *, what: str) -> Iterator[str]:
    report = ending.report
    on = "" if report is None else f" on {visible(report.run.host, limit=_LIMIT)}"
    of = f" of {visible(ending.source, limit=_LIMIT)}" if ending.source else ""
    yield f"The {what} {ending.run}{of}{on} ended with exit code {ending.exit_code}."
    if report is not None and report.run.reason is not None:
        yield f"Why: {visible(report.run.reason, limit=_LIMIT)}"
    if ending.news:
        yield f"New: {_news(ending.news)}"
    if counts:
        yield f"{counts}."
    if ending.before is not None:
        before = ending.before
        yield f"The run before it, {before.run}, ended with exit code {before.exit_code}."
    yield f"More: {visible(ending.look, limit=_LIMIT)}"


def _counts(report: Report | None) -> str:
    if report is None:
        return ""
    summary = report.summary
    counts = ((getattr(summary, one.value), one) for one in Outcome)
    parts = ", ".join(
        f"{count:,} {one}{_ends(summary) if one is Outcome.LAUNCHED else ''}"
        for count, one in counts
        if count
    )
    return f"{summary.requested:,} {'task' if summary.requested == 1 else 'tasks'}: {parts}"


def _ends(summary: Summary) -> str:
    """Return how many launched tasks ended badly: the outcomes do not tell, the exit code may."""
    ends = [f"{n:,} {state}" for state in (FAILED, ABORTED) if (n := summary.states.get(state))]
    return f" ({', '.join(ends)} on the platform)" if ends else ""


def _news(news: News) -> str:
    parts = [
        f"{count:,} {visible(name)}" for name, count in Counter(news.troubles.values()).items()
    ]
    if news.stopped is not None:
        parts.append("it was stopped")
    if news.throttled:
        parts.append(f"{news.throttled:,} throttled requests")
    return ", ".join(parts)
