"""Foreign text made fit to keep: it encodes to UTF-8, it has an end, and it is readable."""

import html
import re
from collections.abc import Mapping
from reprlib import Repr
from typing import Final

from launcher.core.text import visible

TEXT_LIMIT: Final = 2000
PROBLEM_LIMIT: Final = 1000
PROBLEMS_LIMIT: Final = 20
EXCERPT_LIMIT: Final = 120

_EXCERPT_BYTES = 4096
"""How much of a foreign body is looked at; also what bounds the search for its title."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_ODD = Repr()
_ODD.maxstring = _ODD.maxother = _ODD.maxlong = 300


def clean(value: object, *, limit: int = TEXT_LIMIT) -> str | None:
    r"""Return the text that `value` is, or None where it is no text or blank.

    Lone surrogates (JSON may hold "\ud800") and NUL, which PostgreSQL refuses, are replaced.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    text = value if len(value) <= limit else value[: limit - 1] + "…"
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "\ufffd")


def shown(text: str, *, limit: int) -> str:
    """Return `text` on one line, visible, at most `limit` characters with its escapes."""
    line = " ".join(text.split())
    return visible(line, limit=limit)[:limit]


def excerpt_of(body: bytes) -> str:
    """Return a short visible line about a body that is not the platform's: its title or start."""
    text = body[:_EXCERPT_BYTES].decode("utf-8", "replace")
    title = _TITLE.search(text)
    if title and title[1].strip():
        text = html.unescape(title[1])
    return shown(text.removeprefix("\ufeff"), limit=EXCERPT_LIMIT)


def problems(value: object) -> tuple[str, ...]:
    """Return the lines of a task's `errors` or `warnings`, whatever their shape.

    Documented: a list of `{"type", "message", "input_id"}`; nothing else is sure.
    """
    if not value:
        return ()
    items = value if isinstance(value, list) else [value]
    filled = (item for item in items if item not in (None, "", {}, [], False))
    return tuple(_problem(item) for item, _ in zip(filled, range(PROBLEMS_LIMIT), strict=False))


def _problem(item: object) -> str:
    if isinstance(item, Mapping):
        message = clean(item.get("message"), limit=PROBLEM_LIMIT)
        about = [clean(item.get(key), limit=PROBLEM_LIMIT) for key in ("input_id", "type")]
        marks = ", ".join(mark for mark in about if mark)
        if message or marks:
            line = f"{message} ({marks})" if message and marks else message or marks
            return clean(line, limit=PROBLEM_LIMIT) or ""
    text = item if isinstance(item, str) else _ODD.repr(item)
    return clean(text, limit=PROBLEM_LIMIT) or "(blank)"
