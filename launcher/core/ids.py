"""Task ids, and what is none."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NewType, overload

from launcher.core.text import quoted

TaskId = NewType("TaskId", str)
"""A task's UUID as the platform writes it: lower case, with hyphens."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_WORDS_OF_APP = 4
"""Of its whole name, `owner/project/app/revision`."""
ID_LIMIT = 4096
"""Characters that are not looked at for what they may be; an id has 36, a link some more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A task that this run was asked to launch; `source` says where, as `tasks.txt:12`.

    `to_clone`: a clone of it was to be launched instead, and there is none that the run has.
    `again`: it has its row, and what is known of it stays: an earlier tick had asked for it.
    """

    position: int
    task: TaskId
    source: str
    to_clone: bool = False
    again: bool = False


class Written(NamedTuple):
    """What stands where a task id is expected: `text` at `source`."""

    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that is no task id, and why."""

    source: str
    text: str
    why: str

    def __str__(self) -> str:
        """Return one line for a person."""
        shown = f": {quoted(self.text, limit=60)}" if self.text else ""
        return f"{self.source}: {self.why}{shown}"


def task_id_of(text: str) -> TaskId | None:
    """Return the task id that `text` is, or None.

    A strict pattern on purpose: `uuid.UUID` also takes braces, `urn:` and missing hyphens.
    """
    return TaskId(text.lower()) if _UUID.fullmatch(text) else None


def without_revision(app: str) -> str:
    """Return an app's name without its revision, the last of the four words of its whole name."""
    words = app.split("/")
    is_revised = len(words) == _WORDS_OF_APP and words[-1].isdecimal()
    return "/".join(words[:-1]) if is_revised else app


def holds_id(text: str) -> bool:
    """Say whether a task id stands somewhere in `text`."""
    return _UUID.search(text) is not None


class Distinct(Sequence[Requested]):
    """Each task once, where it was first asked for, in this order.

    There may be a million of them: a task takes its id and some twenty bytes, and is made into a
    `Requested` as it is looked at.
    """

    def __init__(self, found: Iterable[tuple[TaskId, str]]) -> None:
        self._tasks: list[TaskId] = []
        self._names: list[str] = []
        """What sources are without their numbers: few, as files are."""
        self._name_of, self._number_of = array("L"), array("q")
        known: set[TaskId] = set()
        names: dict[str, int] = {}
        for task, source in found:
            if task not in known:
                known.add(task)
                self._tasks.append(task)
                name, number = _parts_of(source)
                self._name_of.append(names.setdefault(name, len(names)))
                self._number_of.append(number)
        self._names.extend(names)

    def __len__(self) -> int:
        return len(self._tasks)

    @overload
    def __getitem__(self, place: int) -> Requested: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Requested, ...]: ...
    def __getitem__(self, place: int | slice) -> Requested | tuple[Requested, ...]:
        positions = range(len(self))[place]
        if isinstance(positions, range):
            return tuple(map(self._requested, positions))
        return self._requested(positions)

    def __iter__(self) -> Iterator[Requested]:
        return map(self._requested, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def _requested(self, position: int) -> Requested:
        name, number = self._names[self._name_of[position]], self._number_of[position]
        source = name if number < 0 else f"{name}:{number}"
        return Requested(position=position, task=self._tasks[position], source=source)


def _parts_of(source: str) -> tuple[str, int]:
    """Return the name and the number that `source` is made of; without a number, -1."""
    name, _, digits = source.rpartition(":")
    if _NUMBER.fullmatch(digits) is None:
        return source, -1
    return name, int(digits)


def why_no_id(text: str) -> str:
    """Return why `text` is no task id, and what is expected instead."""
    if "\x00" in text:
        return "holds NUL bytes; is it a text file in UTF-8?"
    if len(text) >= ID_LIMIT:
        return f"longer than {ID_LIMIT} characters; one id a line is expected"
    if not text.isascii() and _UUID.fullmatch(text.encode("ascii", "ignore").decode("ascii")):
        return "holds characters that are not ASCII beside the id"
    if "/" in text or ":" in text:
        return "not a task id, nor a task's link; put the bare id there (the UUID of the task)"
    if len(text.split()) > 1 or "," in text:
        return "more than a task id; one id a line is expected, or a table with a header"
    return "not a task id (expected a UUID such as 0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e)"
