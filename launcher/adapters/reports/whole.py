"""Files that are replaced as a whole or stay as they were, for their owner alone."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from launcher.core.text import visible


def check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made, or that cannot be made itself."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(0, f"{visible(str(folder))} is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(0, f"the folder {visible(str(folder))} is write-protected")


@contextmanager
def replacing(path: Path) -> Iterator[FileIO]:
    """Yield a private file beside `path`; it becomes `path` once it is safe on the disk.

    Where the body fails, `path` stays as it was.
    """
    _make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".tmp")
    try:
        with FileIO(descriptor, "wb") as file:
            yield file
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync(path.parent)


def pour(pieces: Iterable[str], sink: BinaryIO | FileIO) -> None:
    """Write all pieces with no buffer of ours, so that a failure leaves nothing to be flushed."""
    sink.flush()
    raw = getattr(sink, "raw", sink)
    for piece in pieces:
        rest = memoryview(piece.encode())
        while rest:
            written = raw.write(rest)
            if written is None:
                raise BlockingIOError(0, "its reader is too slow")
            rest = rest[written:]


def _make_folder(folder: Path) -> None:
    """Create the folder and what is missing above it, for this user alone."""
    missing = [folder, *folder.parents]
    while missing and missing[-1].exists():
        missing.pop()
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)


def _sync(folder: Path) -> None:
    """Make the new name survive a power cut; not every file system can, none loses the file."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
