"""Numbers, durations and foreign text as people read them; values in, text out."""

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


def shown(text: str, *, limit: int = MESSAGE_LIMIT) -> str:
    """Return foreign text on one line, harmless and bounded."""
    return visible(" ".join(text[: 4 * limit].split()), limit=limit)
