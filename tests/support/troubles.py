"""Troubles of a fake platform that begin and end: lags, storms, neighbours, resets that lie."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    Limits,
    NoAnswer,
    RateWord,
    Reply,
    TaskView,
    Word,
)
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.report import Report
from support.fake_platform import USER, FakePlatform, What
from support.virtual_time import EPOCH


@dataclass
class Watched:
    """Keeps when each task really started; a strict platform starts no task that is no draft."""

    platform: FakePlatform
    strict: bool = True
    lag_s: float = 0.0
    """How long reads show a draft after its start."""
    started_at: dict[TaskId, float] = field(default_factory=dict)
    needless: int = 0
    """Run requests for tasks that had started by one before."""

    def __post_init__(self) -> None:
        start, view, ran = self.platform.start, self.platform._view, self.platform._ran
        now = self.platform.clock.monotonic
        self.platform.lenient = not self.strict

        def started(
            task: TaskId, *, by: str | None = None, origin: str = "", at: float | None = None
        ) -> None:
            if self.strict and self.platform.views[task].status != "DRAFT":
                return
            self.started_at.setdefault(task, now())
            start(task, by=by, origin=origin, at=at)

        def shown(task: TaskId) -> TaskView | ErrorWord:
            seen = view(task)
            if isinstance(seen, TaskView) and now() < self.started_at.get(task, -1e9) + self.lag_s:
                return replace(seen, status="DRAFT", executed_by=None)
            return seen

        def asked(task: TaskId) -> tuple[int, Word]:
            self.needless += self.platform.starts[task] > 0
            return ran(task)

        self.platform.start = started  # type: ignore[method-assign]
        self.platform._view = shown  # type: ignore[method-assign]
        self.platform._ran = asked  # type: ignore[method-assign]

    @property
    def doubles(self) -> int:
        """How many starts were one too many."""
        return sum(count - 1 for count in self.platform.starts.values() if count > 1)

    def lies(self, report: Report) -> list[str]:
        """Return the rows that say what was not true at their `status_at`, by a clock unskewed."""
        return [
            f"{row.outcome} of {row.task_id}"
            for row in report.rows
            if not self._is_true(row.task_id, row.outcome, seen_at=row.status_at)
        ]

    def _is_true(self, task: TaskId, outcome: Outcome, *, seen_at: datetime | None) -> bool:
        started_at = self.started_at.get(task)
        by = self.platform.views[task].executed_by
        match outcome:
            case Outcome.LAUNCHED:
                return started_at is not None and by == USER
            case Outcome.SKIPPED:
                return started_at is not None and by != USER
            case Outcome.UNKNOWN:
                return True
            case _:
                if started_at is None:
                    return True
                return seen_at is not None and EPOCH + timedelta(seconds=started_at) > seen_at


def answer_while(
    platform: FakePlatform,
    is_on: Callable[[], bool],
    answer: Callable[[str, float], Reply],
    *,
    looks_too: bool = True,
) -> None:
    """While `is_on`, answer every request (looks too, or not) in place of the platform."""
    asked = platform._asked

    async def spoilt(kind: str, what: What) -> Reply:
        if not is_on() or (kind == "rate_limit" and not looks_too):
            return await asked(kind, what)
        sent_at = platform.clock.monotonic()
        platform.requests[kind] += 1
        platform.log.append((sent_at, kind))
        await platform.clock.sleep(platform.latency_s)
        return answer(kind, sent_at)

    platform._asked = spoilt  # type: ignore[method-assign]


def throttled(platform: FakePlatform, *, retry_after_s: float | None) -> Callable[..., Reply]:
    """Return what answers 429 with that `Retry-After`, as the platform or a gateway would."""

    def answer(kind: str, sent_at: float) -> Reply:
        platform.throttles += kind != "rate_limit"
        return Answer(
            http_status=429,
            word=ErrorWord(code=1000, message="rate limit exceeded"),
            sent_at=sent_at,
            received_at=platform.clock.monotonic(),
            retry_after_s=retry_after_s,
        )

    return answer


def said(platform: FakePlatform, status: int, word: ErrorWord | Alien) -> Callable[..., Reply]:
    """Return what answers alike every time."""

    def answer(kind: str, sent_at: float) -> Reply:
        del kind
        now = platform.clock.monotonic()
        return Answer(http_status=status, word=word, sent_at=sent_at, received_at=now)

    return answer


def lost(platform: FakePlatform) -> Callable[..., Reply]:
    """Return what never answers."""

    def answer(kind: str, sent_at: float) -> Reply:
        del kind
        return NoAnswer(why="reset", sent_at=sent_at, received_at=platform.clock.monotonic())

    return answer


def bend_resets(platform: FakePlatform, bend: Callable[[float | None], float | None]) -> None:
    """Let every answer and look show another reset than the true one."""
    asked = platform._asked

    def bent(limits: Limits) -> Limits:
        return (
            limits if limits.remaining is None else replace(limits, reset_at=bend(limits.reset_at))
        )

    async def spoilt(kind: str, what: What) -> Reply:
        reply = await asked(kind, what)
        if not isinstance(reply, Answer):
            return reply
        word = reply.word
        if isinstance(word, RateWord):
            word = RateWord(limits=bent(word.limits))
        return replace(reply, word=word, limits=bent(reply.limits))

    platform._asked = spoilt  # type: ignore[method-assign]
