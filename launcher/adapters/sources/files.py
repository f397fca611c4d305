"""Files and standard input: opened, and read in the form that their name or beginning tells."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from launcher.adapters.sources.document import document_of
from launcher.adapters.sources.lines import Lines, lines_of, pieces_of
from launcher.adapters.sources.records import records_of
from launcher.adapters.sources.table import is_header, table_of
from launcher.adapters.sources.text import text_of, without_comment
from launcher.core.errors import UsageError
from launcher.core.ids import BadLine, Written
from launcher.core.text import visible

STDIN = "-"
_TABLES = (".csv", ".tsv")


def name_of(file: str) -> str:
    """Return what messages call a file."""
    return "standard input" if file == STDIN else visible(file)


def written_in_file(
    file: str, *, column: str | None, stdin: BinaryIO | None
) -> Iterator[Written | BadLine]:
    """Yield what stands in `file` (`-` is standard input) where task ids are expected.

    Raises:
        UsageError: it cannot be read.
    """
    if not file:
        raise UsageError("the name of a file is empty: name a file, or - for standard input")
    if file == STDIN:
        with _told(name_of(file)) as name:
            yield from _written_in(stdin or sys.stdin.buffer, name, "stdin", column)
        return
    path = Path(file)
    with _told(name_of(file), path) as name:
        if path.is_dir():
            raise UsageError(f"{name} is a folder; name a file of task ids in it")
        with path.open("rb") as stream:
            yield from _written_in(stream, name, name, column)


def digests_of(files: Sequence[str]) -> tuple[str, ...]:
    """Return a digest of the content of each file that can be read a second time."""
    return tuple(_digest(Path(file)) for file in files if Path(file).is_file())


def _digest(path: Path) -> str:
    with _told(name_of(str(path)), path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _written_in(
    stream: BinaryIO, shown: str, name: str, column: str | None
) -> Iterator[Written | BadLine]:
    suffix = Path(name).suffix.lower()
    if suffix == ".json":
        return document_of(pieces_of(stream, name=shown), name=name, column=column)
    first, lines = _begun(lines_of(stream, name=shown))
    if suffix == ".jsonl" or first.lstrip().startswith(("{", "[")):
        return records_of(lines, name=name, column=column)
    if is_header(first, column=column, expected=suffix in _TABLES):
        return table_of(lines, name=name, column=column)
    return text_of(lines, name=name)


def _begun(lines: Lines) -> tuple[str, Lines]:
    """Return the first line that is neither blank nor a comment, and the lines from it on."""
    for number, line in lines:
        if line is None or without_comment(line):
            return line or "", chain([(number, line)], lines)
    return "", iter(())


@contextmanager
def _told(name: str, path: Path | None = None) -> Iterator[str]:
    """Translate what the system says when `name` cannot be opened or read."""
    try:
        yield name
    except FileNotFoundError as error:
        is_relative = path is not None and not path.is_absolute()
        looked_in = f" in {visible(os.path.realpath(os.curdir))}" if is_relative else ""
        raise UsageError(f"{name} does not exist{looked_in}") from error
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from error
