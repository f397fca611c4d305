"""The facts of the journal. It only grows; what is true of a task is a fold over its facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from launcher.core.aborting import AbortMeaning
from launcher.core.answer import Extra
from launcher.core.course import Course
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning

RunId = NewType("RunId", str)
"""Names a run and sorts by its start, as `20261124-032141507-9f3c`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An endpoint and the user name that `GET /user` answers there."""

    endpoint: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run began; `arguments` without secrets, `fields` the members that its report shows.

    `aborts`: it launches nothing, but ends what that run launched.
    """

    account: Account
    host: str
    version: str
    max_attempts: int
    arguments: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    aborts: RunId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A read showed the task in this state.

    `counts` when the read was sent a settle time or more after the last attempt (and after the
    read of it that counted before): only such draft reads, two of them, clear an attempt.
    """

    task: TaskId
    status: str
    name: str | None = None
    project: str | None = None
    app: str | None = None
    batch: bool = False
    parent: str | None = None
    executed_by: str | None = None
    errors: tuple[str, ...] = ()
    counts: bool = False
    extra: Extra = ()
    course: Course | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """The platform refused to show the task (403, 404, …)."""

    task: TaskId
    http_status: int
    code: int | None
    message: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """The platform told how many jobs a task has that is RUNNING."""

    task: TaskId
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """A run request is about to leave; durable before it does."""

    task: TaskId
    number: int
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How an attempt ended. Its loss leaves the attempt in doubt, which is true.

    `extra` holds the members that the answer of a launch showed.
    """

    task: TaskId
    number: int
    meaning: Meaning
    http_status: int | None = None
    code: int | None = None
    message: str | None = None
    request_id: str | None = None
    status: str | None = None
    executed_by: str | None = None
    errors: tuple[str, ...] = ()
    latency_s: float | None = None
    extra: Extra = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortAttempted:
    """An abort request is about to leave; durable before it does."""

    task: TaskId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortSettled:
    """How an abort request ended. Its loss leaves it in doubt, which is true."""

    task: TaskId
    number: int
    meaning: AbortMeaning
    http_status: int | None = None
    code: int | None = None
    message: str | None = None
    request_id: str | None = None
    status: str | None = None
    latency_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A run ended by itself; a run without this entry was killed, or still goes on."""

    exit_code: int
    reason: str | None
    requests: Mapping[str, int]
    throttled: int
    duration_s: float


Told = Seen | Unseen | Inspected
Effect = Attempted | Settled | AbortAttempted | AbortSettled
TaskFact = Requested | Told | Effect
Entry = TaskFact | RunStarted | RunEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry as the journal keeps it: in which run, and when (aware, UTC).

    `key` only grows within a journal; 0 until the entry was read back.
    """

    run: RunId
    at: datetime
    entry: Entry
    key: int = 0
