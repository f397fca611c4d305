"""What the phases of a run share."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from launcher.engine.asking import Asker
from launcher.engine.ending import ending
from launcher.engine.gate import Gate
from launcher.engine.orders import Orders
from launcher.engine.reading import Reader
from launcher.engine.retrying import Pauses
from launcher.engine.stop import Stop
from launcher.ports import Clock, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one run; `halting` ends what is within at the deadline, if there is one."""

    orders: Orders
    clock: Clock
    gate: Gate
    asker: Asker
    reader: Reader
    pauses: Pauses
    progress: Progress
    stop: Stop
    halting: Callable[[], AbstractAsyncContextManager[None]]

    def ending(self, *, grace_s: float) -> AbstractAsyncContextManager[None]:
        """Return a phase that ends in time when the run is to end."""
        return ending(self.stop, grace_s=grace_s, longest_s=self.orders.max_outage_s)
