"""Where a report goes: a file that is replaced as a whole, or what is no regular file, in place."""

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from launcher.adapters.reports.forms import (
    BEGINNINGS,
    FORMS,
    SHOWING_FIELDS,
    SUFFIXES,
    Form,
    csv_of,
    html_of,
)
from launcher.adapters.reports.page.assets import why_no_page
from launcher.core.errors import LauncherError, StorageError, UsageError
from launcher.core.report import Report
from launcher.core.text import visible

STDOUT = "-"
_STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
_MEND = "free or change that place, or name another with --report PATH"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is to be written where; `found` is what is there now, links followed."""

    path: Path
    form: Form
    found: os.stat_result | None
    in_place: bool


def check_target(target: str | Path) -> None:
    """Refuse a target that cannot be written; nothing is created or changed.

    Raises:
        UsageError: no suffix that we know, a folder, or a file that is no report.
        StorageError: there is no way to write there.
    """
    if str(target) == STDOUT:
        return
    with _translated(Path(target)):
        place = _place_of(Path(target))
        if place.found is not None and not os.access(place.path, os.W_OK):
            raise PermissionError(0, "it is write-protected")
        if not place.in_place:
            _check_folder(_resolved(place.path).parent)
            _refuse_other_file(place)


def is_stream(target: str | Path) -> bool:
    """Say whether the target is standard output, a pipe or a device: its reader may let us wait."""
    if str(target) == STDOUT:
        return True
    try:
        return _place_of(Path(target)).in_place
    except (LauncherError, OSError):  # writing it will say why
        return False


def shows_fields(target: str | Path) -> bool:
    """Say whether the report there has room for members of the task, as a table has not."""
    return Path(target).suffix.lower() in SHOWING_FIELDS


def write_report(report: Report, target: str | Path, *, stdout: BinaryIO | None = None) -> None:
    """Write `report` where and how `target` says; `-` is standard output, as CSV.

    A regular file is replaced in one step, or stays as it was; a link to one keeps being a link.
    A FIFO waits for its reader.

    Raises:
        UsageError: as `check_target`.
        StorageError: it could not be written; nothing half written stays behind.
    """
    with _translated(Path(target)):
        if str(target) == STDOUT:
            _pour(csv_of(report), stdout or _own_stdout())
            return
        place = _place_of(Path(target))
        if not place.in_place:
            _refuse_other_file(place)  # it may have come since the target was checked
            _replace(_resolved(place.path), place.form(report))
            return
        with FileIO(place.path, "ab") as sink:  # not "w": behind it may be a file in use
            _pour(place.form(report), sink)


def _place_of(path: Path) -> _Place:
    found = _look_at(path)
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise UsageError(f"the report {_shown(path)} is a folder: name a file in it")
    in_place = found is not None and (
        not stat.S_ISREG(found.st_mode) or str(path.absolute()).startswith(_STREAMS)
    )
    form = FORMS.get(path.suffix.lower())
    if form is None and in_place and not path.suffix:
        form = csv_of
    if form is None:
        known = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise UsageError(
            f"cannot tell the form of the report {_shown(path)}: its name has to end in {known}"
        )
    if form is html_of and (missing := why_no_page()) is not None:
        raise UsageError(f"cannot write the report {_shown(path)}: {missing}")
    return _Place(path=path, form=form, found=found, in_place=in_place)


def _look_at(path: Path) -> os.stat_result | None:
    if "\0" in str(path):
        raise UsageError(f"{_shown(path)} is no path")
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _refuse_other_file(place: _Place) -> None:
    """Keep a report from taking the place of what somebody else wrote, say a table of samples."""
    if place.found is None or not place.found.st_size:
        return
    with place.path.open("rb") as there:
        beginning = there.read(len(max(BEGINNINGS, key=len)))
    if not beginning.startswith(BEGINNINGS):
        raise UsageError(
            f"{_shown(place.path)} is there and no report of the launcher: it is not replaced; "
            "move it away, or name another file"
        )


def _own_stdout() -> BinaryIO:
    sys.stdout.flush()
    return sys.stdout.buffer


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _check_folder(folder: Path) -> None:
    """Refuse a folder in which no file can be made, or that cannot be made itself."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(0, f"the folder {_shown(folder)} is write-protected")


def _replace(path: Path, pieces: Iterable[str]) -> None:
    """Write a private file beside `path` and rename it to `path` once it is safe on the disk."""
    _make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=".tmp")
    try:
        with FileIO(descriptor, "wb") as sink:
            _pour(pieces, sink)
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync(path.parent)


def _pour(pieces: Iterable[str], sink: BinaryIO | FileIO) -> None:
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


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = error.strerror or str(error)
        where = "standard output" if str(path) == STDOUT else _shown(path)
        raise StorageError(f"cannot write the report to {where}: {what}; {_MEND}") from error


def _shown(path: Path) -> str:
    return visible(str(path))
