"""Killed, interrupted, overlapping: real processes, real signals."""

import asyncio
import random
import signal
import time
from pathlib import Path

import pytest

from launcher.simulator import RequestKind, Scenario, Simulator
from support.acceptance import Process, assert_true, rows_of
from support.killing import REPORT, killed


def _write(folder: Path, simulator: Simulator) -> None:
    (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


async def _until_started(simulator: Simulator, count: int) -> None:
    for _ in range(2000):
        if len(simulator.truth.started) >= count:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(f"{len(simulator.truth.started)} of {count} started")


@pytest.mark.takes(22)
async def test_four_kills_at_random_moments_lose_double_and_misreport_nothing(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    scenario = Scenario(
        tasks=200, seed=seed, limit=100_000, fault_share=0.2, latency_s=0.05, run_latency_s=0.5
    )
    async with Simulator(scenario) as simulator:
        survived = await killed(simulator, tmp_path, lives=4, chance=chance)

        rows = rows_of(tmp_path / REPORT)
        assert_true(survived.report, simulator)
        assert len(survived.killed_at_s) == 4
        assert survived.lives_that_started >= 2
        assert survived.exit_code == 0, survived.said
        assert not simulator.truth.doubles
        assert not simulator.truth.overlaps
        assert len(simulator.truth.started) == 200
        assert {row["outcome"] for row in rows} == {"launched"}
        assert {row["executed_by"] for row in rows} == {simulator.user}


@pytest.mark.takes(9)
async def test_sigterm_ends_with_143_within_the_grace_rows_true_and_the_next_run_finishes(
    tmp_path: Path,
) -> None:
    scenario = Scenario(tasks=120, run_latency_s=0.8, latency_s=0.05)
    words = ("run", "tasks.txt", "--journal", "j.db", "--grace", "5s", "--settle", "0.5s")
    async with Simulator(scenario) as simulator:
        _write(tmp_path, simulator)
        process = await Process.start(simulator, *words, "--report", "one.csv", cwd=tmp_path)
        await _until_started(simulator, 20)
        process.send(signal.SIGTERM)
        began = time.monotonic()
        exit_code, _, said = await process.end()
        took_s = time.monotonic() - began
        started = set(simulator.truth.started)
        first = {row["task_id"]: row["outcome"] for row in rows_of(tmp_path / "one.csv")}

        again = await Process.start(simulator, *words, "--report", "two.csv", cwd=tmp_path)
        last_code, _, _ = await again.end()

        assert exit_code == 143
        assert took_s < 6.0
        assert "SIGTERM" in said
        assert "launcher run tasks.txt" in said
        assert {task for task, outcome in first.items() if outcome == "launched"} == started
        assert set(first.values()) == {"launched", "pending"}
        assert last_code == 0
        assert {row["outcome"] for row in rows_of(tmp_path / "two.csv")} == {"launched"}
        assert not simulator.truth.doubles


async def test_ctrl_c_ends_with_130_and_a_second_one_at_once(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=60, run_latency_s=30.0)) as simulator:
        _write(tmp_path, simulator)
        words = ("run", "tasks.txt", "--journal", "j.db", "--report", "one.csv")
        process = await Process.start(simulator, *words, cwd=tmp_path)
        for _ in range(1000):
            if simulator.truth.requests[RequestKind.RUN] >= 16:
                break
            await asyncio.sleep(0.01)
        process.send(signal.SIGINT)
        await process.says("stopping: interrupted by SIGINT")
        process.send(signal.SIGINT)
        began = time.monotonic()
        exit_code, _, _ = await process.end()

        outcomes = [row["outcome"] for row in rows_of(tmp_path / "one.csv")]
        assert exit_code == 130
        assert time.monotonic() - began < 5.0
        assert (outcomes.count("unknown"), outcomes.count("pending")) == (16, 44)


@pytest.mark.takes(11)
async def test_a_second_run_at_the_same_time_is_told_who_holds_the_journal(
    tmp_path: Path,
) -> None:
    async with Simulator(Scenario(tasks=60, run_latency_s=1.0)) as simulator:
        _write(tmp_path, simulator)
        words = ("run", "tasks.txt", "--journal", "j.db", "--concurrency", "6")
        first = await Process.start(simulator, *words, "--report", "one.csv", cwd=tmp_path)
        await _until_started(simulator, 1)
        runs = simulator.truth.requests[RequestKind.RUN]
        second = await Process.start(simulator, *words, "--report", "two.csv", cwd=tmp_path)
        exit_code, _, said = await second.end()
        first_code, _, _ = await first.end()

        assert exit_code == 75
        assert str(first.process.pid) in said
        assert "tasks.txt" in said
        assert not (tmp_path / "two.csv").exists()
        assert runs >= 1
        assert first_code == 0
        assert simulator.truth.requests[RequestKind.RUN] == 60
