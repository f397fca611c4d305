"""What became of tasks from one run to another, by the rows of both alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.comparison import Change, Changed, Comparison, Standing, compare
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from support.report_examples import HOSTILE, hostile_row, row, task

BAD = (Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.PENDING)
FINE = (Outcome.LAUNCHED, Outcome.SKIPPED)


def change_of(older: Row, newer: Row) -> Change:
    """Return what became of the one task of two runs, which has to be counted, and listed once."""
    comparison = compare([older], [newer])
    [(change, _)] = [found for found in comparison.counts.items() if found[1]]
    assert [one.change for one in comparison.changes] == (
        [] if change is Change.STILL_FINE else [change]
    )
    return change


@pytest.mark.parametrize("was", BAD)
def test_what_was_bad_and_is_launched_has_recovered(was: Outcome) -> None:
    assert change_of(row(1, was), row(1)) is Change.RECOVERED


@pytest.mark.parametrize("was", BAD)
def test_what_somebody_else_started_meanwhile_has_not_recovered(was: Outcome) -> None:
    assert change_of(row(1, was), row(1, Outcome.SKIPPED)) is Change.TAKEN


@pytest.mark.parametrize("was", BAD)
@pytest.mark.parametrize("now", BAD)
def test_what_is_bad_in_both_is_still_bad(was: Outcome, now: Outcome) -> None:
    assert change_of(row(1, was), row(1, now)) is Change.STILL_BAD


@pytest.mark.parametrize("was", FINE)
@pytest.mark.parametrize("now", BAD)
def test_what_was_fine_and_is_not_is_newly_bad(was: Outcome, now: Outcome) -> None:
    assert change_of(row(1, was), row(1, now)) is Change.NEWLY_BAD


@pytest.mark.parametrize("was", FINE)
@pytest.mark.parametrize("now", FINE)
def test_what_is_fine_in_both_is_counted_and_not_listed(was: Outcome, now: Outcome) -> None:
    assert change_of(row(1, was), row(1, now)) is Change.STILL_FINE


@pytest.mark.parametrize("was", Outcome)
@pytest.mark.parametrize("status", ["FAILED", "ABORTED"])
def test_a_launched_task_that_has_failed_since_has_not_recovered(was: Outcome, status: str) -> None:
    assert change_of(row(1, was), replace(row(1), status=status)) is Change.ENDED_BADLY


def test_what_had_failed_on_the_platform_in_both_is_told_once() -> None:
    failed = replace(row(1), status="FAILED")

    assert change_of(failed, failed) is Change.STILL_FINE


def test_tasks_of_one_run_alone_are_named_with_what_that_run_says() -> None:
    refused = replace(row(2, Outcome.REJECTED), error_code=7024, http_status=400)

    assert compare([refused], [row(1)]) == Comparison(
        counts={Change.ONLY_NEWER: 1, Change.ONLY_OLDER: 1},
        changes=(
            Changed(
                task=task(1),
                change=Change.ONLY_NEWER,
                older=None,
                newer=Standing(outcome=Outcome.LAUNCHED, status="QUEUED", name="align 1"),
            ),
            Changed(
                task=task(2),
                change=Change.ONLY_OLDER,
                older=Standing(
                    outcome=Outcome.REJECTED,
                    status="DRAFT",
                    told="code 7024, HTTP 400",
                    name="align 2",
                ),
                newer=None,
            ),
        ),
    )


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_kept_of_a_row_is_harmless_and_short(text: str) -> None:
    (changed,) = compare([], [hostile_row(text)]).changes

    assert changed.newer is not None
    for kept in (changed.newer.name, changed.newer.status or ""):
        assert len(kept) <= 80 * len(r"\u202e")
        assert all(one.isprintable() or one == "\u3000" for one in kept)


RUNS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(Outcome)), unique_by=lambda case: case[0]
)


@given(RUNS, RUNS)
def test_every_task_is_counted_once(
    older: Sequence[tuple[int, Outcome]], newer: Sequence[tuple[int, Outcome]]
) -> None:
    was, now = dict(older), dict(newer)

    found = compare((row(*case) for case in older), (row(*case) for case in newer))

    assert sum(found.counts.values()) == len(was.keys() | now.keys())
    assert found.counts.get(Change.ONLY_OLDER, 0) == len(was.keys() - now.keys())
    assert found.counts.get(Change.ONLY_NEWER, 0) == len(now.keys() - was.keys())
    listed = [one.task for one in found.changes]
    assert (
        len(listed)
        == len(set(listed))
        == sum(count for change, count in found.counts.items() if change is not Change.STILL_FINE)
    )
