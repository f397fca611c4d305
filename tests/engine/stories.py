"""Stories of a few tasks: what the platform does, who dies when, and who else has a hand in it.

Whatever the story, what is said of it is true, and no task is started twice. How many requests it
may take follows from what happened in it:

    run requests ≤ faults dealt to them + starts by them + honest refusals + 429 of the window
                   + lanes of the runs that died
    reads        ≤ (2 a run + 2 a doubt + 3 a refusal for want of a draft) x (1 + tasks that have
                   to be read by themselves) + faults dealt to reads + 429 of the window
                   + requests that died

A run reads its tasks before and after, a doubt takes two reads that count, and a refusal three
at most. A doubt is a fault that leaves one, or an attempt that an earlier run left open.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import inf
from typing import Literal

from hypothesis import strategies as st

from launcher.core.answer import ErrorWord
from launcher.core.course import DRAFT
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.replay import fold
from launcher.core.report import Report
from launcher.core.retry import RetryPolicy
from support.bench import Bench
from support.crashing import Crash, Power, is_death
from support.fake_platform import USER, Deed, FakePlatform, ReadDeed, Window, task_id
from support.tally import Lives
from support.truth import assert_true

Kind = Literal["draft", "batch", "alone", "running", "child", "missing", "forbidden"]
LAUNCHABLE = {"draft", "batch", "alone"}
OTHER = "LPauling"
FORBIDDEN = ErrorWord(code=7001, message="no privilege on the task", http_status=403)
REFUSALS = {"403", "302", "draft-errors"}
REFUSED_TOKEN = 3
LAST_READ_S = 1.0
"""What comes after the last read of a run, or while it is under way, no row can know."""
FOR_EVER = 60
LEAVES_DOUBT = ("502", "502-started", "lost", "lost-started", "303-started", "late")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task, and what its run requests meet in turn; then each would start it."""

    kind: Kind = "draft"
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Deal:
    """What somebody does to a task, so long after a session began."""

    task: int
    after_s: float
    what: Literal["start", "start in a browser", "abort", "hide", "show"]


@dataclass(frozen=True, kw_only=True)
class Session:
    """A run of the journal `a`, or `b`, or both at once; the first of them may die."""

    who: Literal["a", "b", "ab"] = "a"
    dies_at: int | None = None
    rest_s: float = 0.0
    set_back_s: float = 0.0
    """How far the time of day is set back before."""
    settle_s: float = 2.0
    concurrency: int = 3
    max_attempts: int = 6
    deals: tuple[Deal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Story:
    """Sessions over the same jobs; a last one of `a` follows that nobody disturbs.

    A `lenient` platform starts what is no draft: there the launcher is alone, with one journal.
    """

    jobs: tuple[Job, ...]
    sessions: tuple[Session, ...] = ()
    reads: tuple[ReadDeed, ...] = ()
    late_share: float = 0.5
    """How late a late start comes, of the time that two reads take; later only if not lenient."""
    has_bulk: bool = True
    window: int = 1000
    lenient: bool = False


deeds = st.sampled_from(
    ["502", "502-started", "lost", "lost-started", "late", "late", "late",
     "429", "503-maintenance", "not-sent", "403", "302", "303-started", "draft-errors",
     "7007-draft", "401"]
)  # fmt: skip
jobs = st.builds(
    Job,
    kind=st.sampled_from(
        ["draft", "draft", "draft", "batch", "alone", "running", "child", "missing", "forbidden"]
    ),
    deeds=st.lists(deeds, max_size=3).map(tuple),
)
deals = st.builds(
    Deal,
    task=st.integers(0, 4),
    after_s=st.sampled_from([0.0, 0.07, 0.2, 0.8, 3.0]),
    what=st.sampled_from(["start", "start in a browser", "abort", "hide", "show"]),
)
harmless = deals.filter(lambda deal: not deal.what.startswith("start"))


def sessions_of(*, alone: bool) -> st.SearchStrategy[Session]:
    """Return sessions; `alone`: nobody but the journal `a` starts anything."""
    return st.builds(
        Session,
        who=st.just("a") if alone else st.sampled_from(["a", "a", "b", "ab"]),
        dies_at=st.none() | st.integers(1, 120),
        rest_s=st.sampled_from([0.0, 0.0, 1.0, 700.0]),
        set_back_s=st.sampled_from([0.0, 0.0, 1.0, 3600.0]),
        settle_s=st.sampled_from([0.5, 2.0]),
        concurrency=st.integers(1, 4),
        max_attempts=st.integers(1, 6),
        deals=st.lists(harmless if alone else deals, max_size=2).map(tuple),
    )


def stories_of(*, alone: bool) -> st.SearchStrategy[Story]:
    """Return stories on a platform that is lenient if the launcher is `alone`, else strict."""
    return st.builds(
        Story,
        jobs=st.lists(jobs, min_size=1, max_size=5).map(tuple),
        sessions=st.lists(sessions_of(alone=alone), max_size=4).map(tuple),
        reads=st.lists(st.sampled_from(["502", "lost", "429", "503-maintenance"]), max_size=3).map(
            tuple
        ),
        late_share=st.sampled_from([0.5, 1.0, 1.0] if alone else [0.5, 1.0, 1.3, 1.6]),
        has_bulk=st.sampled_from([True, True, True, False]),
        window=st.sampled_from([1000, 1000, 7]),
        lenient=st.just(alone),
    )


stories = stories_of(alone=True) | stories_of(alone=False)


class Telling:
    """A story as it goes on."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.tasks = tuple(task_id(number) for number in range(1, len(story.jobs) + 1))
        self.a, self.b = Bench(name="a"), Bench(name="b")
        self.b.clock, self.b.platform = self.a.clock, self.a.platform
        self.platform = self.a.platform
        _prepare(self.platform, story, self.tasks)
        self.killed_at: list[float] = []
        self.runs = self.lanes_that_died = self.doubts_left = 0

    async def told(self) -> Lives:
        """Tell it to the end, where every report is true, and return what it came to."""
        for session in self.story.sessions:
            await self._session(session)
        await self._end()
        self._check_requests()
        return Lives(self.platform, tasks=len(self.tasks), killed_at=self.killed_at)

    async def _session(self, session: Session) -> None:
        self.a.clock.skew -= timedelta(seconds=session.set_back_s)
        await asyncio.sleep(session.rest_s)
        benches = [self.a if name == "a" else self.b for name in session.who]
        try:
            await self._all_at_once(session, benches)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # one failure is enough, and says itself what it is

    async def _all_at_once(self, session: Session, benches: Sequence[Bench]) -> None:
        async with asyncio.TaskGroup() as group:
            for deal in session.deals:
                group.create_task(self._deal(deal))
            for number, bench in enumerate(benches):
                dies_at = None if number else session.dies_at
                group.create_task(self._run(bench, session, Power(goes_at=dies_at)))

    async def _run(self, bench: Bench, session: Session, power: Power) -> tuple[int, Report] | None:
        """Return how a run ended, its report compared with the truth; None: it died."""
        self.runs += 1
        self.doubts_left += sum(state.open for state in fold(bench.store, user=USER).values())
        exit_code, report = -1, None
        try:
            exit_code, report = await bench.run(
                self.tasks,
                power=power,
                settle_s=session.settle_s,
                concurrency=session.concurrency,
                policy=RetryPolicy(max_attempts=session.max_attempts),
            )
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            self.killed_at.append(bench.clock.monotonic())
            self.lanes_that_died += session.concurrency
            return None
        assert_true(report, bench, unseen_s=self._unseen_s(exit_code))
        assert set(self.platform.starts.values()) <= {1}
        return exit_code, report

    def _unseen_s(self, exit_code: int) -> float:
        """Return how fresh a start may be that a report does not know."""
        if self.story.late_share <= 1:
            return 0.0
        return LAST_READ_S if exit_code != REFUSED_TOKEN and not self.story.reads else inf

    async def _deal(self, deal: Deal) -> None:
        await asyncio.sleep(deal.after_s)
        self.platform.start_late()
        task = task_id(deal.task + 1)
        view = self.platform.views.get(task)
        match deal.what:
            case _ if view is None:
                return
            case "start" | "start in a browser" if view.status == DRAFT:
                self.platform.start(task, by=OTHER if deal.what == "start" else USER)
            case "abort" if view.status == "QUEUED":
                self.platform.views[task] = replace(view, status="ABORTED")
            case "hide":
                self.platform.unseen[task] = FORBIDDEN
            case "show":
                self.platform.unseen.pop(task, None)
            case _:
                pass  # too late for that

    async def _end(self) -> None:
        """Run `a` undisturbed, again where the token was refused, and once more if all is well."""
        healthy = []
        for _ in range(sum(job.deeds.count("401") for job in self.story.jobs) + 1):
            healthy = [task for task in self.tasks if not self.platform.deeds[task]]
            ended = await self._run(self.a, Session(), Power())
            assert ended is not None
            exit_code, report = ended
            if exit_code != REFUSED_TOKEN:
                break
        fine = {row.outcome for row in report.rows} <= {Outcome.LAUNCHED, Outcome.SKIPPED}
        assert exit_code == (0 if fine else 1)
        self._check_outcomes(report, healthy)
        before = self.platform.requests["run"]
        again = await self._run(self.a, Session(), Power()) if fine else None
        assert again is None or (again[0], self.platform.requests["run"]) == (0, before)

    def _check_outcomes(self, report: Report, healthy: Sequence[TaskId]) -> None:
        """Check that no draft is left unstarted that nothing keeps from being started."""
        for row, job in zip(report.rows, self.story.jobs, strict=True):
            hidden = row.task_id in self.platform.unseen
            allowed = {Outcome.LAUNCHED, Outcome.SKIPPED}
            if job.kind not in LAUNCHABLE or REFUSALS & {*job.deeds} or hidden:
                allowed.add(Outcome.REJECTED)
            if "7007-draft" in job.deeds or hidden:
                allowed.add(Outcome.UNKNOWN)
            assert row.outcome in allowed, row
            if job.kind in LAUNCHABLE and row.task_id in healthy and not hidden:
                assert self.platform.starts[row.task_id] == 1, row

    def _check_requests(self) -> None:
        """Check the bounds that stand at the head of this module."""
        platform, jobs = self.platform, self.story.jobs
        met = platform.met
        at_reads = sum(count for kind, count in met.items() if kind.startswith("read "))
        ours = sum(start.origin != "" for start in platform.begun)
        refused, doubts = platform.refused.total(), sum(met[kind] for kind in LEAVES_DOUBT)
        alone = sum(job.kind == "alone" for job in jobs) if self.story.has_bulk else len(jobs)
        reads = 2 * (self.runs + doubts + self.doubts_left) + 3 * (refused + met["7007-draft"])
        asked = platform.requests
        assert asked["user"] <= self.runs + platform.throttles
        assert asked["run"] <= (
            met.total() - at_reads + ours + refused + platform.throttles + self.lanes_that_died
        )
        assert asked["read"] + asked["bulk_read"] <= (
            reads * (1 + alone) + at_reads + platform.throttles + self.lanes_that_died
        )
        assert platform.throttles == 0 or any(len(each.who) > 1 for each in self.story.sessions)
        assert refused <= self.runs * len({start.task for start in platform.begun})


def _prepare(platform: FakePlatform, story: Story, tasks: Sequence[TaskId]) -> None:
    platform.lenient, platform.has_bulk, platform.orphans_arrive = (
        story.lenient,
        story.has_bulk,
        True,
    )
    platform.late_s = (
        story.late_share * 1.8 * min((s.settle_s for s in story.sessions), default=2.0)
    )
    platform.window = Window(limit=story.window, length_s=20.0)
    platform.read_deeds = list(story.reads)
    platform.add_drafts(len(tasks))
    for task, job in zip(tasks, story.jobs, strict=True):
        view = platform.views[task]
        platform.deeds[task] = list(job.deeds)
        match job.kind:
            case "batch":
                platform.views[task] = replace(view, batch=True)
            case "alone":
                platform.shown_alone.add(task)
            case "running":
                platform.views[task] = replace(view, status="RUNNING", executed_by=OTHER)
            case "child":
                platform.views[task] = replace(view, parent=tasks[0])
            case "missing":
                del platform.views[task]
            case "forbidden":
                platform.deeds[task] = ["403"] * FOR_EVER
            case "draft":
                pass
