"""What the launcher takes of the machine, measured by itself: its parent's size is not its own."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from launcher.simulator import Simulator
from support.acceptance import environment_for

_MEASURED = """
import resource, sys
from pathlib import Path
from launcher.cli import main

try:
    main()
finally:
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss there begins with what the parent had
        words = status.read_text().split()
        peak = int(words[words.index("VmHWM:") + 1]) * 1024
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Path(PEAK).write_text(str(peak))
"""


@dataclass(frozen=True)
class Measured:
    exit_code: int
    peak_bytes: int
    words: str


def measured(simulator: Simulator, *words: str, cwd: Path, limit_s: float = 60) -> Measured:
    """Run `launcher WORDS` in a process of its own, and say how large it was at most."""
    kept = cwd / "peak"
    ended = subprocess.run(
        [sys.executable, "-c", _MEASURED.replace("PEAK", repr(str(kept))), *words],
        cwd=cwd,
        env={**environment_for(simulator), "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    return Measured(ended.returncode, int(kept.read_text()), ended.stderr)
