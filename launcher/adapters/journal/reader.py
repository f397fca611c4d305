"""Reading a journal, without writing, locking or creating anything."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Select, func, select

from launcher.adapters.journal.codec import REQUESTED, RUN_STARTED, record_of
from launcher.adapters.journal.files import Identity, check_same, is_there
from launcher.adapters.journal.schema import account, entry, task, version_of
from launcher.adapters.journal.sqlite import reading, translated
from launcher.core.entry import Account, Record, RunEnded, RunId, RunStarted
from launcher.core.errors import StorageError
from launcher.core.history import runs_in
from launcher.core.ids import Requested, TaskId

_CHUNK = 1_000
"""Rows a statement. No read outlasts one, so a slow reader keeps no writer waiting."""

_TASKS_AT_ONCE = 250
"""Tasks whose facts are read by one statement: a thousand rows or so."""

_LAST_KEY = 2**63 - 1
"""The greatest there can be."""

_rows = select(entry.c.key, entry.c.run, entry.c.kind, entry.c.at, entry.c.body)
_facts = _rows.join_from(entry, task, entry.c.task == task.c.number).join(
    account, account.c.number == task.c.account
)


def read_journal(path: Path, *, own: Identity | None = None) -> "JournalReader":
    """Return what reads the journal at `path`; a missing one has no facts.

    Where a run writes its `own`, no other is read in its place, nor none.
    """
    return JournalReader(path, own=own)


class JournalReader:
    """The facts of a journal, each call on a connection of its own: for any thread."""

    def __init__(self, path: Path, *, own: Identity | None = None) -> None:
        self.path = path.absolute()
        self._own = own

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        """See `launcher.ports.Journal`; `up_to` is the last key."""
        with self._connection() as connection:
            if connection is None:
                return
            for start in range(0, len(tasks), _TASKS_AT_ONCE):
                some = tasks[start : start + _TASKS_AT_ONCE]
                yield from map(self._record, self._facts(connection, account, some, up_to))

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        """See `launcher.core.history.History`."""
        marks = self._marks_of(run)
        first = marks[0].entry if marks else None
        if isinstance(first, RunStarted) and first.asked_by is not None:
            run = first.asked_by  # an earlier tick, whose facts say it
            marks = self._marks_of(run)
        asked = _rows.where(entry.c.run == run, entry.c.kind == REQUESTED)
        for mark in marks:  # what lies outside of them is not even looked at
            match mark.entry:
                case RunStarted():
                    asked = asked.where(entry.c.key > mark.key)
                case RunEnded():
                    asked = asked.where(entry.c.key < mark.key)
                case _:
                    pass
        for row in self._entries(asked, up_to):
            record = self._record(row)
            if isinstance(record.entry, Requested):
                yield record.entry

    def entries(self, account: Account) -> Iterator[Record]:
        """Yield every durable fact of the account's runs, in order."""
        runs: set[RunId] = set()
        for row in self._entries(_rows):
            if row[1] not in runs and row[2] != RUN_STARTED:
                continue
            record = self._record(row)
            if isinstance(record.entry, RunStarted) and record.entry.account == account:
                runs.add(record.run)
            if record.run in runs:
                yield record

    def marks(self) -> list[Record]:
        """Return every fact that is about a run and no task, in order."""
        of_runs = _rows.where(entry.c.task.is_(None)).order_by(entry.c.key)
        return [self._record(row) for row in self._all(of_runs)]

    def runs(self) -> list[tuple[Record, Record | None]]:
        """Return the start of every run, in order, with its end, if it has one."""
        return runs_in(self.marks())

    def last_key(self) -> int | None:
        """Return the key of the last fact; None: there is none."""
        last = [row[0] for row in self._all(select(func.max(entry.c.key)))]
        return last[0] if last else None

    def _marks_of(self, run: RunId) -> list[Record]:
        """Return the facts about a run that are about no task, in order."""
        own = _rows.where(entry.c.run == run, entry.c.task.is_(None)).order_by(entry.c.key)
        return [self._record(row) for row in self._all(own)]

    def version(self) -> int:
        """Return the version of the schema; 0: there is no journal yet."""
        with self._connection() as connection:
            return 0 if connection is None else version_of(connection, path=self.path)

    @cached_property
    def _engine(self) -> Engine:
        return reading(self.path)

    @contextmanager
    def _connection(self) -> Iterator[Connection | None]:
        """Yield a connection, or None where there is no journal yet."""
        with translated(self.path, cannot="read"):
            if self._own is not None:
                check_same(self.path, self._own)
            connection = self._engine.connect() if is_there(self.path) else None
        if connection is None:
            yield None
            return
        with connection:
            with translated(self.path, cannot="read"):
                version = version_of(connection, path=self.path)
            yield connection if version else None

    def _all(self, statement: Select[Any]) -> Sequence[Any]:
        with self._connection() as connection:
            if connection is None:
                return ()
            return self._fetch(connection, statement)

    def _entries(self, wanted: Select[Any], up_to: int | None = None) -> Iterator[Any]:
        """Yield rows in the order of their keys, to what is durable when the first is asked for."""
        with self._connection() as connection:
            if connection is None:
                return
            last = 0
            if up_to is None:
                (row,) = self._fetch(connection, select(func.max(entry.c.key)))
                up_to = row[0] or 0
            while last < up_to:
                after = wanted.where(entry.c.key > last, entry.c.key <= up_to)
                rows = self._fetch(connection, after.order_by(entry.c.key).limit(_CHUNK))
                yield from rows
                last = rows[-1][0] if len(rows) == _CHUNK else up_to

    def _fetch(self, connection: Connection, statement: Select[Any]) -> Sequence[Any]:
        with translated(self.path, cannot="read"):
            return connection.execute(statement).all()

    def _facts(
        self, connection: Connection, whose: Account, tasks: Sequence[TaskId], up_to: int | None
    ) -> Sequence[Any]:
        """Fetch by way of the driver: with rows of SQLAlchemy's own it takes half as long again."""
        values = (whose.endpoint, whose.user, *tasks, _LAST_KEY if up_to is None else up_to)
        with translated(self.path, cannot="read"):
            cursor = connection.connection.cursor()
            cursor.execute(_facts_of(len(tasks), connection.dialect), values)
            return cursor.fetchall()

    def _record(self, row: Sequence[Any]) -> Record:
        try:
            return record_of(row)
        except ValueError as error:
            raise StorageError(
                f"cannot read entry {row[0]} of the journal {self.path}: {error}; update the "
                "launcher, or name another file with --journal PATH"
            ) from error


@lru_cache(maxsize=4)
def _facts_of(count: int, dialect: Dialect) -> str:
    """Return the statement that reads the facts of so many tasks, task by task.

    Its values are the endpoint, the user, the ids of the tasks, and the last key.
    """
    wanted = _facts.where(
        account.c.endpoint == "",
        account.c.user == "",
        task.c.id.in_([""] * count),
        entry.c.key <= _LAST_KEY,
    ).order_by(entry.c.task, entry.c.key)
    return str(wanted.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))
