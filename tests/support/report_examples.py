"""Rows, reports and snapshots for tests of what people see, and a clock that is set by hand."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from launcher.core.budget import Budget
from launcher.core.entry import Account, RunId
from launcher.core.ids import TaskId
from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.plan import Forecast, Plan
from launcher.core.reasons import Digest, digest_of
from launcher.core.report import Report, RunFacts, Summary
from launcher.core.row import Row
from launcher.ports import Snapshot, Wake

AT = datetime(2026, 11, 24, 3, 21, 41, 123456, tzinfo=UTC)
RUN = RunId("20261124-032141-9f3c")
EARLIER = RunId("20261123-101010-aaaa")

HOSTILE = {
    "formula": '=HYPERLINK("http://evil","x")',
    "plus": "+1+1",
    "at": "@SUM(A1)",
    "tab": "\t=1",
    "ansi": "\x1b[31mred\x1b]0;title\x07",
    "c1": "\x9b31m",
    "bidi": "abc\u202egnp.exe",
    "newline": "one\ntwo\r\nthree",
    "separators": "one\u2028two\x85three",
    "markup": "[bold red]shout[/] :smile: [link=http://evil]x[/link]",
    "broken markup": "[/] [/nothing] [",
    "surrogate": "half \ud83d face",
    "nul": "a\x00b",
    "quotes": "a\"b,c;d'e",
    "wide": "\u4f60\u597d " * 60,
    "combining": "e" + "\u0301" * 500,
    "command": "=cmd|'/c calc'!A1",
    "second cell": "a;=1+1;-2",
    "link": "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x07",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "c1 link": "\x9d8;;http://evil\x9cclick",
    "all line ends": "a\nb\x0bc\x0cd\x1ce\x1df\x1eg\x85h\u2028i\u2029j\rk",
    "isolates": "\u2066a\u2069\u061c\u200f",
    "zero width": "a\u200b\u200d\u2060\ufeffb",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "forged line": "fine\nlauncher: every task is launched\n2026-11-24 ERROR forged",
    "megabyte": "x" * 1_000_000,
}


class HandClock:
    """Tells the time that a test has set."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float, *, wake: Wake | None = None) -> None:
        self.passed_s += 0.0 if wake else seconds

    def chance(self) -> float:
        return 0.5


def task(number: int) -> TaskId:
    return TaskId(str(UUID(int=number)))


def row(number: int = 1, outcome: Outcome = Outcome.LAUNCHED) -> Row:
    is_launched = outcome is Outcome.LAUNCHED
    return Row(
        task_id=task(number),
        outcome=outcome,
        status="QUEUED" if is_launched else "DRAFT",
        status_at=AT,
        name=f"align {number}",
        project="mara/lung",
        app="mara/lung/align/3",
        batch=False,
        executed_by="mara" if is_launched else None,
        attempts=1,
        confirmed_by=ConfirmedBy.ANSWER if is_launched else None,
        http_status=200 if is_launched else None,
        error_code=None,
        error_message=None,
        request_id="a-1",
        first_attempt_at=AT,
        launched_at=AT if is_launched else None,
        latency_s=0.25,
        run_id=RUN,
        source=f"tasks.txt:{number}",
    )


def facts() -> RunFacts:
    return RunFacts(
        run_id=RUN,
        account=Account(endpoint="https://cavatica-api.sbgenomics.com/v2", user="mara"),
        host="node7",
        version="0.1.0",
        arguments=("run", "tasks.txt"),
        max_attempts=6,
        started_at=AT,
        ended_at=AT + timedelta(seconds=80),
        exit_code=0,
        requests={"run": 300, "bulk_read": 3, "user": 1},
        throttled=0,
        duration_s=80.0,
    )


def report_of_rows(rows: Iterable[Row], run: RunFacts | None = None) -> Report:
    run = facts() if run is None else run
    rows = tuple(rows)
    counts = Counter(row.outcome for row in rows)
    summary = Summary(
        requested=len(rows),
        launched=counts[Outcome.LAUNCHED],
        launched_before=sum(
            row.outcome is Outcome.LAUNCHED and row.run_id != run.run_id for row in rows
        ),
        skipped=counts[Outcome.SKIPPED],
        rejected=counts[Outcome.REJECTED],
        failed=counts[Outcome.FAILED],
        unknown=counts[Outcome.UNKNOWN],
        pending=counts[Outcome.PENDING],
        requests=None if run.requests is None else sum(run.requests.values()),
        throttled=run.throttled,
        retries=0,
        duration_s=run.duration_s,
    )
    return Report(run=run, rows=Listed(rows, summary, digest_of(rows, run=run.run_id)))


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows in a list, and what is said of them."""

    rows: Iterable[Row]
    summary: Summary
    digest: Digest

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def with_rows(report: Report, rows: Iterable[Row]) -> Report:
    """Return the report with other rows, though they add up to something else."""
    return replace(report, rows=Listed(rows, report.summary, report.digest))


def listed(report: Report) -> Report:
    """Return the report with all that it says by now."""
    return with_rows(report, tuple(report.rows))


def with_summary(report: Report, summary: Summary) -> Report:
    """Return the report with another summary."""
    return replace(report, rows=Listed(tuple(report.rows), summary, report.digest))


def hostile_row(text: str) -> Row:
    rejected = row(1, Outcome.REJECTED)
    return replace(
        rejected,
        name=text,
        project=text,
        executed_by=text,
        status=text,
        error_message=text,
        source=text,
    )


def snapshot(launched: int = 120, pending: int = 176) -> Snapshot:
    return Snapshot(
        counts={
            Outcome.LAUNCHED: launched,
            Outcome.SKIPPED: 8,
            Outcome.REJECTED: 4,
            Outcome.UNKNOWN: 4,
            Outcome.PENDING: pending,
        },
        in_flight=3,
        in_doubt=1,
        requests=launched + 2,
        throttled=0,
        budget=Budget(remaining=803, in_flight=3),
        window_ends_in_s=200.0,
        closed=None,
        closed_for_s=None,
        to_go_s=40.0,
        last_errors=(),
        stopping=None,
    )


PLAN = Plan(
    requested=312,
    drafts=tuple(task(number) for number in range(290)),
    batch=(task(1), task(2)),
    launched_before=10,
    skipped=8,
    rejected=4,
    earlier_runs=(EARLIER,),
)
FORECAST = Forecast(requests=290, windows=1, seconds=9.7, limit=1000)


def read_in_thread(path: Path) -> tuple[threading.Thread, list[bytes]]:
    """Start to read a FIFO to its end; join the thread, then look at the list."""
    found: list[bytes] = []
    thread = threading.Thread(target=lambda: found.append(path.read_bytes()), daemon=True)
    thread.start()
    return thread, found
