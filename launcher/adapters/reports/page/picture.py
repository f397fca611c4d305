"""What the pictures of a page have in common: they are figures of plotly.js, as plain dicts.

Colours are of a palette that people see apart whatever their eyes; those of letters and lines are
the page's, and its script adds them.

Source: M. Okabe and K. Ito, "Color Universal Design", 2008.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from launcher.core.outcome import Outcome
from launcher.core.words import shown

STARTED: Final = "--started"
"""Blue, as a colour of the page: the palette has one for light ground and one for dark."""
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#999999"
OF_OUTCOME: Final[Mapping[Outcome, str]] = {
    Outcome.LAUNCHED: GREEN,
    Outcome.SKIPPED: SKY,
    Outcome.REJECTED: VERMILLION,
    Outcome.FAILED: ORANGE,
    Outcome.UNKNOWN: PURPLE,
    Outcome.PENDING: GREY,
}
POINTS: Final = 1500
"""Of a line, at most: more than a screen has across."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture and the same in words; without `traces` there is nothing to draw."""

    name: str
    title: str
    words: str
    traces: tuple[dict[str, Any], ...] = ()
    layout: Mapping[str, Any] | None = None

    @property
    def figure(self) -> dict[str, Any]:
        """What plotly.js draws."""
        return {"name": self.name, "data": list(self.traces), "layout": dict(self.layout or {})}


def label(text: str, *, limit: int) -> str:
    """Return foreign text for plotly.js, which takes some HTML in it for markup."""
    return shown(text, limit=limit).translate(_ENTITIES)


def moment(epoch_s: float) -> str:
    """Return a time in UTC as plotly.js reads it."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def time_of(epoch_s: float) -> str:
    """Return the time of day in UTC."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%H:%M:%S")
