"""The table of promises, against the simulator over HTTP with a real journal."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.simulator import SOMEBODY_ELSE, Fault, Kind, RequestKind, Scenario, Simulator, ids_of
from support.acceptance import Ended, assert_true, launch


async def test_500_healthy_drafts_take_1_03_requests_each_and_a_second_run_almost_none(
    tmp_path: Path,
) -> None:
    async with Simulator(Scenario(tasks=500)) as simulator:
        first = await launch(simulator, simulator.task_ids, tmp_path)
        counted = simulator.truth.counted

        second = await launch(simulator, simulator.task_ids, tmp_path)

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert counted <= 1.03 * 500
        assert first.report.summary.requests == counted
        assert simulator.truth.counted - counted <= 4
        assert list(second.report.rows) == list(first.report.rows)
        assert not simulator.truth.doubles
        assert_true(first.report, simulator)


@pytest.mark.takes(13)
async def test_with_a_third_of_the_requests_faulty_all_are_launched_once_and_no_row_lies(
    tmp_path: Path, seed: int
) -> None:
    scenario = Scenario(tasks=400, seed=seed, fault_share=1 / 3, max_faults_per_task=4)
    async with Simulator(scenario) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, settle=1.0, timeout=5.0)

        truth = simulator.truth
        assert sum(truth.faults.values()) > 100
        assert ended.exit_code == 0
        assert {row.outcome for row in ended.report.rows} == {Outcome.LAUNCHED}
        assert not truth.doubles
        assert not truth.overlaps
        assert truth.throttles == 0
        assert len(truth.started) == 400
        assert_true(ended.report, simulator)


@pytest.mark.takes(5)
async def test_a_lenient_platform_is_not_made_to_start_a_task_twice(
    tmp_path: Path, seed: int
) -> None:
    lost = (
        Fault.RESET_AFTER,
        Fault.CUT_AFTER,
        Fault.BAD_GATEWAY_AFTER,
        Fault.EMPTY_AFTER,
        Fault.GARBAGE_AFTER,
        Fault.UNAVAILABLE_BEFORE,
    )
    scenario = Scenario(
        tasks=150,
        seed=seed,
        lenient=True,
        fault_share=0.4,
        fault_weights=dict.fromkeys(lost, 1.0),
    )
    async with Simulator(scenario) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, settle=0.5)

        assert ended.exit_code == 0
        assert not simulator.truth.doubles
        assert_true(ended.report, simulator)


@pytest.mark.parametrize(
    ("fault", "outcome", "executed_by_us"),
    [
        (Fault.SOMEBODY_ELSE_BEFORE, Outcome.SKIPPED, False),
        (Fault.SOMEBODY_ELSE_AFTER_FAILURE, Outcome.SKIPPED, False),
        (Fault.LOST_THEN_SOMEBODY, Outcome.LAUNCHED, True),
    ],
)
async def test_who_started_a_task_decides_its_row(
    tmp_path: Path, fault: Fault, outcome: Outcome, *, executed_by_us: bool
) -> None:
    async with Simulator(Scenario(tasks=3)) as simulator:
        task = simulator.task_ids[1]
        simulator.script(task, [fault])

        ended = await launch(simulator, simulator.task_ids, tmp_path, settle=0.3)

        row = next(row for row in ended.report.rows if row.task_id == task)
        assert ended.exit_code == 0
        assert row.outcome is outcome
        assert row.executed_by == (simulator.user if executed_by_us else SOMEBODY_ELSE)
        assert simulator.truth.requests_of(task)[RequestKind.RUN] == 1
        assert_true(ended.report, simulator)


@pytest.mark.takes(4)
async def test_refusals_are_told_apart_and_never_tried_again(tmp_path: Path) -> None:
    special: Mapping[str, int] = {
        Kind.FORBIDDEN: 1,
        Kind.NO_EXECUTE: 1,
        Kind.INVALID_4XX: 1,
        Kind.INVALID_ERRORS: 1,
        Kind.FAILING: 1,
        Kind.RUNNING: 1,
        Kind.COMPLETED: 1,
        Kind.CHILD: 1,
        Kind.NOT_FOUND: 1,
    }
    async with Simulator(Scenario(tasks=10, special=special)) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, settle=0.2, max_attempts=3)

        rows = {row.task_id: row for row in ended.report.rows}
        told = {
            kind: next(
                (row.outcome.value, row.error_code, row.http_status, row.attempts, row.status)
                for task, row in rows.items()
                if task in simulator.ids_of(Kind(kind))
            )
            for kind in special
        }
        assert ended.exit_code == 1
        assert told == {
            Kind.FORBIDDEN: ("rejected", 7001, 403, 0, None),
            Kind.NO_EXECUTE: ("rejected", 7001, 403, 1, "DRAFT"),
            Kind.INVALID_4XX: ("rejected", 7024, 400, 1, "DRAFT"),
            Kind.INVALID_ERRORS: ("rejected", None, 200, 1, "DRAFT"),
            Kind.FAILING: ("failed", 90004, 500, 3, "DRAFT"),
            Kind.RUNNING: ("skipped", None, None, 0, "RUNNING"),
            Kind.COMPLETED: ("skipped", None, None, 0, "COMPLETED"),
            Kind.CHILD: ("rejected", None, None, 0, "DRAFT"),
            Kind.NOT_FOUND: ("rejected", 7002, 404, 0, None),
        }
        assert ended.report.summary.launched == 10
        assert_true(ended.report, simulator)


@pytest.mark.takes(20)
async def test_windows_are_used_up_in_time_without_a_429_whatever_unit_and_clock(
    tmp_path: Path,
) -> None:
    async def one(name: str, scenario: Scenario) -> None:
        async with Simulator(scenario) as simulator:
            folder = tmp_path / name
            began = time.monotonic()
            ended = await launch(simulator, simulator.task_ids, folder)
            took_s = time.monotonic() - began

            windows = len(simulator.truth.windows_opened_s)
            assert ended.exit_code == 0
            assert simulator.truth.throttles == 0
            assert ended.report.summary.throttled == 0
            assert windows == 4
            assert took_s <= 3 * (6.0 + 1.5) + 1.0

    base = {"tasks": 350, "limit": 100, "window_s": 6.0, "latency_s": 0.02}
    async with asyncio.TaskGroup() as group:
        group.create_task(one("seconds", Scenario(**base)))  # type: ignore[arg-type]
        group.create_task(one("ms", Scenario(**base, reset_unit="ms")))  # type: ignore[arg-type]
        group.create_task(
            one("hour", Scenario(**base, clock_skew_s=3600.0))  # type: ignore[arg-type]
        )
        group.create_task(
            one("ms-hour", Scenario(**base, reset_unit="ms", clock_skew_s=-3600.0))  # type: ignore[arg-type]
        )


async def test_a_bare_429_costs_seconds(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=40)) as simulator:
        simulator.script(simulator.task_ids[20], [Fault.THROTTLED])
        began = time.monotonic()

        ended = await launch(simulator, simulator.task_ids, tmp_path)

        assert ended.exit_code == 0
        assert time.monotonic() - began < 5.0
        assert ended.report.summary.throttled == 1


@pytest.mark.takes(41)
async def test_twenty_seconds_without_a_platform_cost_no_task_and_few_requests(
    tmp_path: Path,
) -> None:
    async def refused() -> tuple[Ended, Counter[RequestKind]]:
        async with Simulator(Scenario(tasks=300, latency_s=0.1, run_latency_s=0.4)) as simulator:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(
                    launch(simulator, simulator.task_ids, tmp_path / "refused", settle=0.5)
                )
                await asyncio.sleep(3)
                await simulator.refuse_connections()
                await asyncio.sleep(20)
                await simulator.accept_connections()
            assert not simulator.truth.doubles
            assert_true(running.result().report, simulator)
            return running.result(), simulator.truth.requests

    async def maintained() -> tuple[Ended, Counter[RequestKind]]:
        async with Simulator(Scenario(tasks=300, latency_s=0.1, run_latency_s=0.4)) as simulator:
            async with asyncio.TaskGroup() as group:
                running = group.create_task(
                    launch(simulator, simulator.task_ids, tmp_path / "maintained", settle=0.5)
                )
                await asyncio.sleep(3)
                simulator.begin_maintenance()
                await asyncio.sleep(20)
                simulator.end_maintenance()
            assert not simulator.truth.doubles
            assert_true(running.result().report, simulator)
            return running.result(), simulator.truth.requests

    async with asyncio.TaskGroup() as group:
        both = (group.create_task(refused()), group.create_task(maintained()))

    for ended, requests in (task.result() for task in both):
        assert ended.exit_code == 0
        assert ended.report.summary.launched == 300
        assert ended.report.summary.failed == 0
        assert requests[RequestKind.RUN] <= 300 + 20 + 16 + 2
        assert requests[RequestKind.RATE_LIMIT] <= 12


async def test_one_401_among_15_slow_successes_stops_the_run_and_denies_none(
    tmp_path: Path,
) -> None:
    scenario = Scenario(tasks=200, run_latency_s=1.0)
    refused = ids_of(scenario, Kind.HEALTHY)[6]
    async with Simulator(scenario) as simulator:
        simulator.script(refused, [Fault.UNAUTHORISED])

        ended = await launch(simulator, simulator.task_ids, tmp_path)

        assert ended.exit_code == 3
        assert ended.report.summary.launched == 15
        assert ended.report.summary.pending == 185
        assert simulator.truth.requests[RequestKind.RUN] == 16
        assert_true(ended.report, simulator)


async def test_the_same_ids_on_two_platforms_are_launched_on_both_with_one_journal(
    tmp_path: Path,
) -> None:
    async with (
        Simulator(Scenario(tasks=20)) as one,
        Simulator(Scenario(tasks=20)) as other,
    ):
        assert one.task_ids == other.task_ids
        first = await launch(one, one.task_ids, tmp_path)
        second = await launch(other, other.task_ids, tmp_path)

        assert (first.exit_code, second.exit_code) == (0, 0)
        assert len(one.truth.started) == len(other.truth.started) == 20
        assert second.report.summary.launched_before == 0


async def test_reads_that_lag_make_no_second_start_and_no_lie(tmp_path: Path, seed: int) -> None:
    scenario = Scenario(
        tasks=60,
        seed=seed,
        read_lag_s=0.8,
        fault_share=0.3,
        fault_weights={Fault.RESET_AFTER: 1.0, Fault.GATEWAY_TIMEOUT_AFTER: 1.0},
    )
    async with Simulator(scenario) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, settle=0.3)

        assert not simulator.truth.doubles
        assert {row.outcome for row in ended.report.rows} == {Outcome.LAUNCHED}
        assert ConfirmedBy.READ in {row.confirmed_by for row in ended.report.rows}
        assert_true(ended.report, simulator)
