"""A run that no journal keeps: a dry one, or one that could not open its journal."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from launcher.adapters.journal.reader import JournalReader
from launcher.adapters.journal.writer import Committed, tell_nobody
from launcher.core.entry import (
    Account,
    Entry,
    Record,
    RunFact,
    RunId,
    RunStarted,
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
        self._marks: list[Record] = []
        self._requested: dict[TaskId, Requested] = {}
        self._shown: dict[TaskId, Record] = {}
        self._later: defaultdict[TaskId, list[Record]] = defaultdict(list)
        """What was shown of a task after the first: of most there is nothing."""

    async def append(self, entry: Entry) -> Record:
        return self.queue(entry)

    def queue(self, entry: Entry) -> Record:
        record = Record(run=self._run, at=self._clock.now(), entry=entry)
        if isinstance(entry, RunFact):
            self._marks.append(record)
        elif isinstance(entry, Requested):
            self._requested[entry.task] = entry
        elif entry.task not in self._shown:
            self._shown[entry.task] = record
        else:
            self._later[entry.task].append(record)
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
        started = self._started
        if started is None:
            return
        for task in tasks:
            if task not in kept and self._is_to_ask(task):
                asked = self._requested.get(task) or Requested(position=0, task=task, source="")
                yield Record(run=self._run, at=started.at, entry=asked)
            if task in self._shown:
                yield self._shown[task]
            yield from self._later.get(task, ())

    def marks(self) -> list[Record]:
        """See `launcher.core.history.History`; what is kept of the run itself comes last."""
        kept = self._reader.marks()
        own = [mark for mark in kept if mark.run == self._run]
        has_begun = any(isinstance(mark.entry, RunStarted) for mark in own)
        new = [m for m in self._marks if not (has_begun and isinstance(m.entry, RunStarted))]
        return [*(mark for mark in kept if mark.run != self._run), *own, *new]

    def last_key(self) -> int | None:
        """See `launcher.core.history.History`; facts in memory have no key."""
        return self._reader.last_key()

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        """See `launcher.core.history.History`; facts in memory have no key."""
        if run != self._run:
            return self._reader.requested(run, up_to=up_to)
        asked_by = self._asked_by
        if asked_by is None:
            return iter(self._requested.values())
        return self._reader.requested(asked_by, up_to=up_to)

    @property
    def _started(self) -> Record | None:
        return next((mark for mark in self._marks if isinstance(mark.entry, RunStarted)), None)

    @property
    def _asked_by(self) -> RunId | None:
        """The tick whose facts say what this run was asked for; None: its own do."""
        started = self._started and self._started.entry
        return started.asked_by if isinstance(started, RunStarted) else None

    def _is_to_ask(self, task: TaskId) -> bool:
        """Say whether the run asks for the task anew: of a tick, only what is to be tried again."""
        return self._asked_by is None or task in self._requested
