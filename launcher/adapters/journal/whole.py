"""Everything that a journal holds, task by task: for a look at it, or to make it smaller."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from launcher.adapters.journal.codec import record_of
from launcher.adapters.journal.schema import account, entry, task, version_of
from launcher.adapters.journal.sqlite import reading, translated
from launcher.core.entry import Account, Record
from launcher.core.errors import StorageError
from launcher.core.soundness import Flaw

_TASKS_AT_ONCE = 1_000
_COMPLAINTS = 5
_NOBODY = Account(endpoint="", user="")

_rows = select(entry.c.key, entry.c.run, entry.c.kind, entry.c.at, entry.c.body)
_facts = _rows.with_only_columns(
    task.c.number, task.c.id, task.c.account, *_rows.selected_columns
).join_from(entry, task, entry.c.task == task.c.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """The facts of one task of one account, in order; `flaws` are those that cannot be read.

    `number` is the task's in its journal.
    """

    number: int
    account: Account
    records: tuple[Record, ...]
    flaws: tuple[Flaw, ...] = ()


@contextmanager
def whole_journal(path: Path) -> Iterator["WholeJournal"]:
    """Open the journal that is there, to read all that it holds by now.

    Raises:
        StorageError: it is none, is empty, or cannot be opened.
    """
    with translated(path, cannot="read"):
        connection = reading(path).connect()
    with connection:
        with translated(path, cannot="read"):
            version = version_of(connection, path=path)
            up_to = last_key(connection) if version else 0
        if not version:
            raise StorageError(f"the journal {path} is empty: it holds no fact at all")
        yield WholeJournal(path, connection, version=version, up_to=up_to)


def last_key(connection: Connection) -> int:
    """Return the key of the last fact; 0: there is none."""
    return connection.execute(select(func.max(entry.c.key))).scalar_one() or 0


class WholeJournal:
    """All facts up to the last one that there was when it was opened: a run may add more.

    Every method may raise `StorageError`.
    """

    def __init__(self, path: Path, connection: Connection, *, version: int, up_to: int) -> None:
        self.version = version
        self.up_to = up_to
        self._path = path
        self._connection = connection

    def complaints(self, *, thorough: bool) -> list[str]:
        """Return what SQLite finds wrong with the file, some at most; `thorough` takes longer."""
        pragma = "integrity_check" if thorough else "quick_check"
        with translated(self._path, cannot="read"):
            found = self._connection.exec_driver_sql(f"PRAGMA {pragma}({_COMPLAINTS})").all()
        return [str(row[0]) for row in found if row[0] != "ok"]

    def spare_bytes(self) -> int:
        """Return how much of the file holds nothing, after something was deleted."""
        with translated(self._path, cannot="read"):
            pages, each = (
                self._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("freelist_count", "page_size")
            )
        return int(pages) * int(each)

    def kinds(self) -> dict[str, int]:
        """Return how many facts there are of each kind."""
        counted = select(entry.c.kind, func.count()).where(entry.c.key <= self.up_to)
        return {str(kind): count for kind, count in self._all(counted.group_by(entry.c.kind))}

    def accounts(self) -> dict[int, Account]:
        """Return whose facts there are, by the numbers of the accounts."""
        rows = self._all(select(account.c.number, account.c.endpoint, account.c.user))
        return {number: Account(endpoint=endpoint, user=user) for number, endpoint, user in rows}

    def missing(self, *, after: int) -> int:
        """Return how many keys are missing between that one and the last."""
        ((count,),) = self._all(
            select(func.count()).where(entry.c.key > after, entry.c.key <= self.up_to)
        )
        return max(self.up_to - after, 0) - int(count)

    def strays(self) -> int:
        """Return how many facts stand under a task that is not there."""
        is_known = entry.c.task.in_(select(task.c.number))
        ((count,),) = self._all(
            select(func.count())
            .select_from(entry)
            .where(entry.c.task.is_not(None), ~is_known, entry.c.key <= self.up_to)
        )
        return int(count)

    def marks(self) -> tuple[list[Record], list[Flaw]]:
        """Return every fact that is about a run and no task, in order, and what cannot be read."""
        of_runs = _rows.where(entry.c.task.is_(None), entry.c.key <= self.up_to)
        records: list[Record] = []
        flaws: list[Flaw] = []
        for row in self._all(of_runs.order_by(entry.c.key)):
            found = _record_or_why(row)
            if isinstance(found, Record) and hasattr(found.entry, "task"):
                flaws.append((row[0], "it tells of a task, and stands under none"))
            elif isinstance(found, Record):
                records.append(found)
            else:
                flaws.append((row[0], found))
        return records, flaws

    def tasks(self) -> Iterator[TaskFacts]:
        """Yield the facts of every task that has some."""
        accounts = self.accounts()
        numbers = select(task.c.number).order_by(task.c.number).limit(_TASKS_AT_ONCE)
        last = 0
        while some := self._all(numbers.where(task.c.number > last)):
            of_some = entry.c.task > last, entry.c.task <= some[-1][0], entry.c.key <= self.up_to
            rows = self._all(_facts.where(*of_some).order_by(entry.c.task, entry.c.key))
            for _, of_task in groupby(rows, key=itemgetter(0)):
                yield _facts_of([*of_task], accounts)
            last = some[-1][0]

    def _all(self, statement: Select[Any]) -> Sequence[Any]:
        with translated(self._path, cannot="read"):
            return self._connection.execute(statement).all()


def _record_or_why(row: Sequence[Any]) -> Record | str:
    try:
        return record_of(row)
    except ValueError as error:
        return str(error).splitlines()[0]  # of pydantic's many lines the first


def _facts_of(rows: Sequence[Sequence[Any]], accounts: Mapping[int, Account]) -> TaskFacts:
    number, name, whose = rows[0][:3]
    records: list[Record] = []
    flaws: list[Flaw] = []
    for row in rows:
        found = _record_or_why(row[3:])
        if isinstance(found, str):
            flaws.append((row[3], found))
        elif getattr(found.entry, "task", None) != name:
            flaws.append((row[3], "it stands under a task that it does not tell of"))
        else:
            records.append(found)
    return TaskFacts(
        number=number,
        account=accounts.get(whose, _NOBODY),
        records=tuple(records),
        flaws=tuple(flaws),
    )
