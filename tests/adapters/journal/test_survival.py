"""What a journal knows after SIGKILL."""

import subprocess
import sys
from pathlib import Path

import pytest

import launcher
from launcher.adapters.journal import open_journal, read_journal
from launcher.adapters.journal.sqlite import writing
from launcher.core.entry import Attempted
from support.journal_examples import ACCOUNT, RUN, TickingClock

ROOT = Path(launcher.__file__).parents[1]
LINES = 400
FULL = 2

_APPEND = """
import asyncio, itertools, os, sys
from pathlib import Path
from launcher.adapters.journal import open_journal
from support.journal_examples import RUN, TickingClock, attempted, started

async def main():
    network = sys.argv[2] if sys.argv[2:] else None
    async with open_journal(
        Path(sys.argv[1]), run=RUN, clock=TickingClock(), on_network=lambda _: network
    ) as journal:
        await journal.append(started())
        numbers = itertools.count()

        async def lane():
            for number in numbers:
                await journal.append(attempted(number))
                os.write(1, b"%d\\n" % number)

        async with asyncio.TaskGroup() as lanes:
            for _ in range(8):
                lanes.create_task(lane())

asyncio.run(main())
"""


def _append_until_killed(*arguments: str) -> set[int]:
    """Return the numbers whose entries were acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", _APPEND, *arguments],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        head = [process.stdout.readline() for _ in range(LINES)]
        process.kill()
        return {int(line) for line in [*head, *process.stdout.read().splitlines()]}


@pytest.mark.parametrize("file_system", [[], ["nfs4"]])
async def test_what_was_acknowledged_survives_sigkill(
    tmp_path: Path, file_system: list[str]
) -> None:
    path = tmp_path / "journal.db"
    acknowledged = _append_until_killed(str(path), *file_system)
    entries = [record.entry for record in read_journal(path).entries(ACCOUNT)]
    found = [int(e.task.replace("-", ""), 16) for e in entries if isinstance(e, Attempted)]

    assert len(acknowledged) >= LINES
    assert acknowledged <= set(found)
    assert found == list(range(len(found)))
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        assert len(list(journal.reader.entries(ACCOUNT))) == len(entries)


@pytest.mark.parametrize(("network", "mode"), [(None, "wal"), ("nfs4", "truncate")])
def test_every_commit_reaches_the_disk_before_it_is_acknowledged(
    tmp_path: Path, network: str | None, mode: str
) -> None:
    with writing(
        tmp_path / "journal.db", on_network=lambda _: network, keeps_locks=lambda _: True
    ) as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous")
        ]

    assert found == [mode, FULL]
