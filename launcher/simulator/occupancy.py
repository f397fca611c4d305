"""How many tasks were under way at once, and for how long; told from their changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from launcher.simulator.task import UNDER_WAY, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Tasks CREATING, QUEUED or RUNNING: how many at most, and their time added up.

    `task_seconds` counts between the first start and the last one alone, both on the server's
    clock and None where nothing was started.
    """

    peak: int = 0
    task_seconds: float = 0.0
    first_start_s: float | None = None
    last_start_s: float | None = None

    def share_of(self, slots: int) -> float:
        """Return the share of so many slots that was used between the first and the last start."""
        if self.first_start_s is None or self.last_start_s is None:
            return 0.0
        span_s = self.last_start_s - self.first_start_s
        return self.task_seconds / (slots * span_s) if span_s else 1.0


def occupancy_of(tasks: Iterable[Task], *, since_s: float, now_s: float) -> Occupancy:
    """Add up what these tasks did since a moment; one that ends makes room for one that starts."""
    chosen = tuple(tasks)
    starts_s = [start.at_s for task in chosen for start in task.starts]
    first_s, last_s = (min(starts_s), max(starts_s)) if starts_s else (now_s, now_s)
    steps: list[tuple[float, int]] = []
    task_seconds = 0.0
    for task in chosen:
        for from_s, to_s in _stretches(task, now_s=now_s):
            if to_s > since_s:
                steps += ((max(from_s, since_s), 1), (to_s, -1))
                task_seconds += max(0.0, min(to_s, last_s) - max(from_s, first_s))
    steps.sort()
    count = peak = 0
    for _, step in steps:
        count += step
        peak = max(peak, count)
    return Occupancy(
        peak=peak,
        task_seconds=task_seconds,
        first_start_s=first_s if starts_s else None,
        last_start_s=last_s if starts_s else None,
    )


def _stretches(task: Task, *, now_s: float) -> Iterator[tuple[float, float]]:
    """Yield the times from and to which a task was under way; one that still is ends after now."""
    from_s: float | None = None
    for change in task.life.changes:
        if change.at_s > now_s:
            break
        if change.status in UNDER_WAY:
            from_s = change.at_s if from_s is None else from_s
        elif from_s is not None:
            yield from_s, change.at_s
            from_s = None
    if from_s is not None:
        yield from_s, float("inf")
