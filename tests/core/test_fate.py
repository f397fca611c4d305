"""What became of a task of a run that is aborted, by its facts alone."""

import pytest

from core.facts import FIRST, SECOND, THEM, THIRD, Story, begun
from core.replies import TASK
from launcher.core.aborting import AbortMeaning
from launcher.core.entry import AbortAttempted, AbortSettled
from launcher.core.fate import Fate, fate_of, is_to_abort, may_be_of, remark_of
from launcher.core.meaning import Meaning

NOT_DONE = (
    AbortMeaning.THROTTLED,
    AbortMeaning.MAINTENANCE,
    AbortMeaning.NOT_SENT,
    AbortMeaning.TOKEN_REFUSED,
    AbortMeaning.PROXY_LOGIN,
)


def _launched() -> Story:
    """Return the story of a run that launched its task, at the start of the abort by SECOND."""
    story = begun()
    story.launch(1)
    story.begin(SECOND)
    return story


def _ask(story: Story, number: int, meaning: AbortMeaning | None = None) -> None:
    story.tell(AbortAttempted(task=TASK, number=number))
    if meaning is not None:
        story.tell(
            AbortSettled(
                task=TASK,
                number=number,
                meaning=meaning,
                http_status=403,
                code=7001,
                message="no privilege",
                status="ABORTING" if meaning is AbortMeaning.ABORTED else None,
            )
        )


def _fate(story: Story, *, by: object = SECOND) -> Fate:
    return fate_of(story.state, launched_by=FIRST, aborted_by=SECOND if by == SECOND else THIRD)


def test_what_was_not_asked_for_is_pending_and_to_be_aborted() -> None:
    story = _launched()

    assert _fate(story) is Fate.PENDING
    assert is_to_abort(story.state, FIRST)
    assert not is_to_abort(story.state, SECOND)


@pytest.mark.parametrize(
    ("meaning", "fate"),
    [
        (AbortMeaning.ABORTED, Fate.ABORTED),
        (AbortMeaning.REFUSED, Fate.REFUSED),
        (AbortMeaning.NOT_ABORTABLE, Fate.REFUSED),
        (AbortMeaning.IN_DOUBT, Fate.UNKNOWN),
        (None, Fate.UNKNOWN),
        *((meaning, Fate.PENDING) for meaning in NOT_DONE),
    ],
)
def test_an_answer_alone_makes_this_fate(meaning: AbortMeaning | None, fate: Fate) -> None:
    story = _launched()
    _ask(story, 1, meaning)

    assert _fate(story) is fate


def test_the_end_of_an_earlier_request_settles_nothing_of_a_later_one() -> None:
    story = _launched()
    _ask(story, 1)
    _ask(story, 2)
    story.tell(AbortSettled(task=TASK, number=1, meaning=AbortMeaning.REFUSED))

    assert _fate(story) is Fate.UNKNOWN


@pytest.mark.parametrize("status", ["ABORTING", "ABORTED"])
def test_a_read_of_the_end_after_a_request_in_doubt_is_ours(status: str) -> None:
    story = _launched()
    _ask(story, 1, AbortMeaning.IN_DOUBT)
    story.see(status)

    assert _fate(story) is Fate.ABORTED
    assert not is_to_abort(story.state, FIRST)


def test_an_end_without_a_request_or_after_denied_ones_is_not_ours() -> None:
    alone, refused = _launched(), _launched()
    _ask(refused, 1, AbortMeaning.REFUSED)
    for story in (alone, refused):
        story.see("ABORTED")

    assert (_fate(alone), _fate(refused)) == (Fate.ENDED, Fate.ENDED)


def test_an_end_is_ours_if_a_request_before_the_denied_one_was_in_doubt() -> None:
    story = _launched()
    _ask(story, 1, AbortMeaning.IN_DOUBT)
    _ask(story, 2, AbortMeaning.NOT_ABORTABLE)
    story.see("ABORTING")

    assert _fate(story) is Fate.ABORTED


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_task_that_was_faster_than_the_abort_has_ended(status: str) -> None:
    story = _launched()
    _ask(story, 1, AbortMeaning.IN_DOUBT)
    story.see(status)

    assert _fate(story) is Fate.ENDED


def test_a_doubt_read_as_active_has_failed_so_far_and_the_next_abort_begins_anew() -> None:
    story = _launched()
    _ask(story, 1, AbortMeaning.IN_DOUBT)
    story.see("RUNNING")
    failed = _fate(story)
    story.begin(THIRD)

    assert (failed, _fate(story, by=THIRD)) == (Fate.FAILED, Fate.PENDING)
    _ask(story, 2)
    assert story.state.abort is not None
    assert (story.state.abort.run, story.state.abort.attempts) == (THIRD, 1)


def test_a_killed_abort_leaves_a_doubt_to_the_next() -> None:
    story = _launched()
    _ask(story, 1)
    story.begin(THIRD)

    assert _fate(story, by=THIRD) is Fate.UNKNOWN


def test_a_doubt_of_the_run_may_be_its_launch_until_reads_say_otherwise() -> None:
    doubt = begun()
    doubt.attempt(1)
    drafts, ours, theirs = (Story(records=list(doubt.records)) for _ in range(3))
    drafts.clear()
    ours.see("RUNNING")
    theirs.see("RUNNING", by=THEM)

    assert [may_be_of(story.state, FIRST) for story in (doubt, drafts, ours, theirs)] == [
        True,
        True,  # it may start late
        True,
        False,
    ]
    assert [_fate(story) for story in (doubt, drafts, ours, theirs)] == [
        Fate.UNKNOWN,
        Fate.DRAFT,
        Fate.PENDING,
        Fate.FOREIGN,
    ]


def test_an_attempt_that_an_answer_denied_is_no_launch_of_the_run() -> None:
    story = begun()
    story.attempt(1)
    story.settle(1, Meaning.REJECTED)

    assert not may_be_of(story.state, FIRST)


def test_a_remark_begins_with_the_fate_in_the_aborts_own_report_and_names_the_abort_elsewhere() -> (
    None
):
    untouched, aborted, refused = _launched(), _launched(), _launched()
    _ask(aborted, 1, AbortMeaning.ABORTED)
    _ask(refused, 1, AbortMeaning.REFUSED)
    stories = (untouched, aborted, refused)

    assert [remark_of(story.state, run=SECOND, aborts=FIRST) for story in stories] == [
        "pending",
        "aborted",
        "refused: HTTP 403, code 7001: no privilege",
    ]
    assert [remark_of(story.state, run=FIRST, aborts=None) for story in stories] == [
        None,
        f"aborted by run {SECOND}",
        f"abort by run {SECOND}: refused",
    ]


def test_a_doubt_of_another_run_is_no_launch_of_this_one() -> None:
    story = begun()
    story.see("DRAFT")
    story.begin(SECOND)
    story.attempt(1)

    assert not may_be_of(story.state, FIRST)
    assert may_be_of(story.state, SECOND)
