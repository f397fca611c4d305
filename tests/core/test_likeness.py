"""Which draft is the clone whose answer was lost: exactly one that shows all of it, or none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.replies import TASK, task_id
from launcher.core.answer import TaskView
from launcher.core.entry import CloneIntended
from launcher.core.ids import TaskId
from launcher.core.likeness import Adopted, Unclear, verdict_of

US, SINCE = "ann", datetime(2026, 1, 1, tzinfo=UTC)
INTENT = CloneIntended(
    task=TASK,
    number=1,
    project="ann/p",
    app="ann/p/align/3",
    name="align",
    since=int(SINCE.timestamp()),
)
CLONE = TaskView(
    id=task_id(7),
    status="DRAFT",
    project="ann/p",
    app="ann/p/align/3",
    name="align",
    created_by=US,
    created_at=SINCE,
)


def _verdict(
    *found: TaskView | None,
    intent: CloneIntended = INTENT,
    owners: dict[TaskId, TaskId] | None = None,
    others: bool = False,
) -> Adopted | Unclear | None:
    return verdict_of(found, intent, user=US, owners=owners or {}, others=others)


def test_the_one_draft_like_it_is_adopted() -> None:
    other = replace(CLONE, id=task_id(8), name="another")

    assert _verdict(other, CLONE) == Adopted(clone=task_id(7), view=CLONE)


@pytest.mark.parametrize(
    "other",
    [
        replace(CLONE, created_by="bob"),
        replace(CLONE, project="ann/q"),
        replace(CLONE, app="ann/p/call/3"),
        replace(CLONE, name="align 2"),
        replace(CLONE, status="QUEUED"),
        replace(CLONE, created_at=SINCE - timedelta(seconds=1)),
        replace(CLONE, id=TASK),
    ],
)
def test_a_draft_that_differs_in_one_thing_is_not_the_clone(other: TaskView) -> None:
    assert _verdict(other) is None


@pytest.mark.parametrize(
    "hazy",
    [
        replace(CLONE, created_by=None),
        replace(CLONE, created_at=None),
        replace(CLONE, project=None),
        replace(CLONE, name=None),
        replace(CLONE, app=None),
        replace(CLONE, app="ann/p/align/4"),
        replace(CLONE, app="ann/p/align"),
    ],
)
def test_a_draft_that_does_not_show_all_of_it_is_never_guessed(hazy: TaskView) -> None:
    verdict = _verdict(hazy)

    assert isinstance(verdict, Unclear)
    assert task_id(7) in verdict.why


def test_without_the_servers_time_no_draft_is_adopted() -> None:
    assert isinstance(_verdict(CLONE, intent=replace(INTENT, since=None)), Unclear)


def test_two_drafts_like_it_are_unclear_and_named() -> None:
    verdict = _verdict(CLONE, replace(CLONE, id=task_id(8)))

    assert isinstance(verdict, Unclear)
    assert verdict.why.startswith(f"2 drafts may be its clone ({task_id(7)}, {task_id(8)})")


def test_of_many_drafts_like_it_some_are_named() -> None:
    verdict = _verdict(*(replace(CLONE, id=task_id(number)) for number in range(10, 30)))

    assert isinstance(verdict, Unclear)
    assert "20 drafts" in verdict.why
    assert "and 15 more" in verdict.why


def test_what_is_known_from_before_or_another_ones_clone_does_not_count() -> None:
    known = replace(INTENT, known=(task_id(8),))
    drafts = [replace(CLONE, id=task_id(number)) for number in (8, 9)]

    verdict = _verdict(CLONE, *drafts, intent=known, owners={task_id(9): task_id(2)})

    assert verdict == Adopted(clone=task_id(7), view=CLONE)


def test_what_the_journal_knows_as_its_clone_is_it_whoever_else_may_be() -> None:
    other = replace(CLONE, id=task_id(8))

    verdict = _verdict(other, CLONE, owners={task_id(7): TASK}, others=True)

    assert verdict == Adopted(clone=task_id(7), view=CLONE)


def test_where_another_ones_clone_may_turn_up_nothing_is_adopted() -> None:
    assert isinstance(_verdict(CLONE, others=True), Unclear)
    assert _verdict(others=True) is None


def test_a_list_with_an_odd_record_tells_nothing() -> None:
    assert isinstance(_verdict(None), Unclear)
    assert isinstance(_verdict(CLONE, replace(CLONE, id="odd")), Unclear)


views = st.builds(
    replace,
    st.just(CLONE),
    id=st.integers(2, 9).map(task_id),
    name=st.sampled_from(["align", "other", None]),
    created_by=st.sampled_from([US, "bob", None]),
    created_at=st.sampled_from([SINCE, SINCE - timedelta(days=1), None]),
)


@given(st.lists(views, max_size=4, unique_by=lambda view: view.id), st.booleans())
def test_whatever_is_listed_only_a_single_whole_likeness_is_adopted(
    found: list[TaskView],
    others: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    verdict = _verdict(*found, others=others)

    whole = [view for view in found if replace(view, id=CLONE.id) == CLONE]
    if isinstance(verdict, Adopted):
        assert whole == [verdict.view]
    if whole:
        assert verdict is not None
