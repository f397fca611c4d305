"""Where a report goes: a file that is replaced as a whole, or what is no regular file, in place."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from launcher.adapters.reports.forms import (
    BEGINNINGS,
    FORMS,
    PAGES,
    SHOWING_FIELDS,
    SUFFIXES,
    Form,
    csv_of,
    html_of,
)
from launcher.adapters.reports.page.assets import why_no_page
from launcher.adapters.reports.whole import check_folder, pour, replacing
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
            check_folder(_resolved(place.path).parent)
            _refuse_other_file(place)


def is_stream(target: str | Path) -> bool:
    """Say whether the target is standard output, a pipe or a device: its reader may let us wait."""
    if str(target) == STDOUT:
        return True
    try:
        return _place_of(Path(target)).in_place
    except (LauncherError, OSError):  # writing it will say why
        return False


def is_page(target: str | Path) -> bool:
    """Say whether the report there is for people who look at it while the run goes on."""
    return Path(target).suffix.lower() in PAGES


def shows_fields(target: str | Path) -> bool:
    """Say whether the report there has room for members of the task, as a table has not."""
    return Path(target).suffix.lower() in SHOWING_FIELDS


def write_report(
    report: Report, target: str | Path, *, stdout: BinaryIO | None = None, live: bool = False
) -> None:
    """Write `report` where and how `target` says; `-` is standard output, as CSV.

    A regular file is replaced in one step, or stays as it was; a link to one keeps being a link.
    A FIFO waits for its reader. A `live` page is going to be written again while the run goes on.

    Raises:
        UsageError: as `check_target`.
        StorageError: it could not be written; nothing half written stays behind.
    """
    with _translated(Path(target)):
        if str(target) == STDOUT:
            report.check_readable()  # what cannot be read is told before a stream has a part
            pour(csv_of(report), stdout or _own_stdout())
            return
        place = _place_of(Path(target))
        pieces = html_of(report, live=live) if place.form is html_of else place.form(report)
        if not place.in_place:
            _refuse_other_file(place)  # it may have come since the target was checked
            with replacing(_resolved(place.path)) as file:
                pour(pieces, file)
            return
        report.check_readable()  # as above
        with FileIO(place.path, "ab") as sink:  # not "w": behind it may be a file in use
            pour(pieces, sink)


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
