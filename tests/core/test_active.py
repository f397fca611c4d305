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

    assert not story.state.is_active
    story.tell(HIDDEN)
    assert story.state.is_active
    story.begin(SECOND)
    assert story.state.is_active  # until it is read anew


def test_what_was_never_asked_to_run_and_is_not_shown_does_not_run() -> None:
    story = begun()
    story.tell(HIDDEN)

    assert not story.state.is_active


@pytest.mark.parametrize("status", ["CREATING", "QUEUED", "RUNNING", "ABORTING", "NEWER"])
def test_what_others_started_runs_until_it_has_ended(status: str) -> None:
    story = begun()
    story.see(status, by=THEM)
    assert story.state.is_active

    story.see("COMPLETED", by=THEM)
    assert not story.state.is_active


def test_what_was_refused_as_no_draft_may_run_while_it_shows_as_one() -> None:
    story = begun()
    story.see("DRAFT")
    story.attempt(1)
    story.settle(1, Meaning.NEEDS_DRAFT)

    assert story.state.is_active
