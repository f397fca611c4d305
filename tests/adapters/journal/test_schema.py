"""Journals of another version."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from launcher.adapters.journal import open_journal, read_journal
from launcher.adapters.journal.schema import STEPS, Step, version_of
from launcher.adapters.journal.sqlite import writing
from launcher.core.errors import StorageError
from launcher.core.ids import TaskId
from support.journal_examples import (
    ACCOUNT,
    LATER,
    RUN,
    TickingClock,
    attempted,
    entries_of,
    started,
)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
    return path


def _open(path: Path, steps: Sequence[Step]) -> int:
    """Open a journal as a launcher of these steps would, and return its version."""
    with writing(
        path, on_network=lambda _: None, keeps_locks=lambda _: True, steps=steps
    ) as connection:
        return version_of(connection, path=path, steps=steps)


def _columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(entry)")]


def _add_column(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE entry ADD COLUMN host TEXT"))


def _fail(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE nowhere ADD COLUMN host TEXT"))


def test_a_new_journal_has_the_newest_version(tmp_path: Path) -> None:
    assert _open(tmp_path / "journal.db", STEPS) == len(STEPS)


def test_a_newer_journal_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_version VALUES (?)", [len(STEPS) + 1])
    before = path.read_bytes()

    with pytest.raises(StorageError, match=rf"{path} was written by a newer launcher"):
        _open(path, STEPS)
    with pytest.raises(StorageError, match=rf"{path} was written by a newer launcher"):
        read_journal(path).runs()
    assert path.read_bytes() == before


_ODD_NAME = (
    "PRAGMA writable_schema=ON; "
    "UPDATE sqlite_master SET name = CAST(x'ff' AS TEXT) WHERE name = 'task'"
)


def _read_all(path: Path) -> None:
    reader = read_journal(path)
    reader.runs()
    list(reader.facts(ACCOUNT, [TaskId("x")]))


@pytest.mark.parametrize(
    "spoil",
    [
        "DELETE FROM schema_version",
        "DROP TABLE task",
        "UPDATE entry SET body = CAST(CAST(body AS BLOB) || x'ff' AS TEXT)",
        "UPDATE entry SET body = CAST(body AS BLOB)",
        _ODD_NAME,
    ],
)
def test_a_journal_that_lost_parts_is_called_damaged(path: Path, spoil: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(spoil)

    with pytest.raises(StorageError, match=rf"{path}.* damaged.*--journal PATH"):
        _read_all(path)


def test_an_older_journal_is_brought_forward_and_keeps_its_facts(path: Path) -> None:
    version = _open(path, (*STEPS, _add_column))

    assert version == len(STEPS) + 1
    assert _columns(path)[-1] == "host"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_steps_are_applied_all_or_none(path: Path) -> None:
    before = _columns(path)
    with pytest.raises(StorageError, match=rf"cannot open the journal {path}.*nowhere"):
        _open(path, (*STEPS, _add_column, _fail))

    assert _columns(path) == before
    assert _open(path, STEPS) == len(STEPS)


async def test_opening_a_journal_again_changes_no_table(path: Path) -> None:
    async with open_journal(path, run=LATER, clock=TickingClock()) as journal:
        journal.queue(started())
        await journal.append(attempted(1))

    facts = entries_of(list(read_journal(path).entries(ACCOUNT)))
    assert facts == [started(), started(), attempted(1)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(1,)]


def test_an_entry_of_an_unknown_kind_is_a_clear_error(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO entry (run, kind, at, body) VALUES (?, 'moved', '2026-11-24', '{}')",
            [RUN],
        )

    with pytest.raises(StorageError, match=rf"entry 2 of the journal {path}.*'moved' is unknown"):
        list(read_journal(path).entries(ACCOUNT))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("SELECT key FROM entry WHERE task IS NULL ORDER BY key", "entry_of_runs"),
        ("SELECT key FROM entry WHERE task = 7 ORDER BY task, key", "entry_of_tasks"),
    ],
)
def test_neither_runs_nor_tasks_are_found_by_reading_everything(
    path: Path, statement: str, index: str
) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (*_, plan) = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchone()

    assert index in plan
