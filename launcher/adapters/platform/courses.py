"""How far a task has come: the members of a started one that tell of its time and its price."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationError

from launcher.adapters.platform.prose import clean
from launcher.core.costs import is_fit
from launcher.core.course import DRAFT, Course

COURSE_FIELDS: Final = ("start_time", "end_time", "price", "execution_status", "outputs")
"""The members that a course is read from."""

_MEMBERS: Final = frozenset(COURSE_FIELDS)

_MS_PER_S: Final = 1000
_LONGEST_MS: Final = 10**13
_CURRENCY_LIMIT: Final = 10


def time_of(value: object) -> datetime | None:
    """Return the time that `value` tells, aware, UTC; None where it tells none."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # no time; one that UTC puts before the year 1
        return None


def _seconds(value: object) -> float | None:
    """Return a duration in seconds; the platform's are taken for milliseconds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value / _MS_PER_S if 0 <= value <= _LONGEST_MS else None


def _amount(value: object) -> Decimal | None:
    """Return an amount of money, a number or text; what is odd, negative or endless is none."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if is_fit(amount) else None


def _members(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _flag(value: object) -> bool:
    return value is True


def _currency(value: object) -> str | None:
    return clean(value, limit=_CURRENCY_LIMIT)


_Time = Annotated[datetime | None, BeforeValidator(time_of)]
_Seconds = Annotated[float | None, BeforeValidator(_seconds)]
_Flag = Annotated[bool, BeforeValidator(_flag)]


class _Member(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Price(_Member):
    amount: Annotated[Decimal | None, BeforeValidator(_amount)] = None
    currency: Annotated[str | None, BeforeValidator(_currency)] = None


class _Execution(_Member):
    message: Annotated[str | None, BeforeValidator(clean)] = None
    account_limit: _Flag = False
    system_limit: _Flag = False
    instance_init: _Flag = False
    queued_duration: _Seconds = None
    running_duration: _Seconds = None


class _Course(_Member):
    start_time: _Time = None
    end_time: _Time = None
    price: Annotated[_Price, BeforeValidator(_members)] = _Price()
    execution_status: Annotated[_Execution, BeforeValidator(_members)] = _Execution()
    outputs: Any = None


def course_of(task: Mapping[str, JsonValue], *, status: str) -> Course | None:
    """Return how far the task has come; None for a draft, and where nothing is told of it."""
    if status == DRAFT or _MEMBERS.isdisjoint(task):
        return None
    try:
        told = _Course.model_validate(task)
    except ValidationError:
        return None
    execution = told.execution_status
    return Course(
        started_at=told.start_time,
        ended_at=told.end_time,
        queued_s=execution.queued_duration,
        running_s=execution.running_duration,
        price=told.price.amount,
        currency=told.price.currency,
        message=execution.message,
        account_limit=execution.account_limit,
        system_limit=execution.system_limit,
        instance_init=execution.instance_init,
        outputs=_has_output(told.outputs),
    )


def _has_output(outputs: object) -> bool | None:
    if not isinstance(outputs, dict) or not outputs:
        return None
    return any(value not in (None, {}, []) for value in outputs.values())
