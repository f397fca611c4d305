"""What reports ask of a journal."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from launcher.core.entry import Account, Record, RunId
from launcher.core.ids import Requested, TaskId


class History(Protocol):
    """The facts of a journal, as reports read them."""

    def runs(self) -> Sequence[tuple[Record, Record | None]]:
        """Return the start of every run, in order, with its end, if it has one."""
        ...

    def pruned(self) -> frozenset[RunId]:
        """Return the runs that have lost facts: no report of theirs would be true."""
        ...

    def requested(self, run: RunId) -> Iterator[Requested]:
        """Yield what a run was asked for, in its order."""
        ...

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        """Yield every fact of these tasks up to that key (None: all), each task's in order."""
        ...
