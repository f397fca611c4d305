"""Platforms that misbehave: every task started once, no row a lie."""

import asyncio
import random
from datetime import timedelta

import pytest

from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.retry import RetryPolicy
from support.bench import Bench, by_task
from support.fake_platform import Deed
from support.virtual_time import VirtualClock, run_virtual

DEEDS: tuple[Deed, ...] = (
    "502",
    "502-started",
    "303-started",
    "lost",
    "lost-started",
    "late",
    "429",
)


@pytest.mark.parametrize("seed", range(8))
def test_a_third_of_the_requests_hit_by_faults_loses_doubles_and_misreports_nothing(
    seed: int,
) -> None:
    async def main() -> None:
        chance = random.Random(seed)
        bench = Bench()
        bench.platform.lenient = True  # a second request would start a task twice
        tasks = bench.platform.add_drafts(400)
        for task in tasks:
            deeds = bench.platform.deeds[task] = []
            while chance.random() < 1 / 3 and len(deeds) < 4:
                deeds.append(chance.choice(DEEDS))

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert {row.outcome for row in report.rows} == {Outcome.LAUNCHED}
        assert set(bench.platform.starts.values()) == {1}
        assert len(bench.platform.starts) == 400

    run_virtual(main())


def test_a_lost_answer_is_settled_by_a_read_not_by_a_second_request() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost-started"]

        _, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert (row.outcome, row.confirmed_by, row.attempts) == (
            Outcome.LAUNCHED,
            ConfirmedBy.READ,
            1,
        )
        assert bench.platform.requests["run"] == 1
        assert row.latency_s is None

    run_virtual(main())


def test_a_second_request_waits_for_two_draft_reads_a_settle_time_apart() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost"]

        await bench.run(tasks, settle_s=3.0)

        times = [(at, kind) for at, kind in bench.platform.log if kind in {"run", "bulk_read"}]
        kinds = [kind for _, kind in times]
        assert kinds == ["bulk_read", "run", "bulk_read", "bulk_read", "run"]
        (_, first, read, again, second) = (at for at, _ in times)
        assert read - first >= 3.0
        assert again - read >= 3.0
        assert second > again

    run_virtual(main())


@pytest.mark.parametrize("seed", range(8))
def test_a_doubt_takes_two_reads_however_the_clock_rounds(seed: int) -> None:
    async def main() -> None:
        bench = Bench(clock=VirtualClock(seed=seed))
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["502"] * 5

        await bench.run(tasks)

        assert bench.platform.requests["bulk_read"] == 1 + 2 * 5

    run_virtual(main())


def test_a_start_that_comes_after_the_first_read_is_found_by_the_second() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 3.0
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["late"]

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert by_task(report)[tasks[0]].confirmed_by is ConfirmedBy.READ
        assert bench.platform.starts == {tasks[0]: 1}
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_a_start_later_than_both_reads_is_still_ours_when_the_next_request_is_refused() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 4.3
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["late"]

        exit_code, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert exit_code == 0
        assert row.outcome is Outcome.LAUNCHED
        assert row.confirmed_by is ConfirmedBy.READ
        assert bench.platform.starts == {tasks[0]: 1}

    run_virtual(main())


def test_a_bare_429_costs_seconds_and_no_attempt() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(50)
        bench.platform.deeds[tasks[20]] = ["429"]

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.throttled == 1
        assert by_task(report)[tasks[20]].attempts == 1
        assert report.summary.duration_s is not None
        assert report.summary.duration_s < 5

    run_virtual(main())


def test_many_doubts_share_few_reads() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        for task in tasks[::2]:
            bench.platform.deeds[task] = ["lost-started"]

        await bench.run(tasks)

        assert bench.platform.requests["bulk_read"] <= 1 + 5

    run_virtual(main())


def test_a_start_after_the_last_attempt_was_cleared_is_found_by_the_last_read() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 4.6
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds = {tasks[0]: ["late"], tasks[1]: ["429", "lost"]}

        exit_code, report = await bench.run(tasks, policy=RetryPolicy(max_attempts=1))

        assert exit_code == 1
        assert [row.outcome for row in report.rows] == [Outcome.LAUNCHED, Outcome.FAILED]
        assert bench.platform.starts == {tasks[0]: 1}

    run_virtual(main())


def test_a_read_right_after_a_killed_attempt_does_not_count_towards_clearing_it() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost"]
        began = bench.clock.monotonic()

        async def kill() -> None:
            await bench.clock.sleep(1.0)
            bench.interrupt()
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(kill())
            await bench.run(tasks)
        await bench.run(tasks)

        sent = [at - began for at, kind in bench.platform.log if kind == "run"]
        reads = [at - began for at, kind in bench.platform.log if kind == "bulk_read"]
        counted = [at for at in reads if at >= sent[0] + 2.0]
        assert len(sent) == 2
        assert len([at for at in counted if at < sent[1]]) == 2
        assert counted[1] - counted[0] >= 2.0

    run_virtual(main())


def test_a_start_after_another_request_was_refused_is_found_by_the_last_read() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 7.5
        tasks = bench.platform.add_drafts(2)
        bench.platform.deeds = {tasks[0]: ["late", "403"], tasks[1]: ["502", "502", "502"]}

        _, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert bench.platform.queries.count((tasks[0], {})) == 2
        assert (row.outcome, row.confirmed_by) == (Outcome.LAUNCHED, ConfirmedBy.READ)
        assert bench.platform.starts[tasks[0]] == 1

    run_virtual(main())


def test_a_clock_that_was_set_back_makes_no_doubt_older() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.leave_in_doubt(*tasks)
        bench.clock.skew = -timedelta(hours=1)

        await bench.run(tasks)

        kinds = [kind for _, kind in bench.platform.log if kind in {"run", "bulk_read"}]
        assert kinds == ["bulk_read", "bulk_read", "bulk_read", "run"]

    run_virtual(main())
