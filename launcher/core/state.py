"""The state of one task: what is known of it, and what follows from that."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from launcher.core.course import DRAFT, Course, has_ended, is_active
from launcher.core.entry import RunId, Seen, Unseen
from launcher.core.ids import TaskId
from launcher.core.outcome import Abort, Launch, Outcome, Refusal

_NOBODY = TaskId("")
_UNSEEN = Unseen(task=_NOBODY, http_status=0, code=None, message="")


class TaskState(NamedTuple):
    """The fold over the facts of one task of one account.

    No dataclass: replacing members of one takes five times as long, and a report folds millions.
    """

    user: str
    run: RunId | None = None
    """The last run that attempted the task."""
    attempts: int = 0
    run_attempts: int = 0
    number: int = 0
    unbatched: bool = False
    """The last attempt asked for a single task where the draft is a batch."""
    open: bool = False
    undenied: bool = False
    """Some closed attempt was never denied by an answer: a late start may be its doing."""
    undenied_run: RunId | None = None
    undenied_first_at: datetime | None = None
    unread: bool = False
    """What an earlier run could not learn of its attempt, this run has not read yet."""
    draft_reads: int = 0
    needs_draft: bool = False
    refused: bool = False
    refusal: Refusal | None = None
    unseen: Unseen | None = None
    seen: Seen | None = None
    course: Course | None = None
    """How far it has come, as the reads so far add up to."""
    status: str | None = None
    status_at: datetime | None = None
    executed_by: str | None = None
    doubt_at: datetime | None = None
    """When the last fact about the open attempt was written: reads count a settle time later."""
    first_attempt_at: datetime | None = None
    latency_s: float | None = None
    launch: Launch | None = None
    abort: Abort | None = None

    @property
    def is_draft(self) -> bool:
        """Whether the last fact about its state says DRAFT and no attempt is open."""
        return not (self.status != DRAFT or self.open or self.unread or self.unseen is not None)

    @property
    def is_batch(self) -> bool:
        """Whether it was last seen as a batch task, which starts many."""
        return self.seen is not None and self.seen.batch

    @property
    def outcome_is_open(self) -> bool:
        """Whether an attempt that no answer denied may have started it, for all that was read."""
        if not self.undenied or self.status not in {None, DRAFT}:
            return False
        return self.unread or self.needs_draft or self.unseen is not None

    @property
    def is_active(self) -> bool:
        """Whether it runs or is going to, or may: a task in doubt counts as one that started.

        What was launched is never a draft again, even if reads that lag still show one.
        """
        if self.launch is not None:
            return not has_ended(self.status)
        if self.open or self.unread or (self.needs_draft and self.status in {None, DRAFT}):
            return True
        return is_active(self.status) or self.outcome_is_open

    def at_rest(self) -> "TaskState":
        """Return what decides, without what only rows tell: many tasks can share one such state.

        Times are cut to the minute, downwards: a read seems older than it is, never newer. An
        open attempt is not at rest.
        """
        if self.open:
            return self
        if self.launch is not None:
            launch = self.launch._replace(
                first_attempt_at=None, launched_at=_minute(self.launch.launched_at)
            )
            abort = self.abort and replace(self.abort, refusal=None)
            return TaskState(user=self.user, launch=launch, status=self.status, abort=abort)
        told_since = self.doubt_at and self.status_at and self.doubt_at >= self.status_at
        return self._replace(
            refusal=None,
            unseen=self.unseen and _UNSEEN,
            seen=self.seen
            and Seen(
                task=_NOBODY,
                status=self.seen.status,
                project=self.seen.project,
                app=self.seen.app,
                batch=self.seen.batch,
                parent=self.seen.parent,
            ),
            status_at=None if told_since or not self.status_at else _minute(self.status_at),
            course=None,
            executed_by=None,
            doubt_at=None,
            first_attempt_at=None,
            undenied_first_at=None,
            latency_s=None,
        )

    def outcome(self, *, max_attempts: int) -> Outcome:
        """Return what became of the task, if the run ended now."""
        if self.launch is not None:
            return Outcome.LAUNCHED
        if self.open or self.unread:
            return Outcome.UNKNOWN
        if self.needs_draft:
            return Outcome.UNKNOWN if self.status in {None, DRAFT} else Outcome.SKIPPED
        if self.unseen is not None:
            return Outcome.UNKNOWN if self.undenied else Outcome.REJECTED
        if self.status not in {None, DRAFT}:
            return Outcome.SKIPPED
        if self.refused:
            return Outcome.REJECTED
        if self.seen is not None and self.seen.parent is not None:
            return Outcome.REJECTED
        return Outcome.FAILED if self.run_attempts >= max_attempts else Outcome.PENDING


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
