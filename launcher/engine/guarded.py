"""A journal whose loss ends the run: what cannot be written or read is not to be acted upon."""

from collections.abc import Iterator, Sequence

from launcher.core.entry import Account, Record, TaskFact, Waited
from launcher.core.errors import StorageError
from launcher.core.ids import TaskId
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Journal


class GuardedJournal:
    """Hands facts to the journal of one account, and ends the run where it is lost."""

    def __init__(self, journal: Journal, account: Account, *, stop: Stop) -> None:
        self._journal = journal
        self._account = account
        self._stop = stop

    async def append(self, fact: TaskFact) -> Record:
        """Return when the fact is durable.

        Raises:
            StoppedError: it could not be written; the run is ending.
        """
        try:
            return await self._journal.append(fact)
        except StorageError as error:
            self._lost(error)
            raise StoppedError from error

    def queue(self, fact: TaskFact | Waited) -> Record | None:
        """Have the fact durable with the next commit; None: it is lost, and the run is ending."""
        try:
            return self._journal.queue(fact)
        except StorageError as error:
            self._lost(error)
            return None

    def facts(self, tasks: Sequence[TaskId]) -> Iterator[Record]:
        """Yield what is known of these tasks, each task's in order.

        Raises:
            StoppedError: it cannot be read; the run is ending.
        """
        try:
            yield from self._journal.facts(self._account, tasks)
        except StorageError as error:
            self._lost(error)
            raise StoppedError from error

    def _lost(self, error: StorageError) -> None:
        self._stop.set(error, reads_are_hopeless=True)
