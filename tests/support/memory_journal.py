"""A journal in memory: the port's promises on a virtual clock, with writes that can fail."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from launcher.core.entry import (
    Account,
    Entry,
    Record,
    RunFact,
    RunId,
    RunStarted,
)
from launcher.core.errors import StorageError
from launcher.core.ids import Requested, TaskId
from launcher.ports import Clock


class MemoryJournal:
    """Entries become durable (enter `store`) with the next `append` or `flush`, as one commit.

    Journals that share `store` are runs of one journal file; what was queued and not flushed
    is lost with the object, as by SIGKILL.
    """

    def __init__(
        self,
        clock: Clock,
        run: RunId,
        *,
        store: list[Record] | None = None,
        fail_at: int | None = None,
        on_append: Callable[[Entry], Awaitable[None]] | None = None,
    ) -> None:
        """Begin the entries of `run`.

        Args:
            clock: Tells when an entry was made.
            run: What the entries belong to.
            store: The durable records, key 1 first; shared to share the journal.
            fail_at: The commit that holds this journal's n-th entry, from 1, is lost.
            on_append: Awaited by `append` between taking its place and the commit.
        """
        self.store = [] if store is None else store
        self.fail_at = fail_at
        self.commits = 0
        self._clock = clock
        self._run = run
        self._on_append = on_append
        self._queued: list[Record] = []
        self._entries = 0
        self._failure: StorageError | None = None

    async def append(self, entry: Entry) -> Record:
        record = self.queue(entry)
        if self._on_append is None:
            await asyncio.sleep(0)
        else:
            await self._on_append(entry)
        self._commit()
        return record

    def queue(self, entry: Entry) -> Record:
        self._check()
        record = Record(run=self._run, at=self._clock.now(), entry=entry)
        self._queued.append(record)
        return record

    async def flush(self) -> None:
        self._check()
        await asyncio.sleep(0)
        self._commit()

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        wanted = set(tasks)
        for record in self.entries(account):
            if isinstance(record.entry, RunFact) or record.entry.task not in wanted:
                continue
            if up_to is None or record.key <= up_to:
                yield record

    def entries(self, account: Account) -> Iterator[Record]:
        runs: set[RunId] = set()
        for record in tuple(self.store):
            if isinstance(record.entry, RunStarted) and record.entry.account == account:
                runs.add(record.run)
            if record.run in runs:
                yield record

    def marks(self) -> list[Record]:
        return [record for record in self.store if isinstance(record.entry, RunFact)]

    def last_key(self) -> int | None:
        return self.store[-1].key if self.store else None

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        started = {r.run: r.entry.asked_by for r in self.store if isinstance(r.entry, RunStarted)}
        asked_by = started.get(run) or run
        for record in tuple(self.store):
            if up_to is not None and record.key > up_to:
                return
            if record.run == asked_by and isinstance(record.entry, Requested):
                yield record.entry

    def _commit(self) -> None:
        self._check()
        group, self._queued = self._queued, []
        if not group:
            return
        self._entries += len(group)
        if self.fail_at is not None and self._entries >= self.fail_at:
            self._failure = StorageError("the journal in memory could not be written, as asked")
            raise self._failure
        self.commits += 1
        first = (self.store[-1].key if self.store else 0) + 1
        self.store.extend(record._replace(key=key) for key, record in enumerate(group, first))

    def _check(self) -> None:
        if self._failure is not None:
            raise StorageError(str(self._failure)) from self._failure
