"""What the figures were measured on."""

import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

COMMITS = 200


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The machine, and how long its disk takes for one durable commit."""

    processors: int
    python: str
    aiohttp: str
    revision: str
    commit_s: float


def machine(beside: Path) -> Machine:
    """Look at this machine, and at the disk of that folder."""
    return Machine(
        processors=os.cpu_count() or 1,
        python=platform.python_version(),
        aiohttp=version("aiohttp"),
        revision=_revision(),
        commit_s=_commit_s(beside),
    )


def _revision() -> str:
    words = ("git", "describe", "--always", "--dirty", "--exclude=*")
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    return ended.stdout.strip() or "unknown"


def _commit_s(beside: Path) -> float:
    """Return the median time of a commit of one row, as durable as the journal's."""
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        journal = sqlite3.connect(Path(folder) / "commits.db", isolation_level=None)
        for words in ("journal_mode=WAL", "synchronous=FULL"):
            journal.execute(f"PRAGMA {words}")
        journal.execute("CREATE TABLE entry (key INTEGER PRIMARY KEY, body TEXT)")
        took_s = []
        for _ in range(COMMITS):
            journal.execute("BEGIN IMMEDIATE")
            journal.execute("INSERT INTO entry (body) VALUES (?)", ("x" * 200,))
            began_at = time.perf_counter()
            journal.execute("COMMIT")
            took_s.append(time.perf_counter() - began_at)
        journal.close()
    return median(took_s)
