"""Which tasks of projects a run is to launch: what was asked for, and what is left out by it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import chain

from launcher.core.answer import TaskView
from launcher.core.course import DRAFT
from launcher.core.errors import UsageError
from launcher.core.ids import Distinct, Requested, TaskId
from launcher.core.text import quoted, visible

ACTIVE_LISTED = ("QUEUED", "RUNNING")
"""The states of active tasks that the platform's documented filter takes."""

_PROJECT = re.compile(r"[^/\s\x00-\x1f\x7f]+/[^/\s\x00-\x1f\x7f]+")
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The drafts of these projects that pass every filter; None: any.

    With `with_active` their queued and running tasks are listed too: they hold slots.
    """

    projects: tuple[str, ...]
    name: str | None = None
    created_from: datetime | None = None
    batch: bool | None = None
    with_active: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What is asked for, as one tick compares it with the next."""
        made = None if self.created_from is None else self.created_from.isoformat()
        return tuple(map(str, (self.projects, self.name, made, self.batch)))

    @property
    def statuses(self) -> tuple[str, ...]:
        """The states that are listed, drafts first."""
        return (DRAFT, *(ACTIVE_LISTED if self.with_active else ()))

    def why_not(self, view: TaskView, *, project: str, status: str) -> str | None:
        """Return what leaves out a task of the list of `project` and `status`; None: nothing.

        The list's own filters are looked at again: a platform that ignored them would have us
        launch what nobody asked for.
        """
        if (view.project or "").lower() != project.lower():
            return "of another project"
        if view.status != status:
            return f"not {status} any more"
        if view.parent is not None:
            return "that a batch task starts"
        if self.name is not None and not fnmatchcase(view.name or "", self.name):
            return f"by --name {quoted(self.name, limit=_SHOWN)}"
        if self.batch is not None and view.batch is not self.batch:
            return "by --only-batch" if self.batch else "by --skip-batch"
        if self.created_from is None:
            return None
        if view.created_at is None:
            return "by --created-from (it is not shown when they were made)"
        return None if view.created_at >= self.created_from else "by --created-from"


def selection_of(
    *,
    project: Sequence[str] = (),
    name: str | None = None,
    created_from: str | None = None,
    only_batch: bool = False,
    skip_batch: bool = False,
) -> Selection | None:
    """Return what the words of a command line select; None where they name no project.

    Raises:
        UsageError: they contradict each other, or one is not what its option takes.
    """
    filters = {
        "--name": name is not None,
        "--created-from": created_from is not None,
        "--only-batch": only_batch,
        "--skip-batch": skip_batch,
    }
    idle = [option for option, is_given in filters.items() if is_given]
    if idle and not project:
        raise UsageError(f"{idle[0]} chooses among the tasks of --project OWNER/NAME: name one")
    if only_batch and skip_batch:
        raise UsageError("--only-batch and --skip-batch together leave nothing: give one of them")
    if not project:
        return None
    return Selection(
        projects=tuple({_project(one).lower(): _project(one) for one in project}.values()),
        name=name,
        created_from=None if created_from is None else _moment(created_from),
        batch=only_batch if only_batch or skip_batch else None,
    )


def _project(text: str) -> str:
    project = text.strip()
    if _PROJECT.fullmatch(project) is None:
        raise UsageError(
            f"--project {quoted(text, limit=_SHOWN)} is no project: OWNER/NAME is expected, as in "
            "the address of its page (/u/OWNER/NAME)"
        )
    return project


def _moment(text: str) -> datetime:
    """Return the time that a date or a time in ISO 8601 names; UTC unless it says otherwise."""
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--created-from {quoted(text, limit=_SHOWN)} is no date: 2026-11-24 or "
            "2026-11-24T08:30:00+01:00 is expected (ISO 8601; UTC where no offset stands)"
        ) from None


def joined(
    wanted: Iterable[Requested], listed: Iterable[tuple[TaskId, str]]
) -> Sequence[Requested]:
    """Return all of both, each once, those of files and arguments first."""
    named = ((requested.task, requested.source) for requested in wanted)
    return Distinct(chain(named, listed))


def source_of(project: str) -> str:
    """Return what the rows of a project's tasks have as their source."""
    return f"project {project}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the list of a project came to: its drafts, and why some of them were left out."""

    project: str
    drafts: int
    taken: int
    active: int = 0
    left_out: Mapping[str, int]

    def __str__(self) -> str:
        """Return one line for a person."""
        project = f"project {visible(self.project, limit=_SHOWN)}"
        active = f", {self.active:,} queued or running" if self.active else ""
        if not self.drafts:
            return f"{project} shows no drafts{active}"
        count = "1 draft" if self.drafts == 1 else f"{self.drafts:,} drafts"
        counted = Counter(self.left_out).most_common()
        reasons = ", ".join(f"{number:,} {why}" for why, number in counted)
        left = f"; left out: {reasons}" if reasons else ""
        return f"{project}: {self.taken:,} of {count}{active}{left}"


def why_none(tallies: Iterable[Tally]) -> str:
    """Return why the projects have nothing to launch, and what to look at."""
    told = tuple(tallies)
    lines = "; ".join(str(tally) for tally in told)
    hint = "" if any(tally.drafts for tally in told) else " (check the name, as its page has it)"
    return f"nothing to launch: {lines}{hint}"
