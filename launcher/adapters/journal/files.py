"""Files and folders of one user: private whatever the umask, and safe from a power cut."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from launcher.core.errors import StorageError

_LOGS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database, with the rights that it had then."""

Identity = tuple[int, int]
"""Which file it is, whatever its name: its device and its number there."""

ANY: Identity = (0, 0)
"""Stands for whatever file is there: some network disks number a file anew now and then."""


def make_folder(folder: Path) -> None:
    """Create the folder and what is missing above it, for this user alone."""
    missing = [folder, *folder.parents]
    while missing and missing[-1].exists():
        missing.pop()
    for path in reversed(missing):
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:  # another run was faster
            continue
        path.chmod(0o700)  # whatever the umask
        _sync(path.parent)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def is_there(path: Path) -> bool:
    """Whether the file exists.

    Raises:
        OSError: What is there is a folder, a device or a pipe.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise OSError("that is a folder" if stat.S_ISDIR(mode) else "that is no regular file")
    return True


def identity_of(path: Path) -> Identity | None:
    """Return which file that is; None: it is not there."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def check_same(path: Path, own: Identity | None) -> None:
    """Refuse another file in the place of `own`, and no file: SQLite would write on unseen.

    What the facts that are gone said, nobody could tell from what is there now.

    Raises:
        StorageError: it is another one, or none.
    """
    found = identity_of(path)
    if found is None or own not in {found, ANY}:
        raise StorageError(
            f"the journal {path} is not there any more: it was moved, deleted or replaced while "
            "a run used it; put it back, with the files beside it, and run again: what this run "
            "started is known there alone"
        )


def make_private(path: Path) -> None:
    """Create the file for this user alone, unless it exists; SQLite's -wal and -shm follow it."""
    if is_there(path):
        return
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another run was faster
        return
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    _sync(path.parent)


def check_writable(path: Path) -> None:
    """Refuse a journal that could not be written or made; nothing is.

    Raises:
        OSError: why.
    """
    if is_there(path) and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is write-protected")
    for log in _beside(path, *_LOGS):  # who reads a write-protected journal leaves such
        if log.exists() and not os.access(log, os.W_OK):
            raise PermissionError(errno.EACCES, f"{log} is write-protected")
    folder = folder_of(path)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"the folder {folder} is write-protected")


def folder_of(path: Path) -> Path:
    """Return what is there of the folders that the file is in, or would be made in."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def is_frozen(path: Path) -> bool:
    """Whether nobody writes a database here, nor could: no folder to write in, and no logs.

    SQLite needs to be told so: else it wants to create its -wal even to read.
    """
    logs = _beside(path, "-wal", "-journal")
    return not os.access(path.parent, os.W_OK) and not any(log.exists() for log in logs)


def _beside(path: Path, *suffixes: str) -> Iterator[Path]:
    real = Path(os.path.realpath(path))
    return (real.with_name(real.name + suffix) for suffix in suffixes)


def _sync(folder: Path) -> None:
    """Make the names in the folder survive a power cut; SQLite does so for its logs only."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # a folder may take files and not be read
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
