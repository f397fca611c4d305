"""A journal read as it stands, while its run goes on."""

from pathlib import Path

from launcher.adapters.journal import open_journal, read_journal
from launcher.core.drawing import report_of
from launcher.core.ids import Requested
from launcher.core.outcome import Outcome
from support.journal_examples import ACCOUNT, RUN, TickingClock, attempted, ended, settled, started
from support.journal_examples import task as task_of


async def test_rows_and_summary_of_a_run_that_goes_on_are_of_one_time(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        await journal.append(Requested(position=0, task=task_of(1), source="a:1"))
        report = report_of(read_journal(path).as_it_stands(), RUN)
        await journal.append(attempted(1))
        await journal.append(settled(1))
        assert report is not None
        outcomes = [row.outcome for row in report.rows]

    assert report.summary.pending == 1
    assert outcomes == [Outcome.PENDING]


async def test_an_end_that_comes_later_is_no_end_as_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with open_journal(path, run=RUN, clock=TickingClock()) as journal:
        await journal.append(started())
        standing = read_journal(path).as_it_stands()
        await journal.append(ended())

    assert [end for _, end in standing.runs()] == [None]


def test_a_journal_that_is_not_there_stands_empty(tmp_path: Path) -> None:
    standing = read_journal(tmp_path / "journal.db").as_it_stands()

    assert standing.runs() == []
    assert list(standing.facts(ACCOUNT, [task_of(1)])) == []
