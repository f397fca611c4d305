"""Budget, throttles, outages: few requests, none wasted, and an end to every wait."""

import asyncio
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from launcher.core.answer import Limits
from launcher.core.errors import HaltedError
from launcher.core.gate import USED_UP
from launcher.core.outcome import Outcome
from launcher.engine.dispatch import CARRIED
from support.bench import Bench, SilentProgress, by_task
from support.fake_platform import Life, Window
from support.virtual_time import run_virtual


@pytest.mark.takes(5)
def test_5000_tasks_in_windows_of_300_s_take_1_02_of_the_ideal_and_meet_no_429() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5000)

        exit_code, report = await bench.run(tasks)

        ideal_s = 5 * 300.0
        assert exit_code == 0
        assert bench.platform.throttles == 0
        assert report.summary.throttled == 0
        assert report.summary.duration_s is not None
        assert report.summary.duration_s <= 1.02 * ideal_s
        assert report.summary.requests is not None
        assert report.summary.requests <= 1.03 * 5000

    run_virtual(main())


def test_every_wait_stands_in_the_report_with_its_reason_and_beside_the_ideal() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit = 30
        tasks = bench.platform.add_drafts(70)
        bench.platform.deeds = {tasks[40]: ["429"]}

        _, report = await bench.run(tasks)

        assert [wait.why for wait in report.waits].count(USED_UP) == 2
        assert {wait.why for wait in report.waits} == {USED_UP, "the platform throttles"}
        assert all(1.0 <= wait.for_s <= 300.5 for wait in report.waits)
        ends = [wait.at + timedelta(seconds=wait.for_s) for wait in report.waits]
        assert [wait.at for wait in report.waits] == sorted(wait.at for wait in report.waits)
        assert all(end <= wait.at for end, wait in zip(ends, report.waits[1:], strict=False))
        assert report.run.ideal_s == pytest.approx(600.0, abs=3.0)

    run_virtual(main())


def test_what_ends_a_wait_early_keeps_it_in_the_report() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit, bench.platform.window.length_s = 10, 1000.0
        tasks = bench.platform.add_drafts(30)

        exit_code, report = await bench.run(tasks, deadline_s=100.0)

        (wait,) = report.waits
        assert exit_code == HaltedError.exit_code
        assert wait.why == USED_UP
        assert wait.for_s == pytest.approx(100.0, abs=5.0)

    run_virtual(main())


@pytest.mark.parametrize("latency_s", [0.01, 0.2, 1.7])
def test_small_windows_are_used_up_and_never_overdrawn(latency_s: float) -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit, bench.platform.window.length_s = 30, 12.3
        bench.platform.latency_s = latency_s
        tasks = bench.platform.add_drafts(140)

        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.throttles == 0
        assert report.summary.launched == 140
        assert bench.platform.window.opened == 5

    run_virtual(main())


def test_without_any_rate_header_the_look_at_rate_limit_keeps_the_budget() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.shows_headers = False
        bench.platform.window.limit, bench.platform.window.length_s = 50, 20.0
        tasks = bench.platform.add_drafts(120)

        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.platform.throttles == 0

    run_virtual(main())


def test_a_reserved_share_is_left_to_others() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window.limit, bench.platform.window.length_s = 100, 60.0
        tasks = bench.platform.add_drafts(85)

        await bench.run(tasks, reserve_share=0.25)

        in_first = sum(at < 55 and kind == "run" for at, kind in bench.platform.log)
        assert in_first == 100 - 25 - 2  # less the user and the bulk read

    run_virtual(main())


def test_a_neighbour_that_spends_the_budget_costs_no_task() -> None:
    async def main() -> None:
        bench = Bench()
        window = bench.platform.window
        window.limit, window.length_s = 100, 30.0
        tasks = bench.platform.add_drafts(150)
        run = bench.platform.run

        async def crowded(task, *, query):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            window.used += task.endswith("0") * 5
            return await run(task, query=query)

        bench.platform.run = crowded  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched == 150
        assert bench.platform.throttles <= 16

    run_virtual(main())


def test_an_outage_in_mid_run_costs_few_requests_and_no_task() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(300)
        run = bench.platform.run
        began = bench.clock.monotonic()

        async def interrupted(task, *, query):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            bench.platform.down = 0.8 <= bench.clock.monotonic() - began < 20.8
            return await run(task, query=query)

        async def looked_at():  # type: ignore[no-untyped-def]  # noqa: ANN202
            bench.platform.down = 0.8 <= bench.clock.monotonic() - began < 20.8
            return await look()

        look = bench.platform.rate_limit
        bench.platform.run = interrupted  # type: ignore[method-assign]
        bench.platform.rate_limit = looked_at  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched == 300
        assert bench.platform.requests["run"] <= 300 + 20 + 16 + 6
        assert report.summary.duration_s is not None
        assert report.summary.duration_s < 60

    run_virtual(main())


def test_maintenance_closes_the_gate_at_its_first_answer() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(200)
        served = bench.platform._served

        def maintained(kind, what):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            bench.platform.maintenance = 1.0 <= bench.clock.monotonic() < 21.0
            return served(kind, what)

        bench.platform._served = maintained  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks)

        assert exit_code == 0
        assert report.summary.launched == 200
        assert max(row.attempts for row in report.rows) == 1
        assert bench.platform.requests["run"] <= 200 + 16 + 1

    run_virtual(main())


def test_an_outage_beyond_its_ceiling_halts_with_the_rest_pending_and_the_next_run_goes_on() -> (
    None
):
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(120)
        run = bench.platform.run

        async def fails_after_40(task, *, query):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            bench.platform.down = bench.platform.starts.total() >= 40
            return await run(task, query=query)

        bench.platform.run = fails_after_40  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks, max_outage_s=100.0)
        bench.platform.run, bench.platform.down = run, False  # type: ignore[method-assign]
        assert bench.stop is not None
        halted = bench.stop.foremost

        again, _ = await bench.run(tasks)

        assert exit_code == 4
        assert isinstance(halted, HaltedError)
        assert {row.outcome for row in report.rows} == {Outcome.LAUNCHED, Outcome.PENDING}
        assert again == 0
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())


def test_a_platform_that_answers_probes_and_fails_run_requests_stays_closed() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(100)
        for task in tasks:
            bench.platform.deeds[task] = ["502"] * 100

        exit_code, report = await bench.run(tasks, max_outage_s=600.0)

        assert exit_code == 4
        assert bench.platform.requests["run"] <= 20 + 16 + 20
        assert {row.outcome for row in report.rows} <= {Outcome.PENDING, Outcome.FAILED}

    run_virtual(main())


def test_a_task_that_fails_while_others_work_is_no_outage() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(5)
        for task in tasks:
            bench.platform.deeds[task] = ["502"] * 100

        exit_code, report = await bench.run(tasks)

        assert exit_code == 1
        assert {row.outcome for row in report.rows} == {Outcome.FAILED}
        assert by_task(report)[tasks[0]].attempts == 6

    run_virtual(main())


def announce_late(window: Window) -> None:
    """Let a window say that it is over an hour after it is."""
    told = window.limits

    def late(now: float) -> Limits:
        limits = told(now)
        assert limits.reset_at is not None
        return replace(limits, reset_at=limits.reset_at + 3000.0)

    window.limits = late  # type: ignore[method-assign]


def test_a_reset_that_was_announced_too_late_is_not_waited_for() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(20)
        bench.platform.window = Window(limit=15, length_s=100.0)
        announce_late(bench.platform.window)

        exit_code, _ = await bench.run(tasks)

        assert exit_code == 0
        assert bench.clock.monotonic() < 100.0 + 2 * 60.0
        assert bench.platform.throttles == 0

    run_virtual(main())


def test_a_run_that_is_ending_looks_often_enough_to_read_within_the_grace() -> None:
    async def main() -> None:
        bench = Bench()
        tasks = bench.platform.add_drafts(1)
        bench.platform.deeds[tasks[0]] = ["lost-started"]
        bench.platform.window = Window(limit=3, length_s=10.0)  # user, read, run
        announce_late(bench.platform.window)

        async def stop() -> None:
            await bench.clock.sleep(3.0)
            bench.interrupt()

        async with asyncio.TaskGroup() as group:
            group.create_task(stop())
            exit_code, report = await bench.run(tasks, grace_s=15.0)

        assert exit_code == 143
        assert by_task(report)[tasks[0]].outcome is Outcome.LAUNCHED

    run_virtual(main())


def test_at_most_500_tasks_are_settled_beside_the_lanes() -> None:
    async def main() -> None:
        bench = Bench()
        bench.platform.window = Window(limit=10_000)
        tasks = bench.platform.add_drafts(1100)
        for task in tasks[::2]:
            bench.platform.deeds[task] = ["lost-started"]

        exit_code, _ = await bench.run(tasks, settle_s=60.0)

        assert exit_code == 0
        assert max(snapshot.in_doubt for snapshot in bench.progress.snapshots) == CARRIED == 500

    run_virtual(main())


def _to_go(bench: Bench, *, launched: range) -> list[tuple[int, float]]:
    """Return how many tasks were left, and what was told of the time they take."""
    return [
        (shown.counts[Outcome.PENDING] + shown.counts[Outcome.UNKNOWN], shown.to_go_s)
        for shown in bench.progress.snapshots
        if shown.to_go_s is not None and shown.counts.get(Outcome.LAUNCHED, 0) in launched
    ]


def test_the_time_to_go_follows_the_pace_of_a_slow_platform() -> None:
    async def main() -> None:
        bench = Bench(progress=SilentProgress(often=math.inf))
        bench.platform.latency_s = 8.0  # 16 in flight: 2 a second, less than the budget allows
        tasks = bench.platform.add_drafts(1600)

        await bench.run(tasks)

        told = _to_go(bench, launched=range(100, 1500))
        assert len(told) > 1000
        assert all(to_go_s == pytest.approx(left / 2, rel=0.15) for left, to_go_s in told)

    run_virtual(main())


def test_waits_for_windows_and_canaries_are_no_part_of_the_pace() -> None:
    async def main() -> None:
        bench = Bench(progress=SilentProgress(often=math.inf))
        bench.platform.latency_s = 1.0  # 16 a second
        bench.platform.window.limit = 200
        bench.platform.lives = lambda _task: Life(queued_s=900.0, runs_s=10.0)
        tasks = bench.platform.add_drafts(500)

        await bench.run(tasks, canary=2, poll_s=30.0)

        told = _to_go(bench, launched=range(425, 500))
        assert len(told) > 5
        assert all(to_go_s == pytest.approx(left / 16, abs=1.0) for left, to_go_s in told)

    run_virtual(main())
