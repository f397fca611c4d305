"""All sources of task ids together, in their order: each task once, or every bad line."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO

from launcher.adapters.sources.files import name_of, written_in_file
from launcher.adapters.sources.links import task_in
from launcher.core.errors import UsageError
from launcher.core.ids import BadLine, Distinct, Requested, TaskId, Written

BAD_LINES_SHOWN = 10_000
"""More of them mean that it is the wrong file; a terminal and memory have an end."""


def read_ids(
    files: Sequence[str],
    tasks: Sequence[str],
    *,
    endpoint: str | None = None,
    column: str | None = None,
    stdin: BinaryIO | None = None,
) -> Sequence[Requested]:
    """Return the task ids of all files (`-` is standard input) and arguments, each once.

    `column` names the column or member that holds the ids (by default `task_id`, else `id`);
    links have to lead to the platform of `endpoint`, where that is given.

    Raises:
        UsageError: a file cannot be read, or something is no task id; every bad line is named.
    """
    everything = chain(
        chain.from_iterable(written_in_file(file, column=column, stdin=stdin) for file in files),
        (Written(f"argument:{number}", text.strip()) for number, text in enumerate(tasks, 1)),
    )
    bad = _BadLines()
    found = Distinct(_tasks_in(everything, endpoint=endpoint, bad=bad))
    if bad.count:
        raise UsageError(str(bad))
    return found


def why_no_ids(files: Sequence[str]) -> str:
    """Return why there is no task id at all, where `files` are all that was named."""
    if not files:
        return "no task id at all: name a file, - for standard input, --task ID or --project"
    names = dict.fromkeys(name_of(file) for file in files)
    return f"{', '.join(names)} {'holds' if len(names) == 1 else 'hold'} no task id"


class _BadLines:
    """Counts bad lines and keeps the first, for one complaint about all of them."""

    def __init__(self) -> None:
        self.count = 0
        self._shown: list[str] = []

    def add(self, line: BadLine) -> None:
        self.count += 1
        if self.count <= BAD_LINES_SHOWN:
            self._shown.append(f"  {line}")

    def __str__(self) -> str:
        count = "1 line is" if self.count == 1 else f"{self.count:,} lines are"
        mend = "Mend or remove (in text, # makes a comment):"
        more = self.count - len(self._shown)
        rest = [f"  … and {more:,} more"] if more else []
        return "\n".join([f"{count} no task id; nothing was sent. {mend}", *self._shown, *rest])


def _tasks_in(
    everything: Iterator[Written | BadLine], *, endpoint: str | None, bad: _BadLines
) -> Iterator[tuple[TaskId, str]]:
    for one in everything:
        judged = one if isinstance(one, BadLine) else task_in(one, endpoint=endpoint)
        if isinstance(judged, BadLine):
            bad.add(judged)
        else:
            yield judged, one.source
