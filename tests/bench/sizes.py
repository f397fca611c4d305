"""Memory, CPU and time of 1,000 to 1,000,000 ids: a first run, and a second that finds all done."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.programs import LAUNCHER, PEERS, PYTHON
from bench.rates import LANES, write_ids
from bench.served import served
from bench.timing import Cost, carried_out

SIZES = (1_000, 10_000, 100_000)
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Size:
    """What so many ids took; `reading` is for reading them and writing the same CSV."""

    ids: int
    first: Cost
    second: Cost
    reading: Cost
    requests: int

    @property
    def second_of_reading(self) -> float:
        """The second run ÷ reading the ids and writing the rows without a journal."""
        return self.second.wall_s / self.reading.wall_s


def sizes(beside: Path, numbers: Sequence[int]) -> Iterator[Size]:
    """Measure each size in a folder and on a server of its own."""
    for ids in numbers:
        with tempfile.TemporaryDirectory(dir=beside) as name, served() as server:
            folder = Path(name)
            tasks = write_ids(folder / "tasks.txt", ids)
            carry_out = partial(
                carried_out,
                folder=folder,
                environment={**server.environment, "HOME": name},
                cpus=LAUNCHER.cpus,
            )
            first = carry_out(LAUNCHER.words(tasks, LANES))
            counts = server.counts()
            if counts.runs != ids or counts.doubles:
                raise RuntimeError(f"{ids} ids: {counts}")
            second = carry_out(LAUNCHER.words(tasks, LANES))
            if (again := server.counts()).counted > 1:  # who we are
                raise RuntimeError(f"{ids} ids that are launched: {again}")
            read = (PYTHON, PEERS / "reading.py", tasks, "report.csv", "again.csv")
            yield Size(
                ids=ids,
                first=first,
                second=second,
                reading=carry_out(read),
                requests=counts.counted,
            )
