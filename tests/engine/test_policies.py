"""What a person may allow a run: so many tasks, so much time, so many failures."""

import asyncio

import pytest

from launcher.core.errors import HaltedError
from launcher.core.outcome import Outcome
from support.bench import Bench
from support.fake_platform import Deed
from support.virtual_time import run_virtual


@pytest.mark.parametrize("limit", [0, 1, 25])
def test_no_more_than_the_limit_are_started_and_the_next_run_goes_on(limit: int) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(60)

        exit_code, report = await bench.run(tasks, limit=limit)
        to_go_s = bench.progress.snapshots[-1].to_go_s
        last_code, last = await bench.run(tasks)

        assert (exit_code, to_go_s) == (4, 0)
        assert (report.summary.launched, report.summary.pending) == (limit, 60 - limit)
        assert report.run.reason == f"no more than {limit} were to be started (--limit)"
        assert (last_code, last.summary.launched) == (0, 60)
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_limit_that_is_not_reached_changes_nothing() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, report = await bench.run(bench.platform.add_drafts(5), limit=5)

        assert (exit_code, report.summary.launched, report.run.reason) == (0, 5, None)

    run_virtual(main())


def test_doubts_beyond_the_limit_are_settled_but_not_sent_again() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.leave_in_doubt(*tasks[:2])

        exit_code, report = await bench.run(tasks, limit=1)

        assert exit_code == 4
        assert bench.platform.starts == {tasks[0]: 1}
        assert [row.outcome for row in report.rows] == [
            Outcome.LAUNCHED,
            Outcome.PENDING,
            Outcome.PENDING,
        ]

    run_virtual(main())


def test_after_the_deadline_nothing_is_started_and_what_is_in_flight_is_settled() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.latency_s = 1.0
        tasks = bench.platform.add_drafts(100)

        exit_code, report = await bench.run(tasks, deadline_s=6.5, concurrency=4)

        summary = report.summary
        assert exit_code == 4
        assert report.run.reason == "the time for starting tasks is over (--deadline)"
        assert 0 < summary.launched < 100
        assert summary.launched == sum(bench.platform.starts.values())
        assert summary.pending == 100 - summary.launched
        assert bench.clock.monotonic() < 9.0

    run_virtual(main())


@pytest.mark.parametrize(("deed", "exit_code"), [("lost-started", 0), ("lost", 4)])
def test_a_deadline_that_kept_no_task_from_being_started_is_no_halt(
    deed: Deed, exit_code: int
) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.deeds[tasks[0]] = [deed]

        ended = await bench.run(tasks, deadline_s=1.0)

        assert ended[0] == exit_code
        assert ended[1].summary.pending == (exit_code == 4)
        assert (ended[1].run.reason is None) == (exit_code == 0)

    run_virtual(main())


def test_a_deadline_does_not_hide_a_task_that_is_rejected() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(3)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        bench.platform.deeds[tasks[1]] = ["403"]

        exit_code, _ = await bench.run(tasks, deadline_s=1.0)

        assert exit_code == 1

    run_virtual(main())


def test_a_deadline_ends_a_run_that_may_not_even_ask_whose_token_it_is() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit = 0
        tasks = bench.platform.add_drafts(3)

        async with asyncio.timeout(3600.0):
            with pytest.raises(HaltedError, match="--deadline"):
                await bench.run(tasks, deadline_s=45.0)

        assert bench.clock.monotonic() == pytest.approx(45.0, abs=1.0)
        assert bench.platform.requests["run"] == 0

    run_virtual(main())


def test_a_deadline_that_is_far_away_delays_no_end() -> None:
    async def main() -> None:
        bench = Bench()

        exit_code, _ = await bench.run(bench.platform.add_drafts(5), deadline_s=3600.0)

        assert exit_code == 0
        assert bench.clock.monotonic() < 5.0

    run_virtual(main())


@pytest.mark.parametrize("allowed", [0, 3])
def test_more_failures_than_allowed_halt_the_run(allowed: int) -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(200)
        for task in tasks[:20]:
            bench.platform.deeds[task] = ["403"]

        exit_code, report = await bench.run(tasks, max_failures=allowed, concurrency=4)

        summary = report.summary
        assert exit_code == 4
        assert allowed < summary.rejected <= allowed + 4
        assert summary.pending >= 180
        assert report.run.reason is not None
        assert "--max-failures" in report.run.reason

    run_virtual(main())


def test_as_many_failures_as_allowed_halt_nothing() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(50)
        for task in tasks[:3]:
            bench.platform.deeds[task] = ["403"]

        exit_code, report = await bench.run(tasks, max_failures=3)

        assert exit_code == 1
        assert (report.summary.rejected, report.summary.launched) == (3, 47)

    run_virtual(main())


@pytest.mark.parametrize(("asked", "sent"), [(True, "true"), (False, "false"), (None, None)])
def test_spot_instances_are_asked_for_only_where_the_user_said_so(
    *, asked: bool | None, sent: str | None
) -> None:
    async def main() -> None:
        bench = Bench()

        _, report = await bench.run(bench.platform.add_drafts(2), interruptible=asked)

        queries = [query for _, query in bench.platform.queries]
        assert queries == [{} if sent is None else {"use_interruptible_instances": sent}] * 2
        assert [row.outcome for row in report.rows] == [Outcome.LAUNCHED] * 2

    run_virtual(main())
