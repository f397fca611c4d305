"""What the facts of a task add up to: the one state table of the launcher.

Steps (an attempt is *open* until an answer or two counted draft reads say that it did nothing):

    fact                          what it changes
    Requested                     a new run begins for this task: its refusals are forgotten;
                                  nothing, if a tick asks for it again
    Attempted                     open; counted
    Settled launched              launched, confirmed by the answer
    Settled rejected              closed, refused
    Settled in_doubt              stays open
    Settled needs_draft           closed, to be read; a later read decides whose start it was
    Settled throttled, not_sent … closed, not counted
    Seen DRAFT, counts, twice     closed, but never denied: it may still have been ours
    Seen any other status         launched (by read) if an attempt was never denied and the
                                  executing user is ours or absent; else somebody else's
    Unseen                        refused by the read
    AbortAttempted                a request to end it may have left; its launch stays what it was
    AbortSettled                  its end; aborted also tells the state
    Inspected                     how many jobs it has, for a remark
    CloneIntended, CloneSettled   nothing: they tell of another task, see `launcher.core.clones`
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeGuard, get_args

from launcher.core.aborts import abort_after_read, after_abort
from launcher.core.course import DRAFT, Course, course_after
from launcher.core.entry import (
    Attempted,
    Entry,
    Inspected,
    Record,
    RunFact,
    Seen,
    Settled,
    TaskFact,
    Unseen,
)
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.outcome import ConfirmedBy, Launch, Refusal
from launcher.core.state import TaskState

DRAFT_READS = 2
"""Counted draft reads that clear an attempt."""

_OF_RUNS = frozenset(get_args(RunFact))


def after(state: TaskState, record: Record) -> TaskState:
    """Return the state after one more fact about its task."""
    match record.entry:
        case Requested(again=again):
            return state if again else _requested(state)
        case Attempted() as attempted:
            return _attempted(state, record, attempted)
        case Settled() as settled:
            return _settled(state, record, settled)
        case Seen() as seen:
            return _seen(state, record, seen)
        case Unseen() as unseen:
            return state._replace(unseen=unseen, unread=False)
        case Inspected(jobs=jobs):
            return state._replace(course=replace(state.course or Course(), jobs=jobs))
        case _:
            return after_abort(state, record)


def _requested(state: TaskState) -> TaskState:
    if state.launch is not None or (state.run is None and state.unseen is None):
        return state  # launched, or never tried: there is nothing to forget
    return state._replace(
        run_attempts=0,
        needs_draft=False,
        unread=state.outcome_is_open,
        refused=False,
        refusal=state.refusal if state.open else None,
        unseen=None,
    )


def _attempted(state: TaskState, record: Record, attempted: Attempted) -> TaskState:
    return (_undenied(state) if state.open else state)._replace(
        run=record.run,
        attempts=state.attempts + 1,
        run_attempts=state.run_attempts + 1,
        number=attempted.number,
        unbatched=attempted.query.get("batch") == "false",
        open=True,
        draft_reads=0,
        unread=False,
        needs_draft=False,
        refused=False,
        refusal=None,
        unseen=None,
        doubt_at=record.at,
        first_attempt_at=state.first_attempt_at if state.run == record.run else record.at,
        latency_s=None,
    )


def _settled(state: TaskState, record: Record, settled: Settled) -> TaskState:
    if settled.number != state.number or not state.open:
        return state
    refusal = Refusal(
        http_status=settled.http_status,
        code=settled.code,
        message=settled.message,
        request_id=settled.request_id,
    )
    if settled.meaning is Meaning.LAUNCHED:
        seen = state.seen
        return state._replace(
            open=False,
            doubt_at=record.at,
            needs_draft=False,
            refused=False,
            latency_s=settled.latency_s,
            refusal=refusal,
            status=settled.status,
            status_at=record.at,
            executed_by=settled.executed_by,
            seen=replace(seen, batch=False) if state.unbatched and seen else seen,
            launch=Launch(
                confirmed_by=ConfirmedBy.ANSWER,
                run=record.run,
                first_attempt_at=state.first_attempt_at,
                launched_at=record.at,
            ),
        )
    not_counted = not settled.meaning.uses_attempt
    return state._replace(
        open=settled.meaning is Meaning.IN_DOUBT,
        doubt_at=record.at,
        attempts=state.attempts - not_counted,
        run_attempts=state.run_attempts - not_counted,
        needs_draft=settled.meaning is Meaning.NEEDS_DRAFT,
        refused=settled.meaning is Meaning.REJECTED,
        latency_s=settled.latency_s,
        refusal=refusal,
    )


def _seen(state: TaskState, record: Record, seen: Seen) -> TaskState:
    told = state._replace(
        seen=seen,
        course=course_after(state.course, seen.course, same_state=seen.status == state.status),
        unseen=None,
        unread=False,
        status=seen.status,
        status_at=record.at,
        executed_by=seen.executed_by,
        abort=state.abort and abort_after_read(state.abort, seen.status),
    )
    if seen.status == DRAFT:
        return _draft_read(told, record) if seen.counts and told.open else told
    if state.launch is not None:
        return told
    closed = told._replace(open=False, draft_reads=0)
    may_be_ours = state.open or state.undenied
    if not may_be_ours or seen.executed_by not in {None, state.user}:
        return closed
    credited = _undenied(state) if state.open else state
    launch = Launch(
        confirmed_by=ConfirmedBy.READ,
        run=credited.undenied_run or record.run,
        first_attempt_at=credited.undenied_first_at,
        launched_at=record.at,
    )
    return closed._replace(latency_s=None, launch=launch)


def _draft_read(state: TaskState, record: Record) -> TaskState:
    if state.draft_reads + 1 < DRAFT_READS:
        return state._replace(draft_reads=state.draft_reads + 1, doubt_at=record.at)
    return _undenied(state)._replace(open=False, draft_reads=0)


def _undenied(state: TaskState) -> TaskState:
    return state._replace(
        undenied=True,
        undenied_run=state.run,
        undenied_first_at=state.first_attempt_at,
    )


def is_of_task(entry: Entry) -> TypeGuard[TaskFact]:
    """Say whether it is a fact about a task; `isinstance` would ask for each class in turn."""
    return type(entry) not in _OF_RUNS


def fold(records: Iterable[Record], *, user: str) -> dict[TaskId, TaskState]:
    """Return the state of every task that one account's records tell of, each task's in order."""
    states: dict[TaskId, TaskState] = {}
    fresh = TaskState(user=user)
    for record in records:
        if is_of_task(record.entry):
            task = record.entry.task
            states[task] = after(states.get(task, fresh), record)
    return states
