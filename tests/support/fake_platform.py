"""A platform of values: tasks in a dictionary, scripted answers, a window, virtual latency."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import floor
from typing import Any, Literal

from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    JobsWord,
    Limits,
    NoAnswer,
    NotSent,
    PageWord,
    RateWord,
    Reply,
    TasksWord,
    TaskView,
    UserWord,
    Word,
)
from launcher.core.course import Course
from launcher.core.ids import TaskId
from launcher.ports import Clock

USER = "RFranklin"
SERVER_EPOCH = 1_800_000_000.0

Deed = Literal[
    "start", "502", "502-started", "lost", "lost-started", "late", "429", "refused", "403",
    "draft-errors", "503-maintenance", "401", "7007-draft", "302", "303-started",
    "not-sent",
]  # fmt: skip
"""What one run request meets: the part after "-" says that it started the task all the same."""

ReadDeed = Literal["502", "lost", "429", "503-maintenance"]

ELSEWHERE = "https://elsewhere.invalid/"

NOTHING_DONE: Mapping[ReadDeed, tuple[int, Word]] = {
    "429": (429, Alien(excerpt="slow down")),
    "502": (502, Alien(excerpt="bad gateway")),
    "lost": (0, Alien(excerpt="")),
    "503-maintenance": (503, ErrorWord(code=0, message="under maintenance")),
}

REFUSING: Mapping[Deed, tuple[int, Word]] = {
    "302": (302, Alien(excerpt="moved")),
    "401": (401, ErrorWord(code=90001, message="unauthorised")),
    "403": (403, ErrorWord(code=7001, message="no privilege on the task")),
    "7007-draft": (400, ErrorWord(code=7007, message="only for DRAFT tasks")),
}

HIDING: Mapping[Deed, tuple[int, Word]] = {
    "303-started": (303, Alien(excerpt="see there")),
    "502-started": (502, Alien(excerpt="bad gateway")),
    "lost-started": (0, Alien(excerpt="")),
}

BROKEN = ErrorWord(code=7000, message="the task service is down", http_status=503)
GONE = ErrorWord(code=7002, message="no such task", http_status=404)

ORIGIN: ContextVar[str] = ContextVar("ORIGIN", default="")
"""The journal whose run asks, as the truth has to know who started a task."""


What = TaskId | tuple[TaskId, ...] | Mapping[str, str] | None
"""What a request is about: a task, some, a query, or nothing."""


def task_id(number: int) -> TaskId:
    return TaskId(f"00000000-0000-4000-8000-{number:012x}")


@dataclass
class Window:
    """A fixed window opened by its first request; the reset is cut to whole seconds."""

    limit: int = 1000
    length_s: float = 300.0
    used: int = 0
    ends_at: float = -1.0
    opened: int = 0

    def take(self, now: float) -> bool:
        if now >= self.ends_at:
            self.ends_at, self.used, self.opened = now + self.length_s, 0, self.opened + 1
        self.used += 1
        return self.used <= self.limit

    def limits(self, now: float) -> Limits:
        fresh = now >= self.ends_at
        ends_at = now + self.length_s if fresh else self.ends_at
        return Limits(
            limit=self.limit,
            remaining=self.limit if fresh else max(self.limit - self.used, 0),
            reset_at=floor(SERVER_EPOCH + ends_at),
        )


@dataclass(frozen=True)
class Start:
    """One start of a task: when, by which user, and through which journal's run request."""

    task: TaskId
    at: float
    by: str
    origin: str


@dataclass(frozen=True)
class Life:
    """How a task goes on once it is started: queued, running, and then it ends.

    `flips` are times of its life, from and to, at which it is queued again.
    """

    runs_s: float
    queued_s: float = 0.0
    ends: str = "COMPLETED"
    flips: tuple[tuple[float, float], ...] = ()

    @property
    def length_s(self) -> float:
        return self.queued_s + self.runs_s

    def status_at(self, age_s: float) -> str:
        if age_s >= self.length_s:
            return self.ends
        is_queued = age_s < self.queued_s or any(a <= age_s < b for a, b in self.flips)
        return "QUEUED" if is_queued else "RUNNING"


@dataclass
class FakePlatform:
    """Tasks in `views`, what each next run request meets in `deeds` (else it starts the task).

    `read_deeds` is what the next reads meet, whatever they read. A `lenient` platform starts a
    task that is no draft once more, so that no second request goes unseen. Where `orphans_arrive`
    a run request that was given up on its way to the platform starts its task all the same.
    """

    clock: Clock
    views: dict[TaskId, TaskView] = field(default_factory=dict)
    deeds: dict[TaskId, list[Deed]] = field(default_factory=dict)
    read_deeds: list[ReadDeed] = field(default_factory=list)
    lenient: bool = False
    orphans_arrive: bool = False
    window: Window = field(default_factory=Window)
    latency_s: float = 0.1
    late_s: float = 1.0
    ahead_s: float = 0.0
    """Time that has passed here and not on the clock: that machine slept, and its clock with it."""
    starts: Counter[TaskId] = field(default_factory=Counter)
    begun: list[Start] = field(default_factory=list)
    started_at: dict[TaskId, float] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    """Faults by kind, whether a run request met them or a read."""
    refused: Counter[TaskId] = field(default_factory=Counter)
    """Run requests for what was no draft, truly."""
    requests: Counter[str] = field(default_factory=Counter)
    log: list[tuple[float, str]] = field(default_factory=list)
    queries: list[tuple[TaskId, Mapping[str, str]]] = field(default_factory=list)
    throttles: int = 0
    down: bool = False
    has_bulk: bool = True
    maintenance: bool = False
    shows_headers: bool = True
    in_flight: int = 0
    peak: int = 0
    late: list[tuple[float, TaskId, str]] = field(default_factory=list)
    lives: Callable[[TaskId], Life] | None = None
    """None: what is started stays QUEUED for ever."""
    lag_s: float = 0.0
    """How old what reads show of lives is."""
    jobs: dict[TaskId, int] = field(default_factory=dict)
    """How many jobs execution details show; 1 where it is not said."""
    inspected: list[tuple[float, TaskId]] = field(default_factory=list)
    """Looks at execution details, and when."""
    refuses_details: bool = False
    courses: dict[TaskId, dict[str, Course]] = field(default_factory=dict)
    """What reads tell of a task besides its state, by state."""
    unseen: dict[TaskId, ErrorWord] = field(default_factory=dict)
    shown_alone: set[TaskId] = field(default_factory=set)
    """Records that are broken in bulk answers."""
    broken: set[TaskId] = field(default_factory=set)
    """Records that are broken wherever they are read."""
    user_name: str = USER
    hidden: dict[str, tuple[int, ErrorWord]] = field(default_factory=dict)
    """Projects of which no list is given, and how that is refused."""
    made: dict[TaskId, datetime] = field(default_factory=dict)
    """When tasks were made, where that is told."""
    totals: bool = True
    """Whether lists tell how many tasks there are on all pages."""
    on_page: Callable[[int], None] = lambda _: None
    """Called when a page of a list was cut, with how many there were."""
    pages: int = 0
    _total: dict[int, int] = field(default_factory=dict)
    """By the identity of a page that is on its way."""
    lists: list[Mapping[str, str]] = field(default_factory=list)

    def add_drafts(self, count: int) -> tuple[TaskId, ...]:
        ids = tuple(task_id(number) for number in range(1, count + 1))
        for task in ids:
            self.views[task] = TaskView(id=task, status="DRAFT", name=f"task {task[-4:]}")
        return ids

    def add_to_project(self, project: str, count: int, **members: Any) -> tuple[TaskId, ...]:  # noqa: ANN401 - of a TaskView
        """Add so many drafts of a project, made after all that are there."""
        first = len(self.views) + 1
        ids = tuple(task_id(number) for number in range(first, first + count))
        for task in ids:
            view = TaskView(id=task, status="DRAFT", name=f"task {task[-4:]}", project=project)
            self.views[task] = replace(view, **members)
        return ids

    def start(
        self, task: TaskId, *, by: str | None = None, origin: str = "", at: float | None = None
    ) -> None:
        user = by or self.user_name
        now = self.clock.monotonic() if at is None else at
        self.starts[task] += 1
        self.begun.append(Start(task=task, at=now, by=user, origin=origin))
        self.started_at.setdefault(task, now)
        self.views[task] = replace(self.views[task], status="QUEUED", executed_by=user)

    def start_late(self) -> None:
        """Start what was to start by now, though its request was answered otherwise."""
        now = self.clock.monotonic() + self.ahead_s
        due, self.late = (
            [one for one in self.late if one[0] <= now],
            [one for one in self.late if one[0] > now],
        )
        for at, task, origin in sorted(due):
            if self.lenient or self.views[task].status == "DRAFT":
                self.start(task, origin=origin, at=at)

    def active_at_most(self) -> int:
        """Return how many tasks were started and not over at once, truly, at most."""
        assert self.lives is not None
        steps = [(start.at, 1) for start in self.begun]
        steps += [(start.at + self.lives(start.task).length_s, -1) for start in self.begun]
        active = most = 0
        for _, step in sorted(steps):
            active += step
            most = max(most, active)
        return most

    # ------------------------------------------------------------ the port

    async def run(self, task: TaskId, *, query: Mapping[str, str]) -> Reply:
        self.queries.append((task, dict(query)))
        return await self._asked("run", task)

    async def read(self, task: TaskId) -> Reply:
        return await self._asked("read", task)

    async def read_many(self, tasks: Sequence[TaskId]) -> Reply:
        return await self._asked("bulk_read", tuple(tasks))

    async def list_tasks(self, query: Mapping[str, str]) -> Reply:
        self.lists.append(dict(query))
        return await self._asked("list", query)

    async def details(self, task: TaskId) -> Reply:
        self.inspected.append((self.clock.monotonic(), task))
        return await self._asked("details", task)

    async def rate_limit(self) -> Reply:
        return await self._asked("rate_limit", None)

    async def user(self) -> Reply:
        return await self._asked("user", None)

    async def _asked(self, kind: str, what: What) -> Reply:
        sent_at = self.clock.monotonic()
        self.requests[kind] += 1
        self.log.append((sent_at, kind))
        if self.down or (kind == "run" and self._meets(what, "not-sent")):
            return NotSent(why="connection refused")
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            status, word = await self._underway(kind, what)
        finally:
            self.in_flight -= 1
        now = self.clock.monotonic()
        server_now = now + self.ahead_s
        if status == 0:
            return NoAnswer(why="connection reset", sent_at=sent_at, received_at=now)
        own = self.shows_headers and not isinstance(word, Alien)
        return Answer(
            http_status=status,
            word=word,
            sent_at=sent_at,
            received_at=now,
            limits=self.window.limits(server_now) if own else Limits(),
            date_at=float(floor(SERVER_EPOCH + server_now)) if own else None,
            location=ELSEWHERE if 300 <= status < 400 else None,
            total=self._total.pop(id(word), None),
        )

    async def _underway(self, kind: str, what: What) -> tuple[int, Word]:
        try:
            await self.clock.sleep(self.latency_s / 2)
        except asyncio.CancelledError:
            if kind == "run" and isinstance(what, str) and not self.deeds.get(TaskId(what)):
                self._goes_on(TaskId(what))
            raise
        served = self._served(kind, what)
        await self.clock.sleep(self.latency_s / 2)
        return served

    def _goes_on(self, task: TaskId) -> None:
        if self.orphans_arrive:
            at = self.clock.monotonic() + self.ahead_s + self.latency_s / 2
            self.late.append((at, task, ORIGIN.get()))

    def _served(self, kind: str, what: What) -> tuple[int, Word]:
        now = self.clock.monotonic() + self.ahead_s
        self.start_late()
        if self.maintenance:
            return 503, ErrorWord(code=0, message="under maintenance")
        if kind == "rate_limit":
            return 200, RateWord(limits=self.window.limits(now))
        if not self.window.take(now):
            self.throttles += 1
            return 429, ErrorWord(code=1000, message="rate limit exceeded")
        if kind in {"read", "bulk_read", "list"} and self.read_deeds:
            deed = self.read_deeds.pop(0)
            self.met[f"read {deed}"] += 1
            return NOTHING_DONE[deed]
        match what:
            case None:
                return 200, UserWord(name=self.user_name)
            case tuple():
                if not self.has_bulk:
                    return 404, ErrorWord(code=90003, message="not found")
                return 200, TasksWord(
                    items=tuple(
                        BROKEN if task in self.shown_alone | self.broken else self._view(task)
                        for task in what
                    )
                )
            case Mapping():
                return self._listed(what)
            case _ if kind == "details" and self.refuses_details:
                return 403, ErrorWord(code=7001, message="no privilege", http_status=403)
            case _ if kind == "details":
                return 200, JobsWord(jobs=self.jobs.get(what, 1))
            case _ if kind == "read":
                return self._shown(what)
            case _:
                return self._ran(what)

    def _shown(self, task: TaskId) -> tuple[int, Word]:
        if task in self.broken:
            return 500, BROKEN
        word = self._view(task)
        return (404 if isinstance(word, ErrorWord) else 200), word

    def _listed(self, query: Mapping[str, str]) -> tuple[int, Word]:
        """Return a page; tasks stand in the order in which they were made, `views`' own."""
        if query["project"] in self.hidden:
            return self.hidden[query["project"]]
        matching = [
            (task, view)
            for task in self.views
            if isinstance(view := self._view(task), TaskView)
            and view.project == query["project"]
            and view.status == query["status"]
        ]
        if query.get("order_by") == "end_time":
            matching.sort(key=lambda found: _ended_at(found[1]), reverse=query["order"] == "desc")
        first = int(query.get("offset", "0"))
        last = first + int(query["limit"])
        items = tuple(
            replace(view, created_at=self.made.get(task)) for task, view in matching[first:last]
        )
        page = PageWord(items=items, has_next=last < len(matching))
        if self.totals:
            self._total[id(page)] = len(matching)
        self.pages += 1
        self.on_page(self.pages)
        return 200, page

    def _view(self, task: TaskId) -> TaskView | ErrorWord:
        if task in self.unseen:
            return self.unseen[task]
        view = self.views.get(task, GONE)
        started = self.started_at.get(task)
        if self.lives is None or started is None or isinstance(view, ErrorWord):
            return view
        age_s = self.clock.monotonic() + self.ahead_s - self.lag_s - started
        if age_s < 0:
            return replace(view, status="DRAFT", executed_by=None)
        status = self.lives(task).status_at(age_s)
        return replace(view, status=status, course=self.courses.get(task, {}).get(status))

    def _meets(self, what: object, deed: Deed) -> bool:
        """Say whether the next run request for the task meets this deed, and take it if so."""
        deeds = self.deeds.get(what) if isinstance(what, str) else None  # type: ignore[call-overload]  # a task id is a str
        if not deeds or deeds[0] != deed:
            return False
        self.met[deeds.pop(0)] += 1
        return True

    def _ran(self, task: TaskId) -> tuple[int, Word]:
        deed = self.deeds[task].pop(0) if self.deeds.get(task) else "start"
        self.met.update({deed} - {"start"})
        is_draft = self.views[task].status == "DRAFT"
        match deed:
            case "429" | "502" | "lost" | "503-maintenance":
                return NOTHING_DONE[deed]
            case "late":
                at = self.clock.monotonic() + self.ahead_s + self.late_s
                self.late.append((at, task, ORIGIN.get()))
                return 0, Alien(excerpt="")
            case "403" | "401" | "302" | "7007-draft":
                return REFUSING[deed]
            case "draft-errors" if is_draft:
                return 200, replace(self.views[task], errors=("input x is missing",))
            case _:
                pass
        if not is_draft and not self.lenient:
            self.refused[task] += 1
            return 400, ErrorWord(code=7007, message="only for DRAFT tasks")
        self.start(task, origin=ORIGIN.get())
        match deed:
            case "502-started" | "lost-started" | "303-started":
                return HIDING[deed]
            case _:
                return 200, self.views[task]


def _ended_at(view: TaskView) -> datetime:
    at = view.course.ended_at if view.course else None
    return at or datetime.min.replace(tzinfo=UTC)
