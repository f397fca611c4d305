"""A command of the user's own, for the shell, once a run has ended."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from launcher.adapters.credentials import TOKEN_VARIABLE
from launcher.adapters.signals import breaking_off
from launcher.core.errors import InterruptedRunError

log = logging.getLogger(__name__)

LIMIT_S = 60.0
"""How long the command may take."""
_PARTING_S = 2.0
"""Between the polite signal and the other one."""


def run_hook(
    command: str,
    facts: Mapping[str, str],
    *,
    without: str,
    environment: Mapping[str, str] = os.environ,
    limit_s: float = LIMIT_S,
) -> None:
    """Let the shell carry out `command`; what goes wrong is one warning, and nothing else.

    It is told `facts` and the environment, less the token and the variable `without`, which
    would make a launcher that it calls call it again. It has nothing to read, and what it writes
    goes to standard error. A signal ends it.
    """
    kept = {
        name: value for name, value in environment.items() if name not in {TOKEN_VARIABLE, without}
    }
    try:
        with breaking_off(more=""):
            why = _carried_out(command, {**kept, **facts}, limit_s=limit_s)
    except InterruptedRunError as error:
        why = f"it was {error}"
    except (OSError, ValueError) as error:  # ValueError: a NUL in it
        why = str(error)
    if why is not None:
        log.warning("the command of --on-finish went wrong", extra={"why": why})


def _carried_out(command: str, environment: Mapping[str, str], *, limit_s: float) -> str | None:
    """Return what went wrong; None: nothing."""
    hook = subprocess.Popen(  # noqa: S602 - that a shell reads it is what is promised
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=_standard_error(),
        stderr=_standard_error(),
        env=environment,
        start_new_session=True,
    )
    try:
        code = hook.wait(limit_s)
    except subprocess.TimeoutExpired:
        _end(hook)
        return f"it took longer than {limit_s:g} s and was ended"
    except BaseException:
        _end(hook)
        raise
    if code < 0:
        return f"it was ended by signal {-code}"
    return f"it ended with exit code {code}" if code else None


def _standard_error() -> int:
    """Return where words go; nowhere, where that is closed."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return subprocess.DEVNULL


def _end(hook: "subprocess.Popen[bytes]") -> None:
    """End the command and all that it started, if need be the hard way."""
    for number, patience_s in ((signal.SIGTERM, _PARTING_S), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError, PermissionError):  # of macOS: all have ended
            os.killpg(hook.pid, number)
        with suppress(subprocess.TimeoutExpired):
            hook.wait(patience_s)
