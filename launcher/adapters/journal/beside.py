"""A run that no journal keeps: a dry one, or one that could not open its journal."""

from collections.abc import Iterator, Sequence

from launcher.adapters.journal.reader import JournalReader
from launcher.adapters.journal.writer import Committed, tell_nobody
from launcher.core.entry import (
    Account,
    Entry,
    NewsTold,
    Pruned,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Waited,
)
from launcher.core.ids import Requested, TaskId
from launcher.ports import Clock


class JournalBeside:
    """The facts of a journal file, and after them those of one run, which stay in memory."""

    def __init__(
        self,
        reader: JournalReader,
        *,
        run: RunId,
        clock: Clock,
        committed: Committed = tell_nobody,
    ) -> None:
        self._reader = reader
        self._committed = committed
        self._run = run
        self._clock = clock
        self._started: Record | None = None
        self._ended: Record | None = None
        self._waits: list[Record] = []
        self._requested: dict[TaskId, Requested] = {}
        self._shown: dict[TaskId, tuple[Record, ...]] = {}

    async def append(self, entry: Entry) -> Record:
        return self.queue(entry)

    def queue(self, entry: Entry) -> Record:
        record = Record(run=self._run, at=self._clock.now(), entry=entry)
        match entry:
            case RunStarted():
                self._started = record
            case RunEnded():
                self._ended = record
            case NewsTold() | Pruned():
                pass
            case Waited():
                self._waits.append(record)
            case Requested():
                self._requested[entry.task] = entry
            case _:
                self._shown[entry.task] = (*self._shown.get(entry.task, ()), record)
        self._committed((record,))
        return record

    async def flush(self) -> None:
        return

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        kept: set[TaskId] = set()
        for record in self._reader.facts(account, tasks, up_to=up_to):
            if record.run == self._run and isinstance(record.entry, Requested):
                kept.add(record.entry.task)
            yield record
        if self._started is None:
            return
        for task in tasks:
            if task not in kept and self._is_to_ask(task):
                asked = self._requested.get(task) or Requested(position=0, task=task, source="")
                yield Record(run=self._run, at=self._started.at, entry=asked)
            yield from self._shown.get(task, ())

    def runs(self) -> list[tuple[Record, Record | None]]:
        """See `launcher.core.history.History`."""
        kept = self._reader.runs()
        begun = next((started for started, _ in kept if started.run == self._run), self._started)
        own = [] if begun is None else [(begun, self._ended)]
        return [*(pair for pair in kept if pair[0].run != self._run), *own]

    def pruned(self) -> frozenset[RunId]:
        """See `launcher.core.history.History`."""
        return self._reader.pruned()

    def pruned_up_to(self) -> int:
        """See `launcher.core.history.History`."""
        return self._reader.pruned_up_to()

    def last_key(self) -> int | None:
        """See `launcher.core.history.History`; facts in memory have no key."""
        return self._reader.last_key()

    def requested(self, run: RunId) -> Iterator[Requested]:
        """See `launcher.core.history.History`."""
        if run != self._run:
            return self._reader.requested(run)
        asked_by = self._asked_by
        return (
            iter(self._requested.values()) if asked_by is None else self._reader.requested(asked_by)
        )

    def waits(self, run: RunId) -> Iterator[Record]:
        """See `launcher.core.history.History`."""
        yield from self._reader.waits(run)
        if run == self._run:
            yield from self._waits

    @property
    def _asked_by(self) -> RunId | None:
        """The tick whose facts say what this run was asked for; None: its own do."""
        started = self._started and self._started.entry
        return started.asked_by if isinstance(started, RunStarted) else None

    def _is_to_ask(self, task: TaskId) -> bool:
        """Say whether the run asks for the task anew: of a tick, only what is to be tried again."""
        return self._asked_by is None or task in self._requested
