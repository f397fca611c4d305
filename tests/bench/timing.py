"""A program carried out: how long it took, what it cost, how large it was."""

import os
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

KIBIBYTE = 1024


def pin(process: int, cpus: Collection[int]) -> None:
    """Keep a process to these processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, cpus)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a program took, with all that it started and waited for."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def carried_out(
    words: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    cpus: Collection[int],
    exit_code: int = 0,
) -> Cost:
    """Carry it out on these processors, its words into `folder`/said.

    Raises:
        RuntimeError: it ended otherwise; with the last of what it said.
    """
    said = folder / "said"
    began_at = time.perf_counter()
    with said.open("wb") as stream:
        child = subprocess.Popen(
            [str(word) for word in words],
            cwd=folder,
            env={**_plain(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        pin(child.pid, cpus)
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began_at
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != exit_code:
        ended = f"{words[0]} ended with {child.returncode}"
        raise RuntimeError(f"{ended}:\n{said.read_text(errors='replace')[-2000:]}")
    return Cost(
        wall_s=wall_s, cpu_s=used.ru_utime + used.ru_stime, peak_bytes=used.ru_maxrss * KIBIBYTE
    )


def _plain() -> dict[str, str]:
    """Return the environment without settings, logins and proxies."""
    kept = {"PATH", "LANG", "TMPDIR", "VIRTUAL_ENV"}
    return {name: text for name, text in os.environ.items() if name in kept}
