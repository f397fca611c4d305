"""What a run has for people: its plan kept for later, its question asked in between."""

from launcher.adapters.screen import Screen
from launcher.core.errors import LauncherError
from launcher.core.plan import Forecast, Plan
from launcher.engine.run import Approve
from launcher.ports import Progress


class KeepingPlan:
    """The progress of a dry run, whose plan is what was asked for: not words on the way."""

    def __init__(self, screen: Progress) -> None:
        self.plan: tuple[Plan, Forecast] | None = None
        self.show = screen.show
        self.say = screen.say

    def planned(self, plan: Plan, forecast: Forecast) -> None:
        """See `Progress`."""
        self.plan = (plan, forecast)


def aside(screen: Screen, approve: Approve) -> Approve:
    """Return the question, asked while the display steps aside."""

    def ask(plan: Plan, forecast: Forecast) -> LauncherError | None:
        with screen.paused():
            return approve(plan, forecast)

    return ask
