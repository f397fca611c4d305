"""One run at a time for a journal and an account: a lock file beside the journal."""

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from filelock import Timeout, UnixFileLock

from launcher.adapters.journal.files import make_folder
from launcher.core.entry import Account, RunId
from launcher.core.errors import AlreadyRunningError, StorageError
from launcher.core.text import visible

_NAMED = ("run", "pid", "host", "start", "file")
_PATIENCE_S = 0.2
"""How long a taken lock is tried again: a look by `holder_of` takes it for some microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, as its file says."""

    run: RunId
    pid: int
    host: str
    words: str


def lock_path(journal: Path, account: Account) -> Path:
    """Return the lock file of the account, beside the file that `journal` at last leads to."""
    real = Path(os.path.realpath(journal))
    text = f"{account.endpoint}\n{account.user}".encode(errors="surrogatepass")
    return real.with_name(f"{real.name}.{hashlib.sha256(text).hexdigest()[:12]}.lock")


@contextmanager
def hold_lock(
    journal: Path, account: Account, *, run: RunId, file: str, now: datetime
) -> Iterator[None]:
    """Keep all other runs of the account off the journal; `file` names the input.

    The kernel frees the lock when the process ends, however it ends; the file stays.

    Raises:
        AlreadyRunningError: Another run holds it; the text names it.
        StorageError: The lock file cannot be made.
    """
    path = lock_path(journal, account)
    holder = {
        "run": run,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "start": now.isoformat(timespec="seconds"),
        "file": file,
    }
    lock = _lock_at(path, holder=json.dumps(holder))
    try:
        make_folder(path.parent)
        lock.acquire()
    except Timeout as error:
        if not path.exists():  # the lock waits for a folder that cannot hold one, as in /proc
            raise _unlockable(journal, path, "no file can be made there") from error
        raise AlreadyRunningError(_who_holds(path, journal)) from error
    except OSError as error:
        raise _unlockable(journal, path, error.strerror or str(error)) from error
    try:
        yield
    finally:
        lock.release()


def holder_of(journal: Path, account: Account) -> str | None:
    """Return who holds the lock, in words; None: nobody. No file is made, and nobody disturbed.

    The lock is shared for a moment, as only the kernel knows whether its holder still lives.

    Raises:
        StorageError: The lock file is there and cannot be read.
    """
    path = lock_path(journal, account)
    return _named_in(path) if _is_held(path, journal) else None


def was_freed(journal: Path, account: Account) -> bool:
    """Say whether somebody held the lock and nobody does now; beside a copy nobody ever did.

    Raises:
        StorageError: The lock file is there and cannot be read.
    """
    path = lock_path(journal, account)
    return path.exists() and not _is_held(path, journal)


def named_holder(journal: Path, account: Account) -> Holder | None:
    """Return who holds the lock, by name; None: nobody, or its file does not say who.

    Raises:
        StorageError: The lock file is there and cannot be read.
    """
    path = lock_path(journal, account)
    if not _is_held(path, journal):
        return None
    try:
        holder = json.loads(path.read_bytes())
        run, pid, host = holder["run"], holder["pid"], holder["host"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    if type(pid) is not int or pid <= 0:
        return None
    return Holder(run=RunId(str(run)), pid=pid, host=str(host), words=_named_in(path))


def _is_held(path: Path, journal: Path) -> bool:
    try:
        with path.open("rb") as shared:
            fcntl.flock(shared, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except BlockingIOError:
        return True
    except OSError as error:
        raise StorageError(
            f"cannot look at the lock of the journal {journal}: {error.strerror or error} ({path})"
        ) from error
    return False


def _lock_at(path: Path, *, holder: str) -> UnixFileLock:
    return UnixFileLock(
        path,
        timeout=_PATIENCE_S,
        poll_interval=_PATIENCE_S / 10,
        mode=0o600,
        thread_local=False,
        fallback_to_soft=False,
        preserve_lock_file=True,
        on_acquired=partial(_sign, holder=holder),
    )


def _unlockable(journal: Path, path: Path, why: str) -> StorageError:
    return StorageError(
        f"cannot lock the journal {journal}: {why} ({path}); see that its "
        "folder is there and writable, or name another file with --journal PATH"
    )


def _sign(descriptor: int, *, holder: str) -> None:
    """Write who holds the lock, in place of the holder before."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder.encode("ascii"), 0)


def _who_holds(path: Path, journal: Path) -> str:
    return (
        f"another run of this account holds the journal {journal}: {_named_in(path)}; "
        "wait until it has ended, or stop it"
    )


def _named_in(path: Path) -> str:
    """Return the holder in words for a person; the file may be empty for a moment, or odd."""
    try:
        holder = json.loads(path.read_bytes())
        run, pid, host, start, file = (visible(str(holder[name]), limit=200) for name in _NAMED)
    except (OSError, ValueError, LookupError, TypeError):
        return f"its lock file {path} does not say which"
    return f"run {run}, process {pid} on {host}, since {start}, of {file}"
