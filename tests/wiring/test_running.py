"""What holds a run together before its first request for a task."""

from pathlib import Path

import pytest

from launcher.adapters.lock import hold_lock
from launcher.core.entry import Account
from launcher.core.errors import AlreadyRunningError
from launcher.simulator import Scenario, Simulator
from support.acceptance import launch
from support.journal_examples import RUN, START


async def test_a_run_begins_only_where_nobody_holds_the_journal(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=1)) as simulator:
        account = Account(endpoint=simulator.endpoint, user=simulator.user)
        path = tmp_path / "journal.db"
        with (
            hold_lock(path, account, run=RUN, file="other.txt", now=START),
            pytest.raises(AlreadyRunningError, match=r"of other\.txt"),
        ):
            await launch(simulator, simulator.task_ids, tmp_path)

        assert not simulator.truth.started
