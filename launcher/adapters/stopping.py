"""Asking a run that holds the journal to stop, and waiting until it has."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from launcher.adapters.lock import Holder, holder_of, lock_path, named_holder
from launcher.core.entry import Account, RunId
from launcher.core.errors import AlreadyRunningError
from launcher.core.text import visible

LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long a run that was asked to stop is waited for, and by which time."""

    at_most_s: float
    sleep: Callable[[float], object] = field(default=time.sleep)
    monotonic: Callable[[], float] = field(default=time.monotonic)


def is_active(journal: Path, account: Account, run: RunId) -> bool:
    """Say whether that run holds the journal now, on whatever host."""
    holder = named_holder(journal, account)
    return holder is not None and holder.run == run


def ask_to_stop(
    journal: Path,
    account: Account,
    run: RunId,
    *,
    waiting: Waiting,
    say: Callable[[str], object],
) -> None:
    """Return when `run` does not hold the journal: asked to stop with SIGTERM, if it did.

    Raises:
        AlreadyRunningError: it holds it still, or cannot be asked from here, or another run does.
    """
    if holder_of(journal, account) is None:
        return
    holder = named_holder(journal, account)
    if holder is None or holder.run != run:
        _refuse_other(journal, account)
        return
    if holder.host != socket.gethostname():
        raise AlreadyRunningError(
            f"{holder.words} still goes on: on {visible(holder.host, limit=200)}, stop it with "
            f"`kill -TERM {holder.pid}` (or give this command there), then give it again"
        )
    if not _terminate(journal, account, holder):
        return
    say(
        f"{holder.words} was asked to stop; waiting until it has settled what is in flight, "
        f"{waiting.at_most_s:g} s at most"
    )
    _wait(journal, account, holder, waiting)


def _refuse_other(journal: Path, account: Account) -> None:
    words = holder_of(journal, account)
    if words is not None:
        raise AlreadyRunningError(
            f"another run of this account holds the journal {journal}: {words}; nothing was "
            "aborted: wait until it has ended, or stop it"
        )


def _wait(journal: Path, account: Account, holder: Holder, waiting: Waiting) -> None:
    until = waiting.monotonic() + waiting.at_most_s
    while named_holder(journal, account) == holder:
        if waiting.monotonic() >= until:
            raise AlreadyRunningError(
                f"{holder.words} was asked to stop {waiting.at_most_s:g} s ago and has not: "
                "nothing was aborted; see what holds it up, then give this command again"
            )
        waiting.sleep(LOOK_EVERY_S)


def _terminate(journal: Path, account: Account, holder: Holder) -> bool:
    """Return whether SIGTERM went to the very process that holds the lock; False: none does now.

    A process id may be given to another process at any time. So a handle of the process is taken
    first, and then looked whether the lock is held by that id still: then the handle is of it.
    """
    path = lock_path(journal, account)
    try:
        if sys.platform != "linux":
            if not _still_holds(journal, account, holder, path):
                return False
            os.kill(holder.pid, signal.SIGTERM)
            return True
        handle = os.pidfd_open(holder.pid)
        try:
            if not _still_holds(journal, account, holder, path):
                return False
            signal.pidfd_send_signal(handle, signal.SIGTERM)
        finally:
            os.close(handle)
    except ProcessLookupError:
        if named_holder(journal, account) != holder:
            return False
        raise _unreachable(holder, "no such process is seen from here") from None
    except OSError as error:
        raise _unreachable(holder, error.strerror or str(error)) from error
    return True


def _still_holds(journal: Path, account: Account, holder: Holder, path: Path) -> bool:
    """Say whether the lock is still the holder's.

    Raises:
        AlreadyRunningError: it is, but the process of that id here does not have the lock open.
    """
    if named_holder(journal, account) != holder:
        return False
    if not _has_open(holder.pid, path):
        if named_holder(journal, account) != holder:
            return False
        raise _unreachable(holder, "the process of that number here is another one")
    return True


def _has_open(pid: int, path: Path) -> bool:
    """Say whether the process has the file open, where the system tells (Linux); else True."""
    descriptors = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        return True
    wanted = path.stat()
    for descriptor in descriptors.iterdir():
        try:
            found = descriptor.stat()
        except FileNotFoundError:  # closed meanwhile
            continue
        if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
            return True
    return False


def _unreachable(holder: Holder, why: str) -> AlreadyRunningError:
    return AlreadyRunningError(
        f"{holder.words} still goes on and cannot be asked to stop ({visible(why, limit=200)}): "
        "stop it where it runs, then give this command again"
    )
