"""What came back from one request: values, as the platform adapter reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from launcher.core.course import Course

Extra = tuple[tuple[str, str | None], ...]
"""Members of a task that were asked for besides what rows need, as JSON text in ASCII.

None: there is such a member, and it is too large to keep, or has no JSON.
"""
NULL: Final = "null"
"""Stands for a member that the platform did not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """The members of a task that the launcher reads; `status` is upper case and never empty."""

    id: str | None
    status: str
    name: str | None = None
    project: str | None = None
    app: str | None = None
    batch: bool = False
    parent: str | None = None
    executed_by: str | None = None
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    extra: Extra = ()
    course: Course | None = None
    created_at: datetime | None = None
    """When it was made; only pages of lists tell."""
    created_by: str | None = None
    """Who made it; only pages of lists tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorWord:
    """A JSON object with an integer `code`."""

    code: int
    message: str
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksWord:
    """A bulk answer: a task, an error, or None for an odd record, in the order received."""

    items: tuple[TaskView | ErrorWord | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWord:
    """A page of a list of tasks; an odd record is None. `has_next`: there are more pages."""

    items: tuple[TaskView | None, ...]
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsWord:
    """How many jobs a task has, or has had."""

    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserWord:
    """Who the token belongs to."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWord:
    """What `GET /rate_limit` says; not every platform tells of instances."""

    limits: "Limits"
    instances: "InstanceLimit | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceLimit:
    """How many instances may compute at once, and how many of them are free; None: no limit."""

    limit: int | None
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alien:
    """Not the platform's word: HTML, text, nothing, cut, or too large."""

    excerpt: str


Word = ErrorWord | TaskView | TasksWord | PageWord | JobsWord | UserWord | RateWord | Alien


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The rate limit as an answer shows it; `reset_at` in seconds since the epoch, server time."""

    limit: int | None = None
    remaining: int | None = None
    reset_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete answer; times are monotonic seconds, `date_at` seconds since the epoch."""

    http_status: int
    word: Word
    sent_at: float
    received_at: float
    request_id: str | None = None
    limits: Limits = Limits()
    date_at: float | None = None
    retry_after_s: float | None = None
    location: str | None = None
    total: int | None = None
    """How many tasks match a list's query, over all pages."""


STOPPED_BEFORE = "the run was stopped before the request left"
"""Why a request that was ready did not leave: nothing is wrong with its task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The request did not leave.

    `fatal` when no repeat can mend it (a bad certificate); `held_back` when we did not let it go.
    """

    why: str
    fatal: bool = False
    held_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """The request may have arrived, and its connection is closed."""

    why: str
    sent_at: float
    received_at: float


Reply = Answer | NotSent | NoAnswer


def describe(reply: Reply) -> str:
    """Return one line about a reply, for messages and rows."""
    match reply:
        case NotSent(why=why) | NoAnswer(why=why):
            return why
        case Answer(http_status=status, word=ErrorWord(code=code, message=message)):
            return f"HTTP {status}, code {code}: {message}"
        case Answer(http_status=status, location=str(location)):
            return f"HTTP {status}, redirected to {location} (not followed)"
        case Answer(http_status=status, word=Alien(excerpt=excerpt)):
            shown = f": {excerpt}" if excerpt else ", empty"
            return f"HTTP {status}, not the platform's word{shown}"
        case Answer(http_status=status, word=TaskView(status=state)):
            return f"HTTP {status}, a task in state {state}"
        case Answer(http_status=status):
            return f"HTTP {status}"
