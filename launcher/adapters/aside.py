"""Work for programs that look on, done beside the run: it waits for none of it."""

import logging
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

AT_MOST = 50_000
"""Pieces that may wait: some 50 MB, and minutes of a reader that has gone to sleep."""
CLOSING_S = 5.0
"""How long the end of a run waits for what is still to be done."""

T = TypeVar("T")


class Aside(Generic[T]):
    """Does work in a thread of its own, in order. What fails first is told once, and ends it.

    It may be given work by any thread.
    """

    def __init__(self, work: Callable[[T], object], *, what: str, at_most: int = AT_MOST) -> None:
        self._work = work
        self._what = what
        self._at_most = at_most
        self._waiting = 0
        self._failed = False
        self._is_stuck = False
        self._lock = Lock()
        self._queue: SimpleQueue[tuple[T, int] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name=what, daemon=True)
        self._thread.start()

    def put(self, piece: T, *, weight: int = 1) -> None:
        """Have it done some time, and return at once."""
        with self._lock:
            if self._failed:
                return
            self._waiting += weight
            is_slow = self._waiting > self._at_most
        if is_slow:
            self._is_stuck = True
            self._fail(f"nobody takes them: {self._at_most:,} wait")
        else:
            self._queue.put((piece, weight))

    def close(self, *, within_s: float = CLOSING_S) -> bool:
        """Return when all is done, or nothing more is going to be; say whether it came to rest."""
        self._queue.put(None)
        self._thread.join(0.0 if self._is_stuck else within_s)
        if self._thread.is_alive():
            self._is_stuck = True
            self._fail(f"nobody took the last ones within {within_s:g} s")
            return False
        return True

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None and not self._failed:
            piece, weight = taken
            try:
                self._work(piece)
            except OSError as error:
                self._fail(error.strerror or str(error))
            with self._lock:
                self._waiting -= weight

    def _fail(self, why: str) -> None:
        """Say so, unless it was said."""
        with self._lock:
            was_said, self._failed = self._failed, True
        if not was_said:
            log.warning(
                "%s cannot be written; the run goes on without", self._what, extra={"why": why}
            )
