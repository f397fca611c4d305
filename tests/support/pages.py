"""Reports that pages are made of: large ones, with waits, reasons and ends of tasks."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from launcher.core.course import COMPLETED, FAILED
from launcher.core.entry import RunId
from launcher.core.outcome import Outcome
from launcher.core.report import Report, Wait
from launcher.core.row import Row
from support.report_examples import AT, facts, report_of_rows, row, with_summary

WINDOW_S = 300.0
IN_A_WINDOW = 980
RATE_PER_S = 30.0
REASONS = (
    (7024, 400, "Input 'reads' is required and has no value"),
    (7001, 403, "You do not have the permission to execute tasks in this project"),
    (None, 502, "a gateway lost the request"),
)


def many_rows(count: int, *, seed: int = 1, trouble: float = 0.0) -> Iterator[Row]:
    """Yield rows as a run leaves them that meets the budget of the platform."""
    chance = Random(seed)
    for number in range(1, count + 1):
        if chance.random() < trouble:
            yield refused(number, chance)
            continue
        window, place = divmod(number, IN_A_WINDOW)
        at = AT + timedelta(seconds=window * WINDOW_S + place / RATE_PER_S)
        queued, ran = chance.uniform(20, 200), chance.gammavariate(4, 200)
        failed = trouble and chance.random() < trouble
        yield replace(
            row(number),
            name=f"align sample {number:05}",
            status=FAILED if failed else COMPLETED,
            launched_at=at,
            first_attempt_at=at,
            latency_s=chance.lognormvariate(-1.2, 0.45),
            queued_s=queued,
            running_s=ran,
            ended_at=at + timedelta(seconds=queued + ran),
            status_at=at + timedelta(seconds=queued + ran + 5),
            price=Decimal(f"{ran / 900:.2f}"),
            currency="USD",
            remark="failed on the platform: the tool exited with 1" if failed else None,
        )


def refused(number: int, chance: Random) -> Row:
    """Return the row of a task that was not launched, for one of several reasons."""
    outcome = chance.choice((Outcome.REJECTED, Outcome.REJECTED, Outcome.SKIPPED, Outcome.FAILED))
    named = replace(row(number, outcome), name=f"align sample {number:05}")
    if outcome is Outcome.SKIPPED:
        return replace(named, status=chance.choice((COMPLETED, "RUNNING")))
    code, status, message = REASONS[2 if outcome is Outcome.FAILED else chance.randrange(2)]
    return replace(named, error_code=code, http_status=status, error_message=message)


def big_report(count: int, *, trouble: float = 0.0, run: RunId | None = None) -> Report:
    """Return a report of so many tasks, with a wait for each window of the budget."""
    rows = tuple(many_rows(count, trouble=trouble))
    windows = count // IN_A_WINDOW
    took = windows * WINDOW_S + 40
    spent = IN_A_WINDOW / RATE_PER_S
    waits = tuple(
        Wait(
            at=AT + timedelta(seconds=window * WINDOW_S + spent),
            for_s=WINDOW_S - spent,
            why="the budget of this window is used up",
        )
        for window in range(windows)
    )
    pause = Wait(at=AT + timedelta(seconds=5), for_s=2.0, why="throttled")
    bare = report_of_rows(rows, replace(facts(), run_id=run or facts().run_id))
    sent = {"bulk_read": -(-count // 100), "run": bare.summary.launched, "user": 1}
    ended = replace(
        bare.run,
        requests=sent,
        exit_code=1 if trouble else 0,
        duration_s=took,
        ideal_s=took * 0.98,
        ended_at=AT + timedelta(seconds=took),
    )
    summary = replace(
        bare.summary,
        requests=sum(sent.values()),
        duration_s=took,
        states=Counter(
            row.status for row in rows if row.outcome is Outcome.LAUNCHED and row.status
        ),
    )
    return with_summary(replace(bare, run=ended, waits=(pause, *waits)), summary)
