"""Which tasks run, or may: what a feed counts."""

from datetime import UTC, datetime

import pytest

from launcher.core.entry import RunId, Unseen
from launcher.core.ids import TaskId
from launcher.core.outcome import ConfirmedBy, Launch
from launcher.core.state import TaskState

AT = datetime(2026, 1, 1, tzinfo=UTC)
LAUNCH = Launch(
    confirmed_by=ConfirmedBy.ANSWER, run=RunId("run-1"), first_attempt_at=AT, launched_at=AT
)
HIDDEN = Unseen(task=TaskId("a"), http_status=403, code=7001, message="no")


@pytest.mark.parametrize(
    ("state", "active"),
    [
        (TaskState(user="u"), False),
        (TaskState(user="u", status="DRAFT"), False),
        (TaskState(user="u", status="DRAFT", open=True), True),
        (TaskState(user="u", status="DRAFT", unread=True), True),
        (TaskState(user="u", status="DRAFT", needs_draft=True), True),
        (TaskState(user="u", status="RUNNING", needs_draft=True), True),
        (TaskState(user="u", status="FAILED", needs_draft=True), False),
        (TaskState(user="u", status="DRAFT", undenied=True), False),
        (TaskState(user="u", status="DRAFT", undenied=True, unseen=HIDDEN), True),
        (TaskState(user="u", status="QUEUED"), True),
        (TaskState(user="u", status="SOMETHING_NEW"), True),
        (TaskState(user="u", status="COMPLETED"), False),
        (TaskState(user="u", launch=LAUNCH, status="QUEUED"), True),
        (TaskState(user="u", launch=LAUNCH, status="DRAFT"), True),
        (TaskState(user="u", launch=LAUNCH), True),
        (TaskState(user="u", launch=LAUNCH, status="ABORTING"), True),
        (TaskState(user="u", launch=LAUNCH, status="ABORTED"), False),
    ],
)
def test_what_may_run_is_active_and_what_has_ended_or_is_a_draft_is_not(
    state: TaskState, *, active: bool
) -> None:
    assert state.is_active is active
    assert state.at_rest().is_active is active
