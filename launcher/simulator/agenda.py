"""What will happen on the platform, in the order of its times; carried out when somebody looks."""

import heapq
from collections.abc import Callable
from itertools import count

Deed = Callable[[float], object]


class Agenda:
    """Deeds by their time, server's seconds; deeds of one time keep the order of their noting.

    Nothing runs by itself: whoever wants to know the state at a moment advances to it first. A deed
    is told its own time, which may lie before the moment to which others have advanced already.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._noted: list[tuple[float, int, Deed]] = []

    def at(self, at_s: float, deed: Deed) -> None:
        """Note a deed."""
        heapq.heappush(self._noted, (at_s, next(self._numbers), deed))

    def advance(self, now_s: float) -> None:
        """Do what has become due, also what that makes due in its turn."""
        while self._noted and self._noted[0][0] <= now_s:
            at_s, _, deed = heapq.heappop(self._noted)
            deed(at_s)
