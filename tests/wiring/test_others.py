"""Whose tasks are watched, where a run is meant."""

from pathlib import Path

import pytest

from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import open_journal
from launcher.adapters.lock import hold_lock
from launcher.core.entry import RunId, RunStarted
from launcher.core.errors import UsageError
from launcher.wiring import tasks_of_run
from support.bench import ACCOUNT
from support.journal_examples import START

RUN = RunId("20261124-032141507-9f3c")


async def begin(journal: Path) -> None:
    """Let a run have begun that has no tasks yet, as a rerun while it clones."""
    async with open_journal(journal, run=RUN, clock=SystemClock()) as opened:
        started = RunStarted(account=ACCOUNT, host="here", version="0", max_attempts=6)
        await opened.append(started)


@pytest.mark.parametrize("named", [None, RUN])
async def test_a_run_that_still_makes_its_tasks_has_not_ended_well(
    tmp_path: Path, named: RunId | None
) -> None:
    journal = tmp_path / "j.db"
    await begin(journal)

    with (
        hold_lock(journal, ACCOUNT, run=RUN, file="--rerun-failed last", now=START),
        pytest.raises(UsageError, match=r"no tasks yet"),
    ):
        tasks_of_run(journal, named)(ACCOUNT)


async def test_a_run_that_ended_without_tasks_has_none_to_watch(tmp_path: Path) -> None:
    journal = tmp_path / "j.db"
    await begin(journal)

    assert tasks_of_run(journal, RUN)(ACCOUNT) == ()
