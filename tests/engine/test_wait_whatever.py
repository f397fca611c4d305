"""Whatever lives tasks have, and whenever runs die: the end that is told is the end there was."""

import random
from collections import Counter

import pytest

from launcher.core.entry import Seen, Unseen
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from support.bench import Bench
from support.crashing import Power
from support.fake_platform import Deed, Life
from support.virtual_time import run_virtual

FAULTS: tuple[Deed, ...] = ("502", "502-started", "lost", "lost-started", "429", "late", "403")
KILLS = 3


def _life(chance: random.Random) -> Life:
    length_s = min(600.0 * chance.lognormvariate(0.0, 0.6), 3600.0)
    flip = sorted(chance.uniform(0.0, length_s) for _ in range(2))
    return Life(
        runs_s=length_s,
        queued_s=chance.choice([0.0, 5.0, 300.0]),
        ends=chance.choice(["COMPLETED", "COMPLETED", "COMPLETED", "FAILED", "ABORTED"]),
        flips=((flip[0], flip[1]),) if chance.random() < 0.3 else (),
    )


@pytest.mark.parametrize("number", range(6))
def test_after_kills_every_end_is_told_and_nothing_started_twice(seed: int, number: int) -> None:
    async def main() -> None:
        chance = random.Random(f"{seed}/{number}")
        bench = Bench()
        tasks = bench.platform.add_drafts(chance.randrange(1, 40))
        lives: dict[TaskId, Life] = {task: _life(chance) for task in tasks}
        bench.platform.lives = lives.__getitem__
        for task in tasks:
            if chance.random() < 0.3:
                bench.platform.deeds[task] = [chance.choice(FAULTS)]
        most = chance.choice([None, 1, 7])
        orders = {"wait": True, "poll_s": chance.choice([5.0, 30.0]), "max_running": most}

        for _ in range(KILLS):
            await bench.crashed(tasks, Power(goes_at=chance.randrange(1, 400)), **orders)
        exit_code, report = await bench.run(tasks, **orders)  # type: ignore[arg-type]  # fields of Orders

        assert set(bench.platform.starts.values()) <= {1}
        for row in report.rows:
            if row.outcome is Outcome.LAUNCHED:
                assert row.status == lives[row.task_id].ends, row
        all_is_well = all(row.status == "COMPLETED" for row in report.rows)
        assert exit_code == (0 if all_is_well else 1)
        assert max(_reads_of(bench).values(), default=0) <= _changes_at_most()

    run_virtual(main())


def _reads_of(bench: Bench) -> Counter[TaskId]:
    """Return how many facts reads have left of each task: polls must not grow a journal."""
    facts = (record.entry for record in bench.store)
    return Counter(fact.task for fact in facts if isinstance(fact, Seen | Unseen))


def _changes_at_most() -> int:
    """A life has five states with a flip; a run reads before and after, and doubts take three."""
    return 5 + (KILLS + 1) * (2 + 3)
