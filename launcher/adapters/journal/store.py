"""The `Journal` port on an SQLite file."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from launcher.adapters.journal.files import ANY, identity_of
from launcher.adapters.journal.network import (
    KeepsLocks,
    OnNetwork,
    network_file_system,
    second_handle_is_refused,
)
from launcher.adapters.journal.reader import JournalReader, read_journal
from launcher.adapters.journal.sqlite import writing
from launcher.adapters.journal.writer import Committed, Writer, tell_nobody
from launcher.core.entry import Account, Entry, Record, RunId
from launcher.core.ids import TaskId
from launcher.ports import Clock


class SqliteJournal:
    """The journal of one run, open for writing; `reader` reads the facts of all."""

    def __init__(self, *, run: RunId, clock: Clock, writer: Writer, reader: JournalReader) -> None:
        self.reader = reader
        self._run = run
        self._clock = clock
        self._writer = writer

    async def append(self, entry: Entry) -> Record:
        """See `launcher.ports.Journal`; cancelling the wait does not take the entry back."""
        record = self._record(entry)
        await self._writer.durable(record)
        return record

    def queue(self, entry: Entry) -> Record:
        """See `launcher.ports.Journal`."""
        record = self._record(entry)
        self._writer.queue(record)
        return record

    async def flush(self) -> None:
        """See `launcher.ports.Journal`."""
        await self._writer.durable()

    def facts(self, account: Account, tasks: Sequence[TaskId]) -> Iterator[Record]:
        """See `launcher.ports.Journal`."""
        return self.reader.facts(account, tasks)

    def _record(self, entry: Entry) -> Record:
        return Record(run=self._run, at=self._clock.now(), entry=entry)


@asynccontextmanager
async def open_journal(
    path: Path,
    *,
    run: RunId,
    clock: Clock,
    on_network: OnNetwork = network_file_system,
    keeps_locks: KeepsLocks = second_handle_is_refused,
    committed: Committed = tell_nobody,
) -> AsyncIterator[SqliteJournal]:
    """Open, or create, the journal at `path` for the entries of `run`.

    `committed` is told of them once they would survive a power cut.
    Leaving it writes what was queued, also when cancelled.

    Raises:
        StorageError: On entering, it cannot be opened; on leaving, what was queued was lost.
    """
    before = read_journal(path)
    connect = partial(writing, before.path, on_network=on_network, keeps_locks=keeps_locks)
    writer = Writer(before.path, connect, committed=committed)
    writer.start()
    try:
        await writer.durable()  # or why it could not be opened
        own = identity_of(before.path) if on_network(before.path) is None else ANY
        reader = read_journal(before.path, own=own)
        yield SqliteJournal(run=run, clock=clock, writer=writer, reader=reader)
        await writer.durable()  # waits here rather than in `stop`, which blocks the loop
    finally:
        writer.stop()
