"""The report of a run against what the fake platform and the journal know."""

from collections.abc import Sequence

from launcher.core.entry import Attempted, Record, Settled
from launcher.core.ids import TaskId
from launcher.core.meaning import Meaning
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from launcher.core.row import Row
from support.bench import Bench
from support.fake_platform import USER


def wrong_rows(report: Report, bench: Bench, *, unseen_s: float = 0.0) -> list[Row]:
    """Return the rows that are not true; a start of the last `unseen_s` may be unknown.

    Where another journal or a browser of the same user starts a task on which an attempt of this
    journal got no answer, nobody can know whose start it is: such a start may be called ours.
    """
    by_then = bench.clock.monotonic() - unseen_s
    return [row for row in report.rows if not _is_true(row, bench, by_then)]


def assert_true(report: Report, bench: Bench, *, unseen_s: float = 0.0) -> None:
    """Compare every row with what the platform knows, and the counts with each other."""
    summary, outcomes = report.summary, [row.outcome for row in report.rows]

    assert wrong_rows(report, bench, unseen_s=unseen_s) == []
    assert len({row.task_id for row in report.rows}) == summary.requested
    assert {outcome: outcomes.count(outcome) for outcome in Outcome} == {
        Outcome.LAUNCHED: summary.launched,
        Outcome.SKIPPED: summary.skipped,
        Outcome.REJECTED: summary.rejected,
        Outcome.FAILED: summary.failed,
        Outcome.UNKNOWN: summary.unknown,
        Outcome.PENDING: summary.pending,
    }


def _is_true(row: Row, bench: Bench, by_then: float) -> bool:
    platform, task = bench.platform, row.task_id
    starts = [start for start in platform.begun if start.task == task]
    our_starts = [start.at for start in starts if start.origin == bench.name]
    ours = bool(our_starts)
    view = platform.views.get(task)
    match row.outcome:
        case Outcome.LAUNCHED:
            by_us = any(start.by == USER for start in starts)
            return ours or (by_us and _was_left_unanswered(task, bench.store))
        case Outcome.SKIPPED:
            return not ours and view is not None and view.status != "DRAFT"
        case Outcome.REJECTED | Outcome.FAILED | Outcome.PENDING:
            return not ours or min(our_starts) > by_then
        case Outcome.UNKNOWN:
            return True


def _was_left_unanswered(task: TaskId, store: Sequence[Record]) -> bool:
    """Say whether an attempt on the task has no answer that denies its doing."""
    entries = [record.entry for record in store]
    attempts = {e.number for e in entries if isinstance(e, Attempted) and e.task == task}
    denied = {
        entry.number
        for entry in entries
        if isinstance(entry, Settled)
        and entry.task == task
        and entry.meaning not in {Meaning.IN_DOUBT, Meaning.LAUNCHED}
    }
    return bool(attempts - denied)
