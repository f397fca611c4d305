"""The bench server in a process of its own, on a processor of its own where there are two."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.timing import pin

CPUS = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CPUS = {CPUS[-1]}
CLIENT_CPUS = {CPUS[0]}
TOKEN = "bench"  # of a platform that lives for a minute


@dataclass(frozen=True)
class Counts:
    """What was asked of the server, and for how long run requests came."""

    runs: int
    reads: int
    bulk_reads: int
    users: int
    others: int
    doubles: int
    lasted_s: float

    @property
    def counted(self) -> int:
        """Requests that a platform would count: all but `/rate_limit`."""
        return self.runs + self.reads + self.bulk_reads + self.users

    @property
    def runs_per_s(self) -> float:
        """Run requests a second, from the first to the last."""
        return (self.runs - 1) / self.lasted_s


@dataclass(frozen=True)
class Served:
    """A server that answers."""

    port: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment of those who ask it."""
        endpoint = f"http://127.0.0.1:{self.port}/v2"
        return {"SB_API_ENDPOINT": endpoint, "SB_AUTH_TOKEN": TOKEN}

    def counts(self) -> Counts:
        """Return what was asked since the last call."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/counts", timeout=30) as answer:
            return Counts(**json.load(answer))


@contextmanager
def served(*, latency_s: float = 0.0) -> Iterator[Served]:
    """Yield a server that knows every task, all of them drafts, and answers after `latency_s`."""
    program = Path(__file__).with_name("server.py")
    with subprocess.Popen(
        [sys.executable, program, "--latency", str(latency_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        pin(server.pid, SERVER_CPUS)
        try:
            yield Served(int(server.stdout.readline()))
        finally:
            server.communicate(timeout=30)
