"""What the facts of a task add up to: the state table, row by row."""

import pytest

from core.facts import (
    FIRST,
    MAX_ATTEMPTS,
    NOT_COUNTED,
    SECOND,
    THEM,
    US,
    Story,
    again,
    begun,
    outcome,
)
from core.replies import OTHER, TASK
from launcher.core.meaning import Meaning
from launcher.core.outcome import ConfirmedBy, Launch, Outcome, Refusal
from launcher.core.replay import after, fold
from launcher.core.state import TaskState

STATES = ("CREATING", "QUEUED", "RUNNING", "ABORTING", "COMPLETED", "FAILED", "ABORTED", "NEW")


# ---------------------------------------------------------------- the rows of the state table


def test_a_task_of_which_nothing_is_known_is_pending() -> None:
    assert TaskState(user=US).outcome(max_attempts=MAX_ATTEMPTS) is Outcome.PENDING


def test_an_attempt_without_an_end_is_unknown_and_counted() -> None:
    story = begun()
    attempted_at = story.attempt(1)

    assert outcome(story) is Outcome.UNKNOWN
    assert (story.state.open, story.state.attempts, story.state.run_attempts) == (True, 1, 1)
    assert (story.state.run, story.state.doubt_at) == (FIRST, attempted_at)


def test_an_answer_that_says_so_launches() -> None:
    story = begun()
    attempted_at = story.attempt(1)
    launched_at = story.settle(1, Meaning.LAUNCHED, status="QUEUED")

    assert outcome(story) is Outcome.LAUNCHED
    assert (story.state.open, story.state.status, story.state.latency_s) == (False, "QUEUED", 0.5)
    assert story.state.launch == Launch(
        confirmed_by=ConfirmedBy.ANSWER,
        run=FIRST,
        first_attempt_at=attempted_at,
        launched_at=launched_at,
    )


def test_a_refusal_rejects_and_keeps_its_words() -> None:
    story = begun()
    story.attempt(1)
    story.settle(1, Meaning.REJECTED, code=7001, message="no privilege")

    assert outcome(story) is Outcome.REJECTED
    assert (story.state.open, story.state.attempts) == (False, 1)
    assert story.state.refusal == Refusal(
        http_status=403, code=7001, message="no privilege", request_id="req-1"
    )


def test_an_answer_in_doubt_leaves_the_attempt_open() -> None:
    story = begun()
    story.attempt(1)
    settled_at = story.settle(1, Meaning.IN_DOUBT)

    assert outcome(story) is Outcome.UNKNOWN
    assert (story.state.open, story.state.doubt_at) == (True, settled_at)


@pytest.mark.parametrize("meaning", NOT_COUNTED)
def test_what_was_not_carried_out_leaves_the_task_pending_and_uses_no_attempt(
    meaning: Meaning,
) -> None:
    story = begun()
    story.attempt(1)
    story.settle(1, meaning)

    assert outcome(story) is Outcome.PENDING
    assert (story.state.open, story.state.attempts, story.state.run_attempts) == (False, 0, 0)


def test_two_counted_draft_reads_clear_an_attempt() -> None:
    story = begun()
    story.attempt(1)
    story.clear()

    assert outcome(story) is Outcome.PENDING
    assert (story.state.open, story.state.undenied, story.state.attempts) == (False, True, 1)


def test_one_counted_draft_read_does_not_clear_an_attempt() -> None:
    story = begun()
    story.attempt(1)
    read_at = story.see("DRAFT", counts=True)

    assert outcome(story) is Outcome.UNKNOWN
    assert story.state.doubt_at == read_at


def test_draft_reads_that_do_not_count_clear_nothing() -> None:
    story = begun()
    attempted_at = story.attempt(1)
    for _ in range(5):
        story.see("DRAFT")

    assert outcome(story) is Outcome.UNKNOWN
    assert story.state.doubt_at == attempted_at


def test_a_draft_read_that_does_not_count_between_two_that_do_changes_nothing() -> None:
    story = begun()
    story.attempt(1)
    story.see("DRAFT", counts=True)
    story.see("DRAFT")
    story.see("DRAFT", counts=True)

    assert outcome(story) is Outcome.PENDING


def test_draft_reads_of_an_earlier_attempt_do_not_count_for_the_next() -> None:
    story = begun()
    story.attempt(1)
    story.see("DRAFT", counts=True)
    story.attempt(2)
    story.see("DRAFT", counts=True)

    assert outcome(story) is Outcome.UNKNOWN


def test_draft_reads_count_on_in_the_next_run() -> None:
    story = begun()
    story.attempt(1)
    story.see("DRAFT", counts=True)
    story.begin(SECOND)
    story.see("DRAFT", counts=True)

    assert outcome(story) is Outcome.PENDING


def test_counted_draft_reads_without_an_open_attempt_mean_nothing() -> None:
    story = begun()
    story.clear()

    assert (story.state.undenied, story.state.draft_reads) == (False, 0)


@pytest.mark.parametrize("status", STATES)
def test_a_task_that_left_draft_without_us_is_skipped(status: str) -> None:
    story = begun()
    story.see(status, by=THEM)

    assert outcome(story) is Outcome.SKIPPED


@pytest.mark.parametrize("status", STATES)
def test_a_read_that_shows_a_started_task_ends_the_doubt(status: str) -> None:
    story = begun()
    attempted_at = story.attempt(1)
    story.settle(1, Meaning.IN_DOUBT)
    read_at = story.see(status, by=US)

    assert outcome(story) is Outcome.LAUNCHED
    assert story.state.launch == Launch(
        confirmed_by=ConfirmedBy.READ,
        run=FIRST,
        first_attempt_at=attempted_at,
        launched_at=read_at,
    )
    assert (story.state.status, story.state.latency_s) == (status, None)


def test_what_the_platform_refuses_to_show_is_rejected() -> None:
    story = Story()
    story.begin()
    story.miss(404)

    assert outcome(story) is Outcome.REJECTED


def test_what_is_in_doubt_and_then_refused_to_the_reader_is_unknown() -> None:
    story = begun()
    story.attempt(1)
    story.miss(403, 7001)

    assert outcome(story) is Outcome.UNKNOWN


def test_what_was_cleared_by_reads_and_then_refused_to_the_reader_is_unknown() -> None:
    story = begun()
    story.attempt(1)
    story.clear()
    story.miss(404)

    assert outcome(story) is Outcome.UNKNOWN


def test_a_later_read_takes_back_that_the_task_could_not_be_seen() -> None:
    story = Story()
    story.begin()
    story.miss(404)
    story.see("DRAFT")

    assert outcome(story) is Outcome.PENDING


def test_a_child_of_a_batch_task_is_rejected() -> None:
    story = Story()
    story.begin()
    story.see("DRAFT", parent=OTHER)

    assert outcome(story) is Outcome.REJECTED


def test_a_child_of_a_batch_task_that_runs_is_skipped() -> None:
    story = Story()
    story.begin()
    story.see("RUNNING", parent=OTHER)

    assert outcome(story) is Outcome.SKIPPED


def test_a_draft_after_all_attempts_is_failed() -> None:
    story = begun()
    for number in range(1, MAX_ATTEMPTS + 1):
        assert outcome(story) is Outcome.PENDING
        story.attempt(number)
        story.settle(number, Meaning.IN_DOUBT)
        story.clear()

    assert outcome(story) is Outcome.FAILED


def test_throttles_do_not_make_a_task_fail() -> None:
    story = begun()
    for number in range(1, 20):
        story.attempt(number)
        story.settle(number, Meaning.THROTTLED)

    assert outcome(story) is Outcome.PENDING


def test_the_last_of_all_attempts_is_unknown_while_it_is_open() -> None:
    story = begun()
    for number in range(1, MAX_ATTEMPTS):
        story.attempt(number)
        story.clear()
    story.attempt(MAX_ATTEMPTS)

    assert outcome(story) is Outcome.UNKNOWN


@pytest.mark.parametrize("meaning", [*Meaning])
def test_an_end_of_another_attempt_is_ignored(meaning: Meaning) -> None:
    story = begun()
    story.attempt(2)
    before = story.state
    story.settle(1, meaning, status="QUEUED")

    assert story.state == before


@pytest.mark.parametrize("meaning", [*Meaning])
def test_an_end_of_an_attempt_that_has_ended_is_ignored(meaning: Meaning) -> None:
    story = begun()
    story.attempt(1)
    story.settle(1, Meaning.REJECTED)
    before = story.state
    story.settle(1, meaning, status="QUEUED")

    assert story.state == before


# ---------------------------------------------------------------- needs DRAFT


def refused_as_no_draft() -> Story:
    story = begun()
    story.attempt(1)
    story.settle(1, Meaning.NEEDS_DRAFT, code=7007, message="no draft")
    return story


def test_needs_draft_on_the_first_attempt_is_no_launch_of_ours() -> None:
    story = refused_as_no_draft()
    story.see("RUNNING", by=US)

    assert outcome(story) is Outcome.SKIPPED
    assert story.state.attempts == 1


def test_needs_draft_while_reads_still_say_draft_is_unknown() -> None:
    story = refused_as_no_draft()
    for _ in range(3):
        story.see("DRAFT")

    assert outcome(story) is Outcome.UNKNOWN


def test_needs_draft_before_any_read_is_unknown() -> None:
    assert outcome(refused_as_no_draft()) is Outcome.UNKNOWN


def test_needs_draft_and_then_refused_to_the_reader_is_unknown() -> None:
    story = refused_as_no_draft()
    story.miss(403)

    assert outcome(story) is Outcome.UNKNOWN


# ---------------------------------------------------------------- many tasks


def test_each_task_has_its_own_state() -> None:
    story = Story()
    story.begin(tasks=3)
    story.launch(1)
    story.task = OTHER
    story.see("RUNNING")

    found = fold(story.records, user=US)

    outcomes = [state.outcome(max_attempts=MAX_ATTEMPTS) for state in found.values()]
    assert outcomes == [Outcome.PENDING, Outcome.LAUNCHED, Outcome.SKIPPED]


def test_the_beginning_and_the_end_of_runs_change_no_task() -> None:
    state = TaskState(user=US)
    story = Story()
    story.begin(tasks=0)
    story.end()

    assert [after(state, record) for record in story.records] == [state, state]
    assert fold(story.records, user=US) == {}


@pytest.mark.parametrize(
    ("story", "is_draft"),
    [
        (begun(), True),
        (again(), True),
        (Story(), False),
        (again(lambda story: story.attempt(1)), False),
        (again(lambda story: story.attempt(1), Story.clear), True),
        (again(lambda story: story.see("RUNNING")), False),
    ],
)
def test_a_task_is_a_draft_if_it_was_last_seen_as_one_and_no_attempt_is_open(
    story: Story, *, is_draft: bool
) -> None:
    state = fold(story.records, user=US).get(TASK, TaskState(user=US))

    assert state.is_draft is is_draft


def test_the_second_draft_read_counts_from_the_first() -> None:
    story = begun()
    story.attempt(1)
    read_at = story.see("DRAFT", counts=True)

    assert (story.state.open, story.state.draft_reads) == (True, 1)
    assert story.state.doubt_at == read_at


def test_a_state_at_rest_forgets_a_read_that_came_before_an_attempt() -> None:
    story = begun()
    story.see("DRAFT")
    story.attempt(1)
    story.settle(1, Meaning.REJECTED, code=7001, message="no")
    refused = story.state.at_rest().status_at
    story.see("DRAFT")

    assert refused is None
    assert story.state.at_rest().status_at is not None
