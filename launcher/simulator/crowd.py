"""Other users, who make and delete drafts between two pages of a list."""

from launcher.simulator.scenario import Scenario
from launcher.simulator.world import World


class Crowd:
    """Changes the world after each list answer, as the scenario says."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._scenario = scenario
        self._world = world
        self._answers = 0

    def after_list(self, now_s: float) -> None:
        """Let drafts appear and others go, so that the next page begins elsewhere."""
        number, scenario = self._answers, self._scenario
        self._answers += 1
        for _ in range(scenario.newcomers[number] if number < len(scenario.newcomers) else 0):
            self._world.let_somebody_draft(now_s)
        for _ in range(scenario.leavers[number] if number < len(scenario.leavers) else 0):
            self._world.let_somebody_delete(now_s)
