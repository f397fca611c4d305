"""Which tasks count as running: those that run, and those that may."""

import pytest

from core.facts import SECOND, THEM, begun
from core.replies import TASK
from launcher.core.entry import Unseen
from launcher.core.meaning import Meaning

HIDDEN = Unseen(task=TASK, http_status=403, code=7001, message="no privilege")


def test_what_was_cleared_by_reads_and_is_not_shown_any_more_may_run() -> None:
    story = begun()
    story.attempt(1)
    story.clear()
    cleared = story.state
    story.tell(HIDDEN)
    hidden = story.state
    story.begin(SECOND)
    unread = story.state

    assert [state.is_active for state in (cleared, hidden, unread)] == [False, True, True]


def test_what_was_never_asked_to_run_and_is_not_shown_does_not_run() -> None:
    story = begun()
    story.tell(HIDDEN)

    assert not story.state.is_active


@pytest.mark.parametrize("status", ["CREATING", "QUEUED", "RUNNING", "ABORTING", "NEWER"])
def test_what_others_started_runs_until_it_has_ended(status: str) -> None:
    story = begun()
    story.see(status, by=THEM)
    started = story.state
    story.see("COMPLETED", by=THEM)

    assert [state.is_active for state in (started, story.state)] == [True, False]


def test_what_was_refused_as_no_draft_may_run_while_it_shows_as_one() -> None:
    story = begun()
    story.see("DRAFT")
    story.attempt(1)
    story.settle(1, Meaning.NEEDS_DRAFT)

    assert story.state.is_active
