"""What became of the wish to end what a run launched, task by task."""

import re
from enum import StrEnum

from launcher.core.aborting import ABORTED, ABORTING, AbortMeaning, is_ending
from launcher.core.course import DRAFT
from launcher.core.entry import RunId
from launcher.core.outcome import Refusal
from launcher.core.state import TaskState


class Fate(StrEnum):
    """What became of one task of a run that is aborted."""

    ABORTED = "aborted"
    """It is ABORTING or ABORTED, and an abort of this journal asked for that."""
    ENDED = "ended"
    """It had ended, or was being ended, by itself or by somebody else."""
    DRAFT = "draft"
    """The run did not start it after all."""
    FOREIGN = "foreign"
    """Somebody else started it, or another run: left alone."""
    REFUSED = "refused"
    FAILED = "failed"
    """It was still active when last read, after all attempts."""
    UNKNOWN = "unknown"
    PENDING = "pending"
    """It is active, and the abort ended before it was asked for."""

    @property
    def is_fine(self) -> bool:
        """Whether nothing of that run goes on there."""
        return self in {Fate.ABORTED, Fate.ENDED, Fate.DRAFT, Fate.FOREIGN}


_FIRST_WORD = re.compile(r"[a-z]+")
_WORDS = frozenset(fate.value for fate in Fate)


def may_be_of(state: TaskState, run: RunId) -> bool:
    """Say whether `run` launched the task, or may have."""
    if state.launch is not None:
        return state.launch.run == run
    if state.open:
        return run in {state.run, state.undenied_run}
    return state.undenied and state.undenied_run == run and state.status in {None, DRAFT}


def is_to_abort(state: TaskState, run: RunId) -> bool:
    """Say whether an abort request may be sent: `run` launched it, and it is not known to end."""
    return state.launch is not None and state.launch.run == run and not is_ending(state.status)


def fate_of(state: TaskState, *, launched_by: RunId, aborted_by: RunId) -> Fate:
    """Return what became of a task that `launched_by` launched or may have, to be aborted."""
    if state.launch is None:
        return _fate_of_unlaunched(state)
    if state.launch.run != launched_by:
        return Fate.FOREIGN
    if is_ending(state.status):
        is_aborted = state.status in {ABORTED, ABORTING}
        is_ours = state.abort is not None and state.abort.may_have_ended_it
        return Fate.ABORTED if is_aborted and is_ours else Fate.ENDED
    abort = state.abort
    if abort is None or abort.run != aborted_by:
        return Fate.UNKNOWN if abort and abort.is_open and not abort.is_read else Fate.PENDING
    match abort.meaning:
        case AbortMeaning.REFUSED | AbortMeaning.NOT_ABORTABLE:
            return Fate.REFUSED
        case None | AbortMeaning.IN_DOUBT:
            return Fate.FAILED if abort.is_read else Fate.UNKNOWN
        case AbortMeaning.ABORTED:
            return Fate.FAILED  # it was ending, and a later read shows it active
        case _:
            return Fate.PENDING


def _fate_of_unlaunched(state: TaskState) -> Fate:
    if state.status not in {None, DRAFT} and not state.open:
        return Fate.FOREIGN
    return Fate.DRAFT if state.is_draft else Fate.UNKNOWN


def remark_of(state: TaskState, *, run: RunId, aborts: RunId | None) -> str | None:
    """Return what a row says of aborts; in the report of an abort its first word is the fate.

    `run` is whose report it is, `aborts` the run that it aborts, if any.
    """
    abort = state.abort
    if aborts is None and abort is None:
        return None
    if aborts is None:
        launched_by = state.launch.run if state.launch else run
        by = abort.run if abort else run
        fate = fate_of(state, launched_by=launched_by, aborted_by=by)
        return f"{fate} by run {by}" if fate is Fate.ABORTED else f"abort by run {by}: {fate}"
    fate = fate_of(state, launched_by=aborts, aborted_by=run)
    has_reason = abort is not None and abort.run == run and not fate.is_fine
    words = in_words(abort.refusal) if abort is not None and has_reason else ""
    return f"{fate}: {words}" if words else fate.value


def fate_in(remark: str | None) -> Fate | None:
    """Return the fate that the remark of a row in the report of an abort begins with."""
    first = _FIRST_WORD.match(remark or "")
    return Fate(first[0]) if first is not None and first[0] in _WORDS else None


def in_words(refusal: Refusal | None) -> str:
    """Return the last answer to an abort request in words; empty where there was none."""
    if refusal is None:
        return ""
    parts = [] if refusal.http_status is None else [f"HTTP {refusal.http_status}"]
    if refusal.code is not None:
        parts.append(f"code {refusal.code}")
    told = ", ".join(parts)
    return ": ".join(part for part in (told, refusal.message) if part)
