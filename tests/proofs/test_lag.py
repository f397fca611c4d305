"""Reads that lag behind starts, and starts that come long after their answer was lost.

A doubt is cleared by draft reads 2 and 4 s after the lost answer (`--settle` 2). What lags or comes
later than that meets a second request. A strict platform, as CAVATICA's is documented to be, lets
a task start once: the second request is refused, or finds a draft and starts it, and the late start
finds none.
"""

import random
from dataclasses import dataclass, field

import pytest

from launcher.core.outcome import Outcome
from launcher.core.report import Report
from launcher.core.retry import RetryPolicy
from proofs.conftest import Note
from support.bench import Bench, by_task
from support.fake_platform import Deed
from support.figures import Figures
from support.report_examples import listed
from support.troubles import Watched
from support.virtual_time import VirtualClock, run_virtual

TASKS = 45
LOST = TASKS // 3
SETTLE_S = 2.0
CLEARED_S = 2 * SETTLE_S
"""After a lost answer, a draft is asked to start again."""
TIME_S = 30.0
"""Two requests, two reads before the second and four after it, and a pause of up to 1 s."""


@dataclass
class Told:
    """What a first run, and one long after it, came to."""

    bench: Bench
    watched: Watched
    first: Report
    second: Report
    took_s: float
    sent: list[int] = field(default_factory=list)
    """Run requests of each of the two."""


async def two_runs(deed: Deed, *, lag_s: float = 0.0, late_s: float = 0.0, seed: int = 0) -> Told:
    """Run twice over tasks of which a third meets `deed`; the second time all is as it was left."""
    bench = Bench(clock=VirtualClock(seed=seed))
    watched = Watched(bench.platform, lag_s=lag_s)
    bench.platform.late_s = late_s
    tasks = bench.platform.add_drafts(TASKS)
    for task in tasks[::3]:
        bench.platform.deeds[task] = [deed]
    began = bench.clock.monotonic()
    _, first = await bench.run(tasks)
    first = _kept(first)
    told = Told(bench, watched, first, first, bench.clock.monotonic() - began)
    told.sent.append(bench.platform.requests["run"])
    await bench.clock.sleep(max(lag_s, late_s))
    _, told.second = await bench.run(tasks)
    told.sent.append(bench.platform.requests["run"] - told.sent[0])
    return told


def _kept(report: Report) -> Report:
    return listed(report)


def assert_harmless(told: Told) -> None:
    assert told.watched.doubles == 0
    assert told.watched.lies(told.first) == []
    assert told.watched.lies(told.second) == []
    assert told.sent[0] <= TASKS + LOST  # a task is asked once more; then it is refused or started
    assert told.sent[1] == 0  # what was unknown is read, not asked again
    assert told.took_s < TIME_S
    assert told.second.summary.launched == TASKS


@pytest.mark.parametrize("lag_s", [1.0, 3.0, 5.0, 7.5, 60.0])
def test_reads_that_lag_leave_a_row_unknown_at_worst_and_the_next_run_knows(lag_s: float) -> None:
    async def main() -> None:
        told = await two_runs("lost-started", lag_s=lag_s)

        outcomes = {row.outcome for row in told.first.rows}
        assert_harmless(told)
        assert outcomes <= {Outcome.LAUNCHED, Outcome.UNKNOWN}
        assert told.watched.needless <= (LOST if lag_s > SETTLE_S else 0)
        if lag_s <= CLEARED_S:
            assert told.sent[0] == TASKS
            assert outcomes == {Outcome.LAUNCHED}

    run_virtual(main())


@pytest.mark.parametrize("late_s", [1.0, 3.0, 4.3, 5.0, 20.0])
def test_a_start_that_comes_late_is_found_or_finds_the_task_started(late_s: float) -> None:
    async def main() -> None:
        told = await two_runs("late", late_s=late_s)

        assert_harmless(told)
        assert told.first.summary.launched == TASKS

    run_virtual(main())


def test_after_the_last_attempt_a_draft_is_failed_and_true_until_the_late_start() -> None:
    async def main() -> None:
        bench = Bench()
        watched = Watched(bench.platform)
        bench.platform.late_s = 30.0
        (task,) = bench.platform.add_drafts(1)
        bench.platform.deeds[task] = ["late"]

        exit_code, first = await bench.run([task], policy=RetryPolicy(max_attempts=1))
        row = by_task(first)[task]
        await bench.clock.sleep(60)
        again, second = await bench.run([task])

        assert (exit_code, row.outcome, row.status) == (1, Outcome.FAILED, "DRAFT")
        assert (again, by_task(second)[task].outcome) == (0, Outcome.LAUNCHED)
        assert watched.lies(first) == []
        assert bench.platform.requests["run"] == 1
        assert bench.platform.starts == {task: 1}

    run_virtual(main())


@pytest.mark.parametrize(
    ("settle_s", "doubled"), [(SETTLE_S, LOST), (6.0, 0)], ids=["default", "longer than half of it"]
)
def test_a_lenient_platform_would_double_what_comes_later_than_both_reads(
    settle_s: float, doubled: int
) -> None:
    async def main() -> None:
        bench = Bench()
        watched = Watched(bench.platform, strict=False)
        bench.platform.late_s = 10.0
        tasks = bench.platform.add_drafts(TASKS)
        for task in tasks[::3]:
            bench.platform.deeds[task] = ["late"]

        exit_code, _ = await bench.run(tasks, settle_s=settle_s)
        await bench.clock.sleep(10)
        await bench.run(tasks, settle_s=settle_s, recheck=True)

        assert exit_code == 0
        assert watched.doubles == doubled

    run_virtual(main())


@pytest.mark.prove
def test_lagging_reads_and_late_starts_at_full_length(note: Note, seed: int) -> None:
    chance = random.Random(seed)
    sent = starts = doubles = lies = 0
    longest_s = 0.0
    for turn in range(40):
        told = run_virtual(
            two_runs("lost-started", lag_s=chance.uniform(0, 30), seed=seed + turn)
            if turn % 2
            else two_runs("late", late_s=chance.uniform(0, 30), seed=seed + turn)
        )
        assert_harmless(told)
        sent += told.bench.platform.requests.total() - told.bench.platform.requests["rate_limit"]
        starts += told.bench.platform.starts.total()
        doubles += told.watched.doubles
        lies += len(told.watched.lies(told.first)) + len(told.watched.lies(told.second))
        longest_s = max(longest_s, told.took_s)
    note(
        Figures(
            proof="reads that lag, starts that come late (0 to 30 s; each run twice)",
            tasks=40 * TASKS,
            faults={"answer lost and read late": 20 * LOST, "start late": 20 * LOST},
            starts=starts,
            doubles=doubles,
            wrong_rows=lies,
            requests=sent,
            longest_recovery_s=longest_s,
        )
    )
