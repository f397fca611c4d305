"""Feeding over real HTTP: tasks that live, in accelerated time."""

import asyncio
import time
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.dial import FileDial
from launcher.simulator import Kind, RequestKind, Scenario, Simulator, ids_of
from support.acceptance import Process, assert_true, launch, rows_of

POLL = "0.1s"
MANY = 100_000
"""Requests in a window: else reads would be further apart than these tasks are long."""
FEW = Scenario(
    tasks=40, limit=MANY, run_median_s=0.8, flip_share=0.3, flip_queued_s=0.1, queued_s=0.1
)


def _turn(path: Path, text: str) -> None:
    """Write the file anew, so that nobody reads half of it."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(path)


@pytest.mark.takes(9)
async def test_no_more_run_at_once_than_allowed(tmp_path: Path) -> None:
    async with Simulator(FEW) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, max_running=5, poll=POLL)

        occupancy = simulator.truth.occupancy()
        assert ended.exit_code == 0
        assert ended.report.summary.launched == 40
        assert occupancy.peak == 5
        assert occupancy.share_of(5) > 0.7
        assert_true(ended.report, simulator)


@pytest.mark.takes(6)
async def test_what_others_run_in_the_project_counts_where_it_is_to(tmp_path: Path) -> None:
    scenario = Scenario(
        tasks=12, special={Kind.RUNNING: 3}, limit=MANY, run_median_s=0.8, queued_s=0.05
    )
    async with Simulator(scenario) as simulator:
        ended = await launch(
            simulator,
            ids_of(scenario, Kind.HEALTHY),
            tmp_path,
            max_running=5,
            running_scope="project",
            poll=POLL,
        )

        assert ended.exit_code == 0
        assert simulator.truth.occupancy().peak == 5
        assert simulator.truth.requests[RequestKind.LIST] >= 2


@pytest.mark.takes(5)
async def test_the_number_in_a_file_is_read_again_while_it_runs(tmp_path: Path) -> None:
    scenario = Scenario(tasks=12, limit=MANY, run_median_s=0.4, queued_s=0.05)
    words = ("run", "tasks.txt", "--journal", "j.db", "--report", "out.csv", "--poll", POLL)
    async with Simulator(scenario) as simulator:
        (tmp_path / "tasks.txt").write_text("\n".join(simulator.task_ids))
        (tmp_path / "running").write_text("0\n")
        process = await Process.start(
            simulator, *words, "--max-running-file", "running", cwd=tmp_path
        )
        async with asyncio.timeout(20):
            while not simulator.truth.requests[RequestKind.BULK]:  # noqa: ASYNC110 - it is a count
                await asyncio.sleep(0.02)
        _turn(tmp_path / "running", "many")
        await process.says("it stays at 0")
        await asyncio.sleep(0.3)  # three more looks: nothing starts, and nothing is said again
        paused = len(simulator.truth.started)
        _turn(tmp_path / "running", "3\n")
        exit_code, _, said = await process.end()

        assert (exit_code, paused) == (0, 0), said
        assert simulator.truth.occupancy().peak == 3
        assert said.count("which is no number of tasks; it stays at 0") == 1
        assert "--max-running is 3 now" in said
        assert {row["outcome"] for row in rows_of(tmp_path / "out.csv")} == {"launched"}


async def test_a_canary_that_is_refused_halts_the_run_and_is_named(tmp_path: Path) -> None:
    scenario = Scenario(tasks=8, special={Kind.NO_EXECUTE: 1}, limit=MANY, run_median_s=9.0)
    (refused,) = ids_of(scenario, Kind.NO_EXECUTE)
    tasks = (refused, *ids_of(scenario, Kind.HEALTHY))
    async with Simulator(scenario) as simulator:
        ended = await launch(simulator, tasks, tmp_path, canary=1, poll=POLL)

        assert ended.exit_code == 4
        assert not simulator.truth.started
        assert ended.report.run.reason is not None
        assert f"the canary {refused} is rejected" in ended.report.run.reason


@pytest.mark.takes(4)
async def test_canaries_run_before_the_others_start(tmp_path: Path) -> None:
    scenario = Scenario(tasks=8, limit=MANY, run_median_s=9.0, queued_s=1.0)
    async with Simulator(scenario) as simulator:
        ended = await launch(simulator, simulator.task_ids, tmp_path, canary=4, poll=POLL)

        starts = sorted(
            start.at_s for task in simulator.task_ids for start in simulator.truth.starts_of(task)
        )
        assert ended.exit_code == 0
        assert starts[4] - starts[3] > 0.8


@pytest.mark.takes(3)
async def test_run_requests_leave_the_given_time_apart(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=6)) as simulator:
        began = time.monotonic()
        ended = await launch(simulator, simulator.task_ids, tmp_path, stagger="0.3s")

        assert ended.exit_code == 0
        assert time.monotonic() - began >= 5 * 0.3


def test_a_file_without_a_number_and_no_other_one_is_refused_before_anything_is_sent(
    call: Call, simulator: Simulator
) -> None:
    said = call("run", "--task", simulator.task_ids[0], "--max-running-file", "gone")

    assert said.exit_code == 2
    assert "--max-running-file: 'gone' cannot be read (No such file or directory)" in said.words
    assert not simulator.truth.requests


def test_a_dial_tells_what_stands_there_instead_of_a_number(tmp_path: Path) -> None:
    path = tmp_path / "dial"
    dial = FileDial(path=path)
    told: list[int | str] = []
    for text in (b"12\n", b" 0 ", b"\xef\xbb\xbf7", b"", b"-1", b"3.5", b"\x1b[31m", b"9" * 2000):
        path.write_bytes(text)
        told.append(dial.read())

    assert told[:3] == [12, 0, 7]
    assert all("which is no number of tasks" in str(one) for one in told[3:])
    assert all(str(one).isprintable() for one in told)
    assert "is no ordinary file" in str(FileDial(path=tmp_path).read())
