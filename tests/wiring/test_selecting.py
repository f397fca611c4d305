"""What a run has as its input besides what the lists of projects show."""

from collections.abc import Sequence
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
from launcher.engine.listing import Listed
from launcher.settings import Settings
from launcher.wiring.command import Command
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
    listed = await with_listed(command, select, history=journal, account=ACCOUNT)
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
