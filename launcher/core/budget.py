"""What the platform still allows in its window, and when the next window begins.

Arithmetic on values; the time is always passed in. `now` and all `…_at` without a note are
monotonic seconds of this machine; server times are seconds since the epoch and say so.
"""

from math import ceil, inf
from typing import NamedTuple

from launcher.core.answer import Limits

SAME_RESET_S = 2.0
"""Resets that differ by at most this belong to one window."""

DATE_STEP_S = 1.0
"""A `Date` header names a whole second; so do most resets."""

LONGEST_WINDOW_S = 3600.0
"""A reset further away than this after the window's first request is not believed."""

MOST_TOLD_APART = 64
"""Ends without a number that are remembered each; more of them count together, until the last."""


class Ends(NamedTuple):
    """Requests that ended without a number, the last of them then."""

    at: float
    requests: int = 1


class ServerClock(NamedTuple):
    """Bounds of (server time less monotonic time), from the `Date` headers heard so far."""

    low_s: float = -inf
    high_s: float = inf

    def heard(self, date_at: float, *, sent_at: float, received_at: float) -> "ServerClock":
        """Return the bounds after an answer with that `Date` (server seconds since the epoch).

        The server wrote it between `sent_at` and `received_at`, at a time in [date, date + 1).
        Bounds that contradict the older ones replace them: a clock was set, or we slept.
        """
        low_s, high_s = date_at - received_at, date_at + DATE_STEP_S - sent_at
        if low_s <= self.low_s and self.high_s <= high_s:
            return self  # the usual answer, which tells nothing new
        both = ServerClock(low_s=max(self.low_s, low_s), high_s=min(self.high_s, high_s))
        return both if both.low_s <= both.high_s else ServerClock(low_s=low_s, high_s=high_s)

    def ahead_s(self, wall_at: float, *, now: float) -> float:
        """Return how far a clock that shows `wall_at` is ahead of the server's, at least.

        `wall_at` is in seconds since the epoch; behind is less than 0; 0: it may well be right.
        """
        at_least, at_most = wall_at - (now + self.high_s), wall_at - (now + self.low_s)
        return at_least if at_least > 0 else min(at_most, 0.0)

    def wait_until(self, server_at: float, *, now: float) -> float:
        """Return the seconds until the earliest possible server time is `server_at`; may be < 0."""
        return server_at - (now + self.low_s)


class Budget(NamedTuple):
    """The requests left in the current window, for all requests of the process.

    `remaining` is the smallest number that an answer of this window showed. `unheard` are the ends
    of requests whose answers showed none; each counts as one request until an answer to a
    later-sent request tells the number anew. They are few, however many requests they stand for.
    No dataclass: each request replaces members of it several times.
    """

    limit: int = 1000
    window_s: float = 300.0
    reserve_share: float = 0.0
    remaining: int = 1000
    reset_at: float | None = None
    """Server time; None: the platform has not told, the window is counted from `opened_at`."""
    opened_at: float | None = None
    """When the first request of a window without a known reset was sent."""
    heard_at: float | None = None
    """When the last number came with an answer; a look that was sent before may not know it."""
    in_flight: int = 0
    unheard: tuple[Ends, ...] = ()

    @property
    def available(self) -> int:
        """How many requests may be reserved now."""
        unheard = self._unheard_count if self.unheard else 0
        return self.remaining - self.in_flight - unheard - self.kept

    @property
    def kept(self) -> int:
        """How many requests of a window are left to others; one at least is ours."""
        if not self.reserve_share:
            return 0
        return min(ceil(self.limit * self.reserve_share), max(self.limit - 1, 0))

    def reserved(self, *, now: float) -> "Budget":
        """Return the budget with one more request in flight."""
        opened_at = now if self.opened_at is None else self.opened_at
        return self._replace(in_flight=self.in_flight + 1, opened_at=opened_at)

    def returned(self) -> "Budget":
        """Return the budget after a reserved request that was never sent."""
        return self._replace(in_flight=self.in_flight - 1)

    def ended(self, limits: Limits | None, *, sent_at: float, now: float) -> "Budget":
        """Return the budget after a request in flight has ended, with the limits it showed."""
        left = self.in_flight - 1
        if limits is None or limits.remaining is None or self._is_older(limits.reset_at):
            return self._replace(in_flight=left, unheard=self._with_unheard(now))
        return self.seen(limits, sent_at=sent_at)._replace(in_flight=left, heard_at=now)

    def seen(self, limits: Limits, *, sent_at: float) -> "Budget":
        """Return the budget corrected by what an answer to a request sent at `sent_at` showed."""
        if limits.remaining is None:
            return self
        limit = self.limit if limits.limit is None else limits.limit
        reset_at = self._believed(limits.reset_at)
        if self._is_older(reset_at):
            return self
        if self._is_newer(reset_at):
            return self._replace(
                limit=limit,
                remaining=limits.remaining,
                reset_at=reset_at,
                opened_at=sent_at,
                unheard=self._unheard_since(sent_at),
            )
        return self._replace(
            limit=limit,
            remaining=min(self.remaining, limits.remaining),
            unheard=self._unheard_since(sent_at),
        )

    def told(self, limits: Limits, *, sent_at: float) -> "Budget":
        """Return the budget as `/rate_limit`, asked at `sent_at`, tells it.

        Its word replaces ours: it counts everything that ended before it was asked. What came
        since may have overtaken it, and is heeded as if both were answers.
        """
        if limits.remaining is None:
            return self
        newer = self._is_newer(limits.reset_at)
        if self.heard_at is not None and self.heard_at > sent_at and not newer:
            return self.seen(limits, sent_at=sent_at)
        return self._replace(
            limit=self.limit if limits.limit is None else limits.limit,
            remaining=limits.remaining,
            reset_at=limits.reset_at,
            opened_at=sent_at if newer or self.opened_at is None else self.opened_at,
            unheard=self._unheard_since(sent_at),
        )

    def renewed(self) -> "Budget":
        """Return the budget of a new window of which nothing is known yet."""
        return self._replace(remaining=self.limit, reset_at=None, opened_at=None, unheard=())

    def wait_s(self, clock: ServerClock, *, now: float) -> float:
        """Return the seconds until this window is over by the most careful reckoning; may be < 0.

        Without a known reset, or a server's clock, the window is counted from its first request.
        """
        opened_at = now if self.opened_at is None else self.opened_at
        if self.reset_at is None or clock.low_s == -inf:
            return opened_at + self.window_s - now
        believed_s = opened_at + LONGEST_WINDOW_S - now
        return min(clock.wait_until(self.reset_at, now=now), believed_s)

    @property
    def _unheard_count(self) -> int:
        return sum(ends.requests for ends in self.unheard)

    def _unheard_since(self, sent_at: float) -> tuple[Ends, ...]:
        return tuple(ends for ends in self.unheard if ends.at > sent_at) if self.unheard else ()

    def _with_unheard(self, now: float) -> tuple[Ends, ...]:
        if len(self.unheard) < MOST_TOLD_APART:
            return (*self.unheard, Ends(now))
        return (Ends(now, self._unheard_count + 1),)

    def _believed(self, reset_at: float | None) -> float | None:
        """Return None for a reset that is further ahead than any window is long: a freak."""
        if reset_at is None or self.reset_at is None:
            return reset_at
        return None if reset_at > self.reset_at + LONGEST_WINDOW_S else reset_at

    def _is_newer(self, reset_at: float | None) -> bool:
        if reset_at is None:
            return False
        return self.reset_at is None or reset_at > self.reset_at + SAME_RESET_S

    def _is_older(self, reset_at: float | None) -> bool:
        if reset_at is None or self.reset_at is None:
            return False
        return reset_at < self.reset_at - SAME_RESET_S


def forecast_s(requests: int, budget: Budget, *, wait_s: float, rate_per_s: float) -> float:
    """Return about how many seconds `requests` take: windows to wait for, then what is left.

    `wait_s` is the time until the current window ends, `rate_per_s` the pace inside a window.
    """
    in_a_window = max(budget.limit - budget.kept, 1)
    beyond = requests - max(budget.available, 0)
    if beyond <= 0:
        return requests / rate_per_s
    windows = ceil(beyond / in_a_window)
    last = beyond - (windows - 1) * in_a_window
    return max(wait_s, 0.0) + (windows - 1) * budget.window_s + last / rate_per_s


def windows_needed(requests: int, budget: Budget) -> int:
    """Return how many windows `requests` take, the current one included."""
    beyond = requests - max(budget.available, 0)
    return 1 + max(ceil(beyond / max(budget.limit - budget.kept, 1)), 0)
