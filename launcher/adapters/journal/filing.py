"""Facts put into their tables: each under the number of its task, which is its account's."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, bindparam, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_new

from launcher.adapters.journal.codec import RUN_STARTED, Row
from launcher.adapters.journal.schema import account, entry, task

_Values = Callable[[Mapping[str, object]], tuple[Any, ...]]

_new_account = insert_new(account).on_conflict_do_nothing()
_new_task = (
    insert_new(task)
    .values(account=bindparam("account"), id=bindparam("task_id"))
    .on_conflict_do_nothing()
)
_number = select(task.c.number).where(
    task.c.account == bindparam("account"), task.c.id == bindparam("task_id")
)
_new_entry = insert(entry).values(
    run=bindparam("run"),
    kind=bindparam("kind"),
    task=_number.scalar_subquery(),
    at=bindparam("at"),
    body=bindparam("body"),
)


class Filing:
    """The facts of one run; whose they are, its first fact says."""

    def __init__(self) -> None:
        self._account: int | None = None

    def write(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert the rows in their order, and the tasks that are new to the account."""
        for row in rows:
            if row["kind"] == RUN_STARTED:
                self._account = _account_of(connection, row)
        tasks = dict.fromkeys(row["task_id"] for row in rows if row["task_id"] is not None)
        if tasks:
            new = [{"account": self._account, "task_id": task_id} for task_id in tasks]
            _insert(connection, _new_task, new)
        _insert(connection, _new_entry, [{"account": self._account, **row} for row in rows])


def _insert(
    connection: Connection, statement: Insert, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert many rows by way of the driver: SQLAlchemy's own way doubles the time of a commit."""
    text, values_of = _compiled(statement, connection.dialect)
    connection.exec_driver_sql(text, [values_of(row) for row in rows])


@lru_cache(maxsize=8)
def _compiled(statement: Insert, dialect: Dialect) -> tuple[str, _Values]:
    """Return the statement in the driver's words, and what takes its values from a row in order."""
    compiled: Any = statement.compile(dialect=dialect)
    return compiled.string, itemgetter(*compiled.positiontup)


def _account_of(connection: Connection, row: Row) -> int:
    named = json.loads(row["body"] or "")["account"]
    connection.execute(_new_account, named)
    number: int = connection.execute(
        select(account.c.number).where(
            account.c.endpoint == named["endpoint"], account.c.user == named["user"]
        )
    ).scalar_one()
    return number
