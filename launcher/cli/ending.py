"""How a command ends when something went wrong: a line, an exit code, no traceback."""

import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from io import FileIO, TextIOWrapper
from pathlib import Path
from traceback import extract_tb

from launcher.adapters.output import say
from launcher.core.errors import LauncherError
from launcher.core.text import visible

log = logging.getLogger(__name__)

BUG = 1

_OWN_LINE = re.compile(r"\n(?=  )")
"""Where an error begins a line of its own; any other line end came with what it quotes."""


def exit_code_of(command: Callable[[], object]) -> int:
    """Carry out `command` and return its exit code, after a word about what went wrong."""
    try:
        command()
    except LauncherError as error:
        say_error(error)
        return error.exit_code
    except Exception as error:
        log.debug("an error that nobody expected", exc_info=error)
        _say(
            f"this is a bug: {'; '.join(_described(error))}. The journal holds "
            "everything that was sent, so it is safe to run the same command again "
            "(--verbose shows where it happened).",
            exit_code=BUG,
        )
        return BUG
    return 0


def say_error(error: LauncherError) -> None:
    """Write the error to standard error: its indented lines kept, all else made visible."""
    _say(str(error), exit_code=error.exit_code)


def open_missing_streams() -> None:
    """Give standard streams that the caller closed a place.

    Else the first file that is opened, such as the journal, takes their descriptor. Standard
    output refuses all that is written even so: it must not seem to have arrived.
    """
    modes = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}
    for name, mode in modes.items():
        if getattr(sys, name) is None:
            bare = FileIO(os.open(os.devnull, mode), "r" if name == "stdin" else "w")
            setattr(
                sys, name, TextIOWrapper(bare, write_through=True)
            )  # nothing stays to be flushed


def _described(error: Exception) -> Iterator[str]:
    if isinstance(error, ExceptionGroup):
        for part in error.exceptions:
            yield from _described(part)
        return
    last = extract_tb(error.__traceback__)[-1]
    text = visible(" ".join(str(error).split()), limit=300)
    yield f"{type(error).__name__}: {text} ({Path(last.filename).name}:{last.lineno})"


def _say(words: str, *, exit_code: int) -> None:
    from launcher.cli.logs import is_json  # noqa: PLC0415 - who asks for the version pays for no JSON

    if is_json():
        log.error(words, extra={"exit_code": exit_code})
        return
    lines = _OWN_LINE.split(f"launcher: {words}")
    say("".join(f"{visible(line)}\n" for line in lines))
