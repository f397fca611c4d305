"""What a setting has to be, in words for people: pydantic's are for programmers."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

from launcher.settings.kinds import DURATION, duration_s, duration_text

_BOUNDS = ("ge", "gt", "le", "lt")
_BY_TYPE = {
    "list_type": 'a list of texts, such as ["a", "b"]',
    "path_type": "a text, in quotes",
    "string_too_short": "a text that is not empty",
    "string_type": "a text, in quotes",
}


def expected(field: FieldInfo, *, error: str, message: str) -> str:
    """Return what `field` has to be, where pydantic's `error` of a value says `message`."""
    kinds = {field.annotation, *get_args(field.annotation)}
    if bool in kinds:
        return "expected true or false"
    if _is_duration(field):
        return f"expected {DURATION}{_within(field, is_duration=True)}"
    if kinds & {int, float}:
        number = "whole number" if int in kinds else "number"
        return f"expected a {number}{_within(field, is_duration=False)}"
    if error in _BY_TYPE:
        return f"expected {_BY_TYPE[error]}"
    return message.removeprefix("Value error, ").replace("Input should be ", "expected ")


def _is_duration(field: FieldInfo) -> bool:
    optional = (getattr(part, "__metadata__", ()) for part in get_args(field.annotation))
    marks: list[Any] = [*field.metadata, *(mark for marks in optional for mark in marks)]
    return any(getattr(mark, "func", None) is duration_s for mark in marks)


def _within(field: FieldInfo, *, is_duration: bool) -> str:
    numbers = {
        kind: getattr(mark, kind)
        for mark in field.metadata
        for kind in _BOUNDS
        if hasattr(mark, kind)
    }
    shown = {
        kind: duration_text(number) if is_duration else f"{number}"
        for kind, number in numbers.items()
    }
    match shown:
        case {"ge": low, "le": high}:
            return f" from {low} to {high}"
        case {"ge": low, "lt": high}:
            return f" from {low} to less than {high}"
        case {"gt": low, "le": high}:
            return f" above {low} and up to {high}"
        case {"gt": low}:
            return f" above {low}"
        case {"ge": low}:
            return f", {low} or more"
        case _:
            return ""
