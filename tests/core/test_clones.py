"""What the facts about cloning a task add up to, and the row of one that has no clone."""

from typing import Any

import pytest

from core.facts import ACCOUNT, FIRST, MAX_ATTEMPTS, SECOND, THIRD, Story, at
from core.replies import OTHER, TASK
from launcher.core.clones import NO_ANSWER, CloneState, Original, fold_clones, original_of
from launcher.core.cloning import CloneMeaning
from launcher.core.drawing import report_of
from launcher.core.entry import CloneIntended, CloneSettled, RunStarted, Seen, Unseen
from launcher.core.ids import Requested
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from support.memory_journal import MemoryJournal
from support.virtual_time import VirtualClock

REASON: dict[str, Any] = {"http_status": 403, "code": 7001, "message": "no"}


def _rerun() -> Story:
    """Return the story of a run that launched the task, which failed, and of a rerun's begin."""
    story = Story()
    story.begin()
    story.launch(1)
    story.see("FAILED")
    story.end()
    story.run = SECOND
    story.tell(
        RunStarted(
            account=ACCOUNT, host="here", version="1", max_attempts=MAX_ATTEMPTS, reruns=FIRST
        )
    )
    return story


def _intend(story: Story, number: int = 1) -> None:
    story.tell(CloneIntended(task=TASK, number=number, project="p/q", app="p/q/a/1", name="n"))


def _settle(story: Story, meaning: CloneMeaning, number: int = 1, **more: Any) -> None:  # noqa: ANN401 - its own members
    story.tell(CloneSettled(task=TASK, number=number, meaning=meaning, **more))


def _state(story: Story) -> CloneState:
    return fold_clones(story.records).get(TASK, CloneState())


def _row(story: Story, *, up_to_now: bool = False) -> Row:
    """Return the row of the task in the rerun, which could not clone it."""
    story.tell(Requested(position=0, task=TASK, source=f"run {FIRST}", to_clone=True))
    story.end(1)
    history = MemoryJournal(VirtualClock(), THIRD, store=list(story.records))
    report = report_of(history, SECOND, up_to_now=up_to_now)
    assert report is not None
    return next(iter(report.rows))


def test_an_intent_without_an_end_is_open_and_its_row_unknown() -> None:
    story = _rerun()
    _intend(story)

    assert _state(story).open
    row = _row(story)
    assert (row.outcome, row.error_message, row.run_id) == (Outcome.UNKNOWN, NO_ANSWER, SECOND)
    assert (row.status, row.launched_at, row.confirmed_by) == ("FAILED", None, None)


@pytest.mark.parametrize(
    ("meaning", "is_open", "outcome"),
    [
        (CloneMeaning.REFUSED, False, Outcome.REJECTED),
        (CloneMeaning.IN_DOUBT, True, Outcome.UNKNOWN),
        (CloneMeaning.NOT_THERE, False, Outcome.PENDING),
        (CloneMeaning.THROTTLED, False, Outcome.PENDING),
        (CloneMeaning.MAINTENANCE, False, Outcome.PENDING),
        (CloneMeaning.NOT_SENT, False, Outcome.PENDING),
        (CloneMeaning.TOKEN_REFUSED, False, Outcome.PENDING),
    ],
)
def test_each_end_and_its_row(meaning: CloneMeaning, *, is_open: bool, outcome: Outcome) -> None:
    story = _rerun()
    _intend(story)
    _settle(story, meaning, **REASON)

    assert _state(story).open is is_open
    row = _row(story)
    assert (row.outcome, row.http_status, row.error_code, row.error_message) == (
        outcome,
        403,
        7001,
        "no",
    )


def test_as_many_attempts_as_are_allowed_without_a_clone_are_failed() -> None:
    story = _rerun()
    for number in range(1, MAX_ATTEMPTS + 1):
        _intend(story, number)
        _settle(story, CloneMeaning.NOT_THERE, number, message="no clone of it turned up")

    assert _row(story).outcome is Outcome.FAILED


def test_an_end_of_an_earlier_intent_changes_nothing() -> None:
    story = _rerun()
    _intend(story)
    _intend(story, 2)
    _settle(story, CloneMeaning.REFUSED)

    assert _state(story).open


def test_a_clone_is_for_good_and_told_by_the_report_of_before_with_now() -> None:
    story = _rerun()
    _intend(story)
    _settle(story, CloneMeaning.NOT_THERE)
    assert _row(story).outcome is Outcome.PENDING
    story.begin(THIRD)
    _intend(story, 2)
    _settle(story, CloneMeaning.CLONED, 2, clone=OTHER, name="n")

    assert _state(story).clone == OTHER
    assert _state(story).undenied
    history = MemoryJournal(VirtualClock(), THIRD, store=list(story.records))
    report = report_of(history, SECOND, up_to_now=True)
    assert report is not None
    (row,) = report.rows
    assert (row.outcome, row.error_message) == (
        Outcome.SKIPPED,
        f"cloned as {OTHER} by a later run",
    )


def test_a_reason_of_the_launchers_own_is_a_refusal_unless_a_clone_may_exist() -> None:
    story = _rerun()
    _settle(story, CloneMeaning.REFUSED, 0, message="child")
    assert _state(story).refused
    _intend(story)
    _settle(story, CloneMeaning.REFUSED, 0, message="child")

    assert _state(story).open


def test_the_facts_of_clones_change_nothing_of_their_original() -> None:
    story = _rerun()
    before = story.state
    _intend(story)
    _settle(story, CloneMeaning.CLONED, clone=OTHER)

    assert story.state == before


def test_a_clone_of_another_name_is_noticed() -> None:
    story = _rerun()
    _intend(story)
    _settle(story, CloneMeaning.CLONED, clone=OTHER, name="n - copy")

    assert _state(story).renamed


@pytest.mark.parametrize(
    ("status", "is_original"),
    [
        ("FAILED", True),
        ("ABORTED", True),
        ("COMPLETED", False),
        ("RUNNING", False),
        ("QUEUED", False),
        ("ABORTING", False),
        ("DRAFT", False),
        ("NEW", False),
    ],
)
def test_only_what_failed_or_was_aborted_is_cloned(status: str, *, is_original: bool) -> None:
    seen = Seen(task=TASK, status=status, name="n", project="p/q", app="p/q/a/1")

    assert (original_of(seen, CloneState()) is not None) is is_original


def test_what_cannot_be_read_any_more_is_cloned_only_as_its_intent_says() -> None:
    story = _rerun()
    unseen = Unseen(task=TASK, http_status=404, code=7002, message="gone")
    assert original_of(unseen, _state(story)) is None
    _intend(story)

    expected = Original(task=TASK, project="p/q", app="p/q/a/1", name="n")
    assert original_of(unseen, _state(story)) == expected
    assert _state(story).doubt_at == at(len(story.records) - 1)
