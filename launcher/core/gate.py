"""The gate that every request waits at: what closes it, for how long, and what opens it.

    closed by                     until                                       then
    the budget is used up         the window's reset, on the server's clock   look
    429 with Retry-After          that                                        look
    429, remaining 0, reset ahead the window's reset                          look
    any other 429                 a pause of 1, 2, 4 … 60 s, with jitter      look
    20 failures in a row          a pause of 1, 2, 4 … 60 s                   look
    maintenance                   a pause of 1, 2, 4 … 60 s                   look

A look is `GET /rate_limit`, which is free. An opened gate lets one run request through; its answer
opens the gate for the others, or closes it again for longer. A trial without the platform's word,
or with a 5xx, tells nothing and is followed by another one. All times are monotonic seconds.
"""

from dataclasses import dataclass
from typing import NamedTuple

from launcher.core.answer import Answer, NotSent, RateWord, Reply, describe
from launcher.core.budget import Budget, ServerClock
from launcher.core.ids import TaskId
from launcher.core.meaning import is_failing, is_maintenance, is_throttle
from launcher.core.outage import Streak, longer_pause

SHORT_PAUSE_S = 0.5
"""Between looks once the window ought to be over: most resets are cut to a whole second."""
RESET_CUT_S = 1.0
LONGEST_RETRY_AFTER_S = 3600.0
TRIAL_S = 60.0
USED_UP = "the budget of the window is used up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A request that has ended: when it passed the gate, with what reply, for which tasks."""

    is_run: bool
    passed_at: float
    reply: Reply | None
    tasks: frozenset[TaskId] = frozenset()


class GateState(NamedTuple):
    """Open, or closed until a time; and what it remembers to decide so.

    No dataclass: each request replaces members of it several times.
    """

    budget: Budget
    clock: ServerClock = ServerClock()
    closed_until: float | None = None
    retry_until: float | None = None
    """What a `Retry-After` said; nothing opens the gate before."""
    why: str | None = None
    opened_at: float = 0.0
    trial: bool = False
    """Run requests pass one by one, until one was answered well."""
    trial_at: float | None = None
    """When the trial that is in flight passed; its answer decides, no older one."""
    streak: Streak = Streak()
    outage_since: float | None = None
    outage_of_runs: bool = False
    """Run requests failed: reads that work do not end it."""
    outage_pause_s: float = 0.0
    throttle_pause_s: float = 0.0

    def wait_s(self, *, is_run: bool, now: float) -> float | None:
        """Return the seconds to wait before the next look (≤ 0: look now); None: pass."""
        if self.closed_until is not None:
            return self.closed_until - now
        if is_run and self.trial_at is not None:
            return TRIAL_S
        if self.budget.available > 0:
            return None
        return self.budget.wait_s(self.clock, now=now)

    @property
    def shut_because(self) -> str:
        """Why run requests have to wait, in words."""
        if self.closed_until is not None and self.why is not None:
            return self.why
        return USED_UP if self.budget.available <= 0 else "one request tries whether it works again"

    def passed(self, *, is_run: bool, now: float) -> "GateState":
        """Return the gate after one more request was let through."""
        return self._replace(
            budget=self.budget.reserved(now=now),
            trial_at=now if is_run and self.trial else self.trial_at,
        )

    def ended(self, request: Ended, *, now: float, tasks_left: int, chance: float) -> "GateState":
        """Return the gate after a request has ended; `chance` in [0, 1) is for the jitter."""
        told = _counted(self, request, now=now)
        reply = request.reply
        if reply is None or (isinstance(reply, NotSent) and reply.held_back):
            return told
        if is_throttle(reply):
            return _throttled(told, request, now=now, chance=chance)
        if is_maintenance(reply):
            return _maintained(told, request, now=now)
        if is_failing(reply):
            return _failed(told, request, now=now, tasks_left=tasks_left)
        return _worked(told, request)

    def is_late(self, request: Ended) -> bool:
        """Say whether a request passed before the gate last opened: its end tells nothing new."""
        return request.passed_at < self.opened_at

    def looked(self, reply: Reply, *, now: float) -> "GateState":
        """Return the gate after `/rate_limit` was asked."""
        told = self._replace(clock=_heard(self.clock, reply))
        if told.outage_since is not None and (is_failing(reply) or is_maintenance(reply)):
            return _outage(told, reply, now, of_runs=told.outage_of_runs)
        was_closed = told.closed_until is not None
        was_shut = was_closed or told.budget.available <= 0
        if isinstance(reply, Answer) and isinstance(reply.word, RateWord):
            budget = told.budget.told(reply.word.limits, sent_at=reply.sent_at)
            told = told._replace(budget=budget)
        if told.retry_until is not None and told.retry_until > now:
            return told._replace(closed_until=told.retry_until)
        opens_anew = was_closed or (was_shut and told.trial_at is None)
        opened = told._replace(
            closed_until=None,
            retry_until=None,
            opened_at=now if opens_anew else told.opened_at,
            trial=told.trial or was_shut,
            trial_at=None if opens_anew else told.trial_at,
        )
        return opened if opened.budget.available > 0 else _still_spent(opened, now)


def _counted(state: GateState, request: Ended, *, now: float) -> GateState:
    match request.reply:
        case NotSent():
            budget = state.budget.returned()
        case Answer(limits=limits, sent_at=sent_at):
            budget = state.budget.ended(limits, sent_at=sent_at, now=now)
        case _:
            budget = state.budget.ended(None, sent_at=request.passed_at, now=now)
    is_trial = request.is_run and request.passed_at == state.trial_at
    return state._replace(
        budget=budget,
        trial_at=None if is_trial else state.trial_at,
        clock=_heard(state.clock, request.reply),
    )


def _heard(clock: ServerClock, reply: Reply | None) -> ServerClock:
    match reply:
        case Answer(date_at=float(date_at), sent_at=sent_at, received_at=received_at):
            return clock.heard(date_at, sent_at=sent_at, received_at=received_at)
        case _:
            return clock


def _throttled(state: GateState, request: Ended, *, now: float, chance: float) -> GateState:
    reply = request.reply
    retry_after_s = reply.retry_after_s if isinstance(reply, Answer) else None
    why = "the platform throttles"
    if retry_after_s is not None:
        is_open = state.closed_until is None
        least_s = longer_pause(state.throttle_pause_s) if is_open else state.throttle_pause_s
        until = now + max(min(retry_after_s, LONGEST_RETRY_AFTER_S), least_s) + chance
        until = max(until, state.closed_until or until)
        return state._replace(
            closed_until=until,
            retry_until=until,
            why=why,
            outage_since=None,
            throttle_pause_s=max(least_s, state.throttle_pause_s),
        )
    if state.closed_until is not None or state.is_late(request):
        return state
    told = state._replace(outage_since=None)  # it answers
    if told.budget.available <= 0 and told.budget.wait_s(told.clock, now=now) > 0:
        return told
    pause_s = longer_pause(told.throttle_pause_s)
    until = now + pause_s * (1 + chance / 2)
    return told._replace(closed_until=until, why=why, throttle_pause_s=pause_s)


def _maintained(state: GateState, request: Ended, *, now: float) -> GateState:
    is_known = state.outage_since is not None and state.closed_until is not None
    if is_known or state.is_late(request):
        return state
    return _outage(state, request.reply, now, of_runs=False)


def _failed(state: GateState, request: Ended, *, now: float, tasks_left: int) -> GateState:
    told = state._replace(streak=state.streak.longer(request.tasks))
    if told.closed_until is not None or told.is_late(request):
        return told
    again = told.outage_since is not None and (request.is_run or not told.outage_of_runs)
    if again or told.streak.is_outage(tasks_left=tasks_left):
        return _outage(told, request.reply, now, of_runs=request.is_run)
    return told


def _outage(state: GateState, reply: Reply | None, now: float, *, of_runs: bool) -> GateState:
    pause_s = longer_pause(state.outage_pause_s)
    is_new = state.outage_since is None
    return state._replace(
        closed_until=max(now + pause_s, state.retry_until or 0.0),
        why="the platform is out of reach" if reply is None else describe(reply),
        outage_since=now if is_new else state.outage_since,
        outage_of_runs=of_runs or (not is_new and state.outage_of_runs),
        outage_pause_s=pause_s,
    )


def _worked(state: GateState, request: Ended) -> GateState:
    told = state._replace(streak=Streak()) if state.streak.length else state
    if told.closed_until is not None or told.is_late(request):
        return told
    if not request.is_run:
        return told if told.outage_of_runs else told._replace(outage_since=None)
    if told.trial or told.outage_since is not None or told.outage_pause_s or told.throttle_pause_s:
        return told._replace(
            trial=False, outage_since=None, outage_pause_s=0.0, throttle_pause_s=0.0
        )
    return told


def _still_spent(state: GateState, now: float) -> GateState:
    left_s = state.budget.wait_s(state.clock, now=now)
    if left_s > 0:
        return state._replace(outage_since=None)  # it answers, only the budget is used up
    if left_s <= -RESET_CUT_S:
        return state._replace(budget=state.budget.renewed(), trial=True)
    return state._replace(closed_until=now + SHORT_PAUSE_S, why=USED_UP)
