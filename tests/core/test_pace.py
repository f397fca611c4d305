"""When tasks that run are read again: often enough for slots, seldom enough for the budget."""

from launcher.core.budget import Budget
from launcher.core.pace import FEW_ENDS, Lives, read_after_s

USUAL = Budget()


def after_s(lives: Lives, *, requests: int = 1, budget: Budget = USUAL) -> float:
    return read_after_s(
        lives, shortest_s=30.0, requests=requests, budget=budget, window_ends_in_s=300.0
    )


def test_young_tasks_are_read_as_often_as_may_be() -> None:
    assert after_s(Lives(active=5, lived_s=50.0, oldest_s=10.0)) == 30.0


def test_while_few_have_ended_the_age_of_the_oldest_bounds_the_pause() -> None:
    lives = Lives(active=50, lived_s=50 * 600.0, oldest_s=600.0)

    assert after_s(lives) == 100.0


def test_later_it_is_a_thirteenth_of_the_mean_length() -> None:
    ends = 10 * FEW_ENDS
    lives = Lives(active=0, oldest_s=1.0, ended=ends, ended_s=(ends + 1) * 1300.0)

    assert after_s(lives) == 100.0


def test_reads_take_a_quarter_of_any_window_at_most() -> None:
    young = Lives(active=10_000, lived_s=10.0, oldest_s=1.0)

    apart_s = after_s(young, requests=100)

    assert 300.0 / apart_s * 100 <= USUAL.limit / 4


def test_reads_wait_for_a_window_whose_budget_is_nearly_used_up() -> None:
    young = Lives(active=10, lived_s=10.0, oldest_s=1.0)
    poor = Budget(remaining=2)

    assert after_s(young, requests=1, budget=poor) == 300.0
