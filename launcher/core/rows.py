"""A row of a report: the state of one task in the words of the contract."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from launcher.core.aborting import ABORTED, ABORTING
from launcher.core.answer import NULL
from launcher.core.clones import NO_ANSWER, CloneState
from launcher.core.course import DRAFT, Course
from launcher.core.fate import remark_of as abort_remark_of
from launcher.core.ids import Requested
from launcher.core.outcome import ConfirmedBy, Outcome, Refusal
from launcher.core.remarks import remark_of
from launcher.core.report import RunFacts
from launcher.core.row import Row
from launcher.core.state import TaskState

_FOREMOST = (
    Outcome.LAUNCHED,
    Outcome.UNKNOWN,
    Outcome.SKIPPED,
    Outcome.REJECTED,
    Outcome.FAILED,
    Outcome.PENDING,
)


_NO_COURSE = Course()
_NO_REASON = Refusal()


def place_of(row: Row) -> tuple[int, float]:
    """Return where a row stands among those that several accounts' facts draw of one task.

    A launch is a fact that no other takes back; then whatever says that it may have started.
    Of rows that say the same, the last seen is the first.
    """
    seen_at = row.status_at.timestamp() if row.status_at else 0.0
    return _FOREMOST.index(row.outcome), -seen_at


def row_of(
    run: RunFacts, requested: Requested, state: TaskState, *, shown: Mapping[str, str | None]
) -> Row:
    """Return the row of a task that `run` was asked for, in that state.

    `shown` are members as the platform last showed them; others are null.
    """
    outcome = state.outcome(max_attempts=run.max_attempts)
    reason = _reason(state, outcome)
    launch, seen, course = state.launch, state.seen, state.course or _NO_COURSE
    return Row(
        task_id=requested.task,
        outcome=outcome,
        status=state.status,
        status_at=state.status_at,
        name=seen.name if seen else None,
        project=seen.project if seen else None,
        app=seen.app if seen else None,
        batch=seen.batch if seen else None,
        executed_by=state.executed_by,
        attempts=state.attempts,
        confirmed_by=launch.confirmed_by if launch else None,
        http_status=reason.http_status,
        error_code=reason.code,
        error_message=reason.message,
        request_id=reason.request_id,
        first_attempt_at=launch.first_attempt_at if launch else _first_attempt_at(state),
        launched_at=launch.launched_at if launch else None,
        latency_s=state.latency_s,
        run_id=launch.run if launch else run.run_id,
        source=requested.source,
        ended_at=course.ended_at,
        queued_s=course.queued_s,
        running_s=course.running_s,
        price=course.price,
        currency=course.currency,
        remark=_remark(state, run),
        extra=tuple([(name, shown.get(name, NULL)) for name in run.fields]),
    )


def _remark(state: TaskState, run: RunFacts) -> str | None:
    """Return what became of an abort, and why the task is slow, odd or failed."""
    aborted = abort_remark_of(state, run=run.run_id, aborts=run.aborts)
    if aborted is None:
        return _course_remark(state) or None
    if state.status in {ABORTED, ABORTING}:
        return aborted
    return "; ".join(filter(None, (aborted, _course_remark(state))))


def _course_remark(state: TaskState) -> str | None:
    if state.launch is not None and state.unseen is not None:
        unseen = state.unseen
        return f"cannot be read any more: HTTP {unseen.http_status}: {unseen.message}"
    errors = state.seen.errors if state.seen else ()
    return remark_of(state.status, state.course, batch=state.is_batch, errors=errors)


def row_of_uncloned(run: RunFacts, row: Row, state: CloneState) -> Row:
    """Return what became of the clone that `run` was to make of a task, in its original's row.

    What the original cost and when it was launched are for the report of its own run.
    """
    outcome = state.outcome(run=run.run_id, max_attempts=run.max_attempts)
    reason = state.refusal or Refusal()
    message = reason.message or (NO_ANSWER if outcome is Outcome.UNKNOWN else None)
    if state.clone is not None:
        reason, message = Refusal(), f"cloned as {state.clone} by a later run"
    return replace(
        row,
        outcome=outcome,
        confirmed_by=None,
        http_status=reason.http_status,
        error_code=reason.code,
        error_message=message,
        request_id=reason.request_id,
        first_attempt_at=None,
        launched_at=None,
        latency_s=None,
        run_id=run.run_id,
        price=None,
        currency=None,
    )


def _first_attempt_at(state: TaskState) -> datetime | None:
    return state.first_attempt_at if state.attempts else None


def _reason(state: TaskState, outcome: Outcome) -> Refusal:
    last = state.refusal or _NO_REASON
    if state.unseen is not None and outcome in {Outcome.REJECTED, Outcome.UNKNOWN}:
        unseen = state.unseen
        return Refusal(
            http_status=unseen.http_status,
            code=unseen.code,
            message=unseen.message,
            request_id=unseen.request_id,
        )
    if outcome is Outcome.LAUNCHED and state.launch is not None:
        if state.launch.confirmed_by is ConfirmedBy.READ:
            return Refusal(request_id=last.request_id)  # the answer, if any, told nothing
        return last if last.code is None else last._replace(code=None)
    if outcome is Outcome.REJECTED and not state.refused and state.seen is not None:
        return Refusal(
            message=f"child of batch task {state.seen.parent}: launch its parent instead"
        )
    if outcome is Outcome.UNKNOWN and not last.message:
        return Refusal(message="the run request may have been sent, and no answer was seen")
    if outcome is Outcome.PENDING and state.status == DRAFT and not last.message:
        return Refusal()
    return last
