"""What is typed at a terminal; how echo, Ctrl-Z and the shell go together needs real processes."""

import io
import os
import pty
import select
import signal
import termios
from collections.abc import Iterator

import pytest

from launcher.adapters.screen import forget_typed
from launcher.adapters.screen.keyboard import Keyboard, is_in_foreground


@pytest.fixture
def terminal() -> Iterator[tuple[int, io.TextIOWrapper]]:
    """Yield the end that a person types at, and the stream that a program reads."""
    typed, read = pty.openpty()
    with open(read) as stream:  # noqa: PTH123 - it is a descriptor
        yield typed, stream
    os.close(typed)


def test_what_was_typed_before_is_forgotten_and_what_comes_after_is_not(
    terminal: tuple[int, io.TextIOWrapper],
) -> None:
    typed, stream = terminal
    os.write(typed, b"yes\nan")
    select.select([stream], [], [], 5)

    forget_typed(stream)
    os.write(typed, b"no\n")

    assert stream.readline() == "no\n"


def test_the_terminal_of_another_session_is_left_as_it_is(
    terminal: tuple[int, io.TextIOWrapper],
) -> None:
    _, stream = terminal
    before, stops = termios.tcgetattr(stream), signal.getsignal(signal.SIGTSTP)
    keyboard = Keyboard(stream, leave=str)

    keyboard.hush()

    assert (termios.tcgetattr(stream), signal.getsignal(signal.SIGTSTP)) == (before, stops)
    assert is_in_foreground(stream)


def test_a_stream_that_is_no_terminal_is_no_trouble() -> None:
    stream = io.StringIO()
    keyboard = Keyboard(stream, leave=str)

    forget_typed(stream)
    keyboard.hush()
    keyboard.restore()

    assert is_in_foreground(stream)
