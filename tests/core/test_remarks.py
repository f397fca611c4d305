"""Why a task is slow or odd: what is said follows from its state and its course alone."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.course import Course, course_after
from launcher.core.remarks import (
    ABORTING,
    ACCOUNT_LIMIT,
    INSTANCE_INIT,
    LONG_QUEUED,
    LONG_QUEUED_S,
    NO_JOBS,
    NO_JOBS_YET,
    NO_OUTPUTS,
    SYSTEM_LIMIT,
    remark_of,
)

AT = datetime(2026, 11, 24, 3, 21, tzinfo=UTC)
STATES = ("CREATING", "QUEUED", "RUNNING", "ABORTING", "COMPLETED", "FAILED", "ABORTED", "Odd")


@pytest.mark.parametrize(
    ("status", "course", "remark"),
    [
        ("QUEUED", Course(account_limit=True, system_limit=True), ACCOUNT_LIMIT),
        ("QUEUED", Course(system_limit=True, instance_init=True), SYSTEM_LIMIT),
        ("QUEUED", Course(instance_init=True, queued_s=LONG_QUEUED_S), INSTANCE_INIT),
        ("QUEUED", Course(queued_s=LONG_QUEUED_S), LONG_QUEUED),
        ("QUEUED", Course(queued_s=LONG_QUEUED_S - 1), None),
        ("RUNNING", Course(instance_init=True), INSTANCE_INIT),
        ("RUNNING", Course(jobs=0), NO_JOBS),
        ("RUNNING", Course(jobs=0, instance_init=True), NO_JOBS_YET),
        ("RUNNING", Course(jobs=1, account_limit=True), None),
        ("RUNNING", Course(), None),
        ("CREATING", Course(), None),
        ("ABORTING", Course(), ABORTING),
        ("COMPLETED", Course(outputs=False), NO_OUTPUTS),
        ("COMPLETED", Course(outputs=True), None),
        ("COMPLETED", Course(outputs=None), None),
        ("FAILED", Course(message="Disk full."), "failed on the platform: Disk full."),
        ("FAILED", Course(message="Failed"), "failed on the platform"),
        ("ABORTED", Course(message="Aborted by LPauling"), "aborted: Aborted by LPauling"),
        ("ABORTED", Course(message="Aborted."), "aborted"),
        ("DRAFT", Course(account_limit=True, outputs=False, jobs=0), None),
        (None, Course(), None),
    ],
)
def test_what_is_said_of_a_task_follows_from_its_state_and_course(
    status: str | None, course: Course, remark: str | None
) -> None:
    assert remark_of(status, course) == remark


def test_a_failure_without_a_message_is_told_by_the_errors_of_the_task() -> None:
    assert remark_of("FAILED", None, errors=("a", "b")) == "failed on the platform: a; b"


@pytest.mark.parametrize(
    ("status", "course"), [("COMPLETED", Course(outputs=False)), ("RUNNING", Course(jobs=0))]
)
def test_a_batch_task_is_not_blamed_for_what_its_children_have(status: str, course: Course) -> None:
    assert remark_of(status, course, batch=True) is None


courses = st.builds(
    Course,
    queued_s=st.none() | st.floats(0, 1e4),
    running_s=st.none() | st.floats(0, 1e4),
    price=st.none() | st.just(Decimal("0.5")),
    message=st.none() | st.just("In queue"),
    account_limit=st.booleans(),
    instance_init=st.booleans(),
    outputs=st.none() | st.booleans(),
    jobs=st.none() | st.just(0),
)


@given(st.sampled_from(STATES), courses)
def test_growing_durations_change_no_words_but_once(status: str, course: Course) -> None:
    told = {
        remark_of(status, replace(course, queued_s=s, running_s=s))
        for s in (0.0, 59.0, LONG_QUEUED_S, LONG_QUEUED_S + 0.5, 1e6)
    }

    assert len(told) <= (2 if status == "QUEUED" else 1)


@given(earlier=courses, now=courses, same=st.booleans())
def test_what_a_later_read_does_not_tell_stays_known(
    earlier: Course, now: Course, *, same: bool
) -> None:
    after = course_after(earlier, now, same_state=same)

    assert after is not None
    for name in ("queued_s", "running_s", "price"):
        told = getattr(now, name)
        assert getattr(after, name) == (getattr(earlier, name) if told is None else told)
    for name in ("message", "account_limit", "instance_init", "outputs"):
        assert getattr(after, name) == getattr(now, name)
    assert after.jobs == (earlier.jobs if same and now.jobs is None else now.jobs)


def test_a_read_without_a_course_forgets_why_only_when_the_state_is_another() -> None:
    kept = Course(started_at=AT, price=Decimal(1))
    earlier = replace(kept, account_limit=True, message="In queue", jobs=0)

    assert course_after(earlier, None, same_state=True) == earlier
    assert course_after(earlier, None, same_state=False) == kept
    assert course_after(None, None, same_state=True) is None
