"""The picture of latencies: how long the platform took for run requests."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Any

from launcher.adapters.reports.page.picture import GREEN, ORANGE, SKY, VERMILLION, Picture
from launcher.core.words import counted

_TITLE = "Latency of run requests"
_BINS = 48
_ROOM = 1.15
_FAR = 0.4
"""Of the whole: what begins farther from 0 is drawn without what lies before it."""
_SHARES = ((0.5, "p50", GREEN), (0.95, "p95", ORANGE), (0.99, "p99", VERMILLION))


def latencies_of(latencies: Sequence[float]) -> Picture:
    """Return the picture of latencies in seconds, the shortest first."""
    if not latencies:
        return Picture(name="latencies", title=_TITLE, words="No run request was answered.")
    edges = _edges(latencies)
    counts = _counts(latencies, edges)
    bars = {
        "type": "bar",
        "name": "requests",
        "x": [(low + high) / 2 for low, high in pairwise(edges)],
        "y": counts,
        "width": [high - low for low, high in pairwise(edges)],
        "text": _ranges(edges, latencies[-1]),
        "textposition": "none",
        "hovertemplate": "%{y:,} in %{text}<extra></extra>",
        "marker": {"color": SKY, "line": {"width": 0}},
    }
    marks = [(percentile(latencies, share), name, colour) for share, name, colour in _SHARES]
    return Picture(
        name="latencies",
        title=_TITLE,
        words=_words(latencies),
        traces=(bars,),
        layout={
            "xaxis": {"title": {"text": "seconds"}, "range": [edges[0], edges[-1]]},
            "yaxis": {"title": {"text": "requests"}, "range": [0, max(counts) * 1.35]},
            "bargap": 0,
            "hovermode": "x",
            "shapes": [_line(at, colour) for at, _, colour in marks],
            "annotations": [
                _annotation(
                    at, name, level=level, is_left=at - edges[0] > (edges[-1] - edges[0]) * 0.75
                )
                for level, (at, name, _) in enumerate(marks)
            ],
            "showlegend": False,
        },
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least that share of them does not exceed."""
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]


def _edges(latencies: Sequence[float]) -> list[float]:
    """Return where bins begin and end; a long tail is one bin, so that the rest is seen."""
    most = min(latencies[-1], percentile(latencies, 0.99) * 1.5) * _ROOM
    least = latencies[0] / _ROOM if latencies[0] > most * _FAR else 0.0
    width = max(most - least, 0.001) / _BINS
    return [least + number * width for number in range(_BINS + 1)]


def _counts(latencies: Sequence[float], edges: Sequence[float]) -> list[int]:
    upto = [bisect_right(latencies, edge) for edge in edges[:-1]]
    upto[0] = 0
    return [more - less for less, more in zip(upto, [*upto[1:], len(latencies)], strict=True)]


def _ranges(edges: Sequence[float], slowest: float) -> list[str]:
    ranges = [f"{low:.3f} to {high:.3f} s" for low, high in pairwise(edges)]
    ranges[-1] = f"{edges[-2]:.3f} s or more" if slowest > edges[-1] else ranges[-1]
    return ranges


def _line(at: float, colour: str) -> dict[str, Any]:
    ends = {"x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}
    return {"type": "line", **ends, "line": {"color": colour, "width": 2, "dash": "dash"}}


def _annotation(at: float, name: str, *, level: int, is_left: bool) -> dict[str, Any]:
    """Return the words beside a line, one below the other, so that close lines can be read."""
    return {
        "x": at,
        "y": 1 - level * 0.1,
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "right" if is_left else "left",
        "xshift": -4 if is_left else 4,
        "text": f"{name} {in_seconds(at)}",
        "showarrow": False,
    }


def in_seconds(latency_s: float) -> str:
    """Return `84 ms` or `1.25 s`."""
    return f"{latency_s * 1000:.0f} ms" if latency_s < 1 else f"{latency_s:.2f} s"


def _words(latencies: Sequence[float]) -> str:
    half, most, nearly_all = (in_seconds(percentile(latencies, share)) for share, _, _ in _SHARES)
    return (
        f"Of {counted(len(latencies), 'run request')} half took at most {half}, "
        f"95 % at most {most}, 99 % at most {nearly_all}; "
        f"the slowest {in_seconds(latencies[-1])}."
    )
