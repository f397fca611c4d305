"""Waiting for the ends of tasks: whose, how long, at what price, and what is said of them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from launcher.core.answer import ErrorWord
from launcher.core.course import Course
from launcher.core.entry import Inspected, RunEnded, Seen
from launcher.core.ids import TaskId
from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.remarks import ACCOUNT_LIMIT, NO_JOBS, NO_OUTPUTS
from launcher.core.report import Report
from launcher.core.retry import RetryPolicy
from launcher.engine.jobs import LONG_POLLS
from launcher.engine.waiting import REFUSED_TURNS
from support.bench import Bench, by_task
from support.crashing import Power
from support.fake_platform import FakePlatform, Life
from support.virtual_time import run_virtual

POLL_S = 10.0


def lives(*of: Life) -> Callable[[TaskId], Life]:
    """Return these lives, given to the tasks in turn, the first to the first."""
    return lambda task: of[(int(task[-12:], 16) - 1) % len(of)]


def states(report: Report) -> list[str | None]:
    return [row.status for row in report.rows]


async def waited(bench: Bench, count: int, *of: Life, **changes: object) -> tuple[int, Report]:
    bench.platform.lives = lives(*of)
    tasks = bench.platform.add_drafts(count)
    return await bench.run(tasks, wait=True, poll_s=POLL_S, **changes)  # type: ignore[arg-type]  # as `Bench.run`


def requests_after_launch(platform: FakePlatform) -> int:
    return platform.requests["bulk_read"] + platform.requests["read"]


# ---------------------------------------------------------------- ends and exit codes


def test_a_run_that_waits_ends_when_all_have_completed() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await waited(bench, 3, Life(runs_s=100.0), Life(runs_s=700.0))

        assert exit_code == 0
        assert states(report) == ["COMPLETED"] * 3
        assert 700.0 <= bench.clock.monotonic() < 900.0
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


@pytest.mark.parametrize("end", ["FAILED", "ABORTED"])
def test_failed_and_aborted_are_ends_that_make_exit_1(end: str) -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await waited(bench, 2, Life(runs_s=50.0), Life(runs_s=50.0, ends=end))

        assert exit_code == 1
        assert states(report) == ["COMPLETED", end]
        assert report.summary.launched == 2

    run_virtual(main())


def test_without_wait_a_run_ends_when_all_are_launched_and_says_0() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, _ = await waited(bench, 2, Life(runs_s=500.0, ends="FAILED"))
        later, report = await bench.run(list(bench.platform.views))

        assert (exit_code, later) == (1, 0)
        assert report.summary.launched_before == 2

    run_virtual(main())


def test_what_others_started_is_not_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=50.0), Life(runs_s=1e9))
        tasks = bench.platform.add_drafts(2)
        bench.platform.start(tasks[1], by="LPauling")

        exit_code, report = await bench.run(tasks, wait=True, poll_s=POLL_S)

        assert exit_code == 0
        assert [row.outcome for row in report.rows] == [Outcome.LAUNCHED, Outcome.SKIPPED]

    run_virtual(main())


def test_what_earlier_runs_launched_is_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=300.0), Life(runs_s=300.0, ends="FAILED"))
        tasks = bench.platform.add_drafts(2)
        await bench.run(tasks)

        exit_code, report = await bench.run(tasks, wait=True, poll_s=POLL_S)

        assert exit_code == 1
        assert states(report) == ["COMPLETED", "FAILED"]
        assert bench.platform.requests["run"] == 2

    run_virtual(main())


def test_a_limit_ends_the_run_after_what_was_started_has_ended() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await waited(bench, 5, Life(runs_s=100.0), limit=2)

        assert exit_code == 4
        assert report.summary.states == {"COMPLETED": 2}
        assert report.summary.pending == 3

    run_virtual(main())


def test_a_task_that_started_late_is_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 60.0
        bench.platform.lives = lives(Life(runs_s=200.0))
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds[tasks[0]] = ["late"]

        exit_code, report = await bench.run(
            tasks, wait=True, poll_s=POLL_S, policy=RetryPolicy(max_attempts=1)
        )

        assert exit_code == 0
        assert states(report) == ["COMPLETED", "COMPLETED"]
        assert by_task(report)[tasks[0]].confirmed_by is ConfirmedBy.READ
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_deadline_ends_the_waiting_and_leaves_the_tasks_running() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await waited(bench, 2, Life(runs_s=1e6), deadline_s=120.0)

        assert exit_code == 4
        assert states(report) == ["RUNNING", "RUNNING"]
        assert bench.clock.monotonic() < 125.0

    run_virtual(main())


def test_a_signal_ends_the_waiting_at_once() -> None:
    async def main() -> None:
        bench = Bench()
        async with asyncio.TaskGroup() as group:
            run = group.create_task(waited(bench, 2, Life(runs_s=1e6)))
            await asyncio.sleep(500.0)
            at = bench.clock.monotonic()
            bench.interrupt()
            exit_code, report = await run

        assert exit_code == 143
        assert bench.clock.monotonic() - at < 1.0
        assert states(report) == ["RUNNING", "RUNNING"]

    run_virtual(main())


@pytest.mark.parametrize("dies_at", [3, 8, 15, 30])
def test_a_run_killed_while_it_waits_goes_on_waiting_and_starts_nothing_twice(
    dies_at: int,
) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=900.0), Life(runs_s=500.0, ends="FAILED"))
        tasks = bench.platform.add_drafts(4)

        await bench.crashed(tasks, Power(goes_at=dies_at), wait=True, poll_s=POLL_S)
        exit_code, report = await bench.run(tasks, wait=True, poll_s=POLL_S)

        assert exit_code == 1
        assert states(report) == ["COMPLETED", "FAILED"] * 2
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_task_that_is_not_shown_any_more_is_given_up_after_some_reads() -> None:
    async def main() -> None:
        bench = Bench()
        gone = ErrorWord(code=7002, message="no such task", http_status=404)

        async def hide() -> None:
            await asyncio.sleep(200.0)
            bench.platform.unseen[next(iter(bench.platform.views))] = gone

        async with asyncio.TaskGroup() as group:
            group.create_task(hide())
            exit_code, report = await waited(bench, 2, Life(runs_s=1e9), Life(runs_s=100.0))

        assert exit_code == 1
        assert [row.remark for row in report.rows] == [
            "cannot be read any more: HTTP 404: no such task",
            None,
        ]
        refused = [at for at, kind in bench.platform.log if kind == "bulk_read" and at > 200.0]
        assert len(refused) >= REFUSED_TURNS

    run_virtual(main())


def test_one_refused_read_is_no_end() -> None:
    async def main() -> None:
        bench = Bench()
        gone = ErrorWord(code=7002, message="no such task", http_status=404)

        async def blink() -> None:
            await asyncio.sleep(100.0)
            task = next(iter(bench.platform.views))
            bench.platform.unseen[task] = gone
            await asyncio.sleep(POLL_S + 5)
            del bench.platform.unseen[task]

        async with asyncio.TaskGroup() as group:
            group.create_task(blink())
            exit_code, report = await waited(bench, 1, Life(runs_s=3000.0))

        assert (exit_code, states(report)) == (0, ["COMPLETED"])

    run_virtual(main())


# ---------------------------------------------------------------- what is told


def test_durations_price_and_remarks_of_the_end_are_in_the_rows() -> None:
    async def main() -> None:
        bench = Bench()
        (first, second) = bench.platform.add_drafts(2)
        done = Course(queued_s=20.0, running_s=80.0, price=Decimal("0.44"), currency="USD")
        bench.platform.courses = {
            first: {"COMPLETED": replace(done, outputs=False)},
            second: {"FAILED": Course(message="exit code 137")},
        }
        bench.platform.lives = lives(
            Life(runs_s=80.0, queued_s=20.0), Life(runs_s=80.0, ends="FAILED")
        )

        _, report = await bench.run([first, second], wait=True, poll_s=POLL_S)

        row = by_task(report)[first]
        assert (row.queued_s, row.running_s, row.price, row.currency, row.remark) == (
            20.0,
            80.0,
            Decimal("0.44"),
            "USD",
            NO_OUTPUTS,
        )
        assert by_task(report)[second].remark == "failed on the platform: exit code 137"

    run_virtual(main())


def test_why_a_task_waits_is_noted_once_however_often_it_is_read() -> None:
    async def main() -> None:
        bench = Bench()
        (task,) = bench.platform.add_drafts(1)
        bench.platform.courses = {
            task: {
                "QUEUED": Course(account_limit=True, queued_s=1.0),
                "RUNNING": Course(running_s=1.0),
            }
        }
        bench.platform.lives = lives(Life(runs_s=400.0, queued_s=800.0))

        async with asyncio.TaskGroup() as group:
            run = group.create_task(bench.run([task], wait=True, poll_s=POLL_S))
            await asyncio.sleep(600.0)
            bench.interrupt()
            _, report = await run
        assert by_task(report)[task].remark == ACCOUNT_LIMIT
        assert _facts(bench) <= {"Seen DRAFT": 1, "Seen QUEUED": 1}.items()

        await bench.run([task], wait=True, poll_s=POLL_S)
        assert bench.platform.requests["bulk_read"] > 20
        assert sum(count for _, count in _facts(bench)) <= 5

    run_virtual(main())


def _facts(bench: Bench) -> set[tuple[str, int]]:
    told: dict[str, int] = {}
    for record in bench.store:
        if isinstance(record.entry, Seen):
            kind = f"Seen {record.entry.status}"
            told[kind] = told.get(kind, 0) + 1
    return set(told.items())


def test_long_running_tasks_are_looked_into_once_each_and_few_at_a_time() -> None:
    async def main() -> None:
        bench = Bench()
        (first, second, third) = bench.platform.add_drafts(3)
        bench.platform.jobs = {first: 0}
        bench.platform.lives = lives(Life(runs_s=3000.0), Life(runs_s=3000.0), Life(runs_s=100.0))

        async with asyncio.TaskGroup() as group:
            run = group.create_task(bench.run([first, second, third], wait=True, poll_s=POLL_S))
            await asyncio.sleep(2500.0)
            bench.interrupt()
            _, report = await run

        looked = bench.platform.inspected
        assert [task for _, task in looked] == [first, second]
        assert all(at >= LONG_POLLS * POLL_S for at, _ in looked)
        assert looked[1][0] - looked[0][0] >= POLL_S
        assert [row.remark for row in report.rows] == [NO_JOBS, None, None]
        assert sum(isinstance(record.entry, Inspected) for record in bench.store) == 2

    run_virtual(main())


def test_a_run_that_only_launches_looks_into_nothing() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=3000.0))
        await bench.run(bench.platform.add_drafts(3), max_running=1, poll_s=POLL_S)

        assert bench.platform.inspected == []

    run_virtual(main())


def test_a_refused_look_is_not_repeated_and_ends_nothing() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.refuses_details = True

        exit_code, report = await waited(bench, 1, Life(runs_s=1000.0))

        assert (exit_code, states(report)) == (0, ["COMPLETED"])
        assert len(bench.platform.inspected) == 1

    run_virtual(main())


def test_people_are_told_how_many_are_in_which_state() -> None:
    async def main() -> None:
        bench = Bench()

        await waited(bench, 3, Life(runs_s=100.0), Life(runs_s=300.0), Life(runs_s=600.0))

        told = [snapshot.waited for snapshot in bench.progress.snapshots if snapshot.waited]
        assert {"RUNNING": 2, "COMPLETED": 1} in [dict(one.states) for one in told]
        middle = next(one for one in told if dict(one.states) == {"RUNNING": 2, "COMPLETED": 1})
        assert middle.left == 2
        assert middle.oldest_s is not None
        assert middle.mean_s is not None
        assert told[-1].left == 0

    run_virtual(main())


def test_a_later_run_tells_how_long_tasks_have_lived_and_not_how_long_it_follows_them() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=4000.0), Life(runs_s=6000.0))
        tasks = bench.platform.add_drafts(2)
        await bench.run(tasks)
        await bench.clock.sleep(3600.0)
        bench.progress.snapshots.clear()

        await bench.run(tasks, wait=True, poll_s=POLL_S)

        told = [snapshot.waited for snapshot in bench.progress.snapshots if snapshot.waited]
        first, later = told[0], next(one for one in told if one.left == 1)
        assert 3600.0 <= (first.oldest_s or 0.0) < 3700.0
        assert first.mean_s is None
        assert 4000.0 <= (later.mean_s or 0.0) < 4100.0
        assert later.ends_in_s is not None

    run_virtual(main())


def test_waiting_costs_few_requests() -> None:
    async def main() -> None:
        bench = Bench()
        await waited(bench, 200, Life(runs_s=3_600.0), Life(runs_s=7_200.0))

        assert requests_after_launch(bench.platform) < 200

    run_virtual(main())


def test_a_feed_that_waits_ends_with_the_last_task() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await waited(bench, 20, Life(runs_s=100.0), max_running=5)

        assert exit_code == 0
        assert report.summary.states == {"COMPLETED": 20}
        assert bench.platform.active_at_most() == 5

    run_virtual(main())


# ---------------------------------------------------------------- watching


async def watch(bench: Bench, tasks: tuple[TaskId, ...]) -> tuple[int, Report]:
    return await bench.run(tasks, dry=True, watch=True, poll_s=POLL_S)


def test_who_watches_sends_no_run_request_and_waits_for_everybody() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=300.0))
        tasks = bench.platform.add_drafts(3)
        await bench.run(tasks[:2])
        bench.platform.start(tasks[2], by="LPauling")

        exit_code, report = await watch(bench, tasks)

        assert exit_code == 0
        assert states(report) == ["COMPLETED"] * 3
        assert bench.platform.requests["run"] == 2

    run_virtual(main())


@pytest.mark.parametrize("end", ["FAILED", "ABORTED"])
def test_watching_says_1_where_one_did_not_complete(end: str) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lives = lives(Life(runs_s=300.0, ends=end))
        tasks = bench.platform.add_drafts(1)
        await bench.run(tasks)

        assert (await watch(bench, tasks))[0] == 1

    run_virtual(main())


def test_drafts_that_nobody_is_going_to_start_end_the_watching_with_1() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2)

        exit_code, report = await watch(bench, tasks)

        assert exit_code == 1
        assert states(report) == ["DRAFT", "DRAFT"]
        assert bench.platform.requests["run"] == 0
        assert bench.clock.monotonic() < POLL_S

    run_virtual(main())


def test_a_doubt_that_a_killed_run_left_does_not_hold_up_who_watches() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.leave_in_doubt(*tasks)

        exit_code, _ = await watch(bench, tasks)

        assert exit_code == 1
        assert bench.clock.monotonic() < 100.0

    run_virtual(main())


def test_who_watches_learns_of_what_a_run_beside_starts() -> None:
    async def main() -> None:
        bench, beside = Bench(), Bench(name="watch")
        beside.clock, beside.platform, beside.store = bench.clock, bench.platform, bench.store
        bench.platform.lives = lives(Life(runs_s=300.0))
        tasks = bench.platform.add_drafts(4)
        beside.others_start = lambda: () if _has_ended(bench) else tasks

        async with asyncio.TaskGroup() as group:
            run = group.create_task(bench.run(tasks, max_running=1, poll_s=POLL_S))
            await asyncio.sleep(5.0)
            watching = group.create_task(watch(beside, tasks))
            assert (await run)[0] == 0
            exit_code, report = await watching

        assert exit_code == 0
        assert states(report) == ["COMPLETED"] * 4
        assert [row.outcome for row in report.rows] == [Outcome.LAUNCHED] * 4
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_run_beside_that_goes_on_about_other_tasks_is_not_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2)
        bench.others_start = lambda: frozenset({TaskId("another")})

        assert (await watch(bench, tasks))[0] == 1
        assert bench.clock.monotonic() < POLL_S

    run_virtual(main())


def _has_ended(bench: Bench) -> bool:
    return any(
        isinstance(record.entry, RunEnded) and record.run.startswith("run")
        for record in bench.store
    )


def test_the_end_of_a_task_whose_record_is_broken_for_good_is_given_up() -> None:
    async def main() -> None:
        bench = Bench()

        async def break_one() -> None:
            await bench.clock.sleep(25.0)
            bench.platform.broken.add(next(iter(bench.platform.views)))

        async with asyncio.timeout(3600.0), asyncio.TaskGroup() as group:
            group.create_task(break_one())
            exit_code, report = await waited(bench, 3, Life(runs_s=60.0))

        assert exit_code == 1
        assert states(report) == ["RUNNING", "COMPLETED", "COMPLETED"]

    run_virtual(main())


def test_a_record_that_is_broken_for_a_while_is_waited_for() -> None:
    async def main() -> None:
        bench = Bench()

        async def break_one_for_a_while() -> None:
            task = next(iter(bench.platform.views))
            for _ in range(3):
                await bench.clock.sleep(200.0)
                bench.platform.broken.add(task)
                await bench.clock.sleep(200.0)
                bench.platform.broken.discard(task)

        async with asyncio.TaskGroup() as group:
            group.create_task(break_one_for_a_while())
            exit_code, report = await waited(bench, 1, Life(runs_s=3000.0))

        assert exit_code == 0
        assert states(report) == ["COMPLETED"]

    run_virtual(main())


def test_a_task_that_stays_a_draft_in_every_read_is_given_up() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.lag_s = 1e9

        async with asyncio.timeout(3600.0):
            exit_code, report = await waited(bench, 2, Life(runs_s=60.0))

        assert exit_code == 1
        assert [(row.outcome, row.status) for row in report.rows] == [
            (Outcome.LAUNCHED, "DRAFT")
        ] * 2

    run_virtual(main())
