"""When tasks that run are to be read again, and how fast requests are answered.

Arithmetic, the time always passed in.

A slot whose task has ended stays idle until somebody looks: with a read every T seconds, T / 2 on
average. A fourteenth of the mean length so costs about 4 % of the slots.
"""

from dataclasses import dataclass
from math import ceil, inf
from typing import NamedTuple

from launcher.core.budget import Budget

MEAN_PARTS = 14
"""Reads within the mean length of a task."""
AGE_PARTS = 4
"""While few have ended, the next read comes after this part of the age of the oldest one."""
FEW_ENDS = 20
BUDGET_PARTS = 4
"""What reads may take of a budget: one part of so many."""
TELLING = 50
"""So many answers tell how fast they come."""


class Pace(NamedTuple):
    """How many requests were answered in how long, while such requests could leave."""

    requests: int = 0
    seconds: float = 0.0
    answered: int = 0
    """Those that could not leave then, too."""

    def after(self, answered: int, *, seconds: float, could_leave: bool) -> "Pace":
        """Return the pace some seconds later, when so many have been answered in all."""
        if not could_leave:
            return self._replace(answered=answered)
        requests = self.requests + answered - self.answered
        return Pace(requests=requests, seconds=self.seconds + seconds, answered=answered)

    def per_s(self, *, otherwise: float) -> float:
        """Return how many were answered in a second, or what is assumed where few were."""
        return self.requests / self.seconds if self.requests >= TELLING else otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """How long tasks have lived since they were first seen active; the times of all together.

    `lived_s` is the time of the `active` ones so far, `oldest_s` that of the first among them,
    `youngest_s` that of the last; `ended_s` is the time of those that have ended.
    """

    active: int = 0
    lived_s: float = 0.0
    oldest_s: float = 0.0
    youngest_s: float = 0.0
    ended: int = 0
    ended_s: float = 0.0

    @property
    def mean_s(self) -> float:
        """How long a task lives, about; too long rather than too short while none has ended."""
        return (self.lived_s + self.ended_s) / (self.ended + 1)


def read_after_s(
    lives: Lives, *, shortest_s: float, requests: int, budget: Budget, window_ends_in_s: float
) -> float:
    """Return the seconds from one read of all that is active to the next; it takes `requests`.

    No less than `shortest_s`, and longer where reads would take too much of the budget.
    """
    wanted_s = lives.mean_s / MEAN_PARTS
    if lives.ended < FEW_ENDS:
        wanted_s = min(wanted_s, lives.oldest_s / AGE_PARTS)
    afforded_s = _afforded_s(requests, budget, window_ends_in_s=max(window_ends_in_s, 0.0))
    return max(shortest_s, wanted_s, afforded_s)


def _afforded_s(requests: int, budget: Budget, *, window_ends_in_s: float) -> float:
    """Return how far apart reads have to be, in this window and in any, to leave most to others."""
    in_any_s = budget.window_s * _share(requests, of=budget.limit - budget.kept)
    in_this_s = window_ends_in_s * min(_share(requests, of=budget.available), 1.0)
    return max(in_any_s, in_this_s)


def _share(requests: int, *, of: int) -> float:
    """Return which part of the time until the reset a read uses up; at most once a window."""
    return requests / (of / BUDGET_PARTS) if of > 0 else inf


def starts_after_s(left: int, *, used: int, slots: int, mean_s: float) -> float:
    """Return about how long it takes until the last of so many has a slot, where some are used."""
    waiting = left - max(slots - used, 0)
    return max(waiting, 0) * mean_s / slots


def reads_for(tasks: int, *, size: int) -> int:
    """Return how many requests read so many tasks, `size` at a time."""
    return ceil(tasks / size)
