"""What a limit of costs has counted of a project counts for good."""

import asyncio
from decimal import Decimal

import pytest

from engine.purses import add_completed, add_drafts, spent
from engine.test_feed import lives
from launcher.core.pruning import Why
from support.projects import PROJECT, ProjectBench
from support.pruning import pruned
from support.virtual_time import run_virtual

DAY_S = 86_400.0


def priced_project() -> ProjectBench:
    """Return a bench with a project of twelve drafts for USD 2 each; all of them live a while."""
    bench = ProjectBench()
    bench.platform.lives = lives(100.0)
    add_completed(bench, "2.00")
    add_drafts(bench, 12, price="2.00")
    return bench


def prune(bench: ProjectBench) -> dict[Why, int]:
    """Delete all that may go, and return why the rest stays."""
    bench.store[:], pruning = pruned(bench.store, before=bench.clock.now())
    return dict(pruning.kept)


# ------------------------------------------------------------ other runs in between


@pytest.mark.parametrize("once", [False, True])
def test_many_other_runs_make_no_run_of_a_project_forget_what_it_spent(*, once: bool) -> None:
    async def main() -> None:
        bench = priced_project()
        others = add_drafts(bench, 1, price="0.50", project="RFranklin/two")
        await bench.project(max_cost="6", once=once)
        await asyncio.sleep(DAY_S)
        for _ in range(25):
            await bench.run(others)

        code, _ = await bench.project(max_cost="6", once=once)

        assert (code, spent(bench)) == (4, Decimal("6.50"))

    run_virtual(main())


@pytest.mark.parametrize("once", [False, True])
def test_a_limit_that_comes_late_counts_what_was_spent_without_one(*, once: bool) -> None:
    async def main() -> None:
        bench = priced_project()
        for _ in range(4):
            await bench.project(limit=1, once=once)
            await asyncio.sleep(DAY_S)
        for _ in range(25):
            add_drafts(bench, 1, price="0.10", app=f"{PROJECT}/cheap")
            await bench.project(limit=0, once=once)

        code, _ = await bench.project(max_cost="10", once=once)

        assert (code, spent(bench)) == (4, Decimal(10))

    run_virtual(main())


# ------------------------------------------------------------ a prune in between


@pytest.mark.parametrize("once", [False, True])
def test_what_a_limit_of_costs_counted_of_a_project_outlives_a_prune(*, once: bool) -> None:
    async def main() -> None:
        bench = priced_project()
        for _ in range(2):
            await bench.project(max_cost="6", once=once)
            await asyncio.sleep(DAY_S)

        kept = prune(bench)
        codes = [(await bench.project(max_cost="6", once=once))[0] for _ in range(2)]

        assert kept == {Why.COUNTED: 3}
        assert codes == [4, 4]
        assert spent(bench) == 6

    run_virtual(main())
