"""500 tasks of lognormal lengths through 50 slots, over real HTTP, in accelerated time.

A task of median length takes seconds in place of hours; nothing else is different, so that what a
request takes is a larger part of a task's length here than it ever is.
"""

import asyncio
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from launcher.simulator import RECOVERABLE, Scenario, Simulator
from launcher.simulator.occupancy import Occupancy
from proofs.conftest import Note
from support.acceptance import Process, rows_of
from support.batches import in_batches
from support.figures import Figures

TASKS, SLOTS = 500, 50
MEDIAN_S = 16.0
POLL_S = 0.2
KILLS = 6
WORDS = (
    *("run", "tasks.txt", "--journal", "j.db", "--report", "out.csv", "--settle", "0.5s"),
    *("--max-running", str(SLOTS), "--poll", f"{POLL_S}s", "--timeout", "5s"),
)

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]


def _scenario(seed: int) -> Scenario:
    return Scenario(
        tasks=TASKS,
        seed=seed,
        limit=100_000,
        run_median_s=MEDIAN_S,
        run_sigma=0.6,
        run_cap=6.0,
        queued_s=0.1,
        flip_share=0.3,
        flip_queued_s=0.3,
        failed_share=0.05,
    )


def _figures(proof: str, simulator: Simulator, *, kills: int = 0) -> tuple[Figures, Occupancy]:
    """Return what was counted, the shares as words in the name of the proof."""
    truth, occupancy = simulator.truth, simulator.truth.occupancy()
    used = f"{occupancy.share_of(SLOTS):.1%} of {SLOTS} slots used, {occupancy.peak} at most"
    figures = Figures(
        proof=f"{proof}: {used}",
        tasks=TASKS,
        faults={str(fault): count for fault, count in truth.faults.items()},
        kills=kills,
        starts=len(truth.started),
        doubles=len(truth.doubles),
        requests=truth.counted,
        throttles=truth.throttles,
    )
    return figures, occupancy


async def _until_all_have_ended(simulator: Simulator) -> None:
    while sum(simulator.truth.ends.values()) < TASKS:  # noqa: ASYNC110 - it is a count
        await asyncio.sleep(POLL_S)


async def _fed(simulator: Simulator, folder: Path) -> float:
    """Return how many seconds it took until the last task had ended."""
    began = time.monotonic()
    process = await Process.start(simulator, *WORDS, cwd=folder)
    exit_code, _, said = await process.end()
    await _until_all_have_ended(simulator)
    took_s = time.monotonic() - began
    outcomes = {row["outcome"] for row in rows_of(folder / "out.csv")}
    assert (exit_code, outcomes) == (0, {"launched"}), said
    return took_s


async def test_nearly_all_slots_are_used_in_half_the_time_of_batches(
    tmp_path: Path, seed: int, note: Note
) -> None:
    async with Simulator(_scenario(seed)) as one, Simulator(_scenario(seed)) as other:
        (tmp_path / "tasks.txt").write_text("".join(f"{task}\n" for task in one.task_ids))
        async with asyncio.TaskGroup() as group:
            fed = group.create_task(_fed(one, tmp_path))
            batched = group.create_task(in_batches(other, size=SLOTS, poll_s=POLL_S))
        assert other.truth.occupancy().peak == SLOTS
        assert len(other.truth.started) == TASKS
    fed_s, batches_s = fed.result(), batched.result()
    figures, occupancy = _figures("fed", one)

    part = f"{fed_s / batches_s:.0%} of the time of batches ({fed_s:.0f} of {batches_s:.0f} s)"
    note(replace(figures, proof=f"{figures.proof}, {part}"))
    assert (figures.starts, figures.doubles) == (TASKS, 0)
    assert occupancy.peak <= SLOTS
    assert occupancy.share_of(SLOTS) >= 0.95
    assert figures.requests / TASKS <= 1.3
    assert fed_s <= batches_s / 2


async def test_kills_and_faults_cost_few_slots_and_never_one_too_many(
    tmp_path: Path, seed: int, note: Note
) -> None:
    chance = random.Random(seed)
    scenario = replace(
        _scenario(seed),
        fault_share=0.08,
        fault_weights=dict.fromkeys(RECOVERABLE, 1.0),
        read_fault_share=0.03,
        late_start_s=0.4,
        hang_s=6.0,
    )
    async with Simulator(scenario) as simulator:
        (tmp_path / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        kills = 0
        for _ in range(KILLS):
            process = await Process.start(simulator, *WORDS, cwd=tmp_path)
            await asyncio.sleep(chance.uniform(8.0, 28.0))
            process.send(signal.SIGKILL)
            kills += (await process.end())[0] == -signal.SIGKILL
        process = await Process.start(simulator, *WORDS, cwd=tmp_path)
        exit_code, _, said = await process.end()

        outcomes = {row["outcome"] for row in rows_of(tmp_path / "out.csv")}
        figures, occupancy = _figures("fed, killed", simulator, kills=kills)
        note(figures)
        assert (exit_code, outcomes) == (0, {"launched"}), said
        assert kills == KILLS
        assert (figures.starts, figures.doubles) == (TASKS, 0)
        assert occupancy.peak <= SLOTS
        assert occupancy.share_of(SLOTS) >= 0.90
        assert figures.requests / TASKS <= 1.6
