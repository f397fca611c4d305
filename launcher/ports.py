"""What the engine asks of the world. Each promise is written here and nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from launcher.core.answer import Reply
from launcher.core.budget import Budget
from launcher.core.entry import Account, Entry, Record
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan


class Platform(Protocol):
    """One request a call, never a repeat of its own; a reply, never an exception.

    When a method returns, its request is answered or its connection is closed.
    """

    async def run(self, task: TaskId, *, query: Mapping[str, str]) -> Reply:
        """Ask the platform to start `task`: `POST /tasks/{id}/actions/run`."""
        ...

    async def read(self, task: TaskId) -> Reply:
        """Read one task: `GET /tasks/{id}`."""
        ...

    async def read_many(self, tasks: Sequence[TaskId]) -> Reply:
        """Read at most 100 tasks: `POST /bulk/tasks/get`."""
        ...

    async def rate_limit(self) -> Reply:
        """Ask for the budget: `GET /rate_limit`, which the platform does not count."""
        ...

    async def user(self) -> Reply:
        """Ask who the token belongs to: `GET /user`."""
        ...


class Lister(Protocol):
    """Lists of tasks, as `Platform` answers: one request a call, never an exception."""

    async def list_tasks(self, query: Mapping[str, str]) -> Reply:
        """Ask for one page of the tasks that match: `GET /tasks`, its word a `PageWord`.

        `query` holds the documented filters: project, status, order_by, offset, limit, …
        """
        ...


class Inspector(Protocol):
    """Looks at how tasks are carried out, as `Platform` answers."""

    async def details(self, task: TaskId) -> Reply:
        """Ask for the jobs of `task`, a `JobsWord`: `GET /tasks/{id}/execution_details`."""
        ...


class Aborter(Protocol):
    """Ends tasks, as `Platform` answers."""

    async def abort(self, task: TaskId) -> Reply:
        """Ask the platform to end `task`: `POST /tasks/{id}/actions/abort`."""
        ...


class Cloner(Protocol):
    """Makes drafts, as `Platform` answers."""

    async def clone(self, task: TaskId) -> Reply:
        """Ask for a new draft that is like `task`: `POST /tasks/{id}/actions/clone`."""
        ...


class Dial(Protocol):
    """A number that somebody may change while a run goes on."""

    def read(self) -> int | str:
        """Return the number as it stands, 0 or more; text: why there is none, in words."""
        ...


class Copier(Lister, Cloner, Protocol):
    """Makes drafts, and finds those whose making got no answer."""


class Journal(Protocol):
    """Facts, append only, in the order of the calls, whichever of the two methods they took.

    Every method may raise `StorageError`; after one that was lost, all that follow do.
    """

    async def append(self, entry: Entry) -> Record:
        """Return when the entry, and all before it, would survive a power cut."""
        ...

    def queue(self, entry: Entry) -> Record:
        """Keep the entry with the next commit, and return at once."""
        ...

    async def flush(self) -> None:
        """Return when everything queued is durable."""
        ...

    def facts(self, account: Account, tasks: Sequence[TaskId]) -> Iterator[Record]:
        """Yield every durable fact of these tasks of `account`, each task's in order."""
        ...


class Wake(Protocol):
    """What can end a sleep early; an `asyncio.Event` is one."""

    async def wait(self) -> object:
        """Return when it is time to wake."""
        ...


class Clock(Protocol):
    """Time and chance."""

    def now(self) -> datetime:
        """Return the time of day, aware, UTC; it may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        ...

    async def sleep(self, seconds: float, *, wake: Wake | None = None) -> None:
        """Return after `seconds`, or when `wake` is set; long sleeps notice a sleeping laptop."""
        ...

    def chance(self) -> float:
        """Return a number in [0, 1)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How the tasks stand whose end is waited for; times in seconds, None where not known.

    `states` counts all of them, the most frequent first, `left` those that have not ended;
    `mean_s` is how long those took that ended meanwhile, `ends_in_s` a guess from that.
    """

    states: Mapping[str, int]
    left: int
    oldest_s: float | None = None
    mean_s: float | None = None
    ends_in_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeding:
    """How many tasks of the input run, or may, of how many that are to (None: all).

    `others` are those of the same projects that count, too.
    `waiting`: why nothing more is started just now, in words; None: something may be.
    """

    running: int
    max_running: int | None
    others: int = 0
    waiting: str | None = None
    mean_s: float | None = None
    """How long a task takes, about; None: none has ended yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a run stands, for people."""

    counts: Mapping[Outcome, int]
    in_flight: int
    in_doubt: int
    requests: int
    throttled: int
    budget: Budget
    window_ends_in_s: float | None
    closed: str | None
    """Why the gate is closed, in words; None: open."""
    closed_for_s: float | None
    to_go_s: float | None
    last_errors: tuple[str, ...]
    stopping: str | None
    waited: Waited | None = None
    """None: no end is waited for."""
    feeding: Feeding | None = None
    """None: every task is started as soon as can be."""


class Progress(Protocol):
    """Words for people while a run goes on; never raises."""

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """Say what the run is going to do."""
        ...

    def show(self, snapshot: Snapshot) -> None:
        """Show how the run stands; called about twice a second."""
        ...

    def say(self, message: str) -> None:
        """Say one line."""
        ...
