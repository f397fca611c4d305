"""Streams that people read: rich on a terminal, plain text elsewhere, and never an error."""

import io
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, TextIO, cast

from rich.console import Console, RenderableType
from rich.text import Text

from launcher.adapters.output import writing_out
from launcher.core.outcome import Outcome

STYLES = {  # to be read on white as well: no yellow, no cyan
    Outcome.LAUNCHED: "green",
    Outcome.SKIPPED: "default",
    Outcome.REJECTED: "red",
    Outcome.FAILED: "red",
    Outcome.UNKNOWN: "magenta",
    Outcome.PENDING: "default",
}

_WIDE = 10_000
"""Columns of what is no terminal: nothing is wrapped or cut there."""


class Forgiving:
    """A text stream whose reader may go away, and whose encoding may lack characters.

    What cannot be written is lost; words for people never end a run.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:
        """The encoding of the stream; rich chooses its lines and bars by it."""
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Write what the stream takes; characters it has not are written as escapes."""
        with suppress(OSError, ValueError):  # ValueError: it was closed
            self._stream.write(encodable(text, self.encoding))
        return len(text)

    def flush(self) -> None:
        """Flush, if somebody is still there."""
        with suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Say whether the stream is a terminal."""
        try:
            return self._stream.isatty()
        except ValueError:
            return False

    def fileno(self) -> int:
        """Return the descriptor, for the size of the terminal."""
        return self._stream.fileno()


def encodable(text: str, encoding: str) -> str:
    """Return `text` with the characters that `encoding` lacks as escapes; `…` becomes `~`.

    That one is put where lines are cut, and an escape would be wider than the line.
    """
    try:
        "…".encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("…", "~")
    return text.encode(encoding, "backslashreplace").decode(encoding)


def is_live(console: Console) -> bool:
    """Say whether the cursor can be moved there; TTY_INTERACTIVE=0 says no."""
    return console.is_terminal and console.is_interactive and not console.is_dumb_terminal


def console_on(stream: TextIO) -> Console:
    """Return a console on `stream`, in which no text is markup.

    Whether it is a terminal is the stream's word alone: FORCE_COLOR and its like would put
    control characters into files. NO_COLOR and TERM=dumb are honoured.
    """
    forgiving = Forgiving(stream)
    return Console(
        file=cast("IO[str]", forgiving),  # all that rich calls is there
        force_terminal=forgiving.isatty(),
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


def print_blocks(blocks: Sequence[RenderableType], stream: TextIO) -> None:
    """Print `blocks` on `stream`: as rich on a terminal, else as `plain_text`.

    A `Text` with `no_wrap` is left to the terminal to wrap, so that it can be copied as a whole.
    """
    console = console_on(stream)
    if console.is_terminal:
        for block in blocks:
            is_whole = isinstance(block, Text) and bool(block.no_wrap)  # print forgets it
            console.print(block, soft_wrap=is_whole)
    else:
        console.file.write(plain_text(blocks))
        console.file.flush()


def print_out(blocks: Sequence[RenderableType], stream: TextIO) -> None:
    """Print what was asked for on standard output, as `print_blocks` does.

    Raises:
        StorageError: the stream does not take it; a reader that goes away is no error.
    """
    if stream.isatty():
        print_blocks(blocks, stream)
        return
    with writing_out():
        stream.write(encodable(plain_text(blocks), stream.encoding or "utf-8"))
        stream.flush()


def plain_text(blocks: Sequence[RenderableType]) -> str:
    """Return `blocks` as lines without control characters, colour, wrapping or trailing blanks."""
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=_WIDE,
        force_terminal=False,
        force_interactive=False,
        force_jupyter=False,
        color_system=None,
        markup=False,
        emoji=False,
        highlight=False,
    )
    for block in blocks:
        console.print(block)
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())
