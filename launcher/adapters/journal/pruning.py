"""Facts deleted from a journal: in one transaction, after which its file is made smaller."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Integer, column, delete, insert, not_, select, table

from launcher.adapters.journal.codec import PRUNED, row_of
from launcher.adapters.journal.network import (
    KeepsLocks,
    OnNetwork,
    network_file_system,
    second_handle_is_refused,
)
from launcher.adapters.journal.schema import entry, task
from launcher.adapters.journal.sqlite import translated, writing
from launcher.core.entry import Pruned, Record, RunId
from launcher.core.errors import StorageError
from launcher.core.sorting import Pruning

_RUNS_AT_ONCE = 500

_going = table("going", column("number", Integer))
_of_going = select(_going.c.number)


def prune(
    path: Path,
    pruning: Pruning,
    pruned: Record,
    *,
    on_network: OnNetwork = network_file_system,
    keeps_locks: KeepsLocks = second_handle_is_refused,
) -> None:
    """Delete what is to go and note that as `pruned`, all or nothing; then shrink the file.

    The caller holds the lock of every account in it.

    Raises:
        StorageError: nothing was deleted; or all of it was, and the file could not be made smaller.
    """
    with writing(path, on_network=on_network, keeps_locks=keeps_locks) as connection:
        if not pruning.is_empty:
            with translated(path, cannot="prune"), connection.begin():
                delete_facts(connection, pruning)
                _note(connection, pruned)
        try:
            with translated(path, cannot="shrink"):
                _shrink(connection)
        except StorageError as error:
            raise StorageError(f"what was to be deleted is, but: {error}") from error


def delete_facts(connection: Connection, pruning: Pruning) -> None:
    """Delete the tasks that go with their facts, and the facts of runs that go."""
    connection.exec_driver_sql("CREATE TEMP TABLE going (number INTEGER PRIMARY KEY)")
    if pruning.tasks:
        connection.execute(insert(_going), [{"number": number} for number in pruning.tasks])
    connection.execute(delete(entry).where(entry.c.task.in_(_of_going)))
    connection.execute(delete(task).where(task.c.number.in_(_of_going)))
    connection.exec_driver_sql("DROP TABLE going")
    for some in _some(pruning.gone):
        of_runs = entry.c.task.is_(None), not_(entry.c.kind == PRUNED)
        connection.execute(delete(entry).where(*of_runs, entry.c.run.in_(some)))


def _some(runs: Sequence[RunId]) -> list[Sequence[RunId]]:
    return [runs[start : start + _RUNS_AT_ONCE] for start in range(0, len(runs), _RUNS_AT_ONCE)]


def _note(connection: Connection, record: Record) -> None:
    """Write that facts were deleted, in place of what said so of earlier times."""
    assert isinstance(record.entry, Pruned)  # noqa: S101 - nothing else is noted here
    of_runs = entry.c.task.is_(None)
    connection.execute(delete(entry).where(of_runs, entry.c.kind == PRUNED))
    row = row_of(record)
    del row["task_id"]
    connection.execute(insert(entry).values(**row, task=None))


def _shrink(connection: Connection) -> None:
    """Give the room back: outside of any transaction, which SQLAlchemy would begin."""
    raw = connection.connection.driver_connection
    for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        raw.execute(statement).close()  # type: ignore[union-attr]  # a connection is open
