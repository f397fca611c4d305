"""What shuts the gate and for how long: each row of the table of its module."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.gates import (
    CLOCK,
    GROWING,
    RESET_IN_S,
    Client,
    left,
)
from core.replies import (
    NO_LIMITS,
    TASK,
    alien,
    error,
    maintenance,
    no_answer,
    not_sent,
    rate,
    started,
    task_id,
    throttled,
)
from launcher.core.answer import Limits, Reply
from launcher.core.budget import LONGEST_WINDOW_S, Budget
from launcher.core.gate import LONGEST_RETRY_AFTER_S, SHORT_PAUSE_S, TRIAL_S, GateState


def test_an_open_gate_lets_everybody_pass() -> None:
    client = Client()

    for _ in range(5):
        client.send()
        client.send(is_run=False)

    assert (client.wait_s(), client.wait_s(is_run=False)) == (None, None)


@pytest.mark.parametrize("is_run", [True, False])
def test_a_used_up_budget_shuts_the_gate_until_the_reset_on_the_server_s_clock(
    *, is_run: bool
) -> None:
    client = Client(now=50.0)

    client.ask(started(sent_at=50.0, limits=left(0)))

    assert client.wait_s(is_run=is_run) == 150.0


def test_what_is_in_flight_is_used_up() -> None:
    client = Client(GateState(budget=Budget().told(left(2), sent_at=0.0), clock=CLOCK))

    client.send()
    client.send(is_run=False)

    assert client.wait_s() == RESET_IN_S


def test_a_429_with_retry_after_closes_the_gate_for_everybody_until_then() -> None:
    client = Client(chance=0.25)

    client.ask(replace(throttled(), retry_after_s=30.0))

    assert (client.wait_s(), client.wait_s(is_run=False)) == (30.25, 30.25)


def test_a_look_does_not_open_the_gate_before_retry_after() -> None:
    client = Client()
    client.ask(replace(throttled(), retry_after_s=300.0))

    client.now = 60.0
    client.look()

    assert client.wait_s() == 240.0


def test_a_look_opens_the_gate_after_retry_after() -> None:
    client = Client()
    client.ask(replace(throttled(), retry_after_s=300.0))

    client.wait_and_look()

    assert client.passes


def test_the_longer_of_two_retry_afters_counts() -> None:
    client = Client()
    first, second = client.send(), client.send()

    client.end(replace(throttled(), retry_after_s=30.0), passed_at=first)
    client.end(replace(throttled(), retry_after_s=10.0), passed_at=second)

    assert client.wait_s() == 30.0


@pytest.mark.parametrize("retry_after_s", [4000.0, 86_400.0, 1e12])
def test_a_retry_after_in_the_far_future_is_not_believed(retry_after_s: float) -> None:
    client = Client()

    client.ask(replace(throttled(), retry_after_s=retry_after_s))

    assert client.wait_s() == LONGEST_RETRY_AFTER_S


def test_a_retry_after_of_nothing_is_a_pause_all_the_same() -> None:
    client = Client()

    client.ask(replace(throttled(), retry_after_s=0.0))

    assert client.wait_s() == 1.0


def test_the_pauses_grow_where_every_429_says_retry_after_nothing() -> None:
    client = Client()
    pauses = []

    for _ in GROWING:
        client.ask(replace(throttled(), retry_after_s=0.0))
        pauses.append(client.wait_and_look())

    assert pauses == GROWING


def test_a_429_whose_own_headers_say_nothing_is_left_waits_for_the_reset() -> None:
    client = Client(now=20.0)

    client.ask(throttled(sent_at=20.0, limits=left(0)))

    assert client.wait_s() == 180.0


@pytest.mark.parametrize(
    "limits", [NO_LIMITS, left(7), left(0, reset_in_s=-300.0), replace(left(0), remaining=None)]
)
def test_any_other_429_is_a_pause(limits: Limits) -> None:
    client = Client()

    client.ask(throttled(limits=limits))

    assert client.wait_s() == 1.0


def test_a_throttle_by_a_gateway_in_front_is_a_pause_too() -> None:
    client = Client()

    client.ask(alien(429))

    assert client.wait_s() == 1.0


def test_the_pauses_of_throttles_grow() -> None:
    client = Client()

    waits = []
    for _ in GROWING:
        client.ask(throttled())
        waits.append(client.wait_and_look())

    assert waits == GROWING


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 1.0), (0.5, 1.25), (0.999, 1.4995)])
def test_a_pause_after_a_429_has_jitter(chance: float, wait_s: float) -> None:
    client = Client(chance=chance)

    client.ask(throttled())

    assert client.wait_s() == pytest.approx(wait_s)


def test_twenty_failures_in_a_row_over_three_tasks_close_the_gate_for_a_second() -> None:
    client = Client(chance=0.9)

    for number in range(19):
        client.ask(no_answer(), task=task_id(number % 3))
        assert client.passes
    client.ask(error(502, 90004), task=TASK)

    assert (client.wait_s(), client.wait_s(is_run=False)) == (1.0, 1.0)


def test_failures_of_two_tasks_are_no_outage_while_others_are_left() -> None:
    client = Client()

    for number in range(50):
        client.ask(no_answer(), task=task_id(number % 2))

    assert client.passes


def test_failures_of_all_the_tasks_that_are_left_are_an_outage() -> None:
    client = Client(tasks_left=2)

    for number in range(20):
        client.ask(no_answer(), task=task_id(number % 2))

    assert client.wait_s() == 1.0


def test_failing_reads_are_a_sign_of_an_outage_too() -> None:
    client = Client()

    for number in range(20):
        client.ask(alien(502), is_run=False, task=task_id(number))

    assert client.wait_s() == 1.0


def test_a_good_answer_ends_the_row_of_failures() -> None:
    client = Client()

    for number in range(19):
        client.ask(no_answer(), task=task_id(number))
    client.ask(client.fine)
    for number in range(19):
        client.ask(no_answer(), task=task_id(number))

    assert client.passes


@pytest.mark.parametrize("is_run", [True, False])
def test_the_first_maintenance_answer_closes_the_gate_for_a_second(*, is_run: bool) -> None:
    client = Client(chance=0.9)

    client.ask(maintenance(), is_run=is_run)

    assert (client.wait_s(), client.wait_s(is_run=False)) == (1.0, 1.0)


@pytest.mark.parametrize("closing", [throttled, maintenance])
def test_answers_alike_that_come_while_the_gate_is_closed_are_one_pause(
    closing: Callable[[], Reply],
) -> None:
    client = Client()
    passes = [client.send() for _ in range(16)]

    for passed_at in passes:
        client.end(closing(), passed_at=passed_at)

    assert client.wait_s() == 1.0


def test_a_maintenance_answer_does_not_shorten_a_retry_after() -> None:
    client = Client()
    first, second = client.send(), client.send()

    client.end(replace(throttled(), retry_after_s=30.0), passed_at=first)
    client.end(maintenance(), passed_at=second)

    assert client.wait_s() == 30.0


def test_a_request_that_was_not_sent_costs_nothing() -> None:
    client = Client()
    before = client.gate.budget.available

    client.ask(not_sent())

    assert client.gate.budget.available == before


@pytest.mark.parametrize("reply", [None, no_answer(), alien(502)])
def test_a_request_without_headers_in_its_answer_costs_one(reply: Reply | None) -> None:
    client = Client()
    before = client.gate.budget.available

    client.end(reply, passed_at=client.send())

    assert client.gate.budget.available == before - 1


def test_a_look_that_finds_something_left_opens_before_the_reset() -> None:
    client = Client()
    client.ask(started(limits=left(0)))

    client.now = 60.0
    client.look(rate(left(40), sent_at=60.0))

    assert client.passes


def test_a_look_that_finds_nothing_left_waits_on() -> None:
    client = Client()
    client.ask(started(limits=left(0)))

    client.now = 60.0
    client.look(rate(left(0), sent_at=60.0))

    assert client.wait_s() == 140.0


def test_a_reset_that_was_cut_to_a_whole_second_is_looked_at_again_in_a_moment() -> None:
    client = Client()
    client.ask(started(limits=left(0)))

    client.wait_and_look(rate(left(0), sent_at=RESET_IN_S))

    assert client.wait_s() == SHORT_PAUSE_S


@pytest.mark.parametrize("look", [rate(left(0)), no_answer(), alien(404)])
def test_a_reset_that_is_past_for_sure_opens_for_a_trial_whatever_a_look_says(look: Reply) -> None:
    client = Client()
    client.ask(started(limits=left(0)))

    client.now = RESET_IN_S + 1.0
    client.look(look)

    assert client.passes
    client.send()
    assert client.wait_s() == TRIAL_S


@pytest.mark.parametrize("reset_in_s", [1e6, 1e12, 1e300])
def test_a_reset_in_the_far_future_is_not_waited_for_longer_than_any_window(
    reset_in_s: float,
) -> None:
    client = Client(GateState(budget=Budget(), clock=CLOCK), now=10.0)

    client.ask(started(sent_at=10.0, limits=left(0, reset_in_s=reset_in_s)))

    assert client.wait_s() == LONGEST_WINDOW_S


def test_a_first_reset_in_the_far_past_is_looked_at_now() -> None:
    client = Client(GateState(budget=Budget(), clock=CLOCK), now=10.0)

    client.ask(started(sent_at=10.0, limits=Limits(limit=1000, remaining=0, reset_at=1.0)))

    wait_s = client.wait_s()
    assert wait_s is not None
    assert wait_s < 0


def test_a_first_look_at_a_window_that_is_long_over_opens_for_a_trial() -> None:
    client = Client(GateState(budget=Budget(), clock=CLOCK), now=10.0)

    client.look(rate(Limits(limit=1000, remaining=0, reset_at=1.0), sent_at=10.0))

    assert client.passes
    client.send()
    assert client.wait_s() == TRIAL_S
