"""How much of Little's law a launch reaches: in flight ÷ latency is the most that it allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.programs import LAUNCHER
from bench.rates import once

LATENCIES_S = (0.05, 0.2)
IN_FLIGHT = (1, 10, 32, 100, 256)
LASTS_S = 3.0
LEAST_TASKS = 60


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a launch reached with so many in flight and such a latency."""

    latency_s: float
    in_flight: int
    runs_per_s: float

    @property
    def most_per_s(self) -> float:
        """What the law allows."""
        return self.in_flight / self.latency_s

    @property
    def of_law(self) -> float:
        """The share of it that was reached, 0 to 1."""
        return self.runs_per_s / self.most_per_s


@dataclass(frozen=True, kw_only=True)
class Law:
    """What was reached of what the law allows, and what a commit before each request leaves of it.

    Where a bare loop could not do twice as much, its work and not the latency is the limit.
    """

    shares: Sequence[Share]
    bare_per_s: float
    commit_s: float

    def bound(self, share: Share) -> float | None:
        """Return the share that the latency and one commit allow; None: they are not the limit."""
        if share.most_per_s >= self.bare_per_s / 2:
            return None
        return share.latency_s / (share.latency_s + self.commit_s)

    @property
    def least(self) -> float:
        """The least share of that bound that was reached."""
        bounds = ((share, self.bound(share)) for share in self.shares)
        return min(share.of_law / bound for share, bound in bounds if bound is not None)


def shares(beside: Path) -> list[Share]:
    """Measure each latency with each number in flight, by the server's clock."""
    found = []
    for latency_s in LATENCIES_S:
        for lanes in IN_FLIGHT:
            tasks = max(int(lanes / latency_s * LASTS_S), LEAST_TASKS)
            _, counts = once(LAUNCHER, beside, tasks=tasks, lanes=lanes, latency_s=latency_s)
            lasted_s = counts.lasted_s + latency_s  # until the last was answered
            runs_per_s = counts.runs / lasted_s
            found.append(Share(latency_s=latency_s, in_flight=lanes, runs_per_s=runs_per_s))
    return found
