"""The keys of a terminal: unseen while a display is on, and forgotten before a question."""

import os
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from typing import IO

_LOCAL_FLAGS = 3  # of what `tcgetattr` returns


def forget_typed(stream: IO[str]) -> None:
    """Drop what was typed and not read yet: it was typed before anybody asked."""
    with suppress(OSError, ValueError, termios.error):
        termios.tcflush(stream.fileno(), termios.TCIFLUSH)


def is_in_foreground(stream: IO[str]) -> bool:
    """Say whether the terminal listens to this process; True where no shell decides that."""
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (OSError, ValueError):  # no terminal, or not the one that controls this process
        return True


class Keyboard:
    """Typed keys would stand in the middle of a display; they wait for who reads them next.

    Nothing but the echo is switched, so Ctrl-C and its like work as ever. Ctrl-Z gives the
    terminal back first: `leave` returns what is to be written before the process stops.
    """

    def __init__(self, stream: IO[str], *, leave: Callable[[], str]) -> None:
        self._stream = stream
        self._leave = leave
        self._echoed = False
        self._catches_stop = False

    def hush(self) -> None:
        """Show no keys from now on; nothing happens in the background, which would stop us."""
        flags = self._flags()
        if flags is None:
            return
        self._catch_stop()
        if flags & termios.ECHO:
            self._echoed = True
            self._set(flags & ~termios.ECHO)

    def restore(self) -> None:
        """Show them again, if they were shown before."""
        if self._catches_stop:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            self._catches_stop = False
        flags = self._flags()
        if self._echoed and flags is not None:
            self._set(flags | termios.ECHO)

    def _flags(self) -> int | None:
        """Return the terminal's local flags; None: it is none, or another job has it now."""
        try:
            if os.tcgetpgrp(self._stream.fileno()) != os.getpgrp():
                return None
            return int(termios.tcgetattr(self._stream.fileno())[_LOCAL_FLAGS])
        except (OSError, ValueError, termios.error):
            return None

    def _set(self, flags: int) -> None:
        with suppress(OSError, ValueError, termios.error):
            attributes = termios.tcgetattr(self._stream.fileno())
            attributes[_LOCAL_FLAGS] = flags
            termios.tcsetattr(self._stream.fileno(), termios.TCSANOW, attributes)

    def _catch_stop(self) -> None:
        if not self._catches_stop and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            with suppress(ValueError):  # only the main thread may
                signal.signal(signal.SIGTSTP, self._stop)
                self._catches_stop = True

    def _stop(self, _number: int, _frame: object) -> None:
        """Stop as Ctrl-Z would have it; what follows happens once the shell continues us."""
        self.restore()
        with suppress(OSError, ValueError):  # past the stream, which may be in the midst of a line
            os.write(self._stream.fileno(), self._leave().encode())
        signal.raise_signal(signal.SIGTSTP)
        self.hush()
