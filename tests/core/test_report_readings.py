"""How often the facts of a run are read for its report."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from core.facts import ACCOUNT, FIRST, MAX_ATTEMPTS, THIRD, Story
from core.replies import OTHER, TASK
from launcher.core import drawing
from launcher.core.drawing import report_of
from launcher.core.entry import Account, Pruned, Record, RunStarted
from launcher.core.errors import StorageError
from launcher.core.ids import Requested, TaskId
from launcher.core.reasons import digest_of
from launcher.core.report import Report
from support.memory_journal import MemoryJournal
from support.virtual_time import VirtualClock


class _Counting(MemoryJournal):
    """A journal that counts how often rows are drawn from it."""

    readings = 0

    def facts(
        self, account: Account, tasks: Sequence[TaskId], *, up_to: int | None = None
    ) -> Iterator[Record]:
        self.readings += 1
        return super().facts(account, tasks, up_to=up_to)


def _drawn(*fields: str) -> tuple[Report, _Counting]:
    """Return the report of two tasks, and its journal."""
    story = Story()
    story.run = FIRST
    story.tell(
        RunStarted(
            account=ACCOUNT, host="here", version="1", max_attempts=MAX_ATTEMPTS, fields=fields
        )
    )
    for position, task in enumerate((TASK, OTHER)):
        story.tell(Requested(position=position, task=task, source=f"tasks.txt:{position + 1}"))
    story.miss()
    story.end()
    journal = _Counting(VirtualClock(), THIRD, store=list(story.records))
    report = report_of(journal, FIRST)
    assert report is not None
    return report, journal


@pytest.fixture(params=[1, 2])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many rows are kept: one less than there are, or all."""
    most: int = request.param
    monkeypatch.setattr(drawing, "ROWS_KEPT", most)
    return most


def test_few_rows_are_read_at_once_and_many_when_somebody_asks(most: int) -> None:
    _, journal = _drawn()

    assert journal.readings == {1: 0, 2: 1}[most]


def test_few_rows_are_what_they_were_whatever_becomes_of_the_journal() -> None:
    report, journal = _drawn()

    journal.store.clear()

    assert [row.task_id for row in report.rows] == [TASK, OTHER]
    assert report.summary.rejected == 1


def _put_away(journal: MemoryJournal) -> None:
    journal.store.clear()


def _lose_the_last(journal: MemoryJournal) -> None:
    del journal.store[-1]


def _prune(journal: MemoryJournal) -> None:
    pruned = Pruned(before="2030-01-01", up_to=1, facts=1, runs=(FIRST,))
    journal.store.append(journal.store[-1]._replace(entry=pruned))


@pytest.mark.parametrize("lose", [_put_away, _lose_the_last, _prune])
def test_many_rows_are_none_where_the_journal_lost_facts_before_they_were_read(
    monkeypatch: pytest.MonkeyPatch, lose: Callable[[MemoryJournal], None]
) -> None:
    monkeypatch.setattr(drawing, "ROWS_KEPT", 1)
    report, journal = _drawn()

    lose(journal)

    with pytest.raises(StorageError, match=f"lost facts while the report of run {FIRST}"):
        _ = [*report.rows]
    with pytest.raises(StorageError, match="lost facts"):
        _ = report.summary


def test_rows_and_then_what_they_add_up_to_are_one_reading(most: int) -> None:
    report, journal = _drawn()

    rows = [*report.rows]

    assert report.digest == digest_of(rows, run=FIRST)
    assert (report.summary.requested, report.summary.rejected) == (2, 1)
    assert (most, journal.readings) == (most, 1)


def test_rows_are_read_again_after_what_they_add_up_to_only_where_they_are_many(most: int) -> None:
    report, journal = _drawn()

    summary = report.summary

    assert [*report.rows] == [*report.rows]
    assert report.summary == summary
    assert journal.readings == {1: 3, 2: 1}[most]


def test_nor_are_rows_kept_whose_members_may_be_large() -> None:
    report, journal = _drawn("inputs")

    assert [*report.rows] == [*report.rows]
    assert journal.readings == 2


def test_a_reading_that_is_broken_off_tells_nothing_of_the_whole(most: int) -> None:
    report, journal = _drawn()

    first = next(iter(report.rows))

    assert (report.summary.requested, report.summary.rejected) == (2, 1)
    assert [first.task_id, OTHER] == [row.task_id for row in report.rows]
    assert journal.readings == {1: 3, 2: 1}[most]


def test_readings_that_go_on_side_by_side_each_have_all_rows(most: int) -> None:
    report, _ = _drawn()

    pairs = [*zip(report.rows, report.rows, strict=True)]

    assert len(pairs) == report.summary.requested == 2
    assert all(one == other for one, other in pairs)
    assert most in {1, 2}
