"""Ticks: runs that something starts again and again, and what each has to tell that is new.

A tick asks the journal, and no clock, what the ticks before it did: which of them was asked for
the same input, and up to which fact what was wrong has been told. So a tick that died is covered
by the next one, and nothing is told twice.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from launcher.core.course import BAD_ENDS
from launcher.core.entry import Account, NewsTold, Pruned, Record, RunEnded, RunId, RunStarted
from launcher.core.errors import HaltedError
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.report import RunFacts
from launcher.core.state import TaskState

Trouble = str
"""What is wrong with a task: an outcome, or the state in which it ended."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a tick knows of those before it."""

    digest: str
    asked_by: RunId | None = None
    """The first tick of the same input that ended; None: this one, or an input that is new."""
    known: frozenset[TaskId] = frozenset()
    """Where projects show other tasks than they did: what the last tick was asked for."""
    told: Mapping[RunId, int] = field(default_factory=dict)
    """By run: up to which key what is wrong with the tasks that it asked for has been told."""
    fields: tuple[str, ...] = ()
    """The members that the last tick of the same input read."""
    halted: str | None = None
    """Why that one was halted, as far as people know."""
    throttled: bool = False
    """Whether people know that requests are throttled."""
    retries_rejected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is wrong and has not been told: of tasks, of the tick itself, of the budget."""

    troubles: Mapping[TaskId, Trouble]
    stopped: str | None = None
    throttled: int = 0

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.troubles or self.stopped is not None or self.throttled)

    @property
    def as_told(self) -> NewsTold:
        """The fact that they have been told."""
        return NewsTold(tasks=len(self.troubles), stopped=self.stopped, throttled=self.throttled)


def digest_of_input(
    wanted: Sequence[Requested], *, contents: Sequence[str] = (), selected: Sequence[str] = ()
) -> str:
    """Return the digest of what a tick is asked for; `contents` are the digests of its files.

    Of projects it is what they are `selected` by: which tasks they show is no word of the input.
    """
    asked = [[requested.task, requested.source] for requested in wanted]
    words = [asked, list(contents), *([list(selected)] if selected else ())]
    return hashlib.sha256(json.dumps(words).encode("ascii")).hexdigest()


def trouble_of(state: TaskState, *, max_attempts: int, strict: bool = False) -> Trouble | None:
    """Return what is wrong with a task in that state; with `strict` also that it was skipped."""
    outcome = state.outcome(max_attempts=max_attempts)
    if outcome is Outcome.LAUNCHED:
        return state.status if state.status in BAD_ENDS else None
    wrong = outcome.is_bad or (strict and outcome is Outcome.SKIPPED)
    return outcome.value if wrong else None


def tick_of(
    marks: Sequence[Record], account: Account, *, digest: str, retries_rejected: bool = False
) -> Tick:
    """Return what the facts about runs, in their order, tell the next tick of the account.

    One that was pruned is no more what others of the same input go on from: of what it asked for
    there may be less than before.
    """
    tick = Tick(digest=digest, retries_rejected=retries_rejected)
    started: dict[RunId, RunStarted] = {}
    ended: dict[RunId, RunEnded] = {}
    pruned = {run for mark in marks if isinstance(mark.entry, Pruned) for run in mark.entry.runs}
    told: dict[RunId, int] = {}

    def is_same(run: RunId) -> bool:
        return started[run].digest == digest and run not in pruned

    for record in marks:
        run = record.run
        match record.entry:
            case RunStarted() as start if start.account == account and start.digest is not None:
                started[run] = start
            case RunEnded() as end if run in started:
                ended[run] = end
                if is_same(run):
                    tick = _after_end(tick, run, started[run], end)
            case NewsTold() if run in ended:
                told[run] = told[started[run].asked_by or run] = record.key
                if is_same(run):
                    tick = _after_told(tick, ended[run])
            case _:
                pass
    return replace(tick, told=told)


def _after_end(tick: Tick, run: RunId, started: RunStarted, ended: RunEnded) -> Tick:
    """Return what is known after an end: what was wrong with the tick before it may be over."""
    return replace(
        tick,
        asked_by=started.asked_by or run,
        fields=started.fields,
        halted=tick.halted if ended.reason is not None else None,
        throttled=tick.throttled and ended.throttled > 0,
    )


def _after_told(tick: Tick, ended: RunEnded) -> Tick:
    return replace(tick, halted=ended.reason, throttled=ended.throttled > 0)


def with_rows(tick: Tick, before: Iterable[Requested], now: Sequence[Requested]) -> Tick:
    """Return the tick of projects that were asked for `before`, and show `now`.

    Where both are the same, the rows of the earlier tick are this one's, as with files.
    """
    earlier = tuple(before)
    if [(one.task, one.source) for one in earlier] == [(one.task, one.source) for one in now]:
        return tick
    return replace(tick, asked_by=None, known=frozenset(one.task for one in earlier))


def _gist(reason: str | None) -> str | None:
    """Return a reason without its numbers: 3 tasks too many or 4 are the same policy."""
    return None if reason is None else _NUMBER.sub("#", reason)


def news_of(tick: Tick, troubles: Mapping[TaskId, Trouble], run: RunFacts) -> News:
    """Return what `run`, which was this tick, has to tell.

    That a policy halts one tick after the other, for the same reason, is news once.
    """
    again = run.exit_code == HaltedError.exit_code and _gist(run.reason) == _gist(tick.halted)
    return News(
        troubles=troubles,
        stopped=None if again else run.reason,
        throttled=0 if tick.throttled else run.throttled or 0,
    )
