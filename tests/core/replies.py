"""Replies by hand: what a platform, a gateway or nobody says, on a clock of plain numbers."""

from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    Limits,
    NoAnswer,
    NotSent,
    RateWord,
    TasksWord,
    TaskView,
    UserWord,
    Word,
)
from launcher.core.ids import TaskId

NO_LIMITS = Limits()
ROUND_S = 0.1
"""From a request's first byte to its answer's last one."""


def task_id(number: int) -> TaskId:
    return TaskId(f"00000000-0000-4000-8000-{number:012x}")


TASK = task_id(1)
OTHER = task_id(2)


def answer(
    status: int,
    word: Word,
    *,
    sent_at: float = 0.0,
    limits: Limits = NO_LIMITS,
    location: str | None = None,
) -> Answer:
    return Answer(
        http_status=status,
        word=word,
        sent_at=sent_at,
        received_at=sent_at + ROUND_S,
        limits=limits,
        location=location,
    )


def alien(status: int, excerpt: str = "<html>", *, sent_at: float = 0.0) -> Answer:
    return answer(status, Alien(excerpt=excerpt), sent_at=sent_at)


def error(status: int, code: int, *, sent_at: float = 0.0, limits: Limits = NO_LIMITS) -> Answer:
    return answer(status, ErrorWord(code=code, message="no"), sent_at=sent_at, limits=limits)


def started(*, sent_at: float = 0.0, limits: Limits = NO_LIMITS) -> Answer:
    return answer(200, TaskView(id=TASK, status="QUEUED"), sent_at=sent_at, limits=limits)


def throttled(*, sent_at: float = 0.0, limits: Limits = NO_LIMITS) -> Answer:
    return error(429, 1000, sent_at=sent_at, limits=limits)


def maintenance(*, sent_at: float = 0.0) -> Answer:
    return error(503, 0, sent_at=sent_at)


def rate(limits: Limits, *, sent_at: float = 0.0) -> Answer:
    return answer(200, RateWord(limits=limits), sent_at=sent_at)


def user(*, sent_at: float = 0.0) -> Answer:
    return answer(200, UserWord(name="ann"), sent_at=sent_at)


def tasks_read(*, sent_at: float = 0.0, limits: Limits = NO_LIMITS) -> Answer:
    return answer(200, TasksWord(items=()), sent_at=sent_at, limits=limits)


def no_answer(*, sent_at: float = 0.0) -> NoAnswer:
    return NoAnswer(why="connection reset", sent_at=sent_at, received_at=sent_at + ROUND_S)


def not_sent() -> NotSent:
    return NotSent(why="no connection")
