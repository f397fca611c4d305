"""Standard output, where what was asked for goes; words about it go to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from launcher.core.errors import StorageError


def say(words: str) -> None:
    """Write words to standard error; nobody there to read them ends nothing."""
    with suppress(OSError, ValueError):  # ValueError: it was closed
        sys.stderr.write(words)
        sys.stderr.flush()


@contextmanager
def writing_out() -> Iterator[None]:
    """Translate what standard output does not take; a reader that goes away has read enough.

    Raises:
        StorageError: it is closed, or its disk is full.
    """
    try:
        yield
    except BrokenPipeError:
        return
    except OSError as error:
        raise StorageError(f"cannot write to standard output: {error.strerror}") from error
