"""Deals the faults: by script where there is one, else by a chance that follows from the seed."""

import random
from collections.abc import Mapping, Sequence

from launcher.simulator.faults import Fault
from launcher.simulator.scenario import RequestKind, Scenario


class Chance:
    """Draws one fault or none; the draw depends on the request's number, not on arrival order."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._scripts: dict[str, Sequence[Fault | None]] = dict(scenario.scripts)

    def script(self, task_id: str, faults: Sequence[Fault | None]) -> None:
        """Fix the faults of a task's run requests, the first one's first."""
        self._scripts[task_id] = faults

    def fault_of_run(self, task_id: str, number: int, *, dealt: int) -> Fault | None:
        """Return the fault of a task's run request; `number` counts from 0, `dealt` its faults."""
        scenario = self._scenario
        if task_id in self._scripts:
            return _at(self._scripts[task_id], number)
        if scenario.max_faults_per_task is not None and dealt >= scenario.max_faults_per_task:
            return None
        chance = random.Random(f"{scenario.seed}/run/{task_id}/{number}")
        return _draw(chance, scenario.fault_share, scenario.fault_weights)

    def fault_of_action(self, kind: RequestKind, task_id: str, *, number: int) -> Fault | None:
        """Return the fault of a task's abort or clone request; `number` counts from 0."""
        scenario = self._scenario
        share, weights = scenario.clone_fault_share, scenario.clone_fault_weights
        if kind is RequestKind.ABORT:
            share, weights = scenario.abort_fault_share, scenario.abort_fault_weights
        return _draw(random.Random(f"{scenario.seed}/{kind}/{task_id}/{number}"), share, weights)

    def fault_of_read(self, kind: RequestKind, number: int) -> Fault | None:
        """Return the fault of any other request; looks at the rate limit fail by script alone."""
        scenario = self._scenario
        if kind in scenario.read_scripts:
            return _at(scenario.read_scripts[kind], number)
        if kind is RequestKind.RATE_LIMIT:
            return None
        chance = random.Random(f"{scenario.seed}/{kind}/{number}")
        return _draw(chance, scenario.read_fault_share, scenario.read_fault_weights)

    def item_fails(self, number: int) -> bool:
        """Tell whether a record of a bulk answer is a passing failure; counted over all records."""
        share = self._scenario.item_fault_share
        return share > 0 and random.Random(f"{self._scenario.seed}/item/{number}").random() < share

    def order(self, count: int, *, number: int) -> Sequence[int]:
        """Return the order in which the records of one bulk answer come."""
        places = list(range(count))
        if self._scenario.bulk_order == "shuffled":
            random.Random(f"{self._scenario.seed}/order/{number}").shuffle(places)
        return places


def _at(faults: Sequence[Fault | None], number: int) -> Fault | None:
    return faults[number] if number < len(faults) else None


def _draw(chance: random.Random, share: float, weights: Mapping[Fault, float]) -> Fault | None:
    if share <= 0 or chance.random() >= share:
        return None
    return chance.choices(tuple(weights), tuple(weights.values()))[0]
