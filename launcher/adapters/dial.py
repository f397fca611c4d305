"""A number in a file, which somebody may change while a run goes on."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from launcher.core.text import quoted

_MOST_BYTES = 1000
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(slots=True, kw_only=True)
class FileDial:
    """The file at `path` holds a number, 0 or more, and nothing else."""

    path: Path
    first: int | None = None
    """The number that it held when it was checked: the next reading tells that one."""

    def read(self) -> int | str:
        first, self.first = self.first, None
        return self._read() if first is None else first

    def _read(self) -> int | str:
        shown = quoted(str(self.path), limit=200)
        try:
            text = self._text()
        except OSError as error:
            return f"{shown} cannot be read ({error.strerror or error})"
        if text is None:
            return f"{shown} is no ordinary file"
        found = text.strip()
        if not _NUMBER.fullmatch(found):
            return f"in {shown} stands {quoted(found, limit=40)}, which is no number of tasks"
        return int(found)

    def _text(self) -> str | None:
        """Return the beginning of the file; None: it is none, and may never come to an end."""
        opened = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(opened).st_mode):
                return None
            return os.read(opened, _MOST_BYTES).decode("utf-8-sig", "replace")
        finally:
            os.close(opened)
