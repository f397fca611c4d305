"""A program carried out: how long it took, what it cost, how large it was."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST_S = 3 * 3600.0
_RELAY = (sys.executable, "-S", "-E", Path(__file__).with_name("relay.py"))


def pin(process: int, cpus: Collection[int]) -> None:
    """Keep a process to these processors, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, cpus)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a program took, with all that it started and waited for; the peak is of the largest."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def carried_out(
    words: Sequence[str | Path],
    *,
    folder: Path,
    environment: Mapping[str, str],
    cpus: Collection[int],
) -> Cost:
    """Carry it out on these processors, its words into `folder`/said.

    Raises:
        RuntimeError: it failed; with the last of what it said.
    """
    said, told = folder / "said", folder / "told"
    with (
        said.open("wb") as stream,
        subprocess.Popen(
            [*_RELAY, told, *words],
            cwd=folder,
            env={**_plain(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        ) as child,
    ):
        pin(child.pid, cpus)
        try:
            exit_code = child.wait(LONGEST_S)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)  # with all that it started
            raise
    if exit_code:
        ended = f"{words[0]} ended with {exit_code}"
        raise RuntimeError(f"{ended}:\n{said.read_text(errors='replace')[-2000:]}")
    return Cost(**json.loads(told.read_text()))


def _plain() -> dict[str, str]:
    """Return the environment without settings, logins and proxies."""
    kept = {"PATH", "LANG", "TMPDIR", "VIRTUAL_ENV"}
    return {name: text for name, text in os.environ.items() if name in kept}
