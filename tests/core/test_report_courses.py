"""How far tasks have come, in rows, counts and exit codes."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.facts import FIRST, SECOND, US, Story
from core.replies import TASK
from core.test_report import report, row
from launcher.core.course import Course
from launcher.core.entry import Seen, Unseen
from launcher.core.outcome import Outcome
from launcher.core.remarks import ACCOUNT_LIMIT, NO_OUTPUTS
from launcher.core.report import exit_code_of

ENDED_AT = datetime(2026, 1, 1, 8, tzinfo=UTC)
COMPLETED = Course(
    ended_at=ENDED_AT, queued_s=30.0, running_s=600.0, price=Decimal("0.44"), currency="USD"
)


def launched(*seen: Seen) -> Story:
    story = Story()
    story.begin()
    story.launch(1)
    for one in seen:
        story.tell(one)
    return story


def see(status: str, course: Course | None) -> Seen:
    return Seen(task=TASK, status=status, executed_by=US, course=course)


def test_a_row_tells_when_the_task_ended_how_long_it_took_and_its_price() -> None:
    story = launched(see("COMPLETED", replace(COMPLETED, outputs=False)))

    found = row(story)
    assert (found.status, found.ended_at, found.queued_s, found.running_s) == (
        "COMPLETED",
        ENDED_AT,
        30.0,
        600.0,
    )
    assert (found.price, found.currency, found.remark) == (Decimal("0.44"), "USD", NO_OUTPUTS)


def test_a_row_shows_the_last_course_after_facts_that_tell_none() -> None:
    story = launched(see("COMPLETED", COMPLETED), see("COMPLETED", None))
    story.begin(SECOND)
    story.tell(Unseen(task=TASK, http_status=404, code=7002, message="gone"))

    assert row(story, FIRST, up_to_now=True).price == Decimal("0.44")
    assert row(story, SECOND).running_s == 600.0


def test_a_remark_goes_with_the_state_that_it_is_about() -> None:
    queued = see("QUEUED", Course(account_limit=True))

    assert row(launched(queued)).remark == ACCOUNT_LIMIT
    assert row(launched(queued, see("RUNNING", None))).remark is None
    assert row(launched(queued, see("RUNNING", None), see("QUEUED", None))).remark is None


def test_the_summary_counts_the_states_of_launched_tasks_alone() -> None:
    assert report(launched(see("COMPLETED", COMPLETED))).summary.states == {"COMPLETED": 1}

    skipped = Story()
    skipped.begin()
    skipped.see("RUNNING")
    assert report(skipped).summary.states == {}


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [("COMPLETED", 0), ("FAILED", 1), ("ABORTED", 1), ("RUNNING", 1), (None, 1)],
)
def test_a_task_that_was_waited_for_has_to_complete(status: str | None, exit_code: int) -> None:
    assert exit_code_of([Outcome.LAUNCHED], awaited=[status]) == exit_code
    assert exit_code_of([Outcome.REJECTED], awaited=[status]) == 1
    assert exit_code_of([Outcome.LAUNCHED]) == 0
