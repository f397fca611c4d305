"""The headers of an answer that are read; whatever is odd counts as missing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from math import isfinite
from typing import Final

from launcher.adapters.platform.prose import shown
from launcher.core.answer import InstanceLimit, Limits

REQUEST_ID_LIMIT: Final = 100
LOCATION_LIMIT: Final = 200
LONGEST_RETRY_S: Final = 86_400.0
"""A longer `Retry-After` is not believed; the platform's window has 300 s."""

_MILLISECONDS_FROM = 1e11
_EPOCH_FROM = 1e9
"""The year 2001: smaller numbers are no times, but seconds to wait, or nothing."""

_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?", re.ASCII)
_LONGEST_NUMBER = 42
"""Of that pattern; longer text is not kept in memory for what it is not."""
_USERINFO = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHeaders:
    """What the headers of an answer say; `date_at` in seconds since the epoch."""

    limits: Limits
    date_at: float | None
    retry_after_s: float | None
    request_id: str | None
    location: str | None
    total: int | None


def read_headers(headers: Mapping[str, str], *, cut_from: Callable[[str], str]) -> AnswerHeaders:
    """Return what is said in `headers`, a mapping that does not tell capitals apart.

    `cut_from` takes secrets out of what is kept as text: before it is cut to a length.
    """
    date_at = _date(headers.get("Date", ""))
    retry_after = headers.get("Retry-After")
    location = headers.get("Location")
    return AnswerHeaders(
        limits=limits_of(
            headers.get("X-RateLimit-Limit"),
            headers.get("X-RateLimit-Remaining"),
            headers.get("X-RateLimit-Reset"),
        ),
        date_at=date_at,
        retry_after_s=None if retry_after is None else _retry_after(retry_after, date_at=date_at),
        request_id=shown(cut_from(headers.get("X-Request-Id", "")), limit=REQUEST_ID_LIMIT) or None,
        location=None if location is None else _location(cut_from(location)),
        total=_count(headers.get("X-Total-Matching-Query")),
    )


def limits_of(limit: object, remaining: object, reset: object) -> Limits:
    """Return the rate limit from three numbers as headers or JSON have them.

    The reset is in seconds on the wire and in milliseconds in the platform's manual.
    """
    most, left, reset_at = _number(limit), _number(remaining), _number(reset)
    if reset_at is not None and reset_at > _MILLISECONDS_FROM:
        reset_at /= 1000
    return Limits(
        limit=int(most) if most is not None and most >= 1 else None,
        remaining=max(int(left), 0) if left is not None else None,
        reset_at=reset_at if reset_at is not None and reset_at >= _EPOCH_FROM else None,
    )


def instance_limit_of(value: object) -> InstanceLimit | None:
    """Return the limit of instances; without a number for each of the two there is none to tell.

    A negative limit is the platform's word for no limit.
    """
    match value:
        case {"limit": most, "remaining": left}:
            limit, remaining = _number(most), _number(left)
            if limit is None or remaining is None:
                return None
            return InstanceLimit(
                limit=int(limit) if limit >= 0 else None, remaining=max(int(remaining), 0)
            )
        case _:
            return None


def _number(value: object) -> float | None:
    match value:
        case str():
            text = value.strip()
            return _number_in(text) if len(text) <= _LONGEST_NUMBER else None
        case None | bool():
            return None
        case int() | float() if abs(value) < 10**20 and isfinite(value):
            return float(value)
        case _:
            return None


@lru_cache(maxsize=64)  # a window has one limit and one reset
def _number_in(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _count(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number >= 0 else None


@lru_cache(maxsize=16)  # the answers of a second have the same
def _date(text: str) -> float | None:
    """Return an HTTP date in seconds since the epoch."""
    try:
        named = parsedate_to_datetime(text)
        at = (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()
    except (
        ValueError,
        TypeError,
        IndexError,
        OverflowError,
    ):  # the parser of some Python raises each
        return None
    return at if at >= _EPOCH_FROM else None


def _retry_after(text: str, *, date_at: float | None) -> float | None:
    """Return seconds to wait; a date counts from the answer's own `Date`, not from our clock."""
    seconds = _number(text)
    if seconds is None:
        at = _date(text)
        seconds = None if at is None or date_at is None else max(at - date_at, 0.0)
    if seconds is None or not 0 <= seconds <= LONGEST_RETRY_S:
        return None
    return seconds


def _location(text: str) -> str | None:
    """Return where a redirect points, without a login, a query or a fragment."""
    bare = text.partition("#")[0].partition("?")[0]
    return shown(_USERINFO.sub(r"\1//", bare.strip()), limit=LOCATION_LIMIT) or None
