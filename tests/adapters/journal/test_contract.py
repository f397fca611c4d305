"""What every journal promises: `launcher.ports.Journal`, and the readings beside it."""

import sqlite3
from asyncio import TaskGroup, sleep
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest

from launcher.adapters.journal import SqliteJournal, open_journal, read_journal
from launcher.core.entry import (
    Account,
    Entry,
    NewsTold,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Waited,
)
from launcher.core.errors import StorageError
from launcher.core.history import History, runs_in, waits_in
from launcher.core.ids import Requested
from launcher.ports import Journal
from support.journal_examples import (
    ACCOUNT,
    LATER,
    OTHER,
    RUN,
    TickingClock,
    attempted,
    ended,
    entries_of,
    settled,
    started,
    task,
)
from support.memory_journal import MemoryJournal


class FullHistory(History, Protocol):
    """What reports are drawn from, and every fact of an account in order."""

    def entries(self, account: Account) -> Iterator[Record]: ...

    def marks(self) -> list[Record]: ...


@dataclass(frozen=True)
class Kind:
    """One adapter: how a run opens the journal that all runs share, and how it is broken."""

    open: Callable[[RunId], AbstractAsyncContextManager[Journal]]
    spoil: Callable[[Journal], None]
    history: Callable[[], FullHistory]
    """What reads the journal."""


def _memory() -> Kind:
    store: list[Record] = []

    @asynccontextmanager
    async def open_run(run: RunId) -> AsyncIterator[Journal]:
        journal = MemoryJournal(TickingClock(), run, store=store)
        yield journal
        await journal.flush()

    def spoil(journal: Journal) -> None:
        assert isinstance(journal, MemoryJournal)
        journal.fail_at = 0

    return Kind(
        open=open_run,
        spoil=spoil,
        history=lambda: MemoryJournal(TickingClock(), RUN, store=store),
    )


def _sqlite(path: Path) -> Kind:
    def open_run(run: RunId) -> AbstractAsyncContextManager[SqliteJournal]:
        return open_journal(path, run=run, clock=TickingClock())

    def spoil(_: Journal) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("ALTER TABLE entry RENAME TO gone")

    return Kind(open=open_run, spoil=spoil, history=lambda: read_journal(path))


FACTS: Mapping[int, list[Entry]] = {1: [attempted(1), settled(1)], 3: [attempted(3)]}


@pytest.fixture(params=["memory", "sqlite"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    return _memory() if request.param == "memory" else _sqlite(tmp_path / "journal.db")


async def test_entries_keep_the_order_of_the_calls_whichever_method_they_took(kind: Kind) -> None:
    async with kind.open(RUN) as journal, TaskGroup() as lanes:
        journal.queue(started())
        lanes.create_task(journal.append(attempted(1)))
        lanes.create_task(journal.append(attempted(2)))
        await sleep(0)
        journal.queue(attempted(3))
        await journal.append(attempted(4))
        facts = list(kind.history().entries(ACCOUNT))

    assert entries_of(facts) == [started(), *map(attempted, (1, 2, 3, 4))]


async def test_keys_grow_from_run_to_run(kind: Kind) -> None:
    for run in (RUN, LATER):
        async with kind.open(run) as journal:
            journal.queue(started())
            await journal.append(attempted(1))
            keys = [record.key for record in kind.history().entries(ACCOUNT)]

    assert len(keys) == 4
    assert keys == sorted(set(keys))
    assert min(keys) > 0


async def test_a_record_says_its_run_and_the_time_of_its_call(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        written = [journal.queue(started()), await journal.append(attempted(1))]
        read = list(kind.history().entries(ACCOUNT))

    assert [(r.run, r.at, r.entry) for r in read] == [(r.run, r.at, r.entry) for r in written]
    assert {r.run for r in read} == {RUN}
    assert written[0].at < written[1].at


async def test_an_appended_entry_is_durable_and_so_are_all_before_it(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        journal.queue(started())
        journal.queue(attempted(1))
        await journal.append(attempted(2))

        async with kind.open(LATER):
            facts = list(kind.history().entries(ACCOUNT))
    assert entries_of(facts) == [started(), attempted(1), attempted(2)]


async def test_a_flush_makes_what_was_queued_durable(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        journal.queue(started())
        journal.queue(attempted(1))
        await journal.flush()

        facts = list(kind.history().entries(ACCOUNT))
    assert entries_of(facts) == [started(), attempted(1)]


async def test_leaving_a_journal_makes_what_was_queued_durable(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        journal.queue(started())

    async with kind.open(LATER) as journal:
        assert entries_of(list(kind.history().entries(ACCOUNT))) == [started()]


async def test_an_account_sees_the_facts_of_its_own_runs_alone(kind: Kind) -> None:
    async with kind.open(RUN) as mine, kind.open(LATER) as theirs:
        await mine.append(started(ACCOUNT))
        await theirs.append(started(OTHER))
        await mine.append(attempted(1))
        await theirs.append(attempted(2))

        assert entries_of(list(kind.history().entries(ACCOUNT))) == [started(ACCOUNT), attempted(1)]
        assert entries_of(list(kind.history().entries(OTHER))) == [started(OTHER), attempted(2)]
        assert list(kind.history().entries(Account(endpoint="https://x", user=ACCOUNT.user))) == []


async def test_facts_can_end_at_a_key(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        await journal.append(started())
        await journal.append(attempted(1))
        await journal.append(settled(1))
        middle = list(kind.history().entries(ACCOUNT))[1].key

        facts = list(kind.history().facts(ACCOUNT, [task(1)], up_to=middle))
    assert entries_of(facts) == [attempted(1)]


async def test_the_last_key_is_that_of_the_last_fact(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        await journal.append(started())
        await journal.append(attempted(1))

        last = list(kind.history().entries(ACCOUNT))[-1].key
        assert kind.history().last_key() == last


async def test_the_facts_of_tasks_are_theirs_alone_and_in_order(kind: Kind) -> None:
    async with kind.open(RUN) as mine, kind.open(LATER) as theirs:
        await mine.append(started(ACCOUNT))
        await theirs.append(started(OTHER))
        for number in (1, 2, 3):
            await mine.append(attempted(number))
            await theirs.append(attempted(number))
        await mine.append(settled(1))
        await mine.append(ended())

        facts = list(mine.facts(ACCOUNT, [task(3), task(1), task(9)]))
    by_task = {number: [f.entry for f in facts if f.entry in FACTS[number]] for number in FACTS}
    assert by_task == {1: [attempted(1), settled(1)], 3: [attempted(3)]}
    assert len(facts) == 3
    assert {fact.run for fact in facts} == {RUN}


async def test_many_tasks_are_read_as_few_are(kind: Kind) -> None:
    numbers = range(1, 1201)
    async with kind.open(RUN) as journal:
        journal.queue(started())
        for number in numbers:
            journal.queue(attempted(number))
        await journal.flush()

        facts = list(journal.facts(ACCOUNT, [task(number) for number in numbers]))
    assert entries_of(facts) == [attempted(number) for number in numbers]


async def test_what_a_run_was_asked_for_is_read_in_its_order(kind: Kind) -> None:
    asked = [Requested(position=n, task=task(9 - n), source=f"a:{n}") for n in range(3)]
    async with kind.open(RUN) as journal, kind.open(LATER) as later:
        journal.queue(started())
        later.queue(started())
        for requested in asked:
            journal.queue(requested)
            later.queue(requested)
        await journal.append(attempted(1))
        await later.append(attempted(2))

    history = kind.history()
    assert list(history.requested(RUN)) == asked
    facts = history.facts(ACCOUNT, [asked[1].task])
    key = next(one.key for one in facts if (one.run, one.entry) == (RUN, asked[1]))
    assert list(history.requested(RUN, up_to=key)) == asked[:2]


async def test_what_a_tick_was_asked_for_may_stand_with_an_earlier_one(kind: Kind) -> None:
    asked = [Requested(position=n, task=task(9 - n), source=f"a:{n}") for n in range(3)]
    async with kind.open(RUN) as journal:
        await journal.append(started())
        for requested in asked:
            journal.queue(requested)
        await journal.append(ended())
    async with kind.open(LATER) as later:
        await later.append(replace(started(), digest="a", asked_by=RUN))
        await later.append(asked[1])
        await later.append(NewsTold(tasks=1))

    history = kind.history()
    assert list(history.requested(LATER)) == asked
    assert [type(mark.entry) for mark in history.marks()] == [
        *(RunStarted, RunEnded),
        *(RunStarted, NewsTold),
    ]


async def test_the_waits_of_a_run_are_read_in_its_order_and_belong_to_no_task(kind: Kind) -> None:
    waits = [Waited(for_s=for_s, why="the platform throttles") for for_s in (2.5, 1.0)]
    async with kind.open(RUN) as journal, kind.open(LATER) as later:
        journal.queue(started())
        for wait in waits:
            journal.queue(wait)
        await journal.append(attempted(1))
        later.queue(started())
        await later.append(Waited(for_s=9.0, why="the budget is used up"))

    history = kind.history()
    assert [(w.for_s, w.why) for w in waits_in(history.marks(), RUN)] == [
        (wait.for_s, wait.why) for wait in waits
    ]
    assert entries_of(list(history.facts(ACCOUNT, [attempted(1).task]))) == [attempted(1)]


async def test_facts_are_those_of_the_time_when_the_reading_began(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        await journal.append(started())
        facts = kind.history().entries(ACCOUNT)
        first = next(facts)
        await journal.append(attempted(1))

        assert [first.entry, *entries_of(list(facts))] == [started()]


async def test_an_empty_journal_has_no_facts_and_no_runs(kind: Kind) -> None:
    async with kind.open(RUN):
        assert list(kind.history().entries(ACCOUNT)) == []
        assert runs_in(kind.history().marks()) == []
        assert list(kind.history().requested(RUN)) == []
        assert kind.history().last_key() is None


async def test_runs_are_listed_with_their_end_if_they_had_one(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        await journal.append(started())
        await journal.append(attempted(1))
        await journal.append(ended())
    async with kind.open(LATER) as journal:
        await journal.append(started(OTHER))
        await journal.append(attempted(2))
        runs = runs_in(kind.history().marks())
    assert [(first.run, type(first.entry)) for first, _ in runs] == [
        (RUN, RunStarted),
        (LATER, RunStarted),
    ]
    assert [end and end.entry for _, end in runs] == [ended(), None]
    assert isinstance(ended(), RunEnded)


async def test_a_cancelled_wait_takes_back_no_entry_and_hurts_no_other(kind: Kind) -> None:
    async with kind.open(RUN) as journal:
        await journal.append(started())
        async with TaskGroup() as lanes:
            impatient = lanes.create_task(journal.append(attempted(1)))
            patient = lanes.create_task(journal.append(attempted(2)))
            await sleep(0)
            impatient.cancel()
        await journal.flush()
        facts = list(kind.history().entries(ACCOUNT))

    assert impatient.cancelled()
    assert patient.result().entry == attempted(2)
    assert entries_of(facts) == [started(), attempted(1), attempted(2)]


async def _is_refused(journal: Journal, entry: Entry) -> bool:
    try:
        await journal.append(entry)
    except StorageError:
        return True
    return False


async def test_a_commit_that_fails_is_told_to_all_who_wait_and_to_all_after(kind: Kind) -> None:
    with suppress(StorageError):  # of leaving
        async with kind.open(RUN) as journal:
            kind.spoil(journal)
            async with TaskGroup() as lanes:
                waits = [lanes.create_task(_is_refused(journal, attempted(n))) for n in range(3)]

            assert all(wait.result() for wait in waits)
            assert await _is_refused(journal, attempted(4))
            with pytest.raises(StorageError):
                journal.queue(attempted(5))
            with pytest.raises(StorageError):
                await journal.flush()


async def test_a_queued_entry_that_was_lost_is_told_to_the_next_who_waits(kind: Kind) -> None:
    with suppress(StorageError):  # of leaving
        async with kind.open(RUN) as journal:
            kind.spoil(journal)
            journal.queue(attempted(1))

            with pytest.raises(StorageError):
                await journal.flush()


async def test_leaving_a_journal_that_lost_an_entry_says_so(kind: Kind) -> None:
    async def leave() -> None:
        async with kind.open(RUN) as journal:
            kind.spoil(journal)
            journal.queue(attempted(1))

    with pytest.raises(StorageError):
        await leave()
