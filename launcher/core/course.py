"""How far a started task has come, and what it cost, as a read shows it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

DRAFT: Final = "DRAFT"
COMPLETED: Final = "COMPLETED"
ENDS: Final = frozenset({COMPLETED, "FAILED", "ABORTED"})
"""The states that a task does not leave."""


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
    what the task has cost so far, in `currency`.
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
