"""Pictures of what was measured, as SVG: drawn by plotly.js in a browser."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import unquote

from plotly.offline import get_plotlyjs

from bench.little import Share
from bench.programs import BARE
from bench.rates import ratio
from bench.sizes import Size
from bench.tables import Rates
from support.browser import browsing

WIDTH, HEIGHT = 820, 360
_INK = "#1f4e79"
_DRAW = """([script, picture]) => {
  if (!window.Plotly) { (0, eval)(script); }
  return Plotly.toImage(picture, {format: "svg", width: %d, height: %d});
}""" % (WIDTH, HEIGHT)  # noqa: UP031 - braces everywhere
_HEAD = "data:image/svg+xml,"

Picture = Mapping[str, Any]


def drawn(executable: str, pictures: Mapping[str, Picture]) -> Iterator[tuple[str, str]]:
    """Yield each picture by its name as SVG."""
    with browsing(executable) as browser:
        tab = browser.new_page()
        for name, picture in pictures.items():
            image = tab.evaluate(_DRAW, [get_plotlyjs(), picture])
            yield name, unquote(image.removeprefix(_HEAD)) + "\n"


def pictures_of(rates: Rates, shares: Sequence[Share], sizes: Sequence[Size]) -> dict[str, Picture]:
    """Return the pictures of the page by their names."""
    return {
        "rates": _rates(rates),
        "little": _shares(shares),
        "memory": _memory(sizes),
    }


def _rates(rates: Rates) -> Picture:
    each = sorted((ratio(of_it, rates[BARE]), program.name) for program, of_it in rates.items())
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [share for share, _ in each],
        "y": [name for _, name in each],
        "text": [f"{share:.2g}" for share, _ in each],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": _INK},
    }
    named = {"text": "tasks a second ÷ those of a bare aiohttp loop"}
    axis = {"type": "log", "dtick": 1, "title": named}
    return _picture([bars], "Side by side, 32 in flight", xaxis=axis, margin={"l": 270})


def _shares(shares: Sequence[Share]) -> Picture:
    lines = []
    for latency_s, group in groupby(shares, attrgetter("latency_s")):
        some = list(group)
        line = {
            "mode": "lines+markers",
            "name": f"{latency_s * 1000:g} ms",
            "x": [share.in_flight for share in some],
            "y": [share.of_law for share in some],
        }
        lines.append(line)
    return _picture(
        lines,
        "Share of what Little's law allows",
        xaxis=_log_axis("requests in flight", sorted({share.in_flight for share in shares})),
        yaxis={"range": [0, 1.1], "tickformat": ".0%"},
    )


def _memory(sizes: Sequence[Size]) -> Picture:
    lines = [
        {
            "mode": "lines+markers",
            "name": name,
            "x": [size.ids for size in sizes],
            "y": [getattr(size, which).peak_bytes / 1e6 for size in sizes],
        }
        for name, which in (("first run", "first"), ("second run", "second"))
    ]
    return _picture(
        lines,
        "Peak memory",
        xaxis=_log_axis("ids", [size.ids for size in sizes]),
        yaxis={"rangemode": "tozero", "title": {"text": "MB"}},
    )


def _log_axis(name: str, at: Sequence[int]) -> Mapping[str, Any]:
    texts = [f"{value:,}" for value in at]
    return {"type": "log", "title": {"text": name}, "tickvals": at, "ticktext": texts}


def _picture(data: Sequence[Mapping[str, Any]], title: str, **layout: Any) -> Picture:  # noqa: ANN401
    margin = {"l": 60, "r": 40, "t": 50, "b": 50, **layout.pop("margin", {})}
    return {"data": list(data), "layout": {"title": {"text": title}, "margin": margin, **layout}}
