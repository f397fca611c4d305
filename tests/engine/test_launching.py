"""Healthy platforms: few requests, every draft once, the second run free."""

from datetime import timedelta

import pytest

from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.retry import RetryPolicy
from launcher.engine.ledger import QUEUED_AT_ONCE
from support.bench import Bench, by_task
from support.virtual_time import run_virtual


def test_500_healthy_drafts_take_1_03_requests_a_task_at_most() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(500)

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched == 500
        assert set(bench.platform.starts.values()) == {1}
        assert (
            report.summary.requests
            == sum(bench.platform.requests.values()) - (bench.platform.requests["rate_limit"])
        )
        assert report.summary.requests <= 1.03 * 500

    run_virtual(main())


def test_a_second_run_sends_nothing_and_writes_the_same_rows() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(150)
        _, first = await bench.run(tasks)
        before = bench.platform.requests.total()

        exit_code, second = await bench.run(tasks)

        assert exit_code == 0
        assert list(second.rows) == list(first.rows)
        assert second.summary.launched_before == 150
        assert bench.platform.requests.total() - before <= 4

    run_virtual(main())


def test_facts_that_wait_for_the_journal_are_bounded_however_many_tasks_there_are() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(2 * QUEUED_AT_ONCE + 1)

        exit_code, report = await bench.run(tasks, dry=True)

        own_facts_of_the_run = 2
        assert exit_code == 0
        assert report.summary.requested == len(tasks)
        assert bench.journal.commits >= 3 + own_facts_of_the_run

    run_virtual(main())


def test_rows_stand_in_the_order_of_the_input_and_say_where_they_come_from() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = tuple(reversed(bench.platform.add_drafts(40)))

        _, report = await bench.run(tasks)

        assert [row.task_id for row in report.rows] == list(tasks)
        assert [row.source for row in report.rows] == [f"tasks.txt:{line}" for line in range(1, 41)]

    run_virtual(main())


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_no_more_requests_are_in_flight_than_allowed(concurrency: int) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(60)

        await bench.run(tasks, concurrency=concurrency)

        assert bench.platform.peak == concurrency

    run_virtual(main())


def test_a_dry_run_starts_nothing_and_reports_drafts_as_pending() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.start(tasks[0], by="LPauling")

        exit_code, report = await bench.run(tasks, dry=True)

        assert exit_code == 0
        assert bench.platform.requests["run"] == 0
        assert [row.outcome for row in report.rows] == [
            Outcome.SKIPPED,
            Outcome.PENDING,
            Outcome.PENDING,
        ]

    run_virtual(main())


def test_a_draft_seen_minutes_ago_is_not_read_again_one_seen_long_ago_is() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(10)
        await bench.run(tasks, dry=True)

        await bench.run(tasks, dry=True)
        assert bench.platform.requests["bulk_read"] == 1
        await bench.clock.sleep(601)
        await bench.run(tasks, dry=True)

        assert bench.platform.requests["bulk_read"] == 2

    run_virtual(main())


def test_what_may_have_started_late_is_read_again_however_fresh_and_costs_no_refusal() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.late_s = 30.0
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["late"]
        first_code, _ = await bench.run(tasks, policy=RetryPolicy(max_attempts=1))
        await bench.clock.sleep(60.0)
        bench.platform.start_late()

        exit_code, report = await bench.run(tasks)

        assert (first_code, exit_code) == (1, 0)
        assert report.summary.launched == 1
        assert bench.platform.requests["run"] == 1

    run_virtual(main())


def test_without_bulk_reads_tasks_are_read_one_by_one_and_it_is_said_once() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.has_bulk = False
        tasks = bench.platform.add_drafts(250)

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched == 250
        assert bench.platform.requests["read"] == 250
        assert len(bench.progress.said) == 1

    run_virtual(main())


def test_a_launch_is_confirmed_by_its_answer_with_its_times() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)

        _, report = await bench.run(tasks)

        row = by_task(report)[tasks[0]]
        assert (row.outcome, row.status, row.confirmed_by, row.attempts) == (
            Outcome.LAUNCHED,
            "QUEUED",
            ConfirmedBy.ANSWER,
            1,
        )
        assert row.latency_s == pytest.approx(0.1)
        assert row.first_attempt_at is not None
        assert row.launched_at is not None
        assert row.first_attempt_at < row.launched_at

    run_virtual(main())


def test_a_draft_seen_in_the_future_of_a_clock_that_was_set_back_is_read_again() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(10)
        await bench.run(tasks, dry=True)

        bench.clock.skew = -timedelta(hours=1)
        await bench.run(tasks)

        assert bench.platform.requests["bulk_read"] == 2

    run_virtual(main())
