"""The picture of what was not launched: how many tasks, by outcome and reason."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from launcher.adapters.reports.page.picture import OF_OUTCOME, Picture, label
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest
from launcher.core.report import Summary
from launcher.core.words import counted, shown

_TITLE = "Not launched, by reason"
_SHOWN = 10
_LABEL_LIMIT = 26
_WHY_LIMIT = 90
_LEAST_HEIGHT = 3
_BLACK = {"color": "#000"}


class _Bar(NamedTuple):
    outcome: Outcome
    tasks: int
    short: str
    why: str


def refusals_of(digest: Digest, summary: Summary) -> Picture:
    """Return the picture of the tasks that are not launched."""
    bars = sorted(_bars(digest, summary), key=attrgetter("tasks"))
    if not bars:
        words = "Every task is launched." if summary.requested else "There is no task."
        return Picture(name="refusals", title=_TITLE, words=words)
    drawn = bars[-_SHOWN:]
    places = {bar: place for place, bar in enumerate(drawn)}
    names = [label(bar.short, limit=_LABEL_LIMIT) for bar in drawn]
    heights = [-0.6, max(len(drawn), _LEAST_HEIGHT) - 0.4]
    named = {"tickvals": list(places.values()), "ticktext": names, "automargin": True}
    return Picture(
        name="refusals",
        title=_TITLE,
        words=_words(bars),
        traces=tuple(_traces(places)),
        layout={
            "xaxis": {"title": {"text": "tasks"}, "rangemode": "tozero"},
            "yaxis": {**named, "range": heights},
            "barmode": "overlay",
            "showlegend": True,
        },
    )


def _traces(places: Mapping[_Bar, int]) -> Iterator[dict[str, Any]]:
    for outcome in Outcome:
        some = [bar for bar in places if bar.outcome is outcome]
        if not some:
            continue
        yield {
            "type": "bar",
            "orientation": "h",
            "name": outcome.value,
            "x": [bar.tasks for bar in some],
            "y": [places[bar] for bar in some],
            "text": [f"{bar.tasks:,}" for bar in some],
            "textposition": "auto",
            "insidetextfont": _BLACK,
            "cliponaxis": False,
            "hovertext": [_told(bar) for bar in some],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {"color": OF_OUTCOME[outcome]},
        }


def _told(bar: _Bar) -> str:
    why = label(bar.why, limit=_WHY_LIMIT)
    return f"{counted(bar.tasks, 'task')} {bar.outcome}<br>{why}"


def _bars(digest: Digest, summary: Summary) -> Iterator[_Bar]:
    """Yield a bar for each reason, and one for each outcome of tasks that have no reason."""
    left = {outcome: getattr(summary, outcome.value) for outcome in Outcome}
    del left[Outcome.LAUNCHED]
    for status, count in digest.skipped.items():
        left[Outcome.SKIPPED] -= count
        name = shown(status, limit=_LABEL_LIMIT)
        yield _Bar(Outcome.SKIPPED, count, name, f"was {name} already")
    for reason in digest.reasons:
        if reason.outcome in left:
            left[reason.outcome] -= reason.count
            message = reason.example.error_message or reason.what
            short = shown(reason.source or message, limit=_LABEL_LIMIT)
            yield _Bar(reason.outcome, reason.count, short, reason.what or message)
    for outcome, count in left.items():
        if count > 0:
            yield _Bar(outcome, count, outcome.value, "no reason of their own")


def _words(bars: Sequence[_Bar]) -> str:
    named = [f"{bar.tasks:,} {bar.outcome} ({bar.short})" for bar in reversed(bars[-_SHOWN:])]
    rest = sum(bar.tasks for bar in bars[:-_SHOWN])
    return f"{', '.join([*named, f'{rest:,} for other reasons'] if rest else named)}."
