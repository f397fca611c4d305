"""How the writing thread commits, and how it ends."""

import logging
import sqlite3
import threading
from asyncio import CancelledError, Event, TaskGroup, sleep
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from launcher.adapters.journal import SqliteJournal, open_journal, read_journal
from launcher.core.entry import Record
from launcher.core.errors import StorageError
from support.journal_examples import ACCOUNT, RUN, TickingClock, attempted, entries_of, started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def commits() -> Iterator[list[Connection]]:
    seen: list[Connection] = []

    def count(connection: Connection) -> None:
        seen.append(connection)

    event.listen(Engine, "commit", count)
    yield seen
    event.remove(Engine, "commit", count)


async def test_what_queued_during_a_commit_goes_with_the_next_one(
    path: Path, commits: list[Connection]
) -> None:
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        commits.clear()
        async with TaskGroup() as lanes:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")  # the first commit has to wait for this one
                waits = [lanes.create_task(journal.append(attempted(n))) for n in range(300)]
                await sleep(0)
                other.execute("ROLLBACK")

        assert len(commits) <= 2
    assert all(wait.done() for wait in waits)
    assert len(list(read_journal(path).entries(ACCOUNT))) == 301


LANES, EACH = 16, 20


async def test_16_lanes_that_each_wait_for_their_entry_share_commits(path: Path) -> None:
    """A guard of the speed, by counts: every commit lasts until all who can have queued."""
    groups: list[int] = []
    queued = 0
    changed = threading.Condition()

    def last(records: Sequence[Record]) -> None:
        groups.append(len(records))
        others = min(LANES - len(records), 1 + LANES * EACH - sum(groups))
        if len(groups) > 1:  # the first is the run's own
            with changed:
                assert changed.wait_for(lambda: queued - sum(groups) >= others, timeout=10)

    async with open_journal(path, run=RUN, clock=TickingClock(), committed=last) as journal:
        queued = 1
        await journal.append(started())

        async def lane(lane: int) -> None:
            nonlocal queued
            for number in range(EACH):
                with changed:
                    queued += 1
                    changed.notify()
                await journal.append(attempted(EACH * lane + number))

        async with TaskGroup() as lanes:
            for number in range(LANES):
                lanes.create_task(lane(number))

    assert sum(groups) == 1 + LANES * EACH
    assert sum(groups) / len(groups) >= LANES / 2 - 1


async def test_another_runs_commit_is_waited_for(path: Path) -> None:
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            async with TaskGroup() as lanes:
                wait = lanes.create_task(journal.append(attempted(1)))
                await sleep(0.02)
                waited = not wait.done()
                other.execute("COMMIT")

    assert waited
    assert wait.result().entry == attempted(1)


async def test_a_flood_of_entries_is_written_in_order(path: Path) -> None:
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        journal.queue(started())
        for number in range(25_000):
            journal.queue(attempted(number))

    facts = entries_of(list(read_journal(path).entries(ACCOUNT)))
    assert facts == [started(), *map(attempted, range(25_000))]


async def test_a_cancelled_run_still_writes_what_it_queued(path: Path) -> None:
    entered = Event()

    async def run() -> None:
        async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
            journal.queue(started())
            entered.set()
            await Event().wait()

    async with TaskGroup() as lanes:
        running = lanes.create_task(run())
        await entered.wait()
        running.cancel()

    assert running.cancelled()
    assert entries_of(list(read_journal(path).entries(ACCOUNT))) == [started()]


async def test_no_thread_outlives_the_journal(path: Path) -> None:
    async with open_journal(path, run=RUN, clock=TickingClock()):
        inside = [thread.name for thread in threading.enumerate()]

    assert "journal" in inside
    assert "journal" not in [thread.name for thread in threading.enumerate()]


async def test_an_error_in_the_run_is_not_hidden_by_one_of_the_journal(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("ALTER TABLE entry RENAME TO gone")
            journal.queue(started())
            raise CancelledError

    with pytest.raises(CancelledError):
        await run()

    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "the journal lost its last entries")
    ]


async def test_a_failed_commit_names_the_journal_and_what_to_do(path: Path) -> None:
    async def run() -> None:
        async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("ALTER TABLE entry RENAME TO gone")
            await journal.append(started())

    with pytest.raises(StorageError, match=rf"cannot write the journal {path}.*--journal PATH"):
        await run()


def _fail(_: Connection) -> None:
    raise ZeroDivisionError


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_defect_in_the_thread_leaves_nobody_waiting(path: Path) -> None:
    refused: list[StorageError] = []

    async def lane(journal: SqliteJournal) -> None:
        try:
            await journal.append(started())
        except StorageError as error:
            refused.append(error)

    with suppress(StorageError):  # of leaving
        async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
            event.listen(Engine, "commit", _fail)
            async with TaskGroup() as lanes:
                with closing(sqlite3.connect(path, isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    lanes.create_task(lane(journal))
                    await sleep(0.02)  # the thread is at this entry's commit: the next comes after
                    lanes.create_task(lane(journal))
                    await sleep(0)
            event.remove(Engine, "commit", _fail)
            await lane(journal)

    assert len(refused) == 3
    assert all("a defect" in str(error) for error in refused)
