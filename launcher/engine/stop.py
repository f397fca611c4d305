"""Why a run is ending. Lanes take no new task, finish the request in flight and write its end."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from launcher.core.errors import InterruptedRunError, LauncherError, foremost

log = logging.getLogger(__name__)


class StoppedError(Exception):
    """A request was not sent because the run is ending; it never leaves the engine."""


class Stop:
    """Set once or more, each time with its reason; never unset while anything may be sent."""

    def __init__(self) -> None:
        self.errors: list[LauncherError] = []
        self.event = asyncio.Event()
        self.hopeless = asyncio.Event()
        """Set when not even doubts can be settled any more."""
        self.set_at: float | None = None
        """When the first reason came, on the loop's clock."""
        self.interrupted_at: float | None = None
        """When the first signal came, on the loop's clock."""
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether the run is ending."""
        return bool(self.errors)

    @property
    def reads_are_hopeless(self) -> bool:
        """Whether no read is worth sending any more."""
        return self.hopeless.is_set()

    @property
    def foremost(self) -> LauncherError | None:
        """The reason whose exit code the run ends with."""
        return foremost(self.errors)

    def set(self, error: LauncherError, *, reads_are_hopeless: bool = False) -> None:
        """End the run for this reason; `reads_are_hopeless` where doubts cannot be settled."""
        now = asyncio.get_running_loop().time()
        if self.set_at is None:
            self.set_at = now
        if self.interrupted_at is None and isinstance(error, InterruptedRunError):
            self.interrupted_at = now
        self.errors.append(error)
        log.debug("run is ending", extra={"exit_code": error.exit_code})
        if reads_are_hopeless:
            self.hopeless.set()
        self.event.set()
        for listener in tuple(self._listeners):
            listener()

    def take_back(self, kind: type[LauncherError]) -> None:
        """Forget the reasons of that kind: when all was done they had kept nothing from it."""
        self.errors = [error for error in self.errors if not isinstance(error, kind)]

    @property
    def is_interrupted(self) -> bool:
        """Whether a signal came."""
        return self.interrupted_at is not None

    @property
    def is_hurried(self) -> bool:
        """Whether a second signal came: nothing is waited for any more."""
        return sum(isinstance(error, InterruptedRunError) for error in self.errors) > 1

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """Call `listener` whenever a reason is added, until the body is left."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever a reason is added."""
        self._listeners.append(listener)
