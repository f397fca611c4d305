"""The steps of a task's fold that tell of aborts; they leave its launch what it was."""

from dataclasses import replace

from launcher.core.aborting import AbortMeaning, is_ending
from launcher.core.course import is_active
from launcher.core.entry import AbortAttempted, AbortSettled, Record
from launcher.core.outcome import Abort, Refusal
from launcher.core.state import TaskState


def after_abort(state: TaskState, record: Record) -> TaskState:
    """Return the state after a request to abort the task, or after its end."""
    match record.entry:
        case AbortAttempted() as asked:
            return state._replace(abort=_asked_to_abort(state.abort, record, asked))
        case AbortSettled() as settled:
            return _abort_settled(state, record, settled)
        case _:
            return state


def _asked_to_abort(before: Abort | None, record: Record, asked: AbortAttempted) -> Abort:
    so_often = before.attempts if before is not None and before.run == record.run else 0
    undenied = before is not None and before.may_have_ended_it
    return Abort(run=record.run, number=asked.number, attempts=so_often + 1, undenied=undenied)


def _abort_settled(state: TaskState, record: Record, settled: AbortSettled) -> TaskState:
    abort = state.abort
    if abort is None or abort.number != settled.number or not abort.is_open:
        return state
    told = state._replace(
        abort=replace(
            abort,
            attempts=abort.attempts - (not settled.meaning.uses_attempt),
            is_open=settled.meaning is AbortMeaning.IN_DOUBT,
            meaning=settled.meaning,
            refusal=Refusal(
                http_status=settled.http_status,
                code=settled.code,
                message=settled.message,
                request_id=settled.request_id,
            ),
        )
    )
    if settled.meaning is not AbortMeaning.ABORTED:
        return told
    return told._replace(status=settled.status, status_at=record.at)


def abort_after_read(abort: Abort, status: str) -> Abort:
    """Return what is known of an abort once a read showed its task in that state."""
    if is_ending(status):
        return replace(abort, is_open=False)
    return replace(abort, is_read=True) if is_active(status) else abort
