"""No more of the input run at once than allowed, and the next one starts as one ends."""

import asyncio
import random
from collections.abc import Callable

import pytest

from launcher.core.answer import ErrorWord
from launcher.core.entry import Seen
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench
from support.fake_platform import USER, Deed, Life
from support.virtual_time import run_virtual

HOUR_S = 3600.0
HIDDEN = ErrorWord(code=7001, message="no", http_status=403)


def lives(*lengths_s: float) -> Callable[[TaskId], Life]:
    """Return lives of these lengths, given to the tasks in turn."""
    return lambda task: Life(runs_s=lengths_s[int(task[-12:], 16) % len(lengths_s)])


def drawn(seed: int, *, median_s: float, sigma: float = 0.6) -> Callable[[TaskId], Life]:
    """Return lives of lognormal lengths, cut at six times the median."""

    def of(task: TaskId) -> Life:
        length_s = median_s * random.Random(f"{seed}/{task}").lognormvariate(0.0, sigma)
        return Life(runs_s=min(length_s, 6 * median_s))

    return of


@pytest.mark.parametrize("most", [1, 3, 50])
def test_no_more_run_at_once_than_allowed_and_all_are_started(most: int) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0, 40.0, 250.0)
        tasks = bench.platform.add_drafts(60)

        exit_code, report = await bench.run(tasks, max_running=most, poll_s=5.0)

        assert (exit_code, report.summary.launched) == (0, 60)
        assert bench.platform.active_at_most() == most
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_without_a_limit_all_start_at_once_and_nothing_is_read_again() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)

        exit_code, _ = await bench.run(bench.platform.add_drafts(60))

        assert exit_code == 0
        assert bench.platform.active_at_most() == 60
        assert bench.platform.requests["bulk_read"] == 1
        assert bench.clock.monotonic() < 10.0

    run_virtual(main())


def test_what_others_and_earlier_runs_started_takes_its_slots() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(1000.0)
        tasks = bench.platform.add_drafts(20)
        await bench.run(tasks[:4])
        for task in tasks[4:7]:
            bench.platform.start(task, by="LPauling")

        exit_code, report = await bench.run(tasks, max_running=8)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 8
        assert (report.summary.launched, report.summary.skipped) == (17, 3)

    run_virtual(main())


@pytest.mark.parametrize("ends", ["COMPLETED", "FAILED", "ABORTED"])
def test_every_end_frees_a_slot(ends: str) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lambda _task: Life(runs_s=60.0, ends=ends)

        exit_code, report = await bench.run(bench.platform.add_drafts(6), max_running=2)

        assert (exit_code, report.summary.launched) == (0, 6)
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_a_task_that_is_queued_again_keeps_its_slot() -> None:
    async def main() -> None:
        bench = Bench()
        flips = tuple((float(at), at + 15.0) for at in range(30, 400, 30))
        bench.platform.lives = lambda _task: Life(runs_s=400.0, queued_s=20.0, flips=flips)

        exit_code, _ = await bench.run(bench.platform.add_drafts(9), max_running=3, poll_s=7.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3

    run_virtual(main())


def test_reads_that_still_show_a_draft_free_no_slot() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(300.0)
        bench.platform.lag_s = 40.0

        exit_code, _ = await bench.run(
            bench.platform.add_drafts(6), max_running=2, poll_s=10.0, settle_s=50.0
        )

        assert exit_code == 0
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_doubts_and_what_is_in_flight_have_slots() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(200.0)
        bench.platform.latency_s = 3.0
        bench.platform.late_s = 30.0
        tasks = bench.platform.add_drafts(12)
        for number, task in enumerate(tasks):
            bench.platform.deeds[task] = [("late", "lost-started", "lost")[number % 3]]

        exit_code, report = await bench.run(tasks, max_running=4, settle_s=20.0)

        assert (exit_code, report.summary.launched) == (0, 12)
        assert bench.platform.active_at_most() == 4

    run_virtual(main())


def test_doubts_of_an_earlier_run_beyond_the_limit_are_settled_and_sent_again_in_turn() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)
        tasks = bench.platform.add_drafts(6)
        bench.leave_in_doubt(*tasks[:5])

        exit_code, report = await bench.run(tasks, max_running=2, poll_s=5.0)

        assert (exit_code, report.summary.launched) == (0, 6)
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_a_task_that_is_refused_frees_its_slot_at_once() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(HOUR_S)
        tasks = bench.platform.add_drafts(10)
        for task in tasks[:8]:
            bench.platform.deeds[task] = ["403"]

        _, report = await bench.run(tasks, max_running=2)

        assert (report.summary.rejected, report.summary.launched) == (8, 2)
        assert bench.clock.monotonic() < 10.0

    run_virtual(main())


def test_reads_leave_facts_only_where_something_changed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(2 * HOUR_S)
        tasks = bench.platform.add_drafts(6)

        await bench.run(tasks, max_running=2)
        seen = [record.entry for record in bench.store if isinstance(record.entry, Seen)]

        changes = [(one.task, one.status) for one in seen if one.status != "DRAFT"]
        assert bench.platform.requests["bulk_read"] > 20
        assert len(changes) == len(set(changes))

    run_virtual(main())


def test_a_second_run_reads_again_what_may_run_and_says_nothing_that_is_known() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)
        tasks = bench.platform.add_drafts(4)
        await bench.run(tasks[:3])
        before = len(bench.store)

        exit_code, _ = await bench.run(tasks, max_running=3, poll_s=5.0)
        facts = [record.entry for record in bench.store[before:]]

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3
        assert sum(isinstance(fact, Seen) and fact.status == "QUEUED" for fact in facts) == 0

    run_virtual(main())


def test_a_stop_frees_whoever_waits_and_leaves_what_runs() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(HOUR_S)
        tasks = bench.platform.add_drafts(50)

        exit_code, report = await bench.run(tasks, max_running=5, deadline_s=100.0)

        assert exit_code == 4
        assert (report.summary.launched, report.summary.pending) == (5, 45)
        assert bench.clock.monotonic() < 102.0

    run_virtual(main())


def test_a_read_that_fails_is_asked_again_and_the_feed_goes_on() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)
        tasks = bench.platform.add_drafts(9)
        bench.platform.read_deeds = ["502", "lost", "503-maintenance", "429"]

        exit_code, _ = await bench.run(tasks, max_running=3, poll_s=5.0)

        assert exit_code == 0
        assert bench.platform.active_at_most() == 3

    run_virtual(main())


def test_people_see_how_many_run_of_how_many_and_why_it_waits() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)

        await bench.run(bench.platform.add_drafts(9), max_running=3)
        shown = [one.feeding for one in bench.progress.snapshots if one.feeding is not None]

        assert {(one.running, one.max_running) for one in shown} >= {(3, 3)}
        waiting = "as many run as may: the next starts as one ends"
        assert {one.waiting for one in shown} >= {waiting, None}

    run_virtual(main())


@pytest.mark.prove
def test_nearly_all_slots_are_used_at_few_requests_a_task(seed: int) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = drawn(seed, median_s=HOUR_S)
        tasks = bench.platform.add_drafts(500)

        exit_code, report = await bench.run(tasks, max_running=50)

        platform, of = bench.platform, bench.platform.lives
        starts = [(start.at, start.at + of(start.task).length_s) for start in platform.begun]
        first, last = min(starts)[0], max(starts)[0]
        used_s = sum(min(end, last) - at for at, end in starts)
        share = used_s / (50 * (last - first))
        requests = platform.requests.total() - platform.requests["rate_limit"]
        assert (exit_code, report.summary.launched) == (0, 500)
        assert platform.active_at_most() == 50
        assert share >= 0.95
        assert requests / 500 <= 1.3

    run_virtual(main())


def test_somebody_who_starts_a_task_of_ours_costs_a_slot_once_it_is_seen() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(100.0)
        tasks = bench.platform.add_drafts(6)
        run = bench.platform.run
        asked = 0

        async def raced(task: TaskId, *, query: dict[str, str]) -> object:
            nonlocal asked
            asked += 1
            if asked == 2:
                bench.platform.start(task, by="LPauling")
            return await run(task, query=query)

        bench.platform.run = raced  # type: ignore[assignment,method-assign]
        _, report = await bench.run(tasks, max_running=2, poll_s=5.0)

        assert [row.outcome for row in report.rows].count(Outcome.SKIPPED) == 1
        assert bench.platform.active_at_most() == 2
        assert {start.by for start in bench.platform.begun} == {USER, "LPauling"}

    run_virtual(main())


def test_slots_of_what_cannot_be_seen_stay_taken_while_others_go_on() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(50.0)
        tasks = bench.platform.add_drafts(12)
        bench.platform.deeds[tasks[0]] = ["7007-draft"]

        exit_code, report = await bench.run(tasks, max_running=3, poll_s=5.0)

        assert exit_code == 1
        assert (report.summary.launched, report.summary.unknown) == (11, 1)
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_a_run_that_waits_for_nothing_that_can_be_seen_halts() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(50.0)
        tasks = bench.platform.add_drafts(4)
        run = bench.platform.run

        async def then_hidden(task: TaskId, *, query: dict[str, str]) -> object:
            reply = await run(task, query=query)
            bench.platform.unseen[task] = HIDDEN
            return reply

        bench.platform.run = then_hidden  # type: ignore[assignment,method-assign]
        exit_code, report = await bench.run(tasks, max_running=2, poll_s=5.0)

        assert exit_code == 4
        assert report.run.reason == (
            f"whether {tasks[0]} runs cannot be learnt, nor of 1 others: "
            "nothing more is started (--max-running)"
        )
        assert 600.0 < bench.clock.monotonic() < 700.0

    run_virtual(main())


def test_a_doubt_that_cannot_be_seen_keeps_its_slot() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(8)
        bench.platform.lives = lambda task: Life(runs_s=5000.0 if task == tasks[0] else 50.0)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        run = bench.platform.run

        async def then_hidden(task: TaskId, *, query: dict[str, str]) -> object:
            reply = await run(task, query=query)
            if task == tasks[0]:
                bench.platform.unseen[task] = HIDDEN
            return reply

        bench.platform.run = then_hidden  # type: ignore[assignment,method-assign]

        exit_code, report = await bench.run(tasks, max_running=2, poll_s=5.0)

        assert exit_code == 1
        assert (report.summary.launched, report.summary.unknown) == (7, 1)
        assert bench.platform.active_at_most() == 2

    run_virtual(main())


def test_drafts_that_were_read_a_moment_ago_are_read_again_before_a_feed() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(300.0)
        tasks = bench.platform.add_drafts(8)
        await bench.run(tasks, limit=0)
        for task in tasks[5:]:
            bench.platform.start(task, by="LPauling")

        exit_code, report = await bench.run(tasks, max_running=4, poll_s=5.0)

        assert exit_code == 0
        assert report.summary.skipped == 3
        assert bench.platform.active_at_most() == 4

    run_virtual(main())


def test_a_task_whose_record_is_broken_for_good_is_not_waited_for_for_ever() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(60.0)
        tasks = bench.platform.add_drafts(4)
        await bench.run(tasks[:1])
        bench.platform.broken.add(tasks[0])

        async with asyncio.timeout(HOUR_S):
            exit_code, report = await bench.run(tasks, max_running=1, poll_s=30.0)

        assert exit_code == 4
        assert f"whether {tasks[0]} runs cannot be learnt" in (report.run.reason or "")
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


@pytest.mark.parametrize("deed", ["429", "not-sent", "503-maintenance", "lost"])
@pytest.mark.parametrize("count", [4, 9])
def test_what_is_to_be_sent_again_keeps_its_slot_meanwhile(deed: Deed, count: int) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(300.0)
        tasks = bench.platform.add_drafts(count)
        for task in tasks[:3]:
            bench.platform.deeds[task] = [deed, deed]

        exit_code, report = await bench.run(tasks, max_running=3, poll_s=5.0)

        assert (exit_code, report.summary.launched) == (0, count)
        assert bench.platform.active_at_most() == 3

    run_virtual(main())
