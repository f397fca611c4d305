"""The report of a run: rows in the order of the input, a summary, an exit code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from launcher.core.costs import Cost
from launcher.core.course import BAD_ENDS, COMPLETED
from launcher.core.entry import Account, RunId
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest
from launcher.core.row import Row

SCHEMA = 1

TICKET_BEGINNING: Final = "<!-- A report of the launcher, for a ticket -->\n"
"""What a report for a ticket begins with, and no other file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A time in which no run request left: since when, for how many seconds, and why in words."""

    at: datetime
    for_s: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What the journal says of a run as a whole; the last six are None while it has not ended.

    `ideal_s` is what its plan takes on a healthy platform with nobody else at its budget.
    """

    run_id: RunId
    account: Account
    host: str
    version: str
    arguments: tuple[str, ...]
    max_attempts: int
    started_at: datetime
    fields: tuple[str, ...] = ()
    aborts: RunId | None = None
    reruns: RunId | None = None
    is_pruned: bool = False
    """Whether facts of it were deleted, so that no report of it would be true."""
    was_killed: bool = False
    """Whether it has no end and does not go on: a later one has begun, or its lock is free."""
    goes_on: bool = False
    """Whether it holds the lock, so that it goes on for certain."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    reason: str | None = None
    requests: Mapping[str, int] | None = None
    throttled: int | None = None
    duration_s: float | None = None
    ideal_s: float | None = None

    @property
    def may_go_on(self) -> bool:
        """Whether it may still go on, as far as the journal tells."""
        return self.ended_at is None and not self.was_killed

    @property
    def may_have_launched(self) -> bool:
        """Whether it sent a run request, as far as is known; a killed run could not say."""
        return self.aborts is None and (self.requests is None or bool(self.requests.get("run")))

    @property
    def is_short(self) -> bool:
        """Whether it took less than its ideal: it ended early, or windows were no five minutes."""
        return (self.duration_s or 0.0) < (self.ideal_s or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The counts of a run; the six outcomes add up to `requested`.

    `requests` is everything the platform counts (`/rate_limit` apart), `retries` the run requests
    less the tasks attempted; None where a killed run could not say. `states` are those of the
    launched tasks as last seen, and how many are in each. `aborts`, of an abort alone, counts what
    became of its tasks. `costs` are the prices that are shown of all tasks that have started,
    whoever did that, by project, app and currency.
    """

    requested: int
    launched: int
    launched_before: int
    skipped: int
    rejected: int
    failed: int
    unknown: int
    pending: int
    requests: int | None
    throttled: int | None
    retries: int
    duration_s: float | None
    aborts: Mapping[str, int] | None = None
    states: Mapping[str, int] = field(default_factory=dict)
    costs: tuple[Cost, ...] = ()

    @property
    def launched_now(self) -> int:
        """How many tasks this run launched itself."""
        return self.launched - self.launched_before

    @property
    def requests_a_task(self) -> float | None:
        """How many requests each task took that it launched; None: unknown, or it launched none."""
        if self.requests is None or self.launched_now <= 0:
            return None
        return self.requests / self.launched_now

    @property
    def ended_badly(self) -> int:
        """How many launched tasks are over and have not completed."""
        return sum(self.states.get(state, 0) for state in BAD_ENDS)


class Rows(Protocol):
    """The rows of a run in the order of its input, and what they add up to; they may be many.

    They can be read again and again. Drawing them is dear: whoever reads them to their end before
    asking what they add up to spares a reading.
    """

    def __iter__(self) -> Iterator[Row]:
        """Yield every row."""
        ...

    @property
    def summary(self) -> Summary:
        """Their counts."""
        ...

    @property
    def digest(self) -> Digest:
        """What words about them need, with one example of each kind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run, its rows, and its waits in order."""

    run: RunFacts
    rows: Rows
    waits: tuple[Wait, ...] = ()

    @property
    def summary(self) -> Summary:
        """The counts of the rows."""
        return self.rows.summary

    @property
    def digest(self) -> Digest:
        """What words about the rows need."""
        return self.rows.digest

    def check_readable(self) -> None:
        """Have all rows read, if nobody has by now; raises what the journal raises."""
        _ = self.rows.summary


def exit_code_of(
    outcomes: Iterable[Outcome], *, strict: bool = False, awaited: Iterable[str | None] = ()
) -> int:
    """Return 0 when every task is launched or was not a draft any more, else 1.

    `awaited` are the states of the tasks whose end was waited for: each has to be completed.
    """
    fine = {Outcome.LAUNCHED} if strict else {Outcome.LAUNCHED, Outcome.SKIPPED}
    are_fine = all(outcome in fine for outcome in outcomes)
    return 0 if are_fine and all(status == COMPLETED for status in awaited) else 1
