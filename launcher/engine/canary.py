"""The first few tasks of a run, which have to turn out well before the others start."""

import logging
from collections.abc import Iterable

from launcher.core.course import COMPLETED, has_ended
from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.engine.ledger import Ledger
from launcher.engine.stop import Stop

log = logging.getLogger(__name__)

RUNNING = "RUNNING"


class Canaries:
    """So many tasks go ahead; the rest may follow when all of them were seen running, or completed.

    One that turns out badly ends the run. One that somebody else started proves nothing: another
    takes its place, as for one that was held back.
    """

    def __init__(self, ledger: Ledger, *, number: int, stop: Stop) -> None:
        self._ledger = ledger
        self._number = number
        self._stop = stop
        self._ahead: set[TaskId] = set()
        self._proven: set[TaskId] = set()

    def take_over(self, tasks: Iterable[TaskId]) -> None:
        """Count what earlier ticks launched: no tick lives until its own canaries run."""
        launched = [task for task in tasks if self._ledger.state(task).launch is not None]
        for task in sorted(launched, key=self._has_turned_out_badly):
            self.go(task)
            self.look(task, is_busy=False)

    def _has_turned_out_badly(self, task: TaskId) -> bool:
        status = self._ledger.state(task).status
        return has_ended(status) and status != COMPLETED

    @property
    def are_well(self) -> bool:
        """Whether the others may follow."""
        return len(self._proven) >= self._number

    @property
    def proven(self) -> int:
        """How many were seen running, or completed."""
        return len(self._proven)

    @property
    def awaited(self) -> frozenset[TaskId]:
        """Those that are under way and not proven yet."""
        return frozenset(self._ahead - self._proven)

    @property
    def number(self) -> int:
        """How many there are to be."""
        return self._number

    def may_go(self, task: TaskId) -> bool:
        """Say whether the task may be started: as one of them, or after them."""
        return self.are_well or task in self._ahead or len(self._ahead) < self._number

    def go(self, task: TaskId) -> None:
        """Note that the task is going to be started."""
        if not self.are_well:
            self._ahead.add(task)

    def look(self, task: TaskId, *, is_busy: bool) -> None:
        """See what has become of the task; while it `is_busy`, a lane has not done with it."""
        if self.are_well or task not in self._ahead or self._stop.is_set:
            return
        state, outcome = self._ledger.state(task), self._ledger.outcome(task)
        match outcome:
            case Outcome.LAUNCHED if state.status in {RUNNING, COMPLETED}:
                self._proven.add(task)
                log.debug("canary is well", extra={"task": task, "status": state.status})
            case Outcome.LAUNCHED if has_ended(state.status):
                self._halt(task, f"has {state.status}")
            case Outcome.LAUNCHED:
                return
            case _ if is_busy:
                return
            case Outcome.SKIPPED | Outcome.PENDING:
                self._ahead.discard(task)
            case _:
                self._halt(task, f"is {outcome}")

    def _halt(self, task: TaskId, what: str) -> None:
        words = f"the canary {task} {what}: nothing more is started (--canary)"
        self._stop.set(HaltedError(words))
