"""Ticks: runs that are started again and again, do what can be done, and tell only what is new."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from engine.test_feed import lives
from launcher.core.answer import ErrorWord
from launcher.core.entry import Attempted, Entry, NewsTold
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.retry import RetryPolicy
from support.bench import Bench, by_task
from support.crashing import Crash, Power, is_death
from support.fake_platform import Life, task_id
from support.virtual_time import run_virtual

TICK_S = 600.0
GONE = ErrorWord(code=7002, message="no such task", http_status=404)


def test_each_tick_fills_the_free_slots_and_waits_for_none() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(900.0)
        tasks = bench.platform.add_drafts(12)
        launched = []

        for _ in range(8):
            begun = bench.clock.monotonic()
            code, report, news = await bench.tick(tasks, max_running=4)
            assert (code, bool(news)) == (0, False)
            assert bench.clock.monotonic() - begun < 10.0
            launched.append(report.summary.launched)
            await bench.clock.sleep(TICK_S)

        assert launched == [4, 4, 8, 8, 12, 12, 12, 12]
        assert bench.platform.active_at_most() == 4
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_without_a_limit_a_tick_starts_all() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(30)

        code, report, news = await bench.tick(tasks)

        assert (code, report.summary.launched, bool(news)) == (0, 30, False)

    run_virtual(main())


def test_a_tick_that_changes_nothing_leaves_its_start_and_its_end() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(1e9)
        tasks = bench.platform.add_drafts(500)
        bench.platform.unseen[tasks[0]] = GONE
        bench.platform.deeds[tasks[1]] = ["403"]
        await bench.tick(tasks, max_running=50)
        await bench.tick(tasks, max_running=50)  # sees what was queued run
        before = len(bench.store)

        for _ in range(10):
            await bench.clock.sleep(TICK_S)
            _, report, _ = await bench.tick(tasks, max_running=50)

        assert len(bench.store) == before + 2 * 10
        assert report.summary.requested == 500
        assert [row.source for row in report.rows] == [f"tasks.txt:{n}" for n in range(1, 501)]

    run_virtual(main())


def test_a_refusal_is_told_once_and_not_asked_for_again() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        bench.platform.deeds[tasks[2]] = ["403"] * 9
        bench.platform.unseen[tasks[3]] = GONE

        first = await bench.tick(tasks)
        asked = bench.platform.requests["run"]
        later = [await bench.tick(tasks) for _ in range(3)]

        assert (first[0], first[2].troubles) == (1, {tasks[2]: "rejected", tasks[3]: "rejected"})
        assert [(code, bool(news)) for code, _, news in later] == [(0, False)] * 3
        assert bench.platform.requests["run"] == asked
        row = by_task(later[-1][1])[tasks[2]]
        assert (row.outcome, row.error_code, row.attempts) == (Outcome.REJECTED, 7001, 1)
        assert by_task(later[-1][1])[tasks[3]].error_code == 7002
        assert later[-1][1].summary.rejected == 2

    run_virtual(main())


@pytest.mark.parametrize("how", ["more ids", "other content", "asked to"])
def test_a_refusal_is_asked_for_again_when_the_input_changes_or_somebody_says_so(how: str) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        bench.platform.deeds[tasks[2]] = ["403"] * 2
        await bench.tick(tasks[:4])
        await bench.tick(tasks[:4])

        asked = tasks if how == "more ids" else tasks[:4]
        contents = ("new",) if how == "other content" else ()
        says_so = how == "asked to"

        first = await bench.tick(asked, contents=contents, retries_rejected=says_so)
        later = [await bench.tick(asked, contents=contents) for _ in range(2)]

        assert (first[0], first[2].troubles) == (1, {tasks[2]: "rejected"})
        assert [code for code, _, _ in later] == [0, 0]
        assert bench.platform.deeds[tasks[2]] == []

    run_virtual(main())


def test_an_end_that_is_no_good_is_told_once_and_another_is_not() -> None:
    async def main() -> None:
        bench = Bench()
        ends = {0: "COMPLETED", 1: "FAILED", 2: "ABORTED"}
        bench.platform.lives = lambda task: Life(runs_s=900.0, ends=ends[int(task[-1], 16) % 3])
        tasks = bench.platform.add_drafts(3)
        ticks = []
        for _ in range(5):
            ticks.append(await bench.tick(tasks))
            await bench.clock.sleep(TICK_S)

        assert [code for code, _, _ in ticks] == [0, 0, 1, 0, 0]
        assert ticks[2][2].troubles == {task_id(1): "FAILED", task_id(2): "ABORTED"}
        assert by_task(ticks[-1][1])[task_id(1)].status == "FAILED"

    run_virtual(main())


def test_what_failed_is_tried_again_by_each_tick_and_told_once() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.deeds[tasks[0]] = ["lost"] * 6

        ticks = [await bench.tick(tasks, policy=RetryPolicy(max_attempts=2)) for _ in range(5)]

        assert [code for code, _, _ in ticks] == [1, 0, 0, 0, 0]
        assert ticks[0][2].troubles == {tasks[0]: "failed"}
        assert ticks[-1][1].summary.launched == 3
        assert by_task(ticks[-1][1])[tasks[0]].attempts == 7

    run_virtual(main())


def test_doubts_beyond_the_limit_keep_no_tick_waiting() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(3600.0)
        tasks = bench.platform.add_drafts(6)
        bench.leave_in_doubt(*tasks[:5])
        lengths = []
        for _ in range(20):
            begun = bench.clock.monotonic()
            code, report, news = await bench.tick(tasks, max_running=2)
            assert (code, bool(news)) == (0, False)
            lengths.append(bench.clock.monotonic() - begun)
            await bench.clock.sleep(TICK_S)

        assert max(lengths) < 30.0
        assert bench.platform.active_at_most() == 2
        assert report.summary.launched == 6
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_the_canaries_of_one_tick_let_the_rest_follow_in_the_next() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(queued_s=900.0, runs_s=9000.0)
        tasks = bench.platform.add_drafts(9)
        launched = []
        for _ in range(4):
            code, report, _ = await bench.tick(tasks, canary=2)
            assert code == 0
            launched.append(report.summary.launched)
            await bench.clock.sleep(TICK_S)

        assert launched == [2, 2, 9, 9]

    run_virtual(main())


def test_a_canary_that_fails_halts_the_ticks_after_it_and_is_told_once() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(runs_s=60.0, ends="FAILED")
        tasks = bench.platform.add_drafts(9)
        ticks = []
        for _ in range(4):
            ticks.append(await bench.tick(tasks, canary=2))
            await bench.clock.sleep(TICK_S)

        assert [code for code, _, _ in ticks] == [0, 4, 4, 4]
        assert [bool(news) for _, _, news in ticks] == [False, True, False, False]
        assert ticks[-1][1].summary.launched == 2

    run_virtual(main())


def test_a_doubt_that_stays_is_told_once_and_keeps_exit_code_1() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(1e6)
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        bench.on_append = _hides(bench, tasks[0])

        ticks = [await bench.tick(tasks) for _ in range(3)]
        del bench.platform.unseen[tasks[0]]
        code, report, news = await bench.tick(tasks)

        assert [code for code, _, _ in ticks] == [1, 1, 1]
        assert [dict(news.troubles) for _, _, news in ticks] == [{tasks[0]: "unknown"}, {}, {}]
        assert (code, report.summary.launched, bool(news)) == (0, 2, False)

    run_virtual(main())


def _hides(bench: Bench, task: TaskId) -> Callable[[Entry], Awaitable[None]]:
    async def on_append(entry: Entry) -> None:
        if isinstance(entry, Attempted) and entry.task == task:
            bench.platform.unseen[task] = GONE

    return on_append


def test_a_tick_that_died_is_covered_by_the_next_whatever_the_clock_says(seed: int) -> None:
    chance = random.Random(seed)
    died = [run_virtual(_killed_ticks(random.Random(chance.random()))) for _ in range(10)]

    assert sum(died) > 20


async def _killed_ticks(chance: random.Random) -> int:
    """Return how many ticks died: anywhere, on clocks that jump; each trouble is told once."""
    bench = Bench()
    bench.platform.lives = lambda task: Life(
        runs_s=900.0, ends=("COMPLETED", "FAILED")[int(task[-1], 16) % 2]
    )
    tasks = bench.platform.add_drafts(8)
    bench.platform.deeds = {tasks[0]: ["403"] * 99, tasks[1]: ["lost"], tasks[2]: ["403"] * 99}
    expected = Counter({(tasks[0], "rejected"): 1, (tasks[2], "rejected"): 1})
    expected += Counter({(task, "FAILED"): 1 for task in tasks[4::2]})
    died = 0
    for number in range(40):
        asked = tasks[:6] if number < 6 else tasks
        power = Power(goes_at=chance.randint(1, 60)) if number < 25 else None
        if await _died(bench, asked, power):
            died += 1
            if sum(map(bool, bench.told)) > _noted(bench):
                bench.told.pop()  # it died between the words and their note: they come again
        bench.clock.skew = timedelta(seconds=chance.uniform(-1e6, 1e6))
        await bench.clock.sleep(TICK_S)

    told = Counter(trouble for news in bench.told for trouble in news.troubles.items())
    refused_again = {(task, "rejected"): 2 for task in (tasks[0], tasks[2])}
    assert set(told) == set(expected)
    assert all(count <= refused_again.get(trouble, 1) for trouble, count in told.items())
    assert set(bench.platform.starts.values()) == {1}
    assert set(bench.platform.starts) == set(tasks) - {tasks[0], tasks[2]}
    return died


async def _died(bench: Bench, asked: Sequence[TaskId], power: Power | None) -> bool:
    try:
        await bench.tick(asked, power=power, max_running=3)
    except (Crash, BaseExceptionGroup) as death:
        if not is_death(death):
            raise
        return True
    return False


def _noted(bench: Bench) -> int:
    return sum(isinstance(record.entry, NewsTold) for record in bench.store)
