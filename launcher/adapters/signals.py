"""The signals that ask for an end. What they do depends on how far the command has come.

Who had one of them ignored before (`nohup`, a shell's background job) is not disturbed by it.
"""

import os
import select
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from launcher.core.errors import InterruptedRunError

EXIT_CODES: Mapping[signal.Signals, int] = {
    signal.SIGINT: 130,
    signal.SIGTERM: 143,
    signal.SIGHUP: 143,
}

_RINGS = 100
"""Signals whose numbers are read at once."""

Handler = Callable[[int, FrameType | None], object]


def interrupted_by(number: int, *, more: str = "") -> InterruptedRunError:
    """Return what ends a run after that signal."""
    caught = signal.Signals(number)
    return InterruptedRunError(f"interrupted by {caught.name}{more}", exit_code=EXIT_CODES[caught])


def heeded() -> tuple[signal.Signals, ...]:
    """Return those of the signals that whoever started us did not have ignored."""
    return tuple(one for one in EXIT_CODES if signal.getsignal(one) is not signal.SIG_IGN)


def end_at_once() -> None:
    """Let a signal end the process where it stands: nothing was begun that wants an end.

    An exception would be swallowed in the midst of an import, or leave its lock taken for ever.
    It stays so when all is done, as Python takes its time to leave.
    """
    for number in heeded():
        signal.signal(number, lambda caught, _: os._exit(EXIT_CODES[signal.Signals(caught)]))


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Let Ctrl-C be the exception that asyncio cancels its main task for."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def telling(tell: Callable[[InterruptedRunError], object]) -> Iterator[None]:
    """Tell a run what asks it to end, in its event loop."""
    import asyncio  # noqa: PLC0415 - who asks for the version pays for no loop

    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in heeded()}
    for number in before:
        loop.add_signal_handler(number, tell, interrupted_by(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


@contextmanager
def breaking_off(*, more: str) -> Iterator[Callable[[IO[str]], None]]:
    """Let signals break off what waits for a person: the event loop waits too, and sees none.

    Yields what waits until there is something to read: a signal that comes right before a read
    would not break it off, and whoever pressed Ctrl-C would have to press it again.

    Raises:
        InterruptedRunError: by the first; `more` says what that means.
    """

    def leave(number: int, _frame: FrameType | None = None) -> None:
        raise interrupted_by(number, more=more)

    with _bell() as rung:

        def listen() -> None:
            """Break off for a signal that came when `leave` was not there, or not any more."""
            with suppress(BlockingIOError):
                for number in filter(heeded().__contains__, os.read(rung, _RINGS)):
                    leave(number)

        def wait(stream: IO[str]) -> None:
            ready: Sequence[int] = ()
            while stream.fileno() not in ready:
                ready, _, _ = select.select((stream.fileno(), rung), (), ())
                listen()

        with _caught_by(leave):
            yield wait
        listen()


@contextmanager
def _bell() -> Iterator[int]:
    """Yield what the number of each signal can be read from; it never lets a reader wait."""
    rung, bell = os.pipe()
    for end in (rung, bell):
        os.set_blocking(end, False)
    wakeup = signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    try:
        yield rung
    finally:
        signal.set_wakeup_fd(wakeup)
        os.close(rung)
        os.close(bell)


@contextmanager
def noting() -> Iterator[Sequence[InterruptedRunError]]:
    """Yield the signals that came while the body runs; it looks for them where it can end."""
    noted: list[InterruptedRunError] = []
    with _caught_by(lambda number, _: noted.append(interrupted_by(number))):
        yield noted


class Noted:
    """Signals after the end of a run, while its reports are written.

    That takes little, so the first is noted and the reports are finished. A second one breaks off,
    and so does the first where the reader of a pipe lets us wait.
    """

    def __init__(self) -> None:
        self.errors: list[InterruptedRunError] = []
        self._is_patient = True

    def listen(self) -> None:
        """Begin, until the process ends."""
        for number in heeded():
            signal.signal(number, self._note)

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Break the body off at the first signal, or at once if there was one.

        Raises:
            InterruptedRunError: for the signal.
        """
        self._is_patient = False
        try:
            if self.errors:
                raise self.errors[0]
            yield
        finally:
            self._is_patient = True

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.errors.append(
            interrupted_by(
                number,
                more=" while reports were written; what is missing, "
                "`launcher report RUN -o PATH` writes",
            )
        )
        if not self._is_patient or len(self.errors) > 1:
            raise self.errors[0]


@contextmanager
def _caught_by(handler: Handler) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in heeded()}
    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
