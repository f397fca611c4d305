"""Another process that holds the lock of one journal after the other, as a run would."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import launcher

_ROOT, _TESTS = Path(launcher.__file__).parents[1], Path(__file__).parents[1]
_HOLD = """
import signal, sys
from pathlib import Path
from launcher.adapters.lock import hold_lock
from support.journal_examples import ACCOUNT, RUN, START

def leave(number, frame):
    raise SystemExit(143)

for line in sys.stdin:
    word, journal = line.rstrip("\\n").split(" ", 1)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if word == "deaf" else leave)
    with hold_lock(Path(journal), ACCOUNT, run=RUN, file="tasks.txt", now=START):
        print("held", flush=True)
        sys.stdin.readline()
    print("left", flush=True)
"""


class Holder:
    """Starts that process where none is alive; it serves all tests of a file, but those it ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    @contextmanager
    def holding(self, journal: Path, *, deaf: bool = False) -> Iterator[subprocess.Popen[str]]:
        """Hold the lock of the journal; SIGTERM ends the process unless it is deaf to that."""
        process = self._alive()
        assert self._answer_to(process, f"{'deaf' if deaf else 'good'} {journal}") == "held\n"
        try:
            yield process
        finally:
            if process.poll() is None:
                assert self._answer_to(process, "leave") == "left\n"

    def end(self) -> None:
        if self._process is not None:
            with self._process:
                self._process.kill()
            self._process = None

    def _alive(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self.end()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _HOLD],
                env={"PYTHONPATH": os.pathsep.join(map(str, (_ROOT, _TESTS)))},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    @staticmethod
    def _answer_to(process: subprocess.Popen[str], words: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{words}\n")
        process.stdin.flush()
        return process.stdout.readline()
