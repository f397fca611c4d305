"""What a read tells of a started task: its times, its price, and whether it made anything."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from launcher.adapters.platform.courses import course_of
from launcher.core.course import Course, has_ended, is_active

WHOLE: dict[str, JsonValue] = {
    "start_time": "2026-11-24T03:21:41Z",
    "end_time": "2026-11-24T05:21:41+00:00",
    "price": {"currency": "USD", "amount": "0.44", "breakdown": {"storage": 0}},
    "execution_status": {
        "message": "Completed",
        "queued_duration": 1500,
        "running_duration": 7_200_000,
        "account_limit": True,
    },
    "outputs": {"bam": None, "report": {"class": "File"}},
}


def test_a_completed_task_tells_its_times_its_price_and_its_outputs() -> None:
    assert course_of(WHOLE, status="COMPLETED") == Course(
        started_at=datetime(2026, 11, 24, 3, 21, 41, tzinfo=UTC),
        ended_at=datetime(2026, 11, 24, 5, 21, 41, tzinfo=UTC),
        queued_s=1.5,
        running_s=7200.0,
        price=Decimal("0.44"),
        currency="USD",
        message="Completed",
        account_limit=True,
        outputs=True,
    )


def test_a_draft_has_no_course_though_it_carries_a_start_time() -> None:
    assert course_of(WHOLE, status="DRAFT") is None


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_calendar_has_in_utc_is_none(time: str) -> None:
    assert course_of({"start_time": time}, status="RUNNING") == Course()


@pytest.mark.parametrize("amount", [0.44, "0.44", " 0.44 "])
def test_a_price_is_a_number_or_text(amount: JsonValue) -> None:
    course = course_of({"price": {"amount": amount}}, status="COMPLETED")

    assert course == Course(price=Decimal("0.44"))


@pytest.mark.parametrize("amount", ["NaN", "-1", "1e99", "much", True, None, [1], {}])
def test_an_odd_price_is_none(amount: JsonValue) -> None:
    assert course_of({"price": {"amount": amount}}, status="COMPLETED") == Course()


@pytest.mark.parametrize(
    ("outputs", "told"),
    [(None, None), ({}, None), ({"a": None}, False), ({"a": []}, False), ({"a": 0}, True)],
)
def test_outputs_count_where_one_is_not_null(*, outputs: JsonValue, told: bool | None) -> None:
    assert course_of({"outputs": outputs}, status="COMPLETED") == Course(outputs=told)


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(WHOLE, odd)))
def test_whatever_the_members_are_a_course_never_raises(members: dict[str, JsonValue]) -> None:
    course = course_of(members, status="RUNNING")

    assert (course is None) is (not members)


@pytest.mark.parametrize(
    ("status", "active", "ended"),
    [
        (None, False, False),
        ("DRAFT", False, False),
        ("CREATING", True, False),
        ("QUEUED", True, False),
        ("RUNNING", True, False),
        ("ABORTING", True, False),
        ("HIBERNATING", True, False),
        ("COMPLETED", False, True),
        ("FAILED", False, True),
        ("ABORTED", False, True),
    ],
)
def test_what_is_neither_a_draft_nor_over_is_active(
    status: str | None, *, active: bool, ended: bool
) -> None:
    assert (is_active(status), has_ended(status)) == (active, ended)
