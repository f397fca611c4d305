"""What of a project is selected, and in which words something is left out or refused."""

from datetime import UTC, datetime, timedelta, timezone
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.replies import task_id
from launcher.core.answer import TaskView
from launcher.core.errors import UsageError
from launcher.core.ids import Requested
from launcher.core.selection import Selection, Tally, joined, selection_of, why_none

PROJECT = "RFranklin/one"
MADE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
DRAFT = TaskView(
    id="0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e",
    status="DRAFT",
    name="align-7",
    project=PROJECT,
    created_at=MADE,
)


def drafts_like(**members: Any) -> TaskView:  # noqa: ANN401 - members of a TaskView
    return TaskView(**{name: getattr(DRAFT, name) for name in DRAFT.__slots__} | members)


def why_not(view: TaskView, **filters: Any) -> str | None:  # noqa: ANN401 - members of a Selection
    selection = Selection(projects=(PROJECT,), **filters)
    return selection.why_not(view, project=PROJECT, status="DRAFT")


@pytest.mark.parametrize(
    ("members", "filters", "why"),
    [
        ({}, {}, None),
        ({"project": "rfranklin/ONE"}, {}, None),
        ({"project": "RFranklin/other"}, {}, "of another project"),
        ({"project": None}, {}, "of another project"),
        ({"status": "RUNNING"}, {}, "not DRAFT any more"),
        ({"parent": DRAFT.id}, {}, "that a batch task starts"),
        ({}, {"name": "align-*"}, None),
        ({}, {"name": "align-[0-9]"}, None),
        ({}, {"name": "Align-*"}, "by --name 'Align-*'"),
        ({}, {"name": "align"}, "by --name 'align'"),
        ({"name": None}, {"name": "?*"}, "by --name '?*'"),
        ({"name": None}, {"name": "*"}, None),
        ({"name": "two\nlines"}, {"name": "two*"}, None),
        ({}, {"created_from": MADE}, None),
        ({}, {"created_from": MADE + timedelta(seconds=1)}, "by --created-from"),
        (
            {"created_at": None},
            {"created_from": MADE},
            "by --created-from (it is not shown when they were made)",
        ),
        ({"created_at": None}, {}, None),
        ({"batch": True}, {"batch": True}, None),
        ({"batch": False}, {"batch": True}, "by --only-batch"),
        ({"batch": True}, {"batch": False}, "by --skip-batch"),
        ({"batch": False}, {"batch": False}, None),
        ({"name": "call-1", "batch": True}, {"name": "align*", "batch": False}, None),
    ],
)
def test_a_task_is_left_out_by_one_filter_that_is_named(
    members: dict[str, Any], filters: dict[str, Any], why: str | None
) -> None:
    both = {"name", "batch"} <= filters.keys()

    assert why_not(drafts_like(**members), **filters) == ("by --name 'align*'" if both else why)


@given(
    name=st.text(max_size=8) | st.none(),
    pattern=st.text(alphabet="ab*?[!]-", max_size=6) | st.none(),
    hours=st.integers(-3, 3),
    wants_batch=st.sampled_from((None, True, False)),
    is_batch=st.booleans(),
)
def test_a_task_is_taken_where_every_filter_takes_it(
    *,
    name: str | None,
    pattern: str | None,
    hours: int,
    wants_batch: bool | None,
    is_batch: bool,
) -> None:
    since = MADE + timedelta(hours=hours)

    why = why_not(
        drafts_like(name=name, batch=is_batch),
        name=pattern,
        created_from=since,
        batch=wants_batch,
    )

    by_name = pattern is None or fnmatchcase(name or "", pattern)
    assert (why is None) == (by_name and hours <= 0 and wants_batch in {None, is_batch})


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        (" 2026-11-24T08:30:00 ", MADE),
        ("2026-11-24T08:30:00Z", MADE),
        ("2026-11-24T09:30:00+01:00", MADE),
        ("2026-11-24T08:30", MADE),
    ],
)
def test_dates_are_utc_unless_they_say_otherwise(text: str, at: datetime) -> None:
    selection = selection_of(project=[PROJECT], created_from=text)

    assert selection == Selection(projects=(PROJECT,), created_from=at)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "24.11.2026", "2026-13-01", "0001-01-01T00:00:00+14:00", "\x1b[31m"]
)
def test_what_is_no_date_is_refused_in_harmless_words(text: str) -> None:
    with pytest.raises(UsageError, match=r"--created-from '.*' is no date: 2026-11-24") as refused:
        selection_of(project=[PROJECT], created_from=text)

    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "text", ["", "one", "/one", "RFranklin/", "a/b/c", "a /b", "https://x/u/a/b", "a/\x1bb"]
)
def test_what_is_no_project_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is no project: OWNER/NAME is expected"):
        selection_of(project=[text])


@pytest.mark.parametrize(
    ("option", "filters"),
    [
        ("--name", {"name": "*"}),
        ("--created-from", {"created_from": "2026-11-24"}),
        ("--only-batch", {"only_batch": True}),
        ("--skip-batch", {"skip_batch": True}),
    ],
)
def test_a_filter_without_a_project_is_refused(option: str, filters: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"^{option} chooses among the tasks of --project"):
        selection_of(**filters)


def test_only_batch_and_skip_batch_together_are_refused() -> None:
    with pytest.raises(UsageError, match="leave nothing"):
        selection_of(project=[PROJECT], only_batch=True, skip_batch=True)


@pytest.mark.parametrize(("only", "skip"), [(True, False), (False, True), (False, False)])
def test_the_flags_about_batch_become_one_claim(*, only: bool, skip: bool) -> None:
    selection = selection_of(project=[PROJECT], only_batch=only, skip_batch=skip)

    assert selection is not None
    assert selection.batch is {(True, False): True, (False, True): False}.get((only, skip))


def test_no_project_is_no_selection_and_a_project_is_listed_once() -> None:
    assert selection_of() is None
    assert selection_of(project=["a/b", "c/d", "A/b"]) == Selection(projects=("A/b", "c/d"))


def test_active_tasks_are_listed_where_they_count() -> None:
    assert Selection(projects=(PROJECT,)).statuses == ("DRAFT",)
    assert Selection(projects=(PROJECT,), with_active=True).statuses == (
        "DRAFT",
        "QUEUED",
        "RUNNING",
    )


def test_files_come_before_projects_and_each_task_stands_once() -> None:
    first, second, third = (task_id(number) for number in range(3))
    named = (Requested(position=0, task=second, source="tasks.txt:1"),)

    both = joined(named, [(first, "project a/b"), (second, "project a/b"), (third, "project c/d")])

    assert both == (
        Requested(position=0, task=second, source="tasks.txt:1"),
        Requested(position=1, task=first, source="project a/b"),
        Requested(position=2, task=third, source="project c/d"),
    )


def test_a_tally_says_which_filter_left_out_how_many() -> None:
    tally = Tally(
        project="a/\u202eb",
        drafts=1200,
        taken=3,
        active=2,
        left_out={"that a batch task starts": 7, "by --name 'x*'": 1190},
    )

    assert str(tally) == (
        "project a/\\u202eb: 3 of 1,200 drafts, 2 queued or running; left out: "
        "1,190 by --name 'x*', 7 that a batch task starts"
    )


def test_why_there_is_nothing_is_told_of_every_project() -> None:
    empty = Tally(project="a/b", drafts=0, taken=0, left_out={})
    filtered = Tally(project="c/d", drafts=1, taken=0, left_out={"by --only-batch": 1})

    assert why_none([empty]) == (
        "nothing to launch: project a/b shows no drafts (check the name, as its page has it)"
    )
    assert why_none([empty, filtered]) == (
        "nothing to launch: project a/b shows no drafts; project c/d: 0 of 1 draft; left out: "
        "1 by --only-batch"
    )


def test_times_of_any_offset_compare_as_moments() -> None:
    east = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=1)))

    for since, made in product((MADE, east), repeat=2):
        assert why_not(drafts_like(created_at=made), created_from=since) is None
