"""The table of past runs."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TextIO
from urllib.parse import urlsplit

from rich.cells import cell_len, set_cell_size
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import console_on, print_out
from launcher.adapters.screen.words import counted, day_and_time, shown
from launcher.core.outcome import Outcome
from launcher.core.report import RunFacts, Summary

_Runs = Sequence[tuple[RunFacts, Summary | None]]

_HEADERS = ("run", "started", "exit")
_BECAME = "what became of it"
_GAP = "  "
_NAME_LIMIT = 60


def print_runs(
    runs: Iterable[tuple[RunFacts, Summary | None]],
    *,
    stream: TextIO,
    zone: tzinfo | None = None,
) -> None:
    """Print past runs, in the order given, on `stream`: one line a run where it is no terminal.

    On a terminal a run has two lines at most, and an account that all share stands above them.

    Raises:
        StorageError: the stream does not take them; a reader that goes away is no error.
    """
    listed = list(runs)
    if stream.isatty():
        block = _for_terminal(listed, columns=console_on(stream).width, zone=zone)
    else:
        block = _for_pipe(listed, zone=zone)
    print_out([block], stream)


def _for_pipe(runs: _Runs, *, zone: tzinfo | None) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in (*_HEADERS, "account", _BECAME):
        table.add_column(header)
    for facts, summary in runs:
        became = "; ".join((*_counts(summary), *_why(facts)))
        cells = (*_start(facts, zone), _account(facts), became)
        table.add_row(*(Text(value) for value in cells))
    return table


def _for_terminal(runs: _Runs, *, columns: int, zone: tzinfo | None) -> RenderableType:
    accounts = {_account(facts) for facts, _ in runs}
    starts = [_HEADERS, *(_start(facts, zone) for facts, _ in runs)]
    widths = [max(map(cell_len, column)) for column in zip(*starts, strict=True)]
    is_shared = len(accounts) == 1
    room = columns - sum(widths) - len(_GAP) * len(widths) if is_shared else None
    ends = [(_BECAME if is_shared else "account", ""), *(_end(*run, room=room) for run in runs)]
    lines = [f"Account: {account}" for account in accounts if is_shared]
    for start, (first, second) in zip(starts, ends, strict=True):
        lines.append(_GAP.join((*map(set_cell_size, start, widths), first)))
        lines += [_GAP + second] if second else []
    return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))


def _start(facts: RunFacts, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        shown(facts.run_id, limit=_NAME_LIMIT),
        day_and_time(facts.started_at, zone=zone),
        "-" if facts.exit_code is None else str(facts.exit_code),
    )


def _end(facts: RunFacts, summary: Summary | None, *, room: int | None) -> tuple[str, str]:
    """Return what ends a run's line, the account if there is no `room`, and its second line."""
    counts = tuple(_counts(summary, room=room))
    first, others = _account(facts), counts
    if room is not None:
        first, others = "".join(counts[:1]), counts[1:]
    return first, "; ".join((*others, *_why(facts)))


def _account(facts: RunFacts) -> str:
    return f"{shown(facts.account.user, limit=_NAME_LIMIT)} at {_host(facts.account.endpoint)}"


def _host(endpoint: str) -> str:
    try:
        host = urlsplit(endpoint).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return shown(host or endpoint, limit=_NAME_LIMIT)


def _why(facts: RunFacts) -> Iterable[str]:
    """Yield what it was if no launch, and why it ended early, if it did."""
    if facts.aborts is not None:
        yield f"an abort of run {shown(facts.aborts, limit=_NAME_LIMIT)}"
    if facts.reruns is not None:
        yield f"a rerun of what failed of run {shown(facts.reruns, limit=_NAME_LIMIT)}"
    if facts.is_pruned:
        yield "pruned: what it did about tasks that are over was deleted"
    if facts.was_killed:
        yield "was killed"
    elif facts.goes_on:
        yield "still going on"
    elif facts.ended_at is None:
        yield "did not end by itself: killed, or still going on"
    elif facts.reason is not None:
        yield shown(facts.reason)


def _counts(summary: Summary | None, *, room: int | None = None) -> Iterable[str]:
    """Yield what became of how many tasks: in two parts where it has no room in one."""
    if summary is None:
        return
    tasks = counted(summary.requested, "task")
    counts = [(getattr(summary, outcome.value), outcome.value) for outcome in Outcome]
    if summary.aborts is not None:
        counts = [(count, fate) for fate, count in summary.aborts.items()]
    parts = ", ".join(
        f"{count:,} {name}{_before(summary) if name == Outcome.LAUNCHED else ''}"
        for count, name in counts
        if count
    )
    whole = f"{tasks}: {parts}" if parts else tasks
    yield from (tasks, parts) if room is not None and len(whole) > room else (whole,)


def _before(summary: Summary) -> str:
    """Return how many of the launched tasks earlier runs launched: such a run can abort none."""
    before = summary.launched_before
    if not before:
        return ""
    return f" ({'all' if before == summary.launched else f'{before:,}'} before)"
