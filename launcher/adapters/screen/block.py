"""The block of a few lines that shows how a run stands."""

from datetime import datetime, tzinfo

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import STYLES
from launcher.adapters.screen.words import (
    NAMES,
    a_task_in_words,
    budget_in_words,
    duration,
    is_unfinished,
    running_in_words,
    shown,
    time_of_day,
    to_go_in_words,
    waited_in_words,
    why_waiting,
)
from launcher.core.outcome import Outcome
from launcher.core.plan import Plan
from launcher.ports import Snapshot

_BAR_COLUMNS = 24
_LABEL_COLUMNS = 9


def draw_block(
    snapshot: Snapshot, *, plan: Plan | None, now: datetime, zone: tzinfo | None
) -> RenderableType:
    """Return the lines for `snapshot`, those that a low window may lack at the end.

    `plan` is None while the tasks are still being read.
    """
    rows = [
        _row("tasks", _counts(snapshot)),
        *_bars(snapshot, plan),
        *_running(snapshot),
        _row("requests", _line(_requests(snapshot, plan))),
        _row("budget", _line(budget_in_words(snapshot, now=now, zone=zone))),
    ]
    waiting = why_waiting(snapshot)
    if waiting is not None:
        rows.append(_row("waiting", _waiting(*waiting, now=now, zone=zone)))
    if snapshot.stopping is not None:
        rows.append(_row("stopping", _line(shown(snapshot.stopping), style="bold")))
    rows += [_row("error", _line(shown(error), style="red")) for error in snapshot.last_errors]
    return Group(*rows)


def _running(snapshot: Snapshot) -> list[RenderableType]:
    feeding = snapshot.feeding
    if feeding is None or snapshot.waited is not None:
        return []
    return [_row("running", _line(running_in_words(feeding)))]


def _bars(snapshot: Snapshot, plan: Plan | None) -> list[RenderableType]:
    """Return how far the launching is, and of tasks that are waited for, how far they are."""
    total = sum(snapshot.counts.values())
    left = snapshot.counts.get(Outcome.PENDING, 0) + snapshot.counts.get(Outcome.UNKNOWN, 0)
    waited = snapshot.waited
    if waited is None:
        return [_row("", _bar(_to_go(snapshot, plan), done=total - left, total=total))]
    known = sum(waited.states.values())
    words = waited_in_words(waited)
    return [
        _row("running", _line(words)),
        _row("", _bar("", done=known - waited.left, total=known)),
    ]


def _bar(words: str, *, done: int, total: int) -> RenderableType:
    bar = ProgressBar(
        total=max(total, 1),
        completed=max(done, 0),
        width=_BAR_COLUMNS,
        style="bright_black",
        complete_style="green",
        finished_style="green",
    )
    if not words:
        return bar
    row = Table.grid(padding=(0, 1))
    row.add_row(bar, _line(words))
    return row


def _to_go(snapshot: Snapshot, plan: Plan | None) -> str:
    if plan is None:
        return "reading what the tasks are"
    if snapshot.to_go_s is None or not is_unfinished(snapshot):
        return ""
    return to_go_in_words(snapshot.to_go_s)


def _requests(snapshot: Snapshot, plan: Plan | None) -> str:
    launched = snapshot.counts.get(Outcome.LAUNCHED, 0)
    now = 0 if plan is None else launched - plan.launched_before
    parts = [f"{snapshot.requests:,} sent"]
    if now > 0:
        parts.append(a_task_in_words(snapshot.requests, launched=now))
    if snapshot.throttled:
        parts.append(f"{snapshot.throttled:,} throttled")
    under_way = f"{snapshot.in_flight:,} in flight, {snapshot.in_doubt:,} in doubt"
    return f"{', '.join(parts)}; {under_way}"


def _waiting(why: str, for_s: float | None, *, now: datetime, zone: tzinfo | None) -> Text:
    if for_s is None:
        return _line(why)
    at = time_of_day(now, in_s=for_s, zone=zone)
    return _line(f"until {at} ({duration(for_s)}): {why}")


def _row(label: str, content: RenderableType) -> RenderableType:
    """Return a grid of its own: in a common one the longest line would make all as wide."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_LABEL_COLUMNS, no_wrap=True)
    grid.add_column()
    grid.add_row(label, content)
    return grid


def _line(words: str, *, style: str = "") -> Text:
    return Text(words, style=style, no_wrap=True, overflow="ellipsis")


def _counts(snapshot: Snapshot) -> Text:
    counts = snapshot.counts
    launched = f"{counts.get(Outcome.LAUNCHED, 0):,} of {sum(counts.values()):,} launched"
    parts = [Text(launched, style=STYLES[Outcome.LAUNCHED])]
    parts += [
        Text(f"{counts[outcome]:,} {NAMES[outcome]}", style=STYLES[outcome])
        for outcome in Outcome
        if outcome is not Outcome.LAUNCHED and counts.get(outcome)
    ]
    return Text(", ").join(parts)
