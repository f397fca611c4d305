"""Counts, durations and foreign text in words; everything that people read says them alike."""

from datetime import UTC, datetime
from math import isfinite

from launcher.core.text import visible

MESSAGE_LIMIT = 300
"""Characters of a foreign message that are shown."""

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_LONGEST_S = 1e9


def counted(number: int, noun: str) -> str:
    """Return `1 task`, `2 tasks`, `50,000 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return `12 s`, `3 min 20 s`, `2 h 5 min` or `1 d 3 h`, rounded."""
    if not isfinite(seconds):
        return "an unknown time"
    whole = round(min(max(seconds, 0.0), _LONGEST_S))
    for unit_s, name, part_s, part_name in (
        (_DAY_S, "d", _HOUR_S, "h"),
        (_HOUR_S, "h", _MINUTE_S, "min"),
        (_MINUTE_S, "min", 1, "s"),
    ):
        if whole >= unit_s:
            count, rest = whole // unit_s, whole % unit_s // part_s
            return f"{count} {name} {rest} {part_name}" if rest else f"{count} {name}"
    return f"{whole} s"


def iso_of(at: datetime) -> str:
    """Return `at` as `2026-11-24T03:21:41.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def shown(text: str, *, limit: int = MESSAGE_LIMIT) -> str:
    """Return foreign text on one line, harmless and bounded."""
    return visible(" ".join(text[: 4 * limit].split()), limit=limit)


def requests_in_words(requests: int, *, launched: int) -> str:
    """Return `214 requests, 1.02 a task`; `launched` counts the tasks that they launched."""
    words = counted(requests, "request")
    return f"{words}, {a_task_in_words(requests, launched=launched)}" if launched > 0 else words


def a_task_in_words(requests: int, *, launched: int) -> str:
    """Return `1.02 a task`."""
    return f"{requests / launched:.2f} a task"
