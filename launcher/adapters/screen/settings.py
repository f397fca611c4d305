"""Settings and where they come from, as `launcher config show` shows them."""

from collections.abc import Iterable
from typing import TextIO

from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import print_out
from launcher.adapters.screen.words import shown

_HEADERS = ("setting", "value", "from")
_LIMIT = 1000


def print_settings(
    rows: Iterable[tuple[str, str, str]], *, head: str, foot: str, stream: TextIO
) -> None:
    """Print a name, a value and an origin a line, between `head` and `foot`.

    Raises:
        StorageError: as `print_out`.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in _HEADERS:
        table.add_column(header, overflow="fold", no_wrap=header == _HEADERS[0])
    for row in rows:
        table.add_row(*(Text(shown(text, limit=_LIMIT)) for text in row))
    print_out([Text(shown(head, limit=_LIMIT)), table, Text(foot)], stream)
