"""What the phases of a run share."""

from dataclasses import dataclass

from launcher.engine.asking import Asker
from launcher.engine.gate import Gate
from launcher.engine.orders import Orders
from launcher.engine.reading import Reader
from launcher.engine.retrying import Pauses
from launcher.engine.stop import Stop
from launcher.ports import Clock, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one run; `left_s` is the time until its deadline, None without one."""

    orders: Orders
    clock: Clock
    gate: Gate
    asker: Asker
    reader: Reader
    pauses: Pauses
    progress: Progress
    stop: Stop
    left_s: float | None
