"""Foreign text made safe to show: no control, no direction tricks, no formulas."""

import re
import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NEXT_FORMULA = re.compile(rf";(?=[ \"']*[{re.escape(''.join(_FORMULA_STARTS))}])")
_PLAIN = re.compile(r"[!-*,./-:<>?A-~][ -:<-~]*")
"""Printable ASCII without a semicolon, that begins neither with a blank nor as a formula."""
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def visible(text: str, *, limit: int | None = None) -> str:
    r"""Return `text` with control, bidi and other unseen characters as `\u…`, cut to `limit`."""
    text = _cut(text, limit)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(character) if unicodedata.category(character) in _HIDDEN else character
        for character in text
    )


def quoted(text: str, *, limit: int | None = None) -> str:
    """Return `text` in quotes, cut to `limit`; odd blanks, too, are written out.

    Each once: `repr` would double the backslashes of a text that is visible already.
    """
    shown = (one if one.isprintable() else _escaped(one) for one in _cut(text, limit))
    return f"'{''.join(shown)}'"


def _cut(text: str, limit: int | None) -> str:
    return text if limit is None or len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def cell(text: str) -> str:
    """Return `text` for a table cell: visible, and no spreadsheet takes it for a formula.

    Nor what follows a semicolon: where the comma is for decimals, it ends a cell, quoted or not.

    Source: OWASP, "CSV Injection".
    """
    if _PLAIN.fullmatch(text):  # as nearly all are
        return text
    if ";" in text:
        text = _NEXT_FORMULA.sub(";'", text)
    return visible("'" + text if text.lstrip(" ").startswith(_FORMULA_STARTS) else text)
