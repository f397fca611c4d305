"""What became of one task in a run, and how we know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from launcher.core.aborting import AbortMeaning
from launcher.core.entry import RunId


class Outcome(StrEnum):
    """What became of one task in a run."""

    LAUNCHED = "launched"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    UNKNOWN = "unknown"
    PENDING = "pending"

    @property
    def is_bad(self) -> bool:
        """Whether something has to be done about the task."""
        return self in {Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN}


class ConfirmedBy(StrEnum):
    """How we know that our run request started a task."""

    ANSWER = "answer"
    READ = "read"


class Refusal(NamedTuple):
    """Why the platform (or an answer that never came) left a task unstarted."""

    http_status: int | None = None
    code: int | None = None
    message: str | None = None
    request_id: str | None = None


class Launch(NamedTuple):
    """How a task was started by a run request of this journal."""

    confirmed_by: ConfirmedBy
    run: RunId
    first_attempt_at: datetime | None
    launched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Abort:
    """What is known of the last request to abort a task.

    `is_open` until an answer, or a read that shows the task ending; `is_read`: a read after the
    request showed it active all the same. `attempts` are those of that run. `undenied`: a request
    before it may have ended the task.
    """

    run: RunId
    number: int
    attempts: int
    is_open: bool = True
    is_read: bool = False
    undenied: bool = False
    meaning: AbortMeaning | None = None
    refusal: Refusal | None = None

    @property
    def may_have_ended_it(self) -> bool:
        """Whether a request of this journal may be why the task ends."""
        return self.undenied or self.meaning in {None, AbortMeaning.IN_DOUBT, AbortMeaning.ABORTED}
