"""The table of past runs."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import TextIO
from urllib.parse import urlsplit

from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import print_out
from launcher.adapters.screen.words import counted, day_and_time, shown
from launcher.core.outcome import Outcome
from launcher.core.report import RunFacts, Summary

_HEADERS = ("run", "started", "exit", "account", "what became of it")
_NAME_LIMIT = 60


def print_runs(
    runs: Iterable[tuple[RunFacts, Summary | None]],
    *,
    stream: TextIO,
    zone: tzinfo | None = None,
) -> None:
    """Print past runs, in the order given, on `stream`: one line a run where it is no terminal.

    Raises:
        StorageError: the stream does not take them; a reader that goes away is no error.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in _HEADERS:
        table.add_column(header, overflow="fold", no_wrap=header in _HEADERS[:3])
    for facts, summary in runs:
        table.add_row(*(Text(value) for value in _values(facts, summary, zone)))
    print_out([table], stream)


def _values(facts: RunFacts, summary: Summary | None, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        shown(facts.run_id, limit=_NAME_LIMIT),
        day_and_time(facts.started_at, zone=zone),
        "-" if facts.exit_code is None else str(facts.exit_code),
        f"{shown(facts.account.user, limit=_NAME_LIMIT)} at {_host(facts.account.endpoint)}",
        "; ".join(_became(facts, summary)),
    )


def _host(endpoint: str) -> str:
    try:
        host = urlsplit(endpoint).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return shown(host or endpoint, limit=_NAME_LIMIT)


def _became(facts: RunFacts, summary: Summary | None) -> Iterable[str]:
    if summary is not None:
        yield _counts(summary)
    if facts.ended_at is None:
        yield "did not end by itself: killed, or still going on"
    elif facts.reason is not None:
        yield shown(facts.reason)


def _counts(summary: Summary) -> str:
    counts = ((getattr(summary, outcome.value), outcome.value) for outcome in Outcome)
    parts = ", ".join(f"{count:,} {name}" for count, name in counts if count)
    tasks = counted(summary.requested, "task")
    return f"{tasks}: {parts}" if parts else tasks
