"""Time against the ideal under windows, and throttles, alone and beside a neighbour: virtual time.

The ideal spends each window to its last request and begins the next as it opens.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from launcher.core.ids import TaskId
from support.bench import Bench
from support.fake_platform import FakePlatform
from support.virtual_time import VirtualClock, run_virtual

LANES = 32
TASKS, LIMIT = 3450, 1000
LEAST_REQUESTS = TASKS + ceil(TASKS / 100) + 1
"""One to start each, one to read 100 of them, and one to learn who we are."""


@dataclass(frozen=True, kw_only=True)
class Budgeted:
    """How one launch went."""

    name: str
    tasks: int
    requests: int
    took_s: float
    ideal_s: float
    throttles: int

    @property
    def of_ideal(self) -> float:
        """The time taken ÷ the ideal."""
        return self.took_s / self.ideal_s


def launches() -> Iterator[Budgeted]:
    """Yield launches of 3,450 tasks under windows of some lengths, then beside a neighbour."""
    for length_s in (60.0, 300.0):
        yield _launched(f"alone, 1,000 in {length_s:g} s", length_s=length_s)
    for share in (0.05, 0.5):
        name = f"a neighbour takes {share:.0%} of 1,000 in 300 s as each window opens"
        yield _launched(name, length_s=300.0, taken=share)


def _launched(name: str, *, length_s: float, taken: float = 0.0) -> Budgeted:
    bench = Bench(clock=VirtualClock(seed=1))
    platform = bench.platform
    platform.window.limit, platform.window.length_s = LIMIT, length_s
    drafts = tuple(platform.add_drafts(TASKS))
    if taken:
        _let_in_neighbour(platform, taken)
    launched, took_s = run_virtual(_launch(bench, drafts))
    if launched != TASKS:
        raise RuntimeError(f"{name}: {launched} of {TASKS} launched")
    ours = LIMIT - round(LIMIT * taken)
    whole = ceil(LEAST_REQUESTS / ours) - 1
    rest_s = ceil((LEAST_REQUESTS - whole * ours) / LANES) * platform.latency_s
    return Budgeted(
        name=name,
        tasks=TASKS,
        requests=platform.requests.total() - platform.requests["rate_limit"],
        took_s=took_s,
        ideal_s=whole * length_s + rest_s,
        throttles=platform.throttles,
    )


async def _launch(bench: Bench, drafts: Sequence[TaskId]) -> tuple[int, float]:
    """Return how many tasks were launched, and after how many seconds all was done."""
    _, report = await bench.run(drafts, concurrency=LANES)
    return report.summary.launched, bench.clock.monotonic()


def _let_in_neighbour(platform: FakePlatform, share: float) -> None:
    """Let another program take that share of each window at its first request."""
    window = platform.window
    take: Callable[[float], bool] = window.take

    def taken(now: float) -> bool:
        opened = window.opened
        passes = take(now)
        if window.opened > opened:
            window.used += round(window.limit * share)
        return passes

    window.take = taken  # type: ignore[method-assign]
