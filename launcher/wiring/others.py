"""Which run is meant, and which one goes on beside: what the journal and its lock say of others."""

from collections.abc import Callable, Container
from pathlib import Path

from launcher.adapters.journal import JournalReader, read_journal
from launcher.adapters.lock import holder_of, named_holder
from launcher.core.entry import Account, RunId, RunStarted
from launcher.core.errors import StorageError, UsageError
from launcher.core.ids import Requested, TaskId
from launcher.core.text import quoted

Choose = Callable[[Account], tuple[Requested, ...]]
"""Returns the tasks that are meant, once it is known whose token it is."""


def tasks_of_run(journal: Path, run: str | None) -> Choose:
    """Return what chooses the tasks of that run, by default of the account's last one.

    Raises:
        UsageError: there is no such run.
    """
    reader = read_journal(journal)
    if run is not None and run not in {started.run for started, _ in reader.runs()}:
        raise UsageError(f"no run {quoted(run)} in the journal {journal} (see: launcher runs)")

    def choose(account: Account) -> tuple[Requested, ...]:
        known = _runs_of(reader, account)
        if run is not None and run not in known:
            raise UsageError(
                f"run {run} is not one of {account.user} at {account.endpoint}, whose token this is"
            )
        if not known:
            raise UsageError(
                f"no runs yet of {account.user} at {account.endpoint} in the journal {journal} "
                "(name a file of tasks, or another journal with --journal PATH)"
            )
        chosen = known[-1] if run is None else RunId(run)
        requested = tuple(reader.requested(chosen))
        holder = None if requested else named_holder(journal, account)
        if holder is not None and holder.run == chosen:
            raise UsageError(f"run {chosen} has no tasks yet: it clones them; watch it later")
        return requested

    return choose


def _runs_of(reader: JournalReader, account: Account) -> list[RunId]:
    return [
        started.run
        for started, _ in reader.runs()
        if isinstance(started.entry, RunStarted) and started.entry.account == account
    ]


class Others:
    """The tasks of the run of this account that is active now, if one is."""

    def __init__(self, journal: Path, account: Account) -> None:
        self._journal = journal
        self._account = account
        self._reader = read_journal(journal)
        self._run: RunId | None = None
        self._tasks: frozenset[TaskId] = frozenset()

    def __call__(self) -> Container[TaskId]:
        """Return the tasks that it was asked for; where the lock cannot be looked at, none."""
        try:
            if holder_of(self._journal, self._account) is None:
                return frozenset()
            run = _runs_of(self._reader, self._account)[-1]
            if run != self._run:
                self._tasks = frozenset(one.task for one in self._reader.requested(run))
                self._run = run
        except (StorageError, IndexError):
            return frozenset()
        return self._tasks
