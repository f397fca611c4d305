"""Signals while a person is waited for."""

import os
import signal

import pytest

from launcher.adapters.signals import breaking_off
from launcher.core.errors import InterruptedRunError


@pytest.mark.timeout(10)
def test_a_signal_that_came_right_before_the_wait_ends_it() -> None:
    """Its handler has run, so a read would wait for a person who has said what they want."""
    typed, _keyboard = os.pipe()
    with os.fdopen(typed) as silent, os.fdopen(_keyboard, "w"), breaking_off(more="") as wait_for:
        bell = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(bell)
        os.write(bell, bytes([signal.SIGINT]))

        wait_for(silent)


def test_a_signal_breaks_off_and_says_what_that_means() -> None:
    said = "interrupted by SIGINT: nothing was sent"

    with (
        pytest.raises(InterruptedRunError, match=said) as ended,
        breaking_off(more=": nothing was sent"),
    ):
        signal.raise_signal(signal.SIGINT)

    assert ended.value.exit_code == 130
