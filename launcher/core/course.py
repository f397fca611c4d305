"""How far a started task has come, and what it cost, as a read shows it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

DRAFT: Final = "DRAFT"
COMPLETED: Final = "COMPLETED"
FAILED: Final = "FAILED"
ENDS: Final = frozenset({COMPLETED, FAILED, "ABORTED"})
"""The states that a task does not leave."""
BAD_ENDS: Final = ENDS - {COMPLETED}


def has_ended(status: str | None) -> bool:
    """Say whether a task in that state is over."""
    return status in ENDS


def is_active(status: str | None) -> bool:
    """Say whether a task in that state runs, or is going to: it is neither a draft nor over.

    States that the launcher does not know count: the platform may have more of them.
    """
    return status not in {None, DRAFT} and not has_ended(status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a read tells of a started task besides its state; None where it told nothing.

    Durations are in seconds. `outputs`: whether there is any output that is not null. `price` is
    what the task has cost so far, in `currency`. `jobs`: how many it had when that was looked at.
    """

    started_at: datetime | None = None
    ended_at: datetime | None = None
    queued_s: float | None = None
    running_s: float | None = None
    price: Decimal | None = None
    currency: str | None = None
    message: str | None = None
    account_limit: bool = False
    system_limit: bool = False
    instance_init: bool = False
    outputs: bool | None = None
    jobs: int | None = None


def course_after(earlier: Course | None, now: Course | None, *, same_state: bool) -> Course | None:
    """Return what is known of a course after a read that may tell less of it than those before.

    Why a task waits or what it lacks is true of a state; times and prices stay true in the next.
    """
    if earlier is None:
        return now
    if now is None:
        return earlier if same_state else _times_and_price(earlier)
    known = _times_and_price(earlier)
    return replace(
        now,
        started_at=now.started_at or known.started_at,
        ended_at=now.ended_at or known.ended_at,
        queued_s=known.queued_s if now.queued_s is None else now.queued_s,
        running_s=known.running_s if now.running_s is None else now.running_s,
        price=known.price if now.price is None else now.price,
        currency=known.currency if now.price is None else now.currency,
        jobs=earlier.jobs if same_state and now.jobs is None else now.jobs,
    )


def _times_and_price(course: Course) -> Course:
    return Course(
        started_at=course.started_at,
        ended_at=course.ended_at,
        queued_s=course.queued_s,
        running_s=course.running_s,
        price=course.price,
        currency=course.currency,
    )
