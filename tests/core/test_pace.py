"""How long the launcher waits until it reads again what runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.budget import Budget
from launcher.core.pace import (
    AGE_PARTS,
    FEW_ENDS,
    MEAN_PARTS,
    TELLING,
    Lives,
    Pace,
    read_after_s,
    reads_for,
    starts_after_s,
)

RICH = Budget(limit=1_000_000, remaining=1_000_000)
HOUR_S = 3600.0


def after_s(
    lives: Lives, *, budget: Budget = RICH, ends_in_s: float = 300.0, **named: float
) -> float:
    return read_after_s(
        lives,
        shortest_s=named.get("shortest_s", 30.0),
        requests=int(named.get("requests", 1)),
        budget=budget,
        window_ends_in_s=ends_in_s,
    )


def test_once_enough_have_ended_it_is_a_part_of_their_mean_length() -> None:
    lives = Lives(
        active=50, lived_s=50 * HOUR_S, oldest_s=3 * HOUR_S, ended=99, ended_s=50 * HOUR_S
    )

    assert lives.mean_s == HOUR_S
    assert after_s(lives) == pytest.approx(HOUR_S / MEAN_PARTS)


def test_while_few_have_ended_young_tasks_are_looked_at_in_steps_that_grow() -> None:
    ages = [60.0, 600.0, HOUR_S, 4 * HOUR_S]
    lives = [Lives(active=50, lived_s=50 * age, oldest_s=age, ended=3) for age in ages]

    assert [after_s(one) for one in lives] == [30.0, *(age / AGE_PARTS for age in ages[1:])]


def test_when_many_have_ended_the_age_of_the_oldest_says_nothing_more() -> None:
    fresh = Lives(active=50, lived_s=0.0, oldest_s=0.0, ended=FEW_ENDS, ended_s=FEW_ENDS * HOUR_S)

    assert after_s(fresh) == pytest.approx(FEW_ENDS / (FEW_ENDS + 1) * HOUR_S / MEAN_PARTS)


def test_a_mean_that_is_known_to_be_short_goes_before_the_age() -> None:
    lives = Lives(active=1, lived_s=5 * HOUR_S, oldest_s=5 * HOUR_S, ended=9, ended_s=HOUR_S)

    assert after_s(lives) == pytest.approx(0.6 * HOUR_S / MEAN_PARTS)


@given(
    st.builds(
        Lives,
        active=st.integers(0, 5000),
        lived_s=st.floats(0, 1e7),
        oldest_s=st.floats(0, 1e7),
        ended=st.integers(0, 500),
        ended_s=st.floats(0, 1e8),
    )
)
def test_it_is_never_shorter_than_asked_for(lives: Lives) -> None:
    assert after_s(lives, shortest_s=17.0) >= 17.0


@given(st.integers(1, 2000), st.integers(0, 2000), st.floats(1.0, 300.0), st.integers(1, 20))
def test_reads_leave_three_quarters_of_what_is_left_of_a_window(
    limit: int, remaining: int, ends_in_s: float, requests: int
) -> None:
    budget = Budget(limit=limit, remaining=min(remaining, limit))
    wait_s = after_s(
        Lives(), budget=budget, ends_in_s=ends_in_s, shortest_s=0.001, requests=requests
    )

    reads = int(ends_in_s / wait_s + 1e-9)
    assert reads * requests <= max(budget.available / 4 + 1e-6, requests)
    assert wait_s >= budget.window_s * requests / (limit / 4) - 1e-6


def test_a_used_up_window_is_waited_for() -> None:
    assert after_s(Lives(), budget=Budget(remaining=0), ends_in_s=123.0) == 123.0


@pytest.mark.parametrize(("tasks", "requests"), [(0, 0), (1, 1), (100, 1), (101, 2), (1000, 10)])
def test_a_read_takes_a_request_for_every_hundred_tasks(tasks: int, requests: int) -> None:
    assert reads_for(tasks, size=100) == requests


@pytest.mark.parametrize(
    ("left", "used", "seconds"), [(0, 50, 0.0), (5, 40, 0.0), (50, 50, 60.0), (100, 50, 120.0)]
)
def test_so_long_until_the_last_has_a_slot(left: int, used: int, seconds: float) -> None:
    assert starts_after_s(left, used=used, slots=50, mean_s=60.0) == seconds


USUAL = Budget()


def usual_after_s(lives: Lives, *, requests: int = 1, budget: Budget = USUAL) -> float:
    return after_s(lives, budget=budget, requests=requests)


def test_reads_take_a_quarter_of_any_window_at_most() -> None:
    young = Lives(active=10_000, lived_s=10.0, oldest_s=1.0)

    apart_s = usual_after_s(young, requests=100)

    assert 300.0 / apart_s * 100 <= USUAL.limit / 4


def test_reads_wait_for_a_window_whose_budget_is_nearly_used_up() -> None:
    young = Lives(active=10, lived_s=10.0, oldest_s=1.0)
    poor = Budget(remaining=2)

    assert usual_after_s(young, requests=1, budget=poor) == 300.0


def test_the_pace_is_what_was_answered_while_requests_could_leave() -> None:
    pace = Pace().after(7, seconds=9.0, could_leave=False)
    pace = pace.after(7 + TELLING, seconds=5.0, could_leave=True)
    pace = pace.after(20 + TELLING, seconds=300.0, could_leave=False)

    assert pace.per_s(otherwise=1.0) == TELLING / 5.0


def test_few_answers_tell_no_pace() -> None:
    pace = Pace().after(TELLING - 1, seconds=5.0, could_leave=True)

    assert pace.per_s(otherwise=1.0) == 1.0
