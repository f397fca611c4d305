"""Bytes in, text out: line by line or piece by piece, never more at once than a bound."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from launcher.adapters.sources.beginning import LOOKED_AT, refuse_other_than_text

LINE_LIMIT = 8 * 2**20
"""Bytes of a line, and characters of a table's row or a JSON record; a row of a report is small."""

PIECE = 2**16
_BOM = codecs.BOM_UTF8

Lines = Iterator[tuple[int, str | None]]
"""Lines with their numbers, which count from 1; None stands for a line that is too long."""


def lines_of(stream: BinaryIO, *, name: str, limit: int = LINE_LIMIT) -> Lines:
    """Yield the lines of text in `stream`, their ends kept; what is no UTF-8 becomes U+FFFD.

    Raises:
        UsageError: its first lines are no text.
    """
    number, head = 0, b""
    while line := stream.readline(limit + 1):
        number += 1
        if len(head) < LOOKED_AT:
            head += line[:LOOKED_AT]
            refuse_other_than_text(head, name=name)
        start = line.removeprefix(_BOM) if number == 1 else line
        is_long = len(line) > limit
        yield number, None if is_long else start.decode("utf-8", errors="replace")
        while is_long and line and not line.endswith(b"\n"):
            line = stream.readline(limit)


def pieces_of(stream: BinaryIO, *, name: str) -> Iterator[str]:
    """Yield the text in `stream` in pieces of about `PIECE` characters.

    Raises:
        UsageError: it begins with what is no text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    piece = stream.read(PIECE)
    refuse_other_than_text(piece, name=name)
    piece = piece.removeprefix(_BOM)
    while piece:
        yield decoder.decode(piece)
        piece = stream.read(PIECE)
    yield decoder.decode(b"", final=True)
