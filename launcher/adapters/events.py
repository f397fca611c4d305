"""Events as lines of JSON, at the end of a file or on standard output; see docs/events.md."""

import json
import os
import stat
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from launcher.adapters.aside import Aside
from launcher.core.entry import Record
from launcher.core.errors import StorageError, UsageError
from launcher.core.event import SCHEMA, Changes, Event, becomes_event
from launcher.core.text import visible

STDOUT = "-"
BEGINNING = f'{{"schema": {SCHEMA}, "event": "'.encode()
"""Of every line, and so of every file of events."""
_MEND = "free or change that place, or name another with --events FILE"


class Events:
    """Takes facts and events from any thread, and writes what they tell in a thread of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._is_open = True
        self._changes = Changes()
        self._aside: Aside[Sequence[Record | Event]] = Aside(self._write, what="events")

    def tell(self, told: Sequence[Record | Event]) -> None:
        """Write a line for each that tells something, all of them with one call of the system."""
        kept = [one for one in told if isinstance(one, Event) or becomes_event(one)]
        if kept:
            self._aside.put(kept, weight=len(kept))

    def close(self) -> None:
        """Return when all is written, or given up."""
        if self._is_open and self._aside.close():
            os.close(self._descriptor)
        self._is_open = False

    def _write(self, told: Sequence[Record | Event]) -> None:
        lines = "".join(map(line_of, self._events_of(told)))
        rest = memoryview(lines.encode("ascii"))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _events_of(self, told: Sequence[Record | Event]) -> Iterable[Event]:
        for one in told:
            event = self._changes.event_of(one) if isinstance(one, Record) else one
            if event is not None:
                yield event


def line_of(event: Event) -> str:
    """Return the event as one line, in ASCII: whatever a name holds, it breaks no line."""
    common = {
        "schema": SCHEMA,
        "event": event.name,
        "at": _plain(event.at),
        "run_id": event.run,
    }
    return f"{_dumped({**common, **event.members})}\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        at = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return at.removesuffix("+00:00") + "Z"
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


_dumped = json.JSONEncoder(default=_plain).encode


def open_events(target: str, *, stdout: BinaryIO | None = None) -> Events:
    """Return what writes events to the end of `target`, which is made, private, if need be.

    Raises:
        UsageError: it is a folder, or a file of something else.
        StorageError: it cannot be written.
    """
    if target == STDOUT:
        return Events(_descriptor_of(stdout))
    path = Path(target)
    try:
        return Events(_opened(path))
    except OSError as error:
        why = "nobody reads that pipe" if _is_pipe(path) else error.strerror
        raise StorageError(f"cannot write events to {_shown(path)}: {why}; {_MEND}") from error


def _descriptor_of(stdout: BinaryIO | None) -> int:
    sys.stdout.flush()
    return os.dup((stdout or sys.stdout).fileno())


def _opened(path: Path) -> int:
    """Return the open file, at the beginning of a line: the last run may have died within one."""
    if path.is_dir():
        raise UsageError(f"the events {_shown(path)} are a folder: name a file in it")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ends_well = _ends_well(path)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o600)  # a pipe without reader is refused
    try:
        os.set_blocking(descriptor, True)
        if not ends_well:
            os.write(descriptor, b"\n")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _ends_well(path: Path) -> bool:
    """Say whether the next byte begins a line; refuse a file that holds something else."""
    if not path.is_file() or not path.stat().st_size:
        return True
    with path.open("rb") as there:
        if there.read(len(BEGINNING)) != BEGINNING:
            raise UsageError(
                f"{_shown(path)} is there and holds no events of the launcher: nothing is added "
                "to it; move it away, or name another file with --events FILE"
            )
        there.seek(-1, os.SEEK_END)
        return there.read() == b"\n"


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except OSError:
        return False


def _shown(path: Path) -> str:
    return visible(str(path))
