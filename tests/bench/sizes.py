"""Memory, CPU and time of 1,000 to 1,000,000 ids: a first run, and a second that finds all done."""

import csv
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.programs import LAUNCHER
from bench.rates import LANES, write_ids
from bench.served import served
from bench.timing import Cost, carried_out

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Size:
    """What so many ids took; `reading_s` is for reading them and writing the same CSV."""

    ids: int
    first: Cost
    second: Cost
    reading_s: float
    requests: int

    @property
    def second_of_reading(self) -> float:
        """The second run ÷ reading the ids and writing the rows without a journal."""
        return self.second.wall_s / self.reading_s


def sizes(beside: Path, sizes: Sequence[int]) -> Iterator[Size]:
    """Measure each size in a folder and on a server of its own."""
    for ids in sizes:
        with tempfile.TemporaryDirectory(dir=beside) as name, served() as server:
            folder = Path(name)
            tasks = write_ids(folder / "tasks.txt", ids)
            costs = [
                carried_out(
                    LAUNCHER.words(tasks, LANES),
                    folder=folder,
                    environment={**server.environment, "HOME": name},
                    cpus=LAUNCHER.cpus,
                )
                for _ in range(2)
            ]
            counts = server.counts()
            if counts.runs != ids or counts.doubles:
                raise RuntimeError(f"{ids} ids: {counts}")
            yield Size(
                ids=ids,
                first=costs[0],
                second=costs[1],
                reading_s=_reading_s(tasks, folder / "report.csv"),
                requests=counts.counted,
            )


def _reading_s(tasks: Path, report: Path) -> float:
    """Return how long it takes to read the ids and write the rows of the report once more."""
    with report.open(newline="") as file:
        rows = {row[0]: row for row in csv.reader(file)}
    began_at = time.perf_counter()
    with tasks.open() as lines, report.with_suffix(".again").open("w", newline="") as out:
        writer = csv.writer(out)
        for line in lines:
            writer.writerow(rows[line.strip()])
    return time.perf_counter() - began_at
