"""Real processes killed at random moments, until enough are; then one that runs to its end."""

import asyncio
import random
import signal
from dataclasses import dataclass
from pathlib import Path

from launcher.adapters.journal import read_journal
from launcher.core.drawing import report_of
from launcher.core.report import Report
from launcher.simulator import RequestKind, Simulator
from support.acceptance import Process
from support.figures import Figures

JOURNAL, REPORT = "j.db", "out.csv"
WORDS = ("run", "tasks.txt", "--settle", "0.5s", "--concurrency", "8", "--journal", JOURNAL)


@dataclass(frozen=True)
class Survived:
    """How the last process ended, and when, on the server's clock, the others were killed."""

    exit_code: int
    said: str
    report: Report
    killed_at_s: tuple[float, ...]
    lives_that_started: int
    """How many of the killed had started a task."""

    def figures(self, proof: str, simulator: Simulator) -> Figures:
        """Return what it came to; a recovery lasts from a kill to the next start."""
        truth = simulator.truth
        started = [start.at_s for task in truth.started for start in truth.starts_of(task)]
        recoveries = [
            min(after) - killed
            for killed in self.killed_at_s
            if (after := [at for at in started if at > killed])
        ]
        return Figures(
            proof=proof,
            tasks=len(simulator.task_ids),
            faults={str(fault): count for fault, count in truth.faults.items()},
            kills=len(self.killed_at_s),
            starts=len(started),
            doubles=len(truth.doubles),
            requests=truth.requests.total() - truth.requests[RequestKind.RATE_LIMIT],
            throttles=truth.throttles,
            longest_recovery_s=max(recoveries),
        )


async def killed(
    simulator: Simulator, folder: Path, *, lives: int, chance: random.Random
) -> Survived:
    """Kill so many processes, each after some of its requests, then let one end the work."""
    most = len(simulator.task_ids) // lives
    (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
    killed_at_s, lives_that_started = [], 0
    for _ in range(lives):
        asked, started = simulator.truth.requests.total(), len(simulator.truth.started)
        process = await Process.start(simulator, *WORDS, cwd=folder)
        await _until_asked(simulator, asked + chance.randint(1, most))
        await asyncio.sleep(chance.random() / 2)
        process.send(signal.SIGKILL)
        now_s = simulator.now_s()
        if (await process.end())[0] == -signal.SIGKILL:
            killed_at_s.append(now_s)
            lives_that_started += len(simulator.truth.started) > started
    at_last = await Process.start(simulator, *WORDS, "--report", REPORT, cwd=folder)
    exit_code, _, said = await at_last.end()
    reader = read_journal(folder / JOURNAL)
    report = report_of(reader, reader.runs()[-1][0].run)
    assert report is not None
    return Survived(exit_code, said, report, tuple(killed_at_s), lives_that_started)


async def _until_asked(simulator: Simulator, requests: int) -> None:
    for _ in range(6000):
        if simulator.truth.requests.total() >= requests:
            return
        await asyncio.sleep(0.005)
    raise TimeoutError("the process asks for nothing")
