"""Requests a second and CPU seconds per 1,000 tasks of each program, in turn, on one server."""

import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from bench.programs import PROGRAMS, Program
from bench.served import Counts, served
from bench.timing import Cost, carried_out

LANES = 32
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What one program did in one round, its start and end taken off."""

    tasks_per_s: float
    cpu_s_per_1000: float
    requests_a_task: float


def write_ids(path: Path, tasks: int) -> Path:
    """Write so many ids, one a line: the first ones are the same in every file."""
    chance = Random(SEED)
    ids = (uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(tasks))
    path.write_text("".join(f"{task}\n" for task in ids))
    return path


def once(
    program: Program, beside: Path, *, tasks: int, lanes: int = LANES, latency_s: float = 0.0
) -> tuple[Cost, Counts]:
    """Return what it cost to start so many tasks, on a new server, and what that was asked."""
    with tempfile.TemporaryDirectory(dir=beside) as name, served(latency_s=latency_s) as server:
        folder = Path(name)
        words = program.words(write_ids(folder / "tasks.txt", tasks), lanes)
        url = server.environment["SB_API_ENDPOINT"]
        cost = carried_out(
            [url if word == "URL" else word for word in words],
            folder=folder,
            environment={**server.environment, "HOME": name},
            cpus=program.cpus,
        )
        counts = server.counts()
    if program.starts_each and (counts.runs != tasks or counts.doubles):
        raise RuntimeError(f"{program.name} sent {counts} for {tasks} tasks")
    return cost, counts


def rate_of(program: Program, beside: Path) -> Rate:
    """Return its rate: the time of many tasks less that of one, for all but one of them."""
    whole, counts = once(program, beside, tasks=program.tasks)
    if not program.starts_each:
        return Rate(
            tasks_per_s=counts.runs_per_s,
            cpu_s_per_1000=1000 * whole.cpu_s / counts.runs,
            requests_a_task=1.0,
        )
    least, _ = once(program, beside, tasks=1)
    more = program.tasks - 1
    return Rate(
        tasks_per_s=more / (whole.wall_s - least.wall_s),
        cpu_s_per_1000=1000 * (whole.cpu_s - least.cpu_s) / more,
        requests_a_task=counts.counted / program.tasks,
    )


def rounds_of(beside: Path, *, rounds: int) -> dict[Program, list[Rate]]:
    """Measure each program that is installed once a round, one after the other."""
    here = [program for program in PROGRAMS if program.is_here]
    rates: dict[Program, list[Rate]] = {program: [] for program in here}
    for _ in range(rounds):
        for program in here:
            rates[program].append(rate_of(program, beside))
    return rates


def ratio(ours: Sequence[Rate], theirs: Sequence[Rate]) -> float:
    """Return the median of the ratios of each round."""
    pairs = zip(ours, theirs, strict=True)
    return median(mine.tasks_per_s / its.tasks_per_s for mine, its in pairs)
