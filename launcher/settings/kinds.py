"""What settings hold: how each kind is read, and how it is written again where it is shown."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from launcher.core.costs import EXPECTED, money_of
from launcher.core.text import quoted

WHOLE = 100
"""Percent."""

DURATION = "a duration such as 90s, 45m or 6h"
NOT_SHOWN = "[not shown: it is no plain https URL]"

_MOST_MEMBERS = 50
_MEMBER = re.compile(r"[a-z_][a-z0-9_]{0,63}", re.ASCII)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FAILURES = re.compile(r"(\d{1,9}(?:\.\d{1,9}(?=%))?)(%?)", re.ASCII)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)", re.ASCII)
_PLAIN_URL = re.compile(r"https?://[^\s@?#/\\]+(/[^\s@?#\\]*)?", re.ASCII | re.IGNORECASE)


def duration_s(value: object) -> object:
    """Return the seconds of `90s`, `45m`, `6h` or a plain number."""
    if isinstance(value, bool):
        raise ValueError(f"expected {DURATION}")  # noqa: TRY004 - pydantic's way
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"expected {DURATION}")
    return float(found[1]) * _UNITS_S[found[2] or "s"]


def duration_text(seconds: float) -> str:
    """Return `90s`, `45m`, `6h`: the largest unit that there are several whole ones of."""
    for unit, unit_s in reversed(_UNITS_S.items()):
        if seconds > unit_s and seconds % unit_s == 0:
            return f"{seconds / unit_s:.0f}{unit}"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"


def failures(value: str) -> str:
    """Return `10` or `5%` as it is."""
    found = _FAILURES.fullmatch(value.strip())
    if found is None or (found[2] and float(found[1]) > WHOLE):
        raise ValueError("expected a number of tasks such as 10, or a share such as 5%")
    return value.strip()


def cost(value: object) -> str:
    """Return `500 USD`: the amount as it is given, and its currency."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(EXPECTED)  # noqa: TRY004 - pydantic's way
    money = money_of(str(value))
    return f"{money.amount:f} {money.currency}"


def listed(value: object) -> object:
    """Return a single text as a list of it: a variable holds one value."""
    return [value] if isinstance(value, str) else value


def split(value: object) -> object:
    """Return the parts of a text with commas as a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def members(names: list[str]) -> list[str]:
    """Return the names, each once, if they can be those of a task's members."""
    for name in names:
        if name == "_all":
            raise ValueError("_all would copy whole tasks: name the members that you need")
        if not _MEMBER.fullmatch(name):
            shown = quoted(name, limit=100)
            raise ValueError(f"{shown} is no name of a member, such as created_time or price")
    once = list(dict.fromkeys(names))
    if len(once) > _MOST_MEMBERS:
        raise ValueError(f"{len(once)} members are too many: name {_MOST_MEMBERS} at most")
    return once


def at_home(path: Path) -> Path:
    """Return the path with `~` resolved: no shell does it in files and variables."""
    if "\0" in str(path):
        raise ValueError(f"{quoted(str(path))} is no path")
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder to find {path} in") from None


def no_url(path: Path) -> Path:
    """Return the path; one that was meant as a URL would become folders named after a password."""
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(path), re.IGNORECASE):
        raise ValueError("expected the path of a file: journals are SQLite files")
    return path


def all_at_home(places: list[str]) -> list[str]:
    """Return the places, `at_home` where they begin with `~`."""
    return [
        str(at_home(Path(place))) if place.startswith("~") or "\0" in place else place
        for place in places
    ]


def one_at_home(place: str) -> str:
    """Return the place, `at_home` where it begins with `~`."""
    return all_at_home([place])[0]


def discreet(url: str) -> str:
    """Return the URL, unless it may hold a login or be a token in the wrong place."""
    return url if _PLAIN_URL.fullmatch(url) else NOT_SHOWN


Duration = Annotated[
    float, BeforeValidator(duration_s), PlainSerializer(duration_text, when_used="json")
]
OwnPath = Annotated[Path, AfterValidator(at_home)]
Failures = Annotated[str, BeforeValidator(str), AfterValidator(failures)]
Amount = Annotated[str, BeforeValidator(cost)]
Members = Annotated[list[str], BeforeValidator(split), AfterValidator(members)]
Places = Annotated[list[str], BeforeValidator(listed), AfterValidator(all_at_home)]
Place = Annotated[str, Field(min_length=1), AfterValidator(one_at_home)]
Address = Annotated[str, PlainSerializer(discreet, when_used="json")]
"""Checked by whoever uses it, see `launcher.adapters.credentials`."""
