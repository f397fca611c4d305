"""A command of the user's own, for the shell, once a run has ended."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from launcher.adapters.credentials import TOKEN_VARIABLE
from launcher.adapters.signals import noting
from launcher.core.errors import InterruptedRunError

log = logging.getLogger(__name__)

LIMIT_S = 60.0
"""How long the command may take."""
PARTING_S = 2.0
"""Between the polite signal and the other one."""
_LOOK_S = 0.1
"""Between looks whether somebody wants it ended."""


def run_hook(
    command: str,
    facts: Mapping[str, str],
    *,
    without: str,
    environment: Mapping[str, str] = os.environ,
    limit_s: float = LIMIT_S,
    parting_s: float = PARTING_S,
) -> None:
    """Let the shell carry out `command`; what goes wrong is one warning, and nothing else.

    It is told `facts` and the environment, less the token and the variable `without`, which
    would make a launcher that it calls call it again. It has nothing to read, and what it writes
    goes to standard error. A signal ends it.
    """
    dropped = {TOKEN_VARIABLE, without}
    kept = {name: value for name, value in environment.items() if name not in dropped}
    try:
        with noting() as signals:  # raised by their handlers, they could lose it as it starts
            hook = _started(command, {**kept, **facts})
            why = _awaited(hook, signals, limit_s=limit_s)
            if why is not None:
                _end(hook, parting_s)
    except (OSError, ValueError) as error:  # ValueError: a NUL in it
        why = str(error)
    else:
        why = why or _ended_badly(hook.returncode)
    if why is not None:
        log.warning("the command of --on-finish went wrong", extra={"why": why})


def _started(command: str, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S602 - that a shell reads it is what is promised
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=_standard_error(),
        stderr=_standard_error(),
        env=environment,
        start_new_session=True,
    )


def _awaited(
    hook: "subprocess.Popen[bytes]", signals: Sequence[InterruptedRunError], *, limit_s: float
) -> str | None:
    """Return when it has ended, or why it has to."""
    until = time.monotonic() + limit_s
    while True:
        with suppress(subprocess.TimeoutExpired):
            hook.wait(_LOOK_S)
            return None
        if signals:
            return f"it was {signals[0]}"
        if time.monotonic() > until:
            return f"it took longer than {limit_s:g} s and was ended"


def _ended_badly(code: int) -> str | None:
    if code < 0:
        return f"it was ended by signal {-code}"
    return f"it ended with exit code {code}" if code else None


def _standard_error() -> int:
    """Return where words go; nowhere, where that is closed."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return subprocess.DEVNULL


def _end(hook: "subprocess.Popen[bytes]", parting_s: float) -> None:
    """End the command and all that it started, if need be the hard way."""
    for number, patience_s in ((signal.SIGTERM, parting_s), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError, PermissionError):  # of macOS: all have ended
            os.killpg(hook.pid, number)
        with suppress(subprocess.TimeoutExpired):
            hook.wait(patience_s)
