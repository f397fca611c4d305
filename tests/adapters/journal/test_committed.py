"""Who is told what has become durable: of that alone, all of it, and in order."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from launcher.adapters.journal import open_journal, read_journal
from launcher.adapters.journal.beside import JournalBeside
from launcher.core.entry import Record
from launcher.core.errors import StorageError
from support.journal_examples import RUN, TickingClock, attempted, settled, started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_what_is_told_is_in_the_file_by_then_and_in_its_order(path: Path) -> None:
    told: list[Record] = []
    in_file: list[int] = []

    def committed(records: Sequence[Record]) -> None:
        told.extend(records)
        with closing(sqlite3.connect(path)) as other:
            in_file.append(other.execute("SELECT count(*) FROM entry").fetchone()[0])

    async with open_journal(path, run=RUN, clock=TickingClock(), committed=committed) as journal:
        await journal.append(started())
        kept = [journal.queue(attempted(number)) for number in range(50)]
        kept.append(await journal.append(settled(1)))

    assert told[1:] == kept
    assert in_file[-1] == len(told) == 52
    assert in_file == sorted(in_file)


async def test_nothing_is_told_that_could_not_be_written(path: Path) -> None:
    told: list[Record] = []

    async def run() -> None:
        async with open_journal(
            path, run=RUN, clock=TickingClock(), committed=told.extend
        ) as journal:
            await journal.append(started())
            with closing(sqlite3.connect(path)) as other:
                other.execute("ALTER TABLE entry RENAME TO gone")
            await journal.append(attempted(1))

    with pytest.raises(StorageError):
        await run()

    assert [record.entry for record in told] == [started()]


def test_a_run_that_no_journal_keeps_tells_at_once(path: Path) -> None:
    told: list[Record] = []
    beside = JournalBeside(read_journal(path), run=RUN, clock=TickingClock(), committed=told.extend)

    kept = [beside.queue(started()), beside.queue(attempted(1))]

    assert told == kept
