"""Members of a task that only reports want: foreign JSON, kept as text within a bound."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from pydantic import JsonValue

from launcher.core.answer import Extra

MEMBER_LIMIT: Final = 64 * 1024
"""Characters of one member; a task's inputs may be megabytes, and a run has many tasks."""

_to_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def extra_of(task: Mapping[str, JsonValue], names: Iterable[str]) -> Extra:
    """Return every named member; one that the task lacks is null."""
    return tuple((name, _text_of(task.get(name))) for name in names)


def _text_of(value: JsonValue) -> str | None:
    try:
        text = _to_json(value)
    except (ValueError, RecursionError):  # NaN or 1e999, which the parser takes; nested too deep
        return None
    return text if len(text) <= MEMBER_LIMIT else None
