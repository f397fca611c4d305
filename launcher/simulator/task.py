"""One task of the simulated platform; what it shows at a moment follows from its changes."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Optional

from launcher.simulator.agenda import Agenda
from launcher.simulator.scenario import Kind


class Status(StrEnum):
    """The platform's states of a task."""

    DRAFT = "DRAFT"
    CREATING = "CREATING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    ABORTING = "ABORTING"
    ABORTED = "ABORTED"
    FAILED = "FAILED"


ENDED = frozenset({Status.COMPLETED, Status.ABORTED, Status.FAILED})
UNDER_WAY = frozenset({Status.CREATING, Status.QUEUED, Status.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of one task: by which user, and when on the server's clock."""

    by: str
    at_s: float


class Change(NamedTuple):
    """A task has come into a state; `limited`: it waits for one of the account's instances."""

    at_s: float
    status: Status
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a task will do once started, instances permitting; drawn from its id.

    `spells_s` are its stretches of computing, `pauses_s` the waits between them; an infinite spell
    never ends. The last three: it completes without outputs, computes without jobs, costs nothing.
    """

    queued_s: float = 0.0
    spells_s: Sequence[float] = ()
    pauses_s: Sequence[float] = ()
    end: Status = Status.COMPLETED
    outputless: bool = False
    jobless: bool = False
    priceless: bool = False


@dataclass(slots=True, kw_only=True)
class Life:
    """What has become of one task so far.

    `age` counts starts and aborts: what was noted on the agenda for an earlier one is void.
    `spells` have begun, `holds` an instance meanwhile. Of a batch task, `open_children` have not
    ended.
    """

    plan: Plan = Plan()
    changes: list[Change] = field(default_factory=list)
    age: int = 0
    spells: int = 0
    holds: bool = False
    parent: Optional["Life"] = None
    open_children: int = 0
    failed_children: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of a task changes by being started, as one reader sees it at one moment, `at_s`."""

    status: Status
    at_s: float = 0.0
    executed_by: str | None = None
    started_s: float | None = None
    ended_s: float | None = None
    limited: bool = False
    changes: Sequence[Change] = ()

    def seconds_in(self, status: Status) -> float:
        """Return how long the task has been in a state since its last start."""
        total_s, since_s = 0.0, None
        for change in self._changes():
            if since_s is not None:
                total_s += change.at_s - since_s
            since_s = change.at_s if change.status is status else None
        return total_s if since_s is None else total_s + self.at_s - since_s

    def first_s(self, status: Status) -> float | None:
        """Return when the task first came into a state since its last start."""
        return next((change.at_s for change in self._changes() if change.status is status), None)

    def _changes(self) -> Iterator[Change]:
        since_s = -math.inf if self.started_s is None else self.started_s
        for change in self.changes:
            if since_s <= change.at_s <= self.at_s:
                yield change


@dataclass(slots=True, kw_only=True)
class Task:
    """A task and everything that has happened to it.

    `resting` is what it shows before any start that this simulator saw. `made`: it is a child that
    running its parent has made; `children` are those of a batch task. `cents_per_s` is what its
    computing costs. `inputs_of` is the task whose inputs it has: its own, or those of the task that
    it was cloned from. Until `unseen_until_s` reads show what was before the start; lists know of
    it from `listed_from_s` on.
    """

    id: str
    kind: Kind
    name: str
    project: str
    app: str
    created_by: str
    created_s: float
    agenda: Agenda
    inputs_of: str
    cents_per_s: float
    resting: View = View(status=Status.DRAFT)
    life: Life = field(default_factory=Life)
    batch: bool = False
    parent: str | None = None
    children: list["Task"] = field(default_factory=list)
    batch_value: str | None = None
    origin_id: str | None = None
    made: bool = False
    interruptible: bool = True
    hidden: bool = False
    errors: tuple[Mapping[str, str], ...] = ()
    starts: list[Start] = field(default_factory=list)
    unseen_until_s: float = 0.0
    listed_from_s: float = 0.0

    def view(self, now_s: float) -> View:
        """Return the truth at that moment, once everything that is due by then has happened."""
        self.agenda.advance(now_s)
        changes = self.life.changes
        change = next((change for change in reversed(changes) if change.at_s <= now_s), None)
        if change is None:
            return self.resting
        last = self.starts[-1] if self.starts else None
        return View(
            status=change.status,
            at_s=now_s,
            executed_by=last.by if last else self.resting.executed_by,
            started_s=last.at_s if last else self.resting.started_s,
            ended_s=change.at_s if change.status in ENDED else None,
            limited=change.limited,
            changes=changes,
        )

    def shown(self, now_s: float) -> View:
        """Return what a read shows, which may lag behind the truth."""
        return self.resting if now_s < self.unseen_until_s else self.view(now_s)


def start_shown_s(task: Task, view: View) -> float:
    """Return the start time as reads show it: drafts carry one too, equal to their creation."""
    return task.created_s if view.started_s is None else view.started_s
