"""Whether a request may still leave once its entry is durable: late ones are held back."""

from launcher.core.answer import STOPPED_BEFORE, NotSent
from launcher.core.errors import StorageError
from launcher.engine.stop import Stop
from launcher.ports import Clock

STALE_S = 5.0
"""What took longer than this to become durable is not sent."""
LONGEST_SLOW_S = 300.0
"""How long every request may be held back for that; then the run ends."""


class Punctuality:
    """Holds requests back whose entries the journal took too long to write."""

    def __init__(self, clock: Clock, *, stop: Stop) -> None:
        self._clock = clock
        self._stop = stop
        self._slow_since: float | None = None

    def reason_not_to_send(self, asked_at: float) -> NotSent | None:
        """Return why a request must not leave whose entry was asked for then; None: it may."""
        if self._stop.is_set:
            return NotSent(why=STOPPED_BEFORE, held_back=True)
        now = self._clock.monotonic()
        if now - asked_at <= STALE_S:
            self._slow_since = None
            return None
        if self._slow_since is None:
            self._slow_since = now
        why = f"the journal took more than {STALE_S:g} s to write the attempt"
        if now - self._slow_since > LONGEST_SLOW_S:
            mend = "see what slows its disk down, or name another file with --journal PATH"
            self._stop.set(StorageError(f"{why}, for minutes: {mend}"))
        return NotSent(why=why, held_back=True)
