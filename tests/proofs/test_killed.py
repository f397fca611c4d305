"""Fifty kills of real processes: the long form of the four in `tests/acceptance`."""

import random
from pathlib import Path

import pytest

from launcher.simulator import Scenario, Simulator
from proofs.conftest import Note
from support.acceptance import assert_true, rows_of
from support.killing import REPORT, killed

KILLS = 50
TASKS = 800


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_fifty_kills_with_faults_on_start_nothing_twice_and_misreport_nothing(
    note: Note, tmp_path: Path, seed: int
) -> None:
    scenario = Scenario(
        tasks=TASKS,
        seed=seed,
        limit=100_000,
        fault_share=0.2,
        read_fault_share=0.1,
        late_start_s=0.5,
        latency_s=0.05,
        run_latency_s=0.2,
        lenient=True,  # it starts whatever it is asked to, however often
    )
    async with Simulator(scenario) as simulator:
        survived = await killed(simulator, tmp_path, lives=KILLS, chance=random.Random(seed))

        assert_true(survived.report, simulator)
        assert len(survived.killed_at_s) == KILLS
        assert survived.lives_that_started >= KILLS / 4
        assert survived.exit_code == 0, survived.said
        assert not simulator.truth.doubles
        assert not simulator.truth.overlaps
        assert len(simulator.truth.started) == TASKS
        assert {row["outcome"] for row in rows_of(tmp_path / REPORT)} == {"launched"}
        note(survived.figures("processes killed", simulator))
