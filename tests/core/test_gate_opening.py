"""What opens the gate: looks, probes and trials, whatever comes late."""

from collections.abc import Callable

import pytest

from core.gates import (
    GROWING,
    RESET_IN_S,
    Client,
    client_in_an_outage,
    client_on_trial,
    left,
)
from core.replies import (
    alien,
    error,
    maintenance,
    no_answer,
    not_sent,
    rate,
    started,
    tasks_read,
    throttled,
)
from launcher.core.answer import Reply
from launcher.core.gate import TRIAL_S

# ---------------------------------------------------------------- late answers


@pytest.mark.parametrize("late", [throttled(), maintenance(), no_answer(), alien(502)])
def test_a_late_answer_does_not_close_an_opened_gate_again(late: Reply) -> None:
    client = Client()
    first, second = client.send(), client.send()
    client.end(maintenance(), passed_at=first)
    client.wait_and_look()

    client.end(late, passed_at=second)

    assert client.passes


def test_a_late_good_answer_does_not_open_the_gate_for_more_than_the_trial() -> None:
    client = Client()
    first, second = client.send(), client.send()
    client.end(throttled(), passed_at=first)
    client.wait_and_look()
    client.send()

    client.end(client.fine, passed_at=second)

    assert client.wait_s() == TRIAL_S


def test_a_late_good_answer_does_not_shrink_the_pauses() -> None:
    client = Client()
    first, second = client.send(), client.send()
    client.end(throttled(), passed_at=first)
    client.wait_and_look()

    client.end(client.fine, passed_at=second)
    client.ask(throttled())

    assert client.wait_s() == 2.0


def test_a_good_answer_to_what_passed_before_the_gate_closed_does_not_shrink_the_pauses() -> None:
    client = client_on_trial()
    client.ask(client.fine)
    first, second, third = client.send(), client.send(), client.send()
    client.end(throttled(), passed_at=first)
    client.end(client.fine, passed_at=second)
    client.wait_and_look()
    client.end(client.fine, passed_at=third)

    client.ask(throttled())

    assert client.wait_s() == 2.0


def test_a_good_answer_to_what_passed_before_maintenance_does_not_end_it() -> None:
    client = Client()
    first, second = client.send(), client.send()
    client.end(maintenance(), passed_at=first)

    client.end(client.fine, passed_at=second)

    assert client.gate.outage_since == client.now
    client.wait_and_look(maintenance())
    assert client.wait_s() == 2.0


def test_a_look_in_the_middle_of_a_trial_does_not_make_its_answer_late() -> None:
    client = client_in_an_outage()
    client.wait_and_look()
    trial = client.send()
    client.now += TRIAL_S
    client.look()

    client.end(no_answer(sent_at=trial), passed_at=trial)

    assert client.wait_s() == 2.0


# ---------------------------------------------------------------- the trial


@pytest.mark.parametrize("begin", [client_on_trial, client_in_an_outage])
def test_an_opened_gate_lets_one_run_request_through_and_every_read(
    begin: Callable[[], Client],
) -> None:
    client = begin()
    if not client.passes:
        client.wait_and_look()

    client.send()

    assert client.wait_s() == TRIAL_S
    assert client.wait_s(is_run=False) is None


def test_a_new_window_lets_one_run_request_through() -> None:
    client = Client()
    client.ask(started(limits=left(0)))
    client.wait_and_look()

    client.send()

    assert (client.wait_s(), client.wait_s(is_run=False)) == (TRIAL_S, None)


def test_a_good_answer_to_the_trial_opens_the_gate_for_everybody() -> None:
    client = client_on_trial()

    client.ask(client.fine)
    client.send()

    assert client.passes


def test_a_refusal_of_the_trial_s_task_opens_the_gate_for_everybody() -> None:
    client = client_on_trial()

    client.ask(error(403, 7001))
    client.send()

    assert client.passes


def test_a_throttled_trial_closes_the_gate_for_longer() -> None:
    client = client_on_trial()

    client.ask(throttled())

    assert client.wait_s() == 2.0


@pytest.mark.parametrize("failure", [no_answer(), not_sent(), alien(502), error(503, 7000)])
def test_a_trial_that_failed_tells_nothing_and_is_followed_by_another(failure: Reply) -> None:
    client = client_on_trial()

    client.ask(failure)
    client.send()

    assert client.wait_s() == TRIAL_S


def test_the_trial_after_one_that_failed_opens_the_gate_for_everybody() -> None:
    client = client_on_trial()
    client.ask(no_answer())

    client.ask(client.fine)
    client.send()

    assert client.passes


def test_a_trial_that_was_given_up_is_followed_by_another() -> None:
    client = client_on_trial()
    trial = client.send()

    client.end(None, passed_at=trial)

    assert client.passes
    client.send()
    assert client.wait_s() == TRIAL_S


def client_that_closed_during_its_trial() -> tuple[Client, float]:
    """Return a client whose gate is open again, and when the trial before passed."""
    client = client_in_an_outage()
    client.wait_and_look()
    trial = client.send()
    client.ask(no_answer(), is_run=False)
    client.wait_and_look()
    return client, trial


def test_a_gate_that_closed_during_a_trial_does_not_wait_for_its_answer() -> None:
    client, _ = client_that_closed_during_its_trial()

    assert client.passes


def test_the_answer_to_an_older_trial_does_not_decide_the_newer_one() -> None:
    client, older = client_that_closed_during_its_trial()
    client.send()

    client.end(client.fine, passed_at=older)

    assert client.wait_s() == TRIAL_S


def test_a_good_read_does_not_end_the_trial() -> None:
    client = client_on_trial()
    client.send()

    client.ask(tasks_read(sent_at=client.now, limits=left(800)), is_run=False)

    assert client.wait_s() == TRIAL_S


def test_pauses_do_not_shrink_after_a_good_read() -> None:
    client = client_on_trial()

    client.ask(tasks_read(sent_at=client.now, limits=left(800)), is_run=False)
    client.ask(throttled())

    assert client.wait_s() == 2.0


def test_pauses_shrink_after_a_run_request_was_answered_otherwise() -> None:
    client = client_on_trial()

    client.ask(client.fine)
    client.ask(throttled())

    assert client.wait_s() == 1.0


def test_a_trial_is_there_again_after_each_opening() -> None:
    client = client_on_trial()
    client.ask(throttled())
    client.wait_and_look()

    client.send()

    assert client.wait_s() == TRIAL_S


# ---------------------------------------------------------------- outage and probes


@pytest.mark.parametrize("probe", [not_sent(), no_answer(), alien(502), maintenance()])
def test_the_pauses_between_probes_grow_while_they_fail(probe: Reply) -> None:
    client = client_in_an_outage()

    waits = [client.wait_and_look(probe) for _ in GROWING]

    assert waits == GROWING


def test_the_first_answer_of_the_platform_opens_the_gate() -> None:
    client = client_in_an_outage()
    client.wait_and_look(no_answer())

    client.wait_and_look()

    assert client.passes


@pytest.mark.parametrize("failure", [no_answer(), not_sent(), error(500, 90004), maintenance()])
def test_a_platform_that_answers_probes_and_fails_run_requests_stays_closed(failure: Reply) -> None:
    client = client_in_an_outage()

    waits = []
    for _ in GROWING:
        waits.append(client.wait_and_look())
        client.ask(failure)

    assert waits == GROWING


def test_the_outage_is_as_old_as_its_first_failure_while_probes_are_answered() -> None:
    client = client_in_an_outage()
    began_at = client.gate.outage_since

    for _ in range(5):
        client.wait_and_look()
        client.ask(no_answer())

    assert (began_at, client.gate.outage_since) == (0.0, 0.0)


def test_a_run_request_that_worked_ends_the_outage() -> None:
    client = client_in_an_outage()
    client.wait_and_look()

    client.ask(client.fine)
    client.ask(no_answer())

    assert client.gate.outage_since is None
    assert client.passes


def test_a_read_that_fails_between_trials_does_not_close_the_gate_again() -> None:
    client = client_in_an_outage()
    client.wait_and_look()
    client.ask(client.fine, is_run=False)

    client.ask(no_answer(), is_run=False)

    assert client.passes


def test_a_good_read_does_not_excuse_a_trial_that_fails() -> None:
    client = client_in_an_outage()
    client.wait_and_look()

    client.ask(tasks_read(sent_at=client.now), is_run=False)
    client.ask(no_answer())

    assert client.wait_s() == 2.0


def test_the_pauses_of_the_next_outage_begin_anew() -> None:
    client = client_in_an_outage()
    client.wait_and_look(no_answer())
    client.wait_and_look()
    client.ask(client.fine)

    client.ask(maintenance())

    assert client.wait_s() == 1.0


def test_a_platform_that_throttles_is_in_reach() -> None:
    client = client_in_an_outage()
    client.wait_and_look()

    client.ask(throttled())

    assert client.gate.outage_since is None


def test_waiting_for_a_new_window_is_no_outage() -> None:
    client = client_in_an_outage()

    client.wait_and_look(rate(left(0)))

    assert client.gate.outage_since is None
    assert client.wait_s() == RESET_IN_S - client.now


def test_a_closed_gate_says_why() -> None:
    reasons = []
    for closing in (throttled(), maintenance(), alien(502, "Bad Gateway")):
        client = Client(tasks_left=1)
        for _ in range(20):
            if client.passes:
                client.ask(closing)
        reasons.append(client.gate.why)

    assert reasons == [
        "the platform throttles",
        "HTTP 503, code 0: no",
        "HTTP 502, not the platform's word: Bad Gateway",
    ]
