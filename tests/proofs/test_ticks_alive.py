"""Ticks as cron starts them: processes that overlap and are killed, over lives in short time.

What takes a week on a platform takes seconds here; a tick is a process of its own each time.
"""

import asyncio
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from launcher.simulator import Kind, RequestKind, Scenario, Simulator, ids_of
from proofs.conftest import Note
from support.acceptance import Process, rows_of
from support.figures import Figures

HELD = 75
ROUNDS = 400
"""Ticks at most; far fewer are needed."""
WORDS = ("run", "tasks.txt", "--once", "--journal", "j.db", "--report", "out.csv", "--settle", "1s")


@dataclass
class Ticks:
    """How they ended, and what they said."""

    codes: Counter[int] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    async def add(self, process: Process) -> None:
        code, _, words = await process.end()
        self.codes[code] += 1
        if code != HELD:
            self.said.append(words)

    def naming(self, task: str) -> int:
        """Return how many of them named the task."""
        return sum(task in words for words in self.said)


async def _tick(simulator: Simulator, folder: Path, *, most: int, chance: random.Random) -> Ticks:
    """Start one tick, or two at once; kill it now and then."""
    ticks = Ticks()
    words = (*WORDS, "--max-running", str(most))
    async with asyncio.TaskGroup() as group:
        for _ in range(1 if chance.random() < 0.7 else 2):
            process = await Process.start(simulator, *words, cwd=folder)
            group.create_task(ticks.add(process))
            if chance.random() < 0.25:
                await asyncio.sleep(0.4 + chance.random())
                process.send(signal.SIGKILL)
    return ticks


async def _ticks(simulator: Simulator, folder: Path, *, most: int, chance: random.Random) -> Ticks:
    """Tick until all that can be started has ended; half-way there, more ids are asked for."""
    ids = simulator.task_ids
    healthy = len(ids_of(simulator.scenario, Kind.HEALTHY))
    all_told = Ticks()
    for _ in range(ROUNDS):
        started = len(simulator.truth.started)
        asked = ids if started >= healthy // 3 else (*ids[: healthy // 2], *ids[healthy:])
        (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in asked))
        ticks = await _tick(simulator, folder, most=most, chance=chance)
        all_told.codes += ticks.codes
        all_told.said += ticks.said
        if simulator.truth.ends.total() >= healthy:
            break
    quiet = random.Random(0)
    quiet.random = lambda: 0.5  # type: ignore[method-assign]  # one tick at a time, none killed
    for _ in range(2):
        last = await _tick(simulator, folder, most=most, chance=quiet)
        all_told.said += last.said
    assert last.said == [""]
    return all_told


@pytest.mark.parametrize(
    ("tasks", "most"),
    [
        pytest.param(24, 8, marks=pytest.mark.prove),
        pytest.param(400, 50, marks=[pytest.mark.prove, pytest.mark.timeout(1800)]),
    ],
)
async def test_ticks_that_die_and_overlap_start_each_task_once_and_tell_each_trouble(
    *, tmp_path: Path, seed: int, note: Note, tasks: int, most: int
) -> None:
    scenario = Scenario(
        seed=seed,
        tasks=tasks,
        special={Kind.NO_EXECUTE: 2},
        run_median_s=3.0,
        failed_share=0.1,
        flip_share=0.3,
        fault_share=0.1,
        max_faults_per_task=2,
        limit=100_000,
    )
    async with Simulator(scenario) as simulator:
        ticks = await _ticks(simulator, tmp_path, most=most, chance=random.Random(seed))

        truth = simulator.truth
        refused, healthy = ids_of(scenario, Kind.NO_EXECUTE), ids_of(scenario, Kind.HEALTHY)
        failed = [task for task in healthy if truth.status_of(task) == "FAILED"]
        note(
            Figures(
                proof="ticks as processes, killed and overlapping",
                tasks=tasks,
                faults={str(fault): count for fault, count in truth.faults.items()},
                kills=ticks.codes[-signal.SIGKILL],
                starts=sum(len(truth.starts_of(task)) for task in healthy),
                doubles=len(truth.doubles),
                requests=truth.requests.total() - truth.requests[RequestKind.RATE_LIMIT],
                throttles=truth.throttles,
            )
        )
        assert {len(truth.starts_of(task)) for task in healthy} == {1}
        assert not truth.doubles
        assert truth.occupancy().peak <= most
        assert set(ticks.codes) <= {0, 1, HELD, -signal.SIGKILL}, ticks.said
        kills = ticks.codes[-signal.SIGKILL]  # between telling and noting, it is told again
        assert all(1 <= ticks.naming(task) <= 2 + kills for task in refused)  # 2: asked for more
        told = sum(_ended_badly(words) for words in ticks.said)
        assert len(failed) <= told <= len(failed) * (1 + kills)
        outcomes = Counter(row["outcome"] for row in rows_of(tmp_path / "out.csv"))
        assert outcomes == {"launched": tasks, "rejected": 2}


def _ended_badly(words: str) -> int:
    lines = (line for line in words.splitlines() if "launched and ended FAILED" in line)
    return sum(int(line.split()[0].replace(",", "")) for line in lines)
