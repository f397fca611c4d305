"""Two runs side by side: how many tasks changed, and each of them on a line."""

from typing import TextIO

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import print_out
from launcher.core.comparison import Change, Changed, Comparison, Standing
from launcher.core.report import RunFacts
from launcher.core.words import shown

_MEANS = {
    Change.RECOVERED: "launched now",
    Change.TAKEN: "no drafts any more now, and not started by this journal",
    Change.NEWLY_BAD: "launched, or no drafts any more, in the older run, and neither now",
    Change.ENDED_BADLY: "launched, and FAILED or ABORTED on the platform since",
    Change.STILL_BAD: "rejected, failed, unknown or pending in both",
    Change.STILL_FINE: "launched, or no drafts any more, in both; not listed",
    Change.ONLY_OLDER: "the newer run was not asked for them",
    Change.ONLY_NEWER: "the older run was not asked for them",
}


def print_comparison(
    comparison: Comparison, *, older: RunFacts, newer: RunFacts, stream: TextIO
) -> None:
    """Print the counts, then a line for each task that is not fine in both; as `print_out`."""
    blocks: list[RenderableType] = [Text(line) for line in _head(older, newer)]
    blocks.append(_counts(comparison))
    if comparison.changes:
        blocks += [Text(""), _lines(comparison)]
    print_out(blocks, stream)


def _head(older: RunFacts, newer: RunFacts) -> tuple[str, ...]:
    runs = f"Run {shown(newer.run_id)}, compared with the older run {shown(older.run_id)}:"
    if older.account == newer.account:
        return (runs,)
    return (runs, f"(the older one of {_account(older)}, the newer one of {_account(newer)})")


def _account(run: RunFacts) -> str:
    return f"{shown(run.account.user, limit=60)} at {shown(run.account.endpoint, limit=60)}"


def _counts(comparison: Comparison) -> RenderableType:
    counts = {change: comparison.counts.get(change, 0) for change in Change}
    if not any(counts.values()):
        return Text("Neither has a task.")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for change, count in counts.items():
        if count:
            grid.add_row(Text(f"{count:,}"), Text(f"{change}:"), Text(_MEANS[change]))
    return grid


def _lines(comparison: Comparison) -> RenderableType:
    """Return a line a task, the tasks of one change together; the terminal wraps them."""
    places = list(Change)
    listed = sorted(comparison.changes, key=lambda one: places.index(one.change))
    return Text("\n".join(map(_line, listed)), no_wrap=True)


def _line(one: Changed) -> str:
    both = " -> ".join(_standing(standing) for standing in (one.older, one.newer) if standing)
    name = next((standing.name for standing in (one.newer, one.older) if standing), "")
    return "  ".join(filter(None, (f"{one.change}:", one.task, both, name)))


def _standing(standing: Standing) -> str:
    """Return `rejected (code 7024, HTTP 400)`, or `launched (RUNNING)`."""
    more = standing.status if standing.is_fine else standing.told
    return f"{standing.outcome} ({more})" if more else standing.outcome.value
