"""Many tasks through many windows, with faults, and kills in between: nothing grows, nothing lies.

The windows of the platform are scaled down, 1,000 requests in three seconds in place of 300.
"""

import asyncio
import random
import signal
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from launcher.simulator import RECOVERABLE, Fault, RequestKind, Scenario, Simulator
from proofs.conftest import Note
from support.acceptance import Process, rows_of
from support.figures import Figures
from support.verdict import wrong_rows

WORDS = ("run", "tasks.txt", "--journal", "j.db", "--settle", "0.5s", "--report", "out.csv")
THROTTLES = frozenset({Fault.THROTTLED, Fault.THROTTLED_HTML, Fault.THROTTLED_RETRY_AFTER})
FAULTS: Mapping[Fault, float] = {fault: 1.0 for fault in RECOVERABLE if fault not in THROTTLES}
"""Whatever a client recovers from, without a 429: those that are left are of our making."""

MOST_BYTES_A_FACT = 300
EMPTY_BYTES = 100_000
MOST_GROWTH_BYTES = 15_000_000
RECOVERY_LIMIT_S = 120.0


@dataclass
class Soak:
    """Kills one launcher after the other, and measures each."""

    folder: Path
    simulator: Simulator
    kills: int = 0
    longest_recovery_s: float = 0.0
    peaks_bytes: list[int] = field(default_factory=list)

    async def kill_one(self, *, after_s: float) -> None:
        """Let a launcher start tasks for so long, then kill it."""
        process = await self._started()
        await asyncio.sleep(after_s)
        self.peaks_bytes.append(_peak_of(process))
        process.send(signal.SIGKILL)
        exit_code, _, words = await process.end()
        assert exit_code == -signal.SIGKILL, words
        self.kills += 1

    async def finish(self) -> tuple[int, str]:
        """Let the last launcher come to its end; return its exit code and words."""
        process = await self._started()
        async with asyncio.TaskGroup() as group:
            ending = group.create_task(process.end())
            peak = 0
            while not ending.done():
                peak = max(peak, _peak_of(process))
                await asyncio.sleep(0.2)
        self.peaks_bytes.append(peak)
        exit_code, _, words = ending.result()
        return exit_code, words

    async def _started(self) -> Process:
        """Return a launcher that has sent a run request; what a killed one sent has arrived."""
        asked, began = self.simulator.truth.requests, time.monotonic()
        before = asked[RequestKind.RUN]
        process = await Process.start(self.simulator, *WORDS, cwd=self.folder)
        while asked[RequestKind.RUN] == before:
            await asyncio.sleep(0.02)
            assert time.monotonic() - began < RECOVERY_LIMIT_S
        self.longest_recovery_s = max(self.longest_recovery_s, time.monotonic() - began)
        return process


def _peak_of(process: Process) -> int:
    """Return how large the process was at most; the kernel counts it from its own start."""
    status = Path(f"/proc/{process.process.pid}/status")
    words = status.read_text().split() if status.exists() else []
    return int(words[words.index("VmHWM:") + 1]) * 1024 if "VmHWM:" in words else 0


def _facts(journal: Path) -> int:
    with closing(sqlite3.connect(journal)) as reading:
        return int(reading.execute("SELECT count(*) FROM entry").fetchone()[0])


async def _soaked(
    folder: Path, scenario: Scenario, *, most_kills: int, every_s: tuple[float, float]
) -> Figures:
    """Kill launchers until few tasks are left, let the last finish, and count everything."""
    chance = random.Random(scenario.seed)
    async with Simulator(scenario) as simulator:
        truth = simulator.truth
        folder.joinpath("tasks.txt").write_text("".join(f"{t}\n" for t in simulator.task_ids))
        soak = Soak(folder, simulator)
        while soak.kills < most_kills and len(truth.started) < 0.9 * scenario.tasks:
            await soak.kill_one(after_s=chance.uniform(*every_s))
        exit_code, words = await soak.finish()

        outcomes = {row["task_id"]: row["outcome"] for row in rows_of(folder / "out.csv")}
        assert exit_code == 0, words
        assert set(outcomes.values()) == {"launched"}
        assert not truth.overlaps
        assert max(soak.peaks_bytes) - soak.peaks_bytes[0] <= MOST_GROWTH_BYTES
        facts = _facts(folder / "j.db")
        assert facts <= scenario.tasks * (5 + soak.kills)
        assert (folder / "j.db").stat().st_size <= EMPTY_BYTES + facts * MOST_BYTES_A_FACT
        print(  # noqa: T201 - figures
            f"{facts:,} facts, {(folder / 'j.db').stat().st_size / facts:.0f} bytes each; "
            f"MB at most: {[round(peak / 1e6) for peak in soak.peaks_bytes]}"
        )
        return Figures(
            proof="soak",
            tasks=scenario.tasks,
            faults={str(fault): count for fault, count in truth.faults.items()},
            kills=soak.kills,
            starts=len(truth.started),
            doubles=len(truth.doubles),
            wrong_rows=len(wrong_rows(outcomes, simulator)),
            requests=truth.counted,
            throttles=truth.throttles,
            longest_recovery_s=round(soak.longest_recovery_s, 2),
        )


def _assert_sound(figures: Figures) -> None:
    assert figures.starts == figures.tasks
    assert (figures.doubles, figures.wrong_rows, figures.throttles) == (0, 0, 0)


@pytest.mark.takes(4)
async def test_a_kill_amid_used_up_windows_costs_no_429_and_loses_nothing(
    tmp_path: Path, seed: int
) -> None:
    scenario = Scenario(
        tasks=200, seed=seed, limit=100, window_s=1.0, fault_share=0.05, fault_weights=FAULTS
    )

    figures = await _soaked(tmp_path, scenario, most_kills=1, every_s=(0.1, 0.4))

    assert figures.kills == 1
    _assert_sound(figures)


@pytest.mark.prove
@pytest.mark.timeout(1800)
async def test_20_000_tasks_with_faults_and_a_kill_every_few_seconds(
    tmp_path: Path, seed: int, note: Note
) -> None:
    scenario = Scenario(
        tasks=20_000,
        seed=seed,
        limit=1_000,
        window_s=3.0,
        latency_s=0.01,
        fault_share=0.05,
        fault_weights=FAULTS,
    )

    figures = await _soaked(tmp_path, scenario, most_kills=12, every_s=(2.0, 6.0))

    _assert_sound(figures)
    assert figures.kills >= 5
    note(figures)
