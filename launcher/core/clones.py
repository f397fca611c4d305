"""What the facts about cloning a task add up to.

fact                          what it changes
CloneIntended                 open; counted
CloneSettled cloned           closed for good: it has a clone
CloneSettled refused          closed, refused
CloneSettled in_doubt         stays open; its words say why
CloneSettled not_there        closed, but never denied: the clone may still turn up
CloneSettled throttled, …     closed, not counted
CloneSettled, number 0        refused by the launcher: no clone was asked for
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from launcher.core.cloning import CLONED_WHEN, CloneMeaning
from launcher.core.entry import CloneIntended, CloneSettled, Record, RunId, Seen, Unseen
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome, Refusal

NO_ANSWER: Final = "the clone request may have been sent, and no answer was seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneState:
    """The fold over the facts about cloning one task."""

    intent: CloneIntended | None = None
    run: RunId | None = None
    """The last run that meant to clone it."""
    run_attempts: int = 0
    open: bool = False
    undenied: bool = False
    """A clone that no answer denied, and no list showed, may still turn up."""
    doubt_at: datetime | None = None
    clone: TaskId | None = None
    renamed: bool = False
    """The platform gave the clone another name."""
    refused: bool = False
    refusal: Refusal | None = None

    @property
    def is_intended(self) -> bool:
        """Whether there is a clone, or may be one."""
        return self.open or self.clone is not None

    @property
    def number(self) -> int:
        """The number of the last intent; 0: there was none."""
        return 0 if self.intent is None else self.intent.number

    def outcome(self, *, run: RunId, max_attempts: int) -> Outcome:
        """Return what became of a task that `run` was to clone, and did not launch a clone of."""
        if self.clone is not None:
            return Outcome.SKIPPED
        if self.open:
            return Outcome.UNKNOWN
        if self.run != run:
            return Outcome.PENDING
        if self.refused:
            return Outcome.REJECTED
        return Outcome.FAILED if self.run_attempts >= max_attempts else Outcome.PENDING


def after_clone_fact(state: CloneState, record: Record) -> CloneState:
    """Return the state after one more fact; those that tell nothing of clones change nothing."""
    match record.entry:
        case CloneIntended() as intent:
            before = state.run_attempts if state.run == record.run else 0
            return replace(
                state,
                intent=intent,
                run=record.run,
                run_attempts=before + 1,
                open=True,
                doubt_at=record.at,
                refused=False,
                refusal=None,
            )
        case CloneSettled(number=number) as settled if number == state.number and state.open:
            return _settled(state, record, settled)
        case CloneSettled(number=0) as settled if not state.open and state.clone is None:
            return replace(state, run=record.run, refused=True, refusal=_refusal(settled))
        case _:
            return state


def _settled(state: CloneState, record: Record, settled: CloneSettled) -> CloneState:
    return replace(
        state,
        run_attempts=state.run_attempts - (not settled.meaning.uses_attempt),
        open=settled.meaning is CloneMeaning.IN_DOUBT,
        undenied=state.undenied or settled.meaning is CloneMeaning.NOT_THERE,
        doubt_at=record.at,
        clone=settled.clone,
        renamed=settled.name is not None and settled.name != (state.intent and state.intent.name),
        refused=settled.meaning is CloneMeaning.REFUSED,
        refusal=_refusal(settled),
    )


def _refusal(settled: CloneSettled) -> Refusal:
    return Refusal(
        http_status=settled.http_status,
        code=settled.code,
        message=settled.message,
        request_id=settled.request_id,
    )


def fold_clones(records: Iterable[Record]) -> dict[TaskId, CloneState]:
    """Return the state of every task that the records say was to be cloned."""
    states: dict[TaskId, CloneState] = {}
    for record in records:
        match record.entry:
            case CloneIntended(task=task) | CloneSettled(task=task):
                states[task] = after_clone_fact(states.get(task, CloneState()), record)
            case _:
                pass
    return states


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A task that has failed: what its clone will have in common with it."""

    task: TaskId
    project: str | None
    app: str | None
    name: str | None
    batch: bool = False
    parent: str | None = None

    @property
    def why_not(self) -> str | None:
        """Why it is left uncloned though it failed; None: it may be cloned."""
        if self.parent is not None:
            return f"made by batch task {self.parent} as its child: no clone would be"
        if self.project is None or self.app is None or self.name is None:
            return "without its project, app and name a clone whose answer is lost cannot be found"
        return None


def original_of(reading: Seen | Unseen | None, state: CloneState) -> Original | None:
    """Return the task that was read, if it has failed or a clone of it was asked for before.

    An end is for ever: what had failed when the intent was written has failed, and the intent
    says all that is to be known of a task that cannot be read any more.
    """
    if isinstance(reading, Seen) and (reading.status in CLONED_WHEN or state.is_intended):
        return Original(
            task=reading.task,
            project=reading.project,
            app=reading.app,
            name=reading.name,
            batch=reading.batch,
            parent=reading.parent,
        )
    intent = state.intent
    if isinstance(reading, Seen) or intent is None or not state.is_intended:
        return None
    return Original(task=intent.task, project=intent.project, app=intent.app, name=intent.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncloned:
    """A task that was to be cloned and has no clone, and what became of that."""

    requested: Requested
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a rerun is to launch, and what it could not clone; in the order of the originals."""

    wanted: tuple[Requested, ...]
    uncloned: tuple[Uncloned, ...]
