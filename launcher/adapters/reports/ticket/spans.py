"""Foreign text in Markdown: shown as it is, and nothing but text for whoever renders it."""

import re
from collections.abc import Iterable, Sequence

from launcher.core.words import shown

_TICKS = re.compile("`+")
_BEFORE_PIPE = re.compile(r"\\+(?=\|)")
_ADDRESS = re.compile(r"\S*(?:@|://)\S*[\w/]")


def span(text: str | None, *, limit: int) -> str:
    """Return foreign text as a code span for a cell of a table; nothing where there is none.

    In a code span nothing is markup, HTML, a link, a mention or a reference, wherever it is
    rendered; only the pipe would end the cell. Renderers differ about a backslash before one.
    """
    words = shown(text or "", limit=limit)[: 2 * limit]  # escapes are long
    if not words:
        return ""
    words = _BEFORE_PIPE.sub(lambda found: r"\x5c" * len(found[0]), words).replace("|", r"\|")
    fence = "`" * (1 + max(map(len, _TICKS.findall(words)), default=0))
    room = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{room}{words}{room}{fence}"


def prose(text: str) -> str:
    """Return words of ours of which none becomes a link or a mention."""
    return _ADDRESS.sub(lambda found: f"`{found[0]}`", text)


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    rule = ["---"] * len(heads)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (heads, rule, *lines))
