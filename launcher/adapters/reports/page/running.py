"""The picture of running tasks: how many ran at once, as far as their times are known."""

from collections.abc import Iterator, Sequence

from launcher.adapters.reports.page.picture import GREEN, POINTS, Picture, moment
from launcher.adapters.reports.page.tally import Counted
from launcher.core.words import counted, duration

_TITLE = "Tasks running over time"
_UNKNOWN = (
    "How long tasks ran is not known here: --wait, --max-running and launcher watch read it, "
    "and launcher report --now shows what they read."
)


def running_of(found: Counted) -> Picture:
    """Return the picture of how many tasks ran at once."""
    if not found.changes:
        return Picture(name="running", title=_TITLE, words=_UNKNOWN)
    levels = tuple(_levels(found.changes))
    points = tuple(_fewer(levels))
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "running",
        "x": [moment(at) for at, _ in points],
        "y": [count for _, count in points],
        "line": {"shape": "hv", "color": GREEN, "width": 2.5},
        "fill": "tozeroy",
        "fillcolor": "rgba(0,158,115,0.16)",
        "hovertemplate": "%{y:,} running<extra></extra>",
    }
    return Picture(
        name="running",
        title=_TITLE,
        words=_words(levels, found),
        traces=(line,),
        layout={
            "hovermode": "x",
            "xaxis": {"type": "date", "hoverformat": "%H:%M:%S", "title": {"text": "time (UTC)"}},
            "yaxis": {"rangemode": "tozero", "title": {"text": "tasks running"}},
            "showlegend": False,
        },
    )


def _levels(changes: Sequence[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """Yield each time of a change and how many ran from then on."""
    running = 0
    for number, (at, change) in enumerate(changes):
        running += change
        if number + 1 == len(changes) or changes[number + 1][0] != at:
            yield at, running


def _fewer(levels: Sequence[tuple[float, int]]) -> Iterator[tuple[float, int]]:
    """Yield no more points than fit into a line, the highest of each stretch, and the last."""
    every = max(len(levels) // POINTS, 1)
    for first in range(0, len(levels), every):
        stretch = levels[first : first + every]
        yield stretch[0][0], max(count for _, count in stretch)
    if every > 1:
        yield levels[-1]


def _words(levels: Sequence[tuple[float, int]], found: Counted) -> str:
    most = max(count for _, count in levels)
    began = sum(change > 0 for _, change in found.changes)
    words = f"Times of {began:,} of {counted(found.launched, 'launched task')} are known: at most "
    words += f"{most:,} of these ran at once, within {duration(levels[-1][0] - levels[0][0])}"
    still = found.still_running
    words += f"; {still:,} still ran when last read." if still else "; all of these have ended."
    also = found.also_running
    return (
        f"{words} {also:,} more ran when last read, it is not known since when." if also else words
    )
