"""What the figures of a run are called, and what tells those of one name apart."""

from collections.abc import Mapping
from dataclasses import dataclass

COMMON = ("endpoint", "name")
"""The labels of every value: host of the endpoint, and the file's name without its suffix."""

Key = tuple[str, str | None]
"""A family, and the value of its own label, if it has one."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a figure is, in words; `label` tells its values apart."""

    words: str
    label: str | None = None


FAMILIES: Mapping[str, Family] = {
    "launcher_going": Family("1 while the run goes on, 0 when it has ended."),
    "launcher_tasks": Family("Tasks of the run by outcome.", "outcome"),
    "launcher_active_tasks": Family("Tasks that have started and not ended, if that is followed."),
    "launcher_requests": Family("Requests of the run that count towards the rate limit."),
    "launcher_throttled": Family("Requests of the run that were answered 429."),
    "launcher_duration_seconds": Family("How long the run took, or has taken so far."),
    "launcher_cost": Family("What the tasks of the run have cost so far.", "currency"),
    "launcher_start_timestamp_seconds": Family("When the run began."),
    "launcher_last_end_timestamp_seconds": Family("When the last run ended."),
    "launcher_last_exit_code": Family("The exit code of the last run that ended."),
}
