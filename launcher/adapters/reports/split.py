"""The tasks of a report as lists of ids, a file for each outcome: what a next run can be given."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

from launcher.adapters.reports.whole import check_folder, pour, replacing
from launcher.core.errors import StorageError, UsageError
from launcher.core.ids import task_id_of
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from launcher.core.text import quoted, visible

_ROWS_AT_ONCE = 500
_LONGEST_LINE = 64
"""Bytes that are read of a line; an id has 36."""


def check_split(folder: str) -> None:
    """Refuse a folder that cannot take the lists; nothing is created or changed.

    Raises:
        UsageError: it is none, or one of the names there is that of something else.
        StorageError: there is no way to write there.
    """
    if not folder or "\0" in folder:
        raise UsageError(f"--split needs the name of a folder, and {quoted(folder)} is none")
    with _translated(folder):
        path = Path(folder)
        if (path.exists() or path.is_symlink()) and not path.is_dir():
            raise UsageError(f"--split needs a folder, and {visible(folder)} is none: name another")
        check_folder(path)
        for place in _places(path).values():
            _refuse_other(place)


def write_split(rows: Iterable[Row], folder: str) -> Mapping[Outcome, int]:
    """Write the ids of each outcome into its file, and return how many those are.

    No file is replaced before all are safe on the disk, and each of them in one step.

    Raises:
        UsageError, StorageError: as `check_split`; nothing half written stays behind.
    """
    check_split(folder)  # what was there when it was checked may be something else by now
    counts = Counter(dict.fromkeys(Outcome, 0))
    left = iter(rows)
    with _translated(folder), ExitStack() as stack:
        files = {
            outcome: stack.enter_context(replacing(Path(os.path.realpath(place))))
            for outcome, place in _places(Path(folder)).items()
        }
        while some := tuple(islice(left, _ROWS_AT_ONCE)):
            counts.update(row.outcome for row in some)
            for outcome, file in files.items():
                ids = "".join(f"{row.task_id}\n" for row in some if row.outcome is outcome)
                pour([ids], file)
        for file in files.values():
            os.fsync(file.fileno())
    return counts


def _places(folder: Path) -> Mapping[Outcome, Path]:
    return {outcome: folder / f"{outcome}.txt" for outcome in Outcome}


def _refuse_other(place: Path) -> None:
    """Keep a list from taking the place of what holds anything but ids."""
    try:
        found = place.stat()
    except FileNotFoundError:
        return
    if not os.access(place, os.R_OK | os.W_OK):
        raise PermissionError(0, f"{visible(place.name)} there is write-protected")
    if not stat.S_ISREG(found.st_mode) or not _holds_ids_alone(place):
        raise UsageError(
            f"{visible(str(place))} is there and no list of task ids: it is not replaced; "
            "move it away, or name another folder"
        )


def _holds_ids_alone(place: Path) -> bool:
    with place.open("rb") as file:
        return all(
            task_id_of(line.strip().decode("ascii", "replace"))
            for line in iter(lambda: file.readline(_LONGEST_LINE), b"")
        )


@contextmanager
def _translated(folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot write the lists of ids into {visible(folder)}: "
            f"{error.strerror or error}; free or change that place, or name another folder"
        ) from error
