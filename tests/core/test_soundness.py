"""Whether facts fit together."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.facts import ACCOUNT, FIRST, SECOND, THEM, Story, begun
from core.replies import TASK
from launcher.core.aborting import AbortMeaning
from launcher.core.cloning import CloneMeaning
from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    CloneIntended,
    CloneSettled,
    NewsTold,
    Record,
    RunId,
    RunStarted,
)
from launcher.core.ids import Requested
from launcher.core.meaning import Meaning
from launcher.core.soundness import doubtful_run, flaws_of_marks, flaws_of_task
from support.pruning import task_of

Deed = Callable[[Story], object]


def _flaws(records: list[Record]) -> list[str]:
    started = {r.run: r.entry for r in records if isinstance(r.entry, RunStarted)}
    marks = [record for record in records if task_of(record) is None]
    of_task = [record for record in records if task_of(record) is not None]
    flaws = [*flaws_of_marks(marks), *flaws_of_task(of_task, ACCOUNT, started=started)]
    return [why for _, why in flaws]


def _whole() -> Story:
    story = begun()
    story.launch(1)
    story.tell(AbortAttempted(task=TASK, number=1))
    story.tell(AbortSettled(task=TASK, number=1, meaning=AbortMeaning.ABORTED, status="ABORTED"))
    story.tell(CloneIntended(task=TASK, number=1, project="p", app="a", name="n"))
    story.tell(CloneSettled(task=TASK, number=1, meaning=CloneMeaning.REFUSED))
    story.end()
    story.tell(NewsTold(tasks=1))
    return story


def test_what_a_run_writes_fits_together() -> None:
    assert _flaws(_whole().records) == []


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (RunStarted, "start is missing"),
        (Requested, "was not asked for"),
        (AbortAttempted, "beginning is missing"),
        (CloneIntended, "beginning is missing"),
    ],
)
def test_a_fact_that_others_need_is_missed(missing: type, told: str) -> None:
    records = [r for r in _whole().records if not isinstance(r.entry, missing)]

    assert [why for why in _flaws(records) if told in why]


def test_an_end_of_a_request_is_no_end_of_another_one() -> None:
    story = begun()
    story.attempt(1)
    story.settle(2, Meaning.LAUNCHED)

    assert _flaws(story.records) == ["the end of a request whose beginning is missing"]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (lambda s: s.begin(), "begins a second time"),
        (lambda s: s.end(), "did not go on"),
    ],
)
def test_a_run_begins_and_ends_once(deed: Deed, told: str) -> None:
    story = _whole()
    deed(story)

    assert [why for why in _flaws(story.records) if told in why]


def test_news_are_of_a_run_that_ended() -> None:
    story = begun()
    story.tell(NewsTold(tasks=1))

    assert _flaws(story.records) == [f"news of run {FIRST} that had not ended"]


def test_a_task_of_one_account_has_no_facts_of_another() -> None:
    story = begun()
    start = story.records[0]
    assert isinstance(start.entry, RunStarted)
    theirs = replace(start.entry, account=replace(ACCOUNT, user=THEM))
    records = [start._replace(entry=theirs), *story.records[1:]]

    assert set(_flaws(records)) == {f"of run {FIRST}, which is another account's"}


def test_a_tick_may_launch_what_an_earlier_one_was_asked_for() -> None:
    story = begun()
    story.end()
    start = story.records[0].entry
    assert isinstance(start, RunStarted)
    story.run = SECOND
    story.tell(replace(start, asked_by=FIRST))
    story.launch(1)

    assert _flaws(story.records) == []


@pytest.mark.parametrize(
    ("deeds", "run"),
    [
        ([], None),
        ([lambda s: s.launch(1)], None),
        ([lambda s: s.attempt(1)], FIRST),
        (
            [lambda s: s.tell(CloneIntended(task=TASK, number=1, project="", app="", name=""))],
            FIRST,
        ),
    ],
)
def test_a_doubt_is_known_with_the_run_that_left_it(deeds: list[Deed], run: RunId | None) -> None:
    story = begun()
    for deed in deeds:
        deed(story)

    assert doubtful_run([r for r in story.records if task_of(r)], ACCOUNT) == run
