"""Ticks of a project with every limit that holds over all of them together."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from engine.purses import add_completed, add_drafts, spent, usd
from engine.test_feed import lives
from engine.test_feed_options import Turned
from launcher.core.entry import NewsTold
from launcher.core.errors import StorageError
from launcher.core.ids import TaskId
from launcher.core.selection import Selection
from support.crashing import Power
from support.fake_platform import FakePlatform, Life
from support.projects import PROJECT, ProjectBench
from support.virtual_time import run_virtual

TICK_S = 600.0
OTHERS = "LPauling"


def active_at(platform: FakePlatform, at: float) -> int:
    """Return how many tasks were active then, truly, whoever started them."""
    assert platform.lives is not None
    lengths = ((start.at, platform.lives(start.task).length_s) for start in platform.begun)
    return sum(began <= at < began + length_s for began, length_s in lengths)


def active_after_starts(platform: FakePlatform) -> Iterator[int]:
    """Yield how many tasks were active right after each start by a tick."""
    return (active_at(platform, start.at) for start in platform.begun if start.by != OTHERS)


def own_starts(platform: FakePlatform) -> Iterator[TaskId]:
    """Yield what ticks started, as often as they did."""
    return (start.task for start in platform.begun if start.by != OTHERS)


# ------------------------------------------------------------ slots


@pytest.mark.parametrize("name", [None, "mine*"])
def test_ticks_leave_the_slots_to_others_that_these_take_in_the_whole_project(
    name: str | None,
) -> None:
    """Those of the input and those that its filter leaves out: neither ever makes five."""

    async def main() -> None:
        bench = ProjectBench(selection=Selection(projects=(PROJECT,), name=name))
        platform = bench.platform
        platform.lives = lives(900.0, 1500.0, 400.0)
        mine = platform.add_to_project(PROJECT, 14, name="mine")
        for number in range(20):
            if number in {0, 3, 4, 9}:
                platform.start(*platform.add_to_project(PROJECT, 1, name="theirs"), by=OTHERS)
            await bench.project_tick(max_running=4, running_scope="project", allow_empty=True)
            await asyncio.sleep(TICK_S)

        assert Counter(own_starts(platform)) == dict.fromkeys(mine, 1)
        assert max(active_after_starts(platform)) == 4

    run_virtual(main())


def test_the_dial_is_read_anew_by_each_tick_of_a_project() -> None:
    async def main() -> None:
        bench = ProjectBench()
        platform = bench.platform
        platform.lives = lives(1500.0)
        tasks = platform.add_to_project(PROJECT, 16)
        bench.dial = Turned(bench, {0: 2, 1000: 5, 3000: "it says ten", 3900: 0, 6900: 3})
        active = []
        for _ in range(18):
            await bench.project_tick(max_running_file=Path("n"), max_running=4, allow_empty=True)
            active.append(active_at(platform, bench.clock.monotonic()))
            await asyncio.sleep(TICK_S)

        before_it_is_paused = [2, 2, 5, 5, 5, 4, 4]  # no number: as --max-running says
        assert active == [*before_it_is_paused, 4, 2, 0, 0, 0, 3, 3, 3, 2, 2, 2]
        assert Counter(own_starts(platform)) == dict.fromkeys(tasks, 1)

    run_virtual(main())


# ------------------------------------------------------------ canaries and costs


@dataclass
class Job:
    """Ticks of a file or of a project, with the words of the command line."""

    of_project: bool
    bench: ProjectBench = field(default_factory=ProjectBench)
    tasks: tuple[TaskId, ...] = ()

    async def tick(self, *, max_cost: str, canary: int) -> int:
        """Return the exit code of a tick; the next one is due when it returns."""
        if self.of_project:
            code, _, _ = await self.bench.project_tick(max_cost=max_cost, canary=canary)
        else:
            code, _, _ = await self.bench.tick(self.tasks, max_cost=usd(max_cost), canary=canary)
        await asyncio.sleep(TICK_S)
        return code

    @property
    def begun(self) -> int:
        return len(self.bench.platform.begun)


@pytest.mark.parametrize("of_project", [False, True])
@pytest.mark.parametrize(
    ("known", "max_cost", "begun"),
    [
        (["2.00"], "10", [2, 5, 5, 5]),
        (["2.00"], "3", [1, 1, 1, 1]),
        (["2.00"], "1", [0, 0, 0, 0]),
        ([], "10", [1, 2, 5, 5]),
    ],
    ids=["canaries first", "the limit before the canaries", "no room", "an unknown price"],
)
def test_no_tick_starts_more_than_canaries_and_costs_both_allow(
    *, of_project: bool, known: list[str], max_cost: str, begun: list[int]
) -> None:
    async def main() -> None:
        job = Job(of_project=of_project)
        job.bench.platform.lives = lambda _task: Life(queued_s=60.0, runs_s=300.0)
        add_completed(job.bench, *known)
        job.tasks = add_drafts(job.bench, 9, price="2.00")
        codes, counts = [], []
        for _ in begun:
            codes.append(await job.tick(max_cost=max_cost, canary=2))
            counts.append(job.begun)

        assert counts == begun
        assert codes[-1] == 4
        assert spent(job.bench) <= Decimal(max_cost)

    run_virtual(main())


@pytest.mark.parametrize("of_project", [False, True])
def test_a_raised_limit_of_costs_asks_for_no_canaries_again(*, of_project: bool) -> None:
    async def main() -> None:
        job = Job(of_project=of_project)
        job.bench.platform.lives = lambda _task: Life(queued_s=60.0, runs_s=300.0)
        add_completed(job.bench, "2.00")
        job.tasks = add_drafts(job.bench, 9, price="2.00")
        counts = []
        for max_cost in ("6", "6", "6", "12", "4", "14"):
            await job.tick(max_cost=max_cost, canary=2)
            counts.append(job.begun)

        assert counts == [2, 3, 3, 6, 6, 7]
        assert spent(job.bench) == 14

    run_virtual(main())


@pytest.mark.parametrize("of_project", [False, True])
def test_a_canary_that_fails_halts_ticks_and_its_price_counts(*, of_project: bool) -> None:
    async def main() -> None:
        job = Job(of_project=of_project)
        job.bench.platform.lives = lambda _task: Life(queued_s=60.0, runs_s=300.0, ends="FAILED")
        add_completed(job.bench, "2.00")
        job.tasks = add_drafts(job.bench, 9, price="2.00")
        codes = [await job.tick(max_cost="10", canary=2) for _ in range(3)]

        assert codes == [0, 4, 4]
        assert (job.begun, spent(job.bench)) == (2, Decimal(4))

    run_virtual(main())


def queued_s(task: TaskId) -> float:
    """Return how long a task waits before it runs; every other one longer than a tick."""
    return (60.0, 900.0)[int(task[-1], 16) % 2]


def test_ticks_that_die_start_canaries_first_and_keep_to_their_costs(seed: int) -> None:
    async def main(chance: random.Random) -> int:
        bench = ProjectBench()
        platform = bench.platform
        platform.orphans_arrive = True
        platform.lives = lambda task: Life(queued_s=queued_s(task), runs_s=700.0)
        add_completed(bench, "2.00")
        words = {"max_running": 4, "running_scope": "project", "max_cost": "14", "canary": 2}
        died = 0
        for number in range(20):
            if number < 10:
                add_drafts(bench, 1, price="2.00")
            power = Power(goes_at=chance.randint(1, 70) if number < 14 else None)
            died += await bench.tick_died(power, allow_empty=True, **words)
            await asyncio.sleep(TICK_S)

        third = sorted(start.at for start in platform.begun)[2]
        ran_since = sorted(start.at + queued_s(start.task) for start in platform.begun)
        assert ran_since[1] <= third
        assert set(platform.starts.values()) == {1}
        assert spent(bench) == 14
        assert platform.active_at_most() <= 4
        return died

    died = [run_virtual(main(random.Random(f"{seed} {number}"))) for number in range(6)]
    assert sum(died) > 15


# ------------------------------------------------------------ a journal that breaks


def test_a_tick_whose_journal_breaks_is_gone_on_with_and_all_news_are_told_once() -> None:
    async def main(fail_at: int | None) -> int:
        """Return how many facts the second tick wrote before it told its news."""
        bench = ProjectBench()
        platform = bench.platform
        platform.lives = lambda _task: Life(runs_s=300.0, ends="FAILED")
        add_completed(bench, "2.00")
        failed, refused, *drafts = add_drafts(bench, 7, price="2.00")
        platform.deeds[refused] = ["403"] * 2
        await bench.project_tick(max_cost="8", limit=1)
        await asyncio.sleep(TICK_S)

        code, _, _ = await bench.project_tick(max_cost="8", fail_journal_at=fail_at)
        for _ in range(3):
            await asyncio.sleep(TICK_S)
            await bench.project_tick(max_cost="8")

        told = Counter(trouble for news in bench.told for trouble in news.troubles.items())
        begun = [failed, *drafts[:3]]
        assert code == (1 if fail_at is None else StorageError.exit_code)
        assert told == {
            **dict.fromkeys(((task, "FAILED") for task in begun), 1),
            (refused, "rejected"): 1,
        }
        assert Counter(own_starts(platform)) == dict.fromkeys(begun, 1)
        assert spent(bench) == 8
        facts = [record.entry for record in bench.store if record.run == "run-2"]
        return len(facts) - isinstance(facts[-1], NewsTold)

    facts = run_virtual(main(None))
    for fail_at in range(2, facts + 1):
        run_virtual(main(fail_at))
    assert facts > 15
