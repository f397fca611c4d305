"""Draws what a task will do and cost from its id, whatever else happens, and in which order."""

import math
import random

from launcher.simulator.scenario import Kind, Scenario
from launcher.simulator.task import Plan, Status, Task

USUAL_RUN_S = 280.0
_FIRST_CENTS = 44.0
_FLIPS = (1, 1, 1, 2, 3)


def plan_of(scenario: Scenario, task: Task) -> Plan:
    """Draw the plan of a task that is started; equal for equal seeds and ids."""
    chance = random.Random(f"{scenario.seed}/life/{task.id}")
    # Everything is drawn every time, so that no choice moves what the others come to.
    stretch = math.exp(chance.gauss(0.0, scenario.run_sigma))
    failed, outputless, jobless, priceless, flips = (chance.random() for _ in range(5))
    queued_s = _queued_s(scenario, task)
    run_s = _run_s(scenario, stretch, queued_s=queued_s)
    spells_s: tuple[float, ...] = (run_s,)
    pauses_s: tuple[float, ...] = ()
    if flips < scenario.flip_share and math.isfinite(run_s):
        cuts = sorted(chance.random() for _ in range(chance.choice(_FLIPS)))
        edges = (0.0, *cuts, 1.0)
        spells_s = tuple(run_s * (edges[i + 1] - edges[i]) for i in range(len(cuts) + 1))
        pauses_s = tuple(scenario.flip_queued_s * chance.uniform(0.5, 1.5) for _ in cuts)
    return Plan(
        queued_s=queued_s,
        spells_s=spells_s,
        pauses_s=pauses_s,
        end=Status.FAILED if failed < scenario.failed_share else Status.COMPLETED,
        outputless=outputless < scenario.outputless_share,
        jobless=jobless < scenario.jobless_share,
        priceless=priceless < scenario.priceless_share,
    )


def cents_per_s(scenario: Scenario, app: str) -> float:
    """Return what computing costs; a run of median length costs 44 cents with the first app.

    With every other app it costs from a tenth of that to ten times as much, by seed.
    """
    run_s = scenario.run_median_s or scenario.completes_after_s or USUAL_RUN_S
    if app == scenario.apps[0]:
        return _FIRST_CENTS / run_s
    chance = random.Random(f"{scenario.seed}/app/{app}")
    return _FIRST_CENTS * 10 ** chance.uniform(-1, 1) / run_s


def _queued_s(scenario: Scenario, task: Task) -> float:
    if task.made:
        queued_s = scenario.creating_s + scenario.queued_s
    else:
        # Half of the tasks are answered RUNNING at once, the other half QUEUED.
        waits = task.kind is Kind.QUEUED or int(task.id[-1], 16) % 2
        queued_s = scenario.queued_s if waits else 0.0
    if scenario.run_median_s is None and scenario.completes_after_s is not None:
        return min(queued_s, scenario.completes_after_s)
    return queued_s


def _run_s(scenario: Scenario, stretch: float, *, queued_s: float) -> float:
    if scenario.run_median_s is not None:
        return scenario.run_median_s * min(stretch, scenario.run_cap)
    if scenario.completes_after_s is None:
        return math.inf
    return scenario.completes_after_s - queued_s
