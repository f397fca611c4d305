"""Signals once a run has ended: reports are finished at the first, and left at the second."""

import os
import signal
from collections.abc import Iterator

import pytest

from launcher.adapters.signals import EXIT_CODES, Noted
from launcher.core.errors import InterruptedRunError
from support.limits import handlers_kept


@pytest.fixture
def noted() -> Iterator[Noted]:
    """Note signals until the test ends."""
    with handlers_kept():
        signals = Noted()
        signals.listen()
        yield signals


def _send(number: signal.Signals) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", EXIT_CODES)
def test_the_first_signal_is_noted_with_its_exit_code(noted: Noted, number: signal.Signals) -> None:
    _send(number)

    assert [error.exit_code for error in noted.errors] == [EXIT_CODES[number]]
    assert str(noted.errors[0]).startswith(f"interrupted by {number.name} while reports")


def test_a_second_signal_breaks_off(noted: Noted) -> None:
    _send(signal.SIGTERM)

    with pytest.raises(InterruptedRunError, match="SIGTERM"):
        _send(signal.SIGINT)
    assert len(noted.errors) == 2


def test_what_may_take_for_ever_is_not_begun_after_a_signal(noted: Noted) -> None:
    _send(signal.SIGTERM)
    begun = False

    with pytest.raises(InterruptedRunError, match="SIGTERM"), noted.impatient():
        begun = True
    assert not begun


def test_a_signal_breaks_off_what_may_take_for_ever(noted: Noted) -> None:
    with pytest.raises(InterruptedRunError, match="SIGHUP"), noted.impatient():
        _send(signal.SIGHUP)


def test_after_what_might_have_taken_for_ever_the_first_signal_is_noted_again(noted: Noted) -> None:
    with noted.impatient():
        pass

    _send(signal.SIGTERM)

    assert len(noted.errors) == 1
