"""A screen of a terminal in memory, as an SVG that loads nothing from elsewhere."""

from collections.abc import Sequence
from html import escape
from io import StringIO
from itertools import groupby

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

_NAMES = {"brown": "yellow", "brightblack": "bright_black"}
"""Rich's names of the colours that pyte calls otherwise."""

_SVG = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>TITLE</title>
<style>
.matrix {{
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
  font-size: {char_height}px;
}}
.window > rect {{ fill: #ffffff; stroke: #d1d9e0; }}
.window > text {{ fill: #59636e; font: 16px system-ui, sans-serif; }}
{styles}
@media (prefers-color-scheme: dark) {{
.window > rect {{ fill: #0d1117; stroke: #3d444d; }}
.window > text {{ fill: #9198a1; }}
DARK_STYLES
}}
</style>
<defs>
{lines}
</defs>
<g class="window">{chrome}</g>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw(lines: Sequence[Text], *, name: str, title: str, columns: int) -> str:
    """Return the lines as an SVG, light or dark as the reader's system is."""
    console = Console(record=True, file=StringIO(), width=columns, color_system="truecolor")
    for line in lines:
        console.print(line, no_wrap=True, crop=True)
    dark = console.export_svg(theme=_DARK, unique_id=name, code_format="{styles}", clear=False)
    svg = console.export_svg(
        theme=_LIGHT,
        unique_id=name,
        title=title,
        code_format=_SVG.replace("TITLE", _kept(escape(title))).replace("DARK_STYLES", _kept(dark)),
    )
    lines_of_svg = svg.replace("</text>", "</text>\n").splitlines()
    return "".join(f"{line.strip()}\n" for line in lines_of_svg if line.strip())


def _kept(text: str) -> str:
    """Return `text` as a format string that stands for itself."""
    return text.replace("{", "{{").replace("}", "}}")


def seen(screen: pyte.Screen) -> list[Text]:
    """Return what stands on the screen, colours included, without the empty lines at its end."""
    lines = []
    for number in range(screen.lines):
        cells = (screen.buffer[number][column] for column in range(screen.columns))
        parts = groupby(cells, _style)
        words = [("".join(cell.data for cell in same), style) for style, same in parts]
        line = Text.assemble(*words, no_wrap=True)
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def _style(cell: Char) -> Style:
    return Style(color=_color(cell.fg), bgcolor=_color(cell.bg), bold=cell.bold or None)


def _color(name: str) -> str:
    return _NAMES.get(name, name)


def _theme(background: str, foreground: str, *colours: str) -> TerminalTheme:
    """Return a theme of hex colours: black, red, green, yellow, blue, magenta, cyan, grey."""
    *normal, grey = [_rgb(colour) for colour in colours]
    return TerminalTheme(
        _rgb(background), _rgb(foreground), [*normal, grey], [grey, *normal[1:], grey]
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


_LIGHT = _theme(
    *("#ffffff", "#1f2328"),
    *("#24292f", "#cf222e", "#116329", "#7d4e00", "#0969da", "#8250df", "#1b7c83", "#8c959f"),
)
_DARK = _theme(
    *("#0d1117", "#e6edf3"),
    *("#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#6e7681"),
)
