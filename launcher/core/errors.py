"""What ends a run, with the exit code of each.

LauncherError
├── UsageError          2   wrong use, unreadable input or settings
├── RefusedError        3   the token is refused, or nothing or no platform answers
├── HaltedError         4   policy: the outage ceiling; the rest is pending
│   └── DeadlineError   4   the time for starting tasks is over
├── StorageError        5   a journal or report could not be written
├── AlreadyRunningError 75  another run of this account holds the journal
└── InterruptedRunError 130 SIGINT, 143 SIGTERM

What can happen to one task is no exception but a value, see `launcher.core.outcome.Outcome`.
"""

from collections.abc import Iterable


class LauncherError(Exception):
    """Something that ends a run; its text says what, which, and what to do."""

    exit_code = 1


class UsageError(LauncherError):
    """Wrong use, or input or settings that cannot be read; nothing was sent."""

    exit_code = 2


class RefusedError(LauncherError):
    """The token is refused, or nothing answers at the start, or not the platform."""

    exit_code = 3


class HaltedError(LauncherError):
    """A policy halted the run; what is left is pending."""

    exit_code = 4


class DeadlineError(HaltedError):
    """The time for starting tasks was over before all were started."""


class StorageError(LauncherError):
    """A journal or report could not be read or written."""

    exit_code = 5


class AlreadyRunningError(LauncherError):
    """Another run of this account holds the journal; nothing was launched."""

    exit_code = 75


class InterruptedRunError(LauncherError):
    """A signal, or a "no" at the question, ended the run; running again goes on from here."""

    exit_code = 130

    def __init__(self, message: str, *, exit_code: int = 130) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_PRIORITY = (2, 75, 130, 143, 3, 5, 4, 1, 0)


def foremost(errors: Iterable[LauncherError]) -> LauncherError | None:
    """Return the error whose exit code a run ends with: 130/143 before 3 before 5 before 4."""
    return min(errors, key=lambda error: _PRIORITY.index(error.exit_code), default=None)


def foremost_code(exit_codes: Iterable[int]) -> int:
    """Return the exit code that goes before the others; 0 where there is none."""
    return min(exit_codes, key=_PRIORITY.index, default=0)
