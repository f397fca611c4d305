"""What many runs against fake platforms came to, counted for the figures."""

from collections import Counter
from dataclasses import dataclass, field

from support.fake_platform import FakePlatform
from support.figures import Figures


@dataclass
class Lives:
    """Runs over so many tasks against one platform, and when they were killed."""

    platform: FakePlatform
    tasks: int
    killed_at: list[float] = field(default_factory=list)


@dataclass
class Tally:
    """Counts that grow; lives are added when all is over. A wrong row fails its proof at once."""

    tasks: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    starts: int = 0
    doubles: int = 0
    requests: int = 0
    throttles: int = 0
    longest_recovery_s: float | None = None

    def add(self, lives: Lives) -> None:
        """Count what a platform met, and the kills of runs against it."""
        platform, killed_at = lives.platform, lives.killed_at
        self.tasks += lives.tasks
        self.kills += len(killed_at)
        self.faults.update(platform.met)
        self.starts += platform.starts.total()
        self.doubles += sum(count > 1 for count in platform.starts.values())
        self.requests += platform.requests.total() - platform.requests["rate_limit"]
        self.throttles += platform.throttles
        started = [start.at for start in platform.begun]
        for killed in killed_at:
            self._recovered(killed, min((at for at in started if at > killed), default=killed))

    def _recovered(self, killed: float, started: float) -> None:
        self.longest_recovery_s = max(self.longest_recovery_s or 0.0, started - killed)

    def figures(self, proof: str, *, rested: bool = False) -> Figures:
        """Return all that was counted; no recovery where somebody `rested` after kills."""
        return Figures(
            proof=proof,
            tasks=self.tasks,
            faults=dict(self.faults),
            kills=self.kills,
            starts=self.starts,
            doubles=self.doubles,
            requests=self.requests,
            throttles=self.throttles,
            longest_recovery_s=None if rested else self.longest_recovery_s,
        )
