"""A question to a person, and the signals that end the wait for its answer."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from launcher.adapters.signals import breaking_off
from launcher.core.errors import InterruptedRunError


@pytest.fixture
def silent() -> Iterator[IO[str]]:
    """Somebody's terminal, who types nothing."""
    typed, keyboard = os.pipe()
    with os.fdopen(typed) as stream, os.fdopen(keyboard, "w"):
        yield stream


def _ring(number: int) -> None:
    """Let a signal have come whose handler was another one's."""
    bell = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(bell)
    os.write(bell, bytes([number]))


@pytest.mark.timeout(10)
def test_a_signal_that_came_before_the_wait_breaks_it_off(silent: IO[str]) -> None:
    with breaking_off(more="") as wait_for:
        _ring(signal.SIGTERM)

        with pytest.raises(InterruptedRunError, match="SIGTERM"):
            wait_for(silent)


def test_one_that_came_after_the_answer_is_heard_too() -> None:
    with pytest.raises(InterruptedRunError, match="SIGHUP"), breaking_off(more=""):
        _ring(signal.SIGHUP)


def test_other_signals_let_the_wait_go_on(tmp_path: Path) -> None:
    (tmp_path / "typed").write_text("y\n")

    with (tmp_path / "typed").open() as typed, breaking_off(more="") as wait_for:
        _ring(signal.SIGWINCH)
        wait_for(typed)

        assert typed.readline() == "y\n"


def test_signals_are_the_event_loops_again_afterwards() -> None:
    before = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)

    with breaking_off(more=""):
        pass

    assert signal.set_wakeup_fd(before) == before


def test_a_signal_breaks_off_and_says_what_that_means() -> None:
    said = "interrupted by SIGINT: nothing was sent"

    with (
        pytest.raises(InterruptedRunError, match=said) as ended,
        breaking_off(more=": nothing was sent"),
    ):
        signal.raise_signal(signal.SIGINT)

    assert ended.value.exit_code == 130
