"""Whatever tasks cost and whatever goes wrong, the limit of costs holds, and is used."""

import random
from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine.purses import add_completed, add_drafts, priced_bench, spent, usd
from launcher.core.ids import TaskId
from support.bench import Bench
from support.fake_platform import Deed, Life
from support.virtual_time import run_virtual

STORIES = 60
DEEDS: Sequence[Deed] = ("502", "502-started", "lost", "lost-started", "late", "429", "403")
APPS = ("RFranklin/one/align", "RFranklin/one/call", "LPauling/two/count")


def prices(chance: random.Random) -> dict[str, Decimal]:
    """Return what every task of each app costs."""
    return {app: Decimal(chance.randint(1, 900)) / 100 for app in APPS[: chance.randint(1, 3)]}


def filled(bench: Bench, chance: random.Random, each: dict[str, Decimal]) -> list[TaskId]:
    """Return drafts of these apps in any order, which meet faults and live for any time."""
    tasks: list[TaskId] = []
    for app, price in each.items():
        tasks += add_drafts(bench, chance.randint(1, 15), price=str(price), app=app)
    chance.shuffle(tasks)
    for task in tasks:
        if chance.random() < 0.4:
            bench.platform.deeds[task] = chance.choices(DEEDS, k=chance.randint(1, 3))
    lengths_s = {task: chance.uniform(5.0, 400.0) for task in tasks}
    bench.platform.lives = lambda task: Life(runs_s=lengths_s.get(task, 1.0))
    bench.platform.latency_s = chance.choice([0.1, 3.0])
    return tasks


@pytest.mark.parametrize("number", range(STORIES))
def test_no_start_passes_the_limit_and_none_is_held_back_before_it(seed: int, number: int) -> None:
    async def main() -> None:
        chance = random.Random(f"{seed}/costs/{number}")
        bench, each = priced_bench(), prices(chance)
        tasks = filled(bench, chance, each)
        listed = [app for app in each if chance.random() < 0.6]
        for app in listed:
            add_completed(bench, *[str(each[app])] * chance.randint(1, 5), app=app)
        limit = Decimal(chance.randint(1, 9000)) / 100
        most = chance.choice([None, None, 1, 3])

        exit_code, report = await bench.run(tasks, max_cost=usd(limit), max_running=most)
        whole = spent(bench)

        learnt = sum((each[app] for app in each if app not in listed), Decimal(0))
        assert whole <= limit + learnt
        assert set(bench.platform.starts.values()) <= {1}
        if report.run.reason is None:
            assert exit_code in {0, 1}
            assert report.summary.pending == 0
        else:
            assert exit_code == 4
            assert whole + max(each.values()) > limit

    run_virtual(main())
