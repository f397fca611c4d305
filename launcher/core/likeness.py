"""Which of the drafts that a list shows is the clone whose answer was lost, if any."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from launcher.core.answer import TaskView
from launcher.core.cloning import clone_in
from launcher.core.course import DRAFT
from launcher.core.entry import CloneIntended
from launcher.core.ids import TaskId, without_revision

_NAMED = 5
"""Drafts that are named where several may be the clone."""


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
    return (
        view.status == DRAFT
        and not is_older(view, intent)
        and view.project in {None, intent.project}
        and view.name in {None, intent.name}
        and view.created_by in {None, user}
        and (view.app is None or without_revision(view.app) == without_revision(intent.app))
    )


def is_older(view: TaskView, intent: CloneIntended) -> bool:
    """Say whether a draft shows that it was made before the intent."""
    made_at, since = view.created_at, intent.since
    return made_at is not None and since is not None and made_at.timestamp() < since


def _is_clone(view: TaskView, intent: CloneIntended, *, user: str) -> bool:
    """Say whether the draft shows all that the clone has to show."""
    return (
        view.created_at is not None
        and intent.since is not None
        and (view.project, view.app, view.name) == (intent.project, intent.app, intent.name)
        and view.created_by == user
    )


def _several(drafts: Sequence[TaskId]) -> str:
    named = ", ".join(drafts[:_NAMED])
    rest = f" and {len(drafts) - _NAMED:,} more" if len(drafts) > _NAMED else ""
    if len(drafts) == 1:
        return f"whether draft {named} is its clone cannot be told: delete it, and run this again"
    return (
        f"{len(drafts):,} drafts may be its clone ({named}{rest}): delete all but one of them, or "
        "all, and run this again"
    )
