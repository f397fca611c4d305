"""The picture of starts: how many tasks had started when, and when nothing could be sent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from launcher.adapters.reports.page.picture import (
    GREY,
    ORANGE,
    POINTS,
    PURPLE,
    STARTED,
    Picture,
    label,
    moment,
    time_of,
)
from launcher.core.report import RunFacts, Wait
from launcher.core.words import counted, duration

_TITLE = "Tasks started over time"
_WAITS_DRAWN = 300
_WHY_LIMIT = 60
_OTHER = "other pauses"
_SHADES = (ORANGE, PURPLE, GREY)
_LINE = "%{y:,} started<extra></extra>"


def starts_of(starts: Sequence[float], run: RunFacts, waits: Sequence[Wait]) -> Picture:
    """Return the picture of when tasks were started, in order, with the waits shaded."""
    if not starts:
        return Picture(name="starts", title=_TITLE, words="No task was started by this run.")
    shown = sorted(waits, key=lambda wait: -wait.for_s)[:_WAITS_DRAWN]
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "started",
        "x": [moment(at) for at, _ in _steps(starts, run)],
        "y": [count for _, count in _steps(starts, run)],
        "line": {"shape": "hv", "color": STARTED, "width": 2.5},
        "fill": "tozeroy",
        "fillcolor": "rgba(0,114,178,0.14)",
        "hovertemplate": _LINE,
    }
    return Picture(
        name="starts",
        title=_TITLE,
        words=_words(starts, waits),
        traces=(*_shades(shown, len(starts)), line),
        layout={
            "hovermode": "x",
            "xaxis": {"type": "date", "hoverformat": "%H:%M:%S", "title": {"text": "time (UTC)"}},
            "yaxis": {"rangemode": "tozero", "title": {"text": "tasks started"}},
            "barmode": "overlay",
            "showlegend": bool(waits),
        },
    )


def _steps(starts: Sequence[float], run: RunFacts) -> Iterator[tuple[float, int]]:
    """Yield times and how many had started by then, not more than fit into a line."""
    yield min(run.started_at.timestamp(), starts[0]), 0
    every = max(len(starts) // POINTS, 1)
    for number in range(every, len(starts), every):
        yield starts[number - 1], number
    yield starts[-1], len(starts)
    if run.ended_at is not None and run.ended_at.timestamp() > starts[-1]:
        yield run.ended_at.timestamp(), len(starts)


def _shades(waits: Iterable[Wait], height: int) -> Iterator[dict[str, Any]]:
    """Yield a set of bars for each of the most frequent reasons, and one for the others."""
    waits = sorted(waits, key=lambda wait: wait.at)
    reasons = Counter(wait.why for wait in waits)
    named = [why for why, _ in reasons.most_common(len(_SHADES) - (len(reasons) > len(_SHADES)))]
    groups = [(label(why, limit=_WHY_LIMIT), [w for w in waits if w.why == why]) for why in named]
    rest = [wait for wait in waits if wait.why not in named]
    if rest:
        groups.append((_OTHER, rest))
    for (name, some), colour in zip(groups, _SHADES, strict=False):
        yield {
            "type": "bar",
            "name": name,
            "x": [moment(wait.at.timestamp() + wait.for_s / 2) for wait in some],
            "y": [height] * len(some),
            "width": [max(wait.for_s, 0.001) * 1000 for wait in some],
            "text": [_told(wait) for wait in some],
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {"color": colour, "opacity": 0.3, "line": {"width": 0}},
        }


def _told(wait: Wait) -> str:
    why = label(wait.why, limit=_WHY_LIMIT)
    return f"{why}<br>{duration(wait.for_s)} from {time_of(wait.at.timestamp())}"


def _words(starts: Sequence[float], waits: Sequence[Wait]) -> str:
    took = starts[-1] - starts[0]
    words = f"{counted(len(starts), 'task')} started"
    words += f" within {duration(took)}" if len(starts) > 1 else ""
    words += f", from {time_of(starts[0])} to {time_of(starts[-1])} UTC"
    if not waits:
        return f"{words}."
    paused = duration(sum(wait.for_s for wait in waits))
    words = f"{words}; {counted(len(waits), 'pause')} of {paused} in all"
    hidden = len(waits) - _WAITS_DRAWN
    return f"{words} (the longest {_WAITS_DRAWN:,} are drawn)." if hidden > 0 else f"{words}."
