"""How many tasks may be active at once, which somebody may change while the run goes on."""

from collections.abc import Callable

from launcher.ports import Clock, Dial


class Limit:
    """The number, looked up again now and then; None: there is none.

    What stands there and is no number leaves the last one as it is, and is said once.
    """

    def __init__(
        self,
        most: int | None,
        clock: Clock,
        *,
        dial: Dial | None,
        every_s: float,
        say: Callable[[str], None],
    ) -> None:
        self.most = most
        self.every_s = every_s
        self._clock = clock
        self._dial = dial
        self._say = say
        self._looked_at: float | None = None
        self._complaint: str | None = None

    def allows(self, used: int) -> bool:
        """Say whether one more may be active where so many are."""
        return self.most is None or used < self.most

    def look(self) -> None:
        """Take the number that stands on the dial, if it was not looked at lately."""
        now = self._clock.monotonic()
        if self._dial is None or (
            self._looked_at is not None and now - self._looked_at < self.every_s
        ):
            return
        self._looked_at = now
        told = self._dial.read()
        if isinstance(told, int):
            if told != self.most:
                self._say(f"--max-running is {told:,} now")
            self.most, self._complaint = told, None
        elif told != self._complaint:
            self._complaint = told
            kept = "no task is held back" if self.most is None else f"it stays at {self.most:,}"
            self._say(f"--max-running-file: {told}; {kept}")
