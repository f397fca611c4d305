"""The programs that are measured side by side: what each is called with a file of ids."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.served import CLIENT_CPUS, CPUS

PEERS = Path(__file__).parent / "peers"
LOOP = Path(__file__).parents[2] / "docs" / "examples" / "sdk_loop.py"
PYTHON = sys.executable

Words = Callable[[Path, int], Sequence[str | Path]]
"""Makes a command line of a file of ids and a number of requests in flight."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One way to start many tasks; `tasks` are so many that it takes seconds, not minutes."""

    name: str
    words: Words
    tasks: int
    needs: str = PYTHON
    cpus: tuple[int, ...] = tuple(CLIENT_CPUS)
    starts_each: bool = True
    """Whether it sends one run request for each id, and ends."""

    @property
    def is_here(self) -> bool:
        """Whether what it needs is installed."""
        return shutil.which(self.needs) is not None


BARE = Program(
    name="bare aiohttp loop",
    words=lambda ids, lanes: (PYTHON, PEERS / "bare.py", ids, str(lanes)),
    tasks=20_000,
)
LAUNCHER = Program(
    name="launcher run",
    words=lambda ids, lanes: (
        *(PYTHON, "-m", "launcher", "run", ids, "--concurrency", str(lanes)),
        *("--journal", "journal.db", "--report", "report.csv", "--yes", "--quiet"),
    ),
    tasks=20_000,  # more than those whose rows are kept: each report reads the journal
)
THREADS = Program(
    name="official SDK, get + run, 32 threads",
    words=lambda ids, lanes: (PYTHON, PEERS / "sdk_threads.py", ids, str(lanes)),
    tasks=600,
)
WRK = Program(
    name="wrk (limit of the machine)",
    words=lambda ids, lanes: (
        *("env", f"BENCH_IDS={ids}", "wrk", "-t1", f"-c{lanes}", "-d3s"),
        *("-s", PEERS / "post.lua", "URL"),
    ),
    tasks=1000,
    needs="wrk",
    starts_each=False,
)
PROGRAMS = (
    WRK,
    BARE,
    LAUNCHER,
    THREADS,
    Program(
        name="official SDK, get + run, loop",
        words=lambda ids, _: (PYTHON, LOOP, ids),
        tasks=600,
    ),
    Program(
        name="httpx, tenacity around each request",
        words=lambda ids, lanes: (PYTHON, PEERS / "httpx_tenacity.py", ids, str(lanes)),
        tasks=600,
    ),
    Program(
        name="xargs -P32 curl, all processors",
        words=lambda ids, lanes: ("xargs", "-a", ids, f"-P{lanes}", "-n1", PEERS / "curl.sh"),
        tasks=300,
        needs="curl",
        cpus=tuple(CPUS),
    ),
    Program(
        name="GNU parallel -j32 curl, all processors",
        words=lambda ids, lanes: (
            *("parallel", "--will-cite", f"-j{lanes}", "-a", ids, PEERS / "curl.sh", "{}"),
        ),
        tasks=300,
        needs="parallel",
        cpus=tuple(CPUS),
    ),
)
