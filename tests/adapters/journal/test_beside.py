"""A run's facts beside its journal: what the file holds of the run stands, whatever failed."""

from pathlib import Path

from launcher.adapters.journal import open_journal, read_journal
from launcher.adapters.journal.beside import JournalBeside
from launcher.core.drawing import report_of
from launcher.core.ids import Requested
from launcher.core.outcome import Outcome
from support.journal_examples import RUN, TickingClock, attempted, ended, settled, started, task

ASKED = tuple(
    Requested(position=number, task=task(number), source=f"tasks.txt:{number + 1}")
    for number in range(3)
)


async def test_rows_of_a_report_that_is_drawn_again_beside_the_journal_tell_the_run_s_own_facts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        for requested in ASKED:
            journal.queue(requested)
        await journal.append(attempted(0))
        journal.queue(settled(0))
        await journal.append(attempted(1))

    beside = JournalBeside(read_journal(path), run=RUN, clock=TickingClock())
    beside.queue(started())
    for requested in ASKED:
        beside.queue(requested)
    beside.queue(ended())
    report = report_of(beside, RUN)

    assert report is not None
    assert [row.outcome for row in report.rows] == [
        Outcome.LAUNCHED,
        Outcome.UNKNOWN,
        Outcome.PENDING,
    ]
