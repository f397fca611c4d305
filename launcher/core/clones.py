"""What the facts about cloning a task add up to, and which drafts may be its clone.

fact                          what it changes
CloneIntended                 open; counted
CloneSettled cloned           closed for good: it has a clone
CloneSettled refused          closed, refused
CloneSettled in_doubt         stays open; its words say why
CloneSettled not_there        closed, but never denied: the clone may still turn up
CloneSettled throttled, …     closed, not counted
CloneSettled, number 0        refused by the launcher: no clone was asked for
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from launcher.core.answer import TaskView
from launcher.core.cloning import CLONED_WHEN, CloneMeaning, clone_in
from launcher.core.course import DRAFT
from launcher.core.entry import CloneIntended, CloneSettled, Record, RunId, Seen, Unseen
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome, Refusal

NO_ANSWER: Final = "the clone request may have been sent, and no answer was seen"
_NAMED = 5
"""Drafts that are named where several may be the clone."""


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
            return f"child of batch task {self.parent}: its parent makes it, a clone would not"
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


# ---------------------------------------------------------------- which draft is the clone


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The one draft that is the clone."""

    clone: TaskId
    view: TaskView


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """It cannot be told whether there is a clone, or which draft it is."""

    why: str


def verdict_of(
    found: Sequence[TaskView | None],
    intent: CloneIntended,
    *,
    user: str,
    owners: Mapping[TaskId, TaskId],
    others: bool,
) -> Adopted | Unclear | None:
    """Return what a whole list of drafts says of an intent's clone; None: it is not among them.

    `owners` are the drafts that the journal knows as clones, with their originals; `others` says
    that the clone of another task just like this one may turn up, too.
    """
    drafts = {clone: view for view in found if view is not None and (clone := clone_in(view))}
    for clone, view in drafts.items():
        if owners.get(clone) == intent.task:  # its answer came, and what it meant was not written
            return Adopted(clone=clone, view=view)
    known = {intent.task, *intent.known, *owners}
    possible = {
        clone: view
        for clone, view in drafts.items()
        if clone not in known and may_be_clone(view, intent, user=user)
    }
    if len(drafts) < len(found):
        return Unclear(why="the list of drafts holds records that cannot be read")
    if not possible:
        return None
    clone, view = next(iter(possible.items()))
    if len(possible) > 1 or others or not _is_clone(view, intent, user=user):
        return Unclear(why=_several(tuple(possible)))
    return Adopted(clone=clone, view=view)


def may_be_clone(view: TaskView, intent: CloneIntended, *, user: str) -> bool:
    """Say whether a draft may be the clone that was asked for, for all that it shows."""
    made_before = (
        view.created_at is not None and intent.since is not None and view.created_at < intent.since
    )
    return (
        view.status == DRAFT
        and not made_before
        and view.project in {None, intent.project}
        and view.name in {None, intent.name}
        and view.created_by in {None, user}
        and (view.app is None or _without_revision(view.app) == _without_revision(intent.app))
    )


def _is_clone(view: TaskView, intent: CloneIntended, *, user: str) -> bool:
    """Say whether the draft shows all that the clone has to show."""
    return (
        view.created_at is not None
        and intent.since is not None
        and (view.project, view.app, view.name) == (intent.project, intent.app, intent.name)
        and view.created_by == user
    )


def _without_revision(app: str) -> str:
    before, _, revision = app.rpartition("/")
    return before if revision.isdecimal() and before.count("/") > 1 else app


def _several(drafts: Sequence[TaskId]) -> str:
    named = ", ".join(drafts[:_NAMED])
    rest = f" and {len(drafts) - _NAMED:,} more" if len(drafts) > _NAMED else ""
    if len(drafts) == 1:
        return f"whether draft {named} is its clone cannot be told: delete it, and run this again"
    return (
        f"{len(drafts):,} drafts may be its clone ({named}{rest}): delete all but one of them, or "
        "all, and run this again"
    )
