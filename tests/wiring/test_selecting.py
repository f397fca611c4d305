"""What a run has as its input besides what the lists of projects show."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from launcher.adapters.credentials import Credentials
from launcher.core.entry import (
    Attempted,
    Entry,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
    Settled,
)
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.selection import Selection
from launcher.core.ticks import Tick
from launcher.engine.listing import Listed
from launcher.settings import Settings
from launcher.wiring.command import Command
from launcher.wiring.keeping import RUNS_LOOKED_AT
from launcher.wiring.selecting import with_listed
from support.bench import ACCOUNT, ENDPOINT
from support.fake_platform import task_id
from support.memory_journal import MemoryJournal
from support.virtual_time import EPOCH, VirtualClock

PROJECT = "RFranklin/one"
SELECTION = Selection(projects=(PROJECT,))
DRAFT, STARTED = task_id(1), task_id(2)


def journal_of(status: str, *, name: str = "align 2", exit_code: int = 0) -> MemoryJournal:
    """Return the journal of a run that launched `STARTED`, last seen in that state."""
    entries: list[Entry] = [
        RunStarted(account=ACCOUNT, host="here", version="0", max_attempts=6),
        Requested(position=0, task=STARTED, source=f"project {PROJECT}"),
        Seen(task=STARTED, status="DRAFT", project=PROJECT, name=name),
        Attempted(task=STARTED, number=1),
        Settled(task=STARTED, number=1, meaning=Meaning.LAUNCHED, status="QUEUED"),
        Seen(task=STARTED, status=status, project=PROJECT, name=name),
        RunEnded(exit_code=exit_code, reason=None, requests={}, throttled=0, duration_s=1.0),
    ]
    run = RunId("run-1")
    store = [Record(run=run, at=EPOCH, entry=e, key=key) for key, e in enumerate(entries, start=1)]
    return MemoryJournal(VirtualClock(), RunId("run-2"), store=store)


async def taken(
    journal: MemoryJournal,
    *,
    selection: Selection = SELECTION,
    tick: Tick | None = None,
    **settings: Any,  # noqa: ANN401 - of Settings
) -> tuple[Sequence[TaskId], Selection]:
    """Return the input of a run whose lists show `DRAFT`, and what was listed."""
    asked: list[Selection] = []

    async def select(selected: Selection) -> Listed:
        asked.append(selected)
        return Listed(tasks=((DRAFT, f"project {PROJECT}"),))

    command = Command(
        run=RunId("run-2"),
        wanted=(),
        settings=Settings(**settings),
        credentials=Credentials(endpoint=ENDPOINT, token="t" * 32, found_in="here"),
        arguments=(),
        selection=selection,
    )
    listed = await with_listed(command, select, history=journal, account=ACCOUNT, tick=tick)
    return [requested.task for requested in listed.wanted], asked[0]


FED = [{"max_running": 5}, {"max_running_file": "n.txt"}, {"max_cost": "5"}]


@pytest.mark.parametrize("settings", FED)
async def test_a_fed_run_lists_what_is_active_too(settings: dict[str, Any]) -> None:
    _, asked = await taken(journal_of("COMPLETED"), **settings)

    assert asked.with_active


async def test_a_run_that_is_not_fed_lists_drafts_alone() -> None:
    tasks, asked = await taken(journal_of("QUEUED"))

    assert (tasks, asked.with_active) == ([DRAFT], False)


@pytest.mark.parametrize("settings", FED)
@pytest.mark.parametrize("status", ["CREATING", "QUEUED", "RUNNING"])
async def test_what_this_journal_started_has_its_slot_though_no_list_shows_it(
    settings: dict[str, Any], status: str
) -> None:
    """A task in CREATING is on no list, and one that is queued again may move past all lists."""
    tasks, _ = await taken(journal_of(status), **settings)

    assert tasks == [DRAFT, STARTED]


async def test_what_has_ended_or_is_left_out_by_name_has_no_slot() -> None:
    named = replace(SELECTION, name="align 1")

    assert (await taken(journal_of("COMPLETED"), max_running=5))[0] == [DRAFT]
    assert (await taken(journal_of("QUEUED"), selection=named, max_running=5))[0] == [DRAFT]


# ---------------------------------------------------------------- what ticks take over

OTHERS = 3 * RUNS_LOOKED_AT


class ReadJournal(MemoryJournal):
    """A journal that notes whose rows were read."""

    def __init__(self, store: list[Record]) -> None:
        super().__init__(VirtualClock(), RunId("now"), store=store)
        self.read: list[RunId] = []

    def requested(self, run: RunId, *, up_to: int | None = None) -> Iterator[Requested]:
        self.read.append(run)
        return super().requested(run, up_to=up_to)


def run_of(
    name: str, *rows: TaskId, ends: bool = True, **started: object
) -> list[tuple[str, Entry]]:
    """Return the facts of a run that was asked for these tasks, and saw all of them complete."""
    begin = RunStarted(account=ACCOUNT, host="here", version="0", max_attempts=6, **started)  # type: ignore[arg-type]  # run ids are words
    entries: list[Entry] = [begin]
    for place, task in enumerate(rows):
        entries += [
            Requested(position=place, task=task, source=f"project {PROJECT}"),
            Seen(task=task, status="DRAFT", project=PROJECT, name="align 2"),
            Attempted(task=task, number=1),
            Settled(task=task, number=1, meaning=Meaning.LAUNCHED, status="QUEUED"),
            Seen(task=task, status="COMPLETED", project=PROJECT, name="align 2"),
        ]
    if ends:
        ended = RunEnded(exit_code=0, reason=None, requests={}, throttled=0, duration_s=1.0)
        entries.append(ended)
    return [(name, entry) for entry in entries]


def journal_with(*facts: tuple[str, Entry]) -> ReadJournal:
    store = [
        Record(run=RunId(run), at=EPOCH, entry=entry, key=key)
        for key, (run, entry) in enumerate(facts, start=1)
    ]
    return ReadJournal(store)


async def test_what_a_killed_tick_started_counts_though_many_other_runs_came_after_it() -> None:
    others = [fact for number in range(OTHERS) for fact in run_of(f"other-{number}")]
    journal = journal_with(
        *run_of("first", task_id(2), digest="d"),
        *run_of("killed", task_id(3), ends=False, digest="d"),
        *others,
    )

    tick = Tick(digest="d", asked_by=RunId("first"))
    tasks, _ = await taken(journal, tick=tick, max_cost="5")

    assert tasks == [DRAFT, task_id(3), task_id(2)]


@pytest.mark.parametrize(("digest", "is_kept"), [("d", True), ("other", False)])
async def test_a_doubt_of_a_tick_of_the_same_words_needs_no_date_again(
    digest: str,
    is_kept: bool,  # noqa: FBT001 - a table
) -> None:
    facts = run_of("first", task_id(2), ends=False, digest="d")
    journal = journal_with(*facts[:4])  # an attempt without an end
    dated = replace(SELECTION, created_from=EPOCH)

    tasks, _ = await taken(journal, selection=dated, tick=Tick(digest=digest))

    assert tasks == [DRAFT, *([task_id(2)] if is_kept else [])]


async def test_rows_that_many_ticks_share_are_read_once() -> None:
    again = [
        fact
        for number in range(RUNS_LOOKED_AT)
        for fact in run_of(f"again-{number}", digest="d", asked_by="first")
    ]
    journal = journal_with(*run_of("first", task_id(2), digest="d"), *again)

    tick = Tick(digest="d", asked_by=RunId("first"))
    tasks, _ = await taken(journal, tick=tick, max_cost="5")

    assert tasks == [DRAFT, task_id(2)]
    assert len(journal.read) == 1


@pytest.mark.parametrize(
    ("last", "is_over"),
    [
        ({"costs_of": SELECTION.words}, True),
        ({"costs_of": SELECTION.words, "ends": False}, False),
        ({"costs_of": replace(SELECTION, name="a*").words}, False),
        ({"costs_of": SELECTION.words, "digest": "d"}, False),
        ({}, False),
    ],
    ids=["the same words", "killed", "other words", "a tick", "no limit"],
)
async def test_costs_are_counted_back_to_the_last_run_that_counted_all_before_it(
    last: dict[str, Any],
    is_over: bool,  # noqa: FBT001 - a table
) -> None:
    others = [fact for number in range(OTHERS) for fact in run_of(f"other-{number}")]
    journal = journal_with(*run_of("first", task_id(2)), *others, *run_of("last", **last), *others)

    tasks, _ = await taken(journal, max_cost="5")

    assert tasks == [DRAFT, *([] if is_over else [task_id(2)])]
