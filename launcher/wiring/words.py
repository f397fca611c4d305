"""What a run has for people: its plan kept for later, its question asked in between."""

from collections.abc import Callable
from dataclasses import dataclass

from launcher.adapters.screen import Screen
from launcher.core.errors import LauncherError
from launcher.core.plan import Forecast, Plan
from launcher.core.report import Report
from launcher.core.ticks import News
from launcher.engine.run import Approve
from launcher.ports import Progress

Tell = Callable[[Report, News], None]
"""Tells people what is new since the last tick, if anything is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What a run asks of people, and tells them."""

    approve: Approve
    tell: Tell
    say: Callable[[str], None]


class KeepingPlan:
    """The progress of a dry run, whose plan is what was asked for: not words on the way."""

    def __init__(self, screen: Progress) -> None:
        self.plan: tuple[Plan, Forecast] | None = None
        self.show = screen.show
        self.say = screen.say

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self.plan = (plan, forecast)


def keep_silent(_report: Report, _news: News) -> None:
    """Tell nobody."""


def aside(screen: Screen, approve: Approve, tell: Tell) -> People:
    """Return the question and the news, for which the display steps aside."""

    def ask(plan: Plan, forecast: Forecast) -> LauncherError | None:
        with screen.paused():
            return approve(plan, forecast)

    def tell_aside(report: Report, news: News) -> None:
        with screen.paused():
            tell(report, news)

    return People(approve=ask, tell=tell_aside, say=screen.say)
