"""Stories of fed runs: what tasks live through, who dies when, and who else starts tasks.

Whatever the story, no run of a journal lets more of its own tasks be active at once than it may,
those of others included that were there to be seen when it began.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from launcher.core.course import DRAFT
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.retry import RetryPolicy
from support.bench import Bench
from support.crashing import Crash, Power, is_death
from support.fake_platform import Deed, Life, ReadDeed, Start, Window, task_id
from support.truth import assert_true

OTHER = "LPauling"
SETTLE_S = 2.0
SOON_S = 1e-6
LATENCY_S = 0.1
HALTED = 4
MOST_RUNS = 9
LONGEST_S = 20_000.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task, what its run requests meet in turn, and how it lives once it is started."""

    life: Life
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Session:
    """A run of the journal `a`, or of another one."""

    who: str = "a"
    dies_at: int | None = None
    rest_s: float = 0.0
    lanes: int = 4
    poll_s: float = 5.0
    max_attempts: int = 6
    browser: tuple[tuple[int, float], ...] = ()
    """Tasks that somebody starts in a browser, each so long after the session began."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """Sessions of so many active tasks at most; a last one of `a` follows that nobody disturbs."""

    jobs: tuple[Job, ...]
    most: int = 2
    sessions: tuple[Session, ...] = ()
    reads: tuple[ReadDeed, ...] = ()
    lag_s: float = 0.0
    late_share: float = 0.5
    """How late a late start comes, of the time that two reads take less the lag."""
    window: int = 1000


def _life(queued_s: float, runs_s: float, ends: str, flips: list[tuple[float, float]]) -> Life:
    within = tuple((at, at + for_s) for at, for_s in flips)
    return Life(queued_s=queued_s, runs_s=runs_s, ends=ends, flips=within)


lives = st.builds(
    _life,
    st.sampled_from([0.0, 0.5, 15.0]),
    st.sampled_from([0.0, 1.0, 4.0, 30.0, 90.0, 400.0]),
    st.sampled_from(["COMPLETED", "COMPLETED", "FAILED", "ABORTED"]),
    st.lists(st.tuples(st.sampled_from([1.0, 9.0, 40.0]), st.sampled_from([0.3, 6.0])), max_size=2),
)
deeds: st.SearchStrategy[Deed] = st.sampled_from(
    ["502", "502-started", "lost", "lost-started", "late", "late", "429", "503-maintenance",
     "not-sent", "403", "303-started", "draft-errors", "7007-draft"]
)  # fmt: skip
jobs = st.builds(Job, life=lives, deeds=st.lists(deeds, max_size=3).map(tuple))
sessions = st.builds(
    Session,
    who=st.sampled_from(["a", "a", "a", "b"]),
    dies_at=st.none() | st.integers(1, 150),
    rest_s=st.sampled_from([0.0, 0.0, 3.0, 60.0]),
    lanes=st.integers(1, 6),
    poll_s=st.sampled_from([1.0, 5.0]),
    max_attempts=st.integers(1, 6),
    browser=st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from([0.0, 0.3, 5.0, 40.0])), max_size=2
    ).map(tuple),
)
stories = st.builds(
    Story,
    jobs=st.lists(jobs, min_size=1, max_size=8).map(tuple),
    most=st.integers(1, 4),
    sessions=st.lists(sessions, max_size=3).map(tuple),
    reads=st.lists(st.sampled_from(["502", "lost", "429", "503-maintenance"]), max_size=3).map(
        tuple
    ),
    lag_s=st.sampled_from([0.0, 0.0, 1.0, 2.5]),
    late_share=st.sampled_from([0.1, 0.5, 1.0]),
    window=st.sampled_from([1000, 1000, 9]),
)


class Telling:
    """A story as it goes on."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.benches = {name: Bench(name=name) for name in "ab"}
        self.bench = self.benches["a"]
        self.platform = self.bench.platform
        for other in self.benches.values():
            other.clock, other.platform = self.bench.clock, self.platform
        self.tasks = self.platform.add_drafts(len(story.jobs))
        by_task: Mapping[TaskId, Job] = dict(zip(self.tasks, story.jobs, strict=True))
        self.platform.deeds = {task: list(job.deeds) for task, job in by_task.items()}
        self.platform.lives = lambda task: by_task[task].life
        self.platform.read_deeds = list(story.reads)
        self.platform.orphans_arrive = True
        self.platform.latency_s = LATENCY_S
        self.platform.lag_s = story.lag_s
        self.platform.late_s = story.late_share * max(1.8 * SETTLE_S - story.lag_s, 0.0)
        self.platform.window = Window(limit=story.window, length_s=20.0)

    async def told(self) -> None:
        """Tell it to the end; then all is started that nothing keeps from being started."""
        for session in self.story.sessions:
            await asyncio.sleep(session.rest_s)
            async with asyncio.TaskGroup() as group:
                for number, after_s in session.browser:
                    group.create_task(self._browse(number, after_s))
                async with asyncio.timeout(LONGEST_S):
                    await self._run(session)
        await asyncio.sleep(60.0)
        for _ in range(MOST_RUNS):  # what cannot be seen may halt some
            async with asyncio.timeout(LONGEST_S):
                if await self._run(Session()) != HALTED:
                    break
        for task, job in zip(self.tasks, self.story.jobs, strict=True):
            if not {"403", "draft-errors", "7007-draft"} & {*job.deeds}:
                assert self.platform.starts[task] == 1, task
        assert set(self.platform.starts.values()) <= {1}

    async def _browse(self, number: int, after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.platform.start_late()
        view = self.platform.views.get(task_id(number))
        if view is not None and view.status == DRAFT:
            self.platform.start(task_id(number), by=OTHER)

    async def _run(self, session: Session) -> int | None:
        """Return the exit code of a run that was all it might be; None: it died."""
        bench = self.benches[session.who]
        began = bench.clock.monotonic()
        try:
            exit_code, report = await bench.run(
                self.tasks,
                power=Power(goes_at=session.dies_at),
                settle_s=SETTLE_S,
                concurrency=session.lanes,
                max_running=self.story.most,
                poll_s=session.poll_s,
                policy=RetryPolicy(max_attempts=session.max_attempts),
            )
        except (Crash, BaseExceptionGroup) as death:
            if not is_death(death):
                raise
            exit_code = None
        else:
            if not self.story.lag_s:
                assert_true(report, bench)
            assert Outcome.UNKNOWN not in {
                row.outcome
                for row, job in zip(report.rows, self.story.jobs, strict=True)
                if not job.deeds
            }
        self._check(session, began)
        return exit_code

    def _check(self, session: Session, began: float) -> None:
        """Check each start of a run against what was active just then by its own doing."""
        known_at = began - self.story.lag_s - SOON_S
        counting = [
            start
            for start in self.platform.begun
            if start.origin == session.who or start.at < known_at
        ]
        for start in counting:
            if start.origin == session.who and start.at >= began:
                active = sum(self._is_active(one, start.at) for one in counting)
                before = sum(self._is_active(one, began) for one in counting)
                assert active <= max(self.story.most, before), (start, session)

    def _is_active(self, start: Start, at: float) -> bool:
        assert self.platform.lives is not None
        return start.at <= at < start.at + self.platform.lives(start.task).length_s
