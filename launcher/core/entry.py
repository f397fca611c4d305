"""The facts of the journal. It only grows; what is true of a task is a fold over its facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, NewType

from launcher.core.aborting import AbortMeaning
from launcher.core.answer import Extra
from launcher.core.cloning import CloneMeaning
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

    A tick (a run that something starts again and again) has a `digest` of what it was asked for.
    Where an earlier tick was asked for the same, its `Requested` facts are this one's too:
    `asked_by` names that run.
    `aborts`: it launches nothing, but ends what that run launched.
    `reruns`: it launches clones of what has failed of the tasks that that run launched.
    `costs_of`: the words that chose tasks of projects whose costs a limit counts for good.
    """

    account: Account
    host: str
    version: str
    max_attempts: int
    arguments: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    digest: str | None = None
    asked_by: RunId | None = None
    aborts: RunId | None = None
    reruns: RunId | None = None
    costs_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A read showed the task in this state.

    `counts` when the read was sent a settle time or more after the last attempt (and after the
    read of it that counted before): only such draft reads, two of them, clear an attempt.
    `clone_of` where this run has made the task as a clone of another one.
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
    clone_of: TaskId | None = None


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
class CloneIntended:
    """A request for a clone of `task` is about to leave; durable before it does.

    The clone is looked for, where its answer is lost, by what stands here: a draft of the same
    project, app and name, made since `since` (seconds since the epoch, the server's clock; None:
    not known) and not among the `known` ones.
    """

    task: TaskId
    number: int
    project: str
    app: str
    name: str
    since: int | None = None
    known: tuple[TaskId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloneSettled:
    """How a request for a clone ended, or what lists showed of it later.

    Its loss leaves the request in doubt, which is true. `clone` is the new task, if there is one,
    and `name` what it is called; `confirmed_by_list` where no answer named it.
    """

    task: TaskId
    number: int
    meaning: CloneMeaning
    clone: TaskId | None = None
    name: str | None = None
    http_status: int | None = None
    code: int | None = None
    message: str | None = None
    request_id: str | None = None
    confirmed_by_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """A run ended by itself; a run without this entry was killed, or still goes on."""

    exit_code: int
    reason: str | None
    requests: Mapping[str, int]
    throttled: int
    duration_s: float
    ideal_s: float | None = None
    """What its plan takes on a healthy platform with nobody else at its budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """For so long, until the time of this fact, no run request left though one was to; and why."""

    for_s: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsTold:
    """All that was wrong by now with the tasks of this tick has been told: what of it was new.

    `tasks` counts those, `stopped` says why the tick was ended early, `throttled` counts requests.
    """

    tasks: int
    stopped: str | None = None
    throttled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Facts were deleted: all of the runs that ended before that time, but for what is kept.

    Of `runs` only those about tasks that are over, so that their reports would be whole no more.
    `up_to` was the last key then: up to there, keys may be missing since. `before` is in ISO 8601.
    """

    before: str
    up_to: int
    facts: int
    runs: tuple[RunId, ...] = ()


Told = Seen | Unseen | Inspected
Effect = Attempted | Settled | AbortAttempted | AbortSettled | CloneIntended | CloneSettled
TaskFact = Requested | Told | Effect
RunFact = RunStarted | RunEnded | NewsTold | Waited | Pruned
Entry = TaskFact | RunFact


class Record(NamedTuple):
    """An entry as the journal keeps it: in which run, and when (aware, UTC).

    `key` only grows within a journal; 0 until the entry was read back. No dataclass: to make one
    takes four times as long, and a report reads millions.
    """

    run: RunId
    at: datetime
    entry: Entry
    key: int = 0
