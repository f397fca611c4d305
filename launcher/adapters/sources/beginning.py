"""What a file is by its first bytes: text, or something that would be thousands of bad lines."""

import codecs
import re

from launcher.core.errors import UsageError
from launcher.core.report import TICKET_BEGINNING

LOOKED_AT = 1024
"""Bytes of a file that tell."""

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF16 = "UTF-16; save it as UTF-8 (or plain text) and try again"
_PAGE = (
    "a page for browsers, not a list of task ids: of a report, name that run's .csv or .json, or "
    "one of the lists that `launcher report RUN --split DIR` makes"
)
_PAGES = (b"<!doctype html", b"<html")
_KINDS = {
    b"%PDF": "a PDF, not a list of task ids: save the ids as text, one a line",
    b"PK\x03\x04": "an Excel workbook or a zip archive, not a list of task ids: save it as CSV",
    b"<?xml": "XML, not a list of task ids: `launcher report RUN --split DIR` makes lists of a run",
    TICKET_BEGINNING.encode(): (
        "a report for a ticket, not a list of task ids: name that run's .csv or .json, or one of "
        "the lists that `launcher report RUN --split DIR` makes"
    ),
    b"\x1f\x8b": "compressed by gzip: unpack it (gunzip) and try again",
}
_BINARY = "no text file: name a file of task ids, one a line, or a table as CSV"
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")  # those that no line of text holds


def refuse_other_than_text(head: bytes, *, name: str) -> None:
    """Say what a file is that begins with `head`, if that is no text.

    Text in Latin-1 is let through: names and comments in it do no harm.

    Raises:
        UsageError: it is UTF-16, or no text at all.
    """
    kind = _kind_of(head[:LOOKED_AT])
    if kind is not None:
        raise UsageError(f"{name} is {kind}")


def _kind_of(head: bytes) -> str | None:
    start = head.removeprefix(codecs.BOM_UTF8)
    if start.lower().startswith(_PAGES):
        return _PAGE
    known = next((kind for mark, kind in _KINDS.items() if start.startswith(mark)), None)
    if known is not None:
        return known
    if head.startswith(_UTF16_MARKS) or _has_nul_in_every_second_byte(head):
        return _UTF16
    is_binary = b"\x00" in head or (_CONTROLS.search(head) and not _is_utf8(head))
    return _BINARY if is_binary else None


def _has_nul_in_every_second_byte(head: bytes) -> bool:
    """Say whether it is UTF-16 without a mark: of ASCII, a few other letters among them."""
    even, odd = head[::2], head[1::2]
    return any(
        0 not in letters and 2 * nuls.count(0) > len(nuls)
        for letters, nuls in ((even, odd), (odd, even))
    )


def _is_utf8(head: bytes) -> bool:
    """Say whether it is, a last character that is cut included."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
