"""The tables of the journal, and the steps that bring an older journal forward."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    column,
    func,
    insert,
    inspect,
    select,
    table,
)

from launcher.core.errors import StorageError

Step = Callable[[Connection], None]

account = table(
    "account", column("number", Integer), column("endpoint", Text), column("user", Text)
)
"""Who launches where; every task, and so every fact about one, belongs to an account."""

task = table("task", column("number", Integer), column("account", Integer), column("id", Text))
"""The tasks of each account, numbered in the order in which they were first asked for."""

entry = table(
    "entry",
    column("key", Integer),
    column("run", Text),
    column("kind", Text),
    column("task", Integer),
    column("at", Text),
    column("body", Text),
)
"""The facts; `task` is a task's number, and runs' own facts have none."""

_version = table("schema_version", column("version", Integer))


def _first_tables(connection: Connection) -> None:
    """Create version 1.

    Facts are found by the number of their task, because an index on UUIDs makes every commit
    slower: neighbours in the input are neighbours there.
    """
    metadata = MetaData()
    key = BigInteger().with_variant(Integer, "sqlite")
    Table(
        "account",
        metadata,
        Column("number", key, primary_key=True),
        Column("endpoint", Text, nullable=False),
        Column("user", Text, nullable=False),
        UniqueConstraint("endpoint", "user"),
    )
    Table(
        "task",
        metadata,
        Column("number", key, primary_key=True),
        Column("account", key, nullable=False),
        Column("id", Text, nullable=False),
        UniqueConstraint("account", "id"),
    )
    facts = Table(
        "entry",
        metadata,
        Column("key", key, primary_key=True),
        Column("run", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("task", key),
        Column("at", Text, nullable=False),
        Column("body", Text, nullable=False),
    )
    of_runs, of_tasks = facts.c.task.is_(None), facts.c.task.is_not(None)
    Index("entry_of_runs", facts.c.key, sqlite_where=of_runs, postgresql_where=of_runs)
    Index("entry_of_tasks", facts.c.task, sqlite_where=of_tasks, postgresql_where=of_tasks)
    Table("schema_version", metadata, Column("version", Integer, primary_key=True))
    metadata.create_all(connection)


STEPS: tuple[Step, ...] = (_first_tables,)
"""Step n makes version n of version n - 1; a released step never changes, it only adds."""


def version_of(connection: Connection, *, path: Path, steps: Sequence[Step] = STEPS) -> int:
    """Return the version of the journal, 0 for an empty database.

    Raises:
        StorageError: It is another program's database, or a newer launcher's.
    """
    names = set(inspect(connection).get_table_names())
    if not names:
        return 0
    if not names >= {"entry", "schema_version"}:
        raise StorageError(
            f"{path} is another program's database, not a journal of the launcher; "
            "it was left as it is: name another file with --journal PATH"
        )
    version = connection.execute(select(func.max(_version.c.version))).scalar_one()
    if not isinstance(version, int):
        raise StorageError(
            f"the journal {path} does not say its schema: it is damaged and was left as it is; "
            "name another file with --journal PATH"
        )
    if version > len(steps):
        raise StorageError(
            f"the journal {path} was written by a newer launcher (schema {version}, this one "
            f"knows {len(steps)}): update the launcher, or name another file with --journal PATH"
        )
    return version


def bring_forward(connection: Connection, *, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Apply the steps that the journal lacks, all or none."""
    with connection.begin():
        version = version_of(connection, path=path, steps=steps)
        for number, step in enumerate(steps[version:], start=version + 1):
            step(connection)
            connection.execute(insert(_version).values(version=number))
