"""No task is started that would bring the costs of the input above their limit."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.purses import (
    ALIGN,
    CALL,
    add_completed,
    add_drafts,
    priced_bench,
    set_price,
    spent,
    usd,
)
from launcher.core.answer import ErrorWord, Reply
from launcher.core.costs import Estimate, Group
from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from support.fake_platform import Life
from support.virtual_time import run_virtual


def test_feeding_stops_before_the_expected_costs_pass_the_limit() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "1.00", "2.00", "9.00")
        tasks = add_drafts(bench, 10, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("7"))

        assert exit_code == 4
        assert (report.summary.launched, report.summary.pending) == (3, 7)
        assert report.run.reason == (
            "USD 0.00 spent on tasks that ended (0), USD 6.00 expected of active ones (3): the "
            f"next one, app {ALIGN} in project RFranklin/one at about USD 2.00, is not started, "
            "nor is any other: USD 7.00 is the limit (--max-cost)"
        )

    run_virtual(main())


def test_a_limit_may_be_reached_and_not_passed() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 10, price="2.00")

        await bench.run(tasks, max_cost=usd("6"))

        assert spent(bench) == 6

    run_virtual(main())


def test_a_limit_that_is_wide_enough_changes_nothing() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 10, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("20"))

        assert (exit_code, report.summary.launched) == (0, 10)
        assert bench.clock.monotonic() < 10.0

    run_virtual(main())


def test_what_has_ended_counts_with_its_price_and_teaches_what_to_expect() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "4.00")
        tasks = add_drafts(bench, 20, price="1.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("10"), max_running=1)

        assert exit_code == 4
        assert report.summary.launched == 10  # by the 4.00 of before alone, seven
        assert spent(bench) == 10

    run_virtual(main())


def test_of_an_app_without_prices_one_task_goes_ahead_until_it_has_one() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=100.0)
        tasks = add_drafts(bench, 6, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("100"))
        starts = [start.at for start in bench.platform.begun]

        assert (exit_code, report.summary.launched) == (0, 6)
        assert starts[1] >= starts[0] + 100.0
        assert starts[-1] <= starts[1] + 1.0

    run_virtual(main())


def test_people_see_what_is_waited_for() -> None:
    async def main() -> None:
        bench = priced_bench()
        tasks = add_drafts(bench, 3, price="2.00")

        await bench.run(tasks, max_cost=usd("100"))
        shown = [one.feeding for one in bench.progress.snapshots if one.feeding is not None]

        assert (
            f"what a task costs of app {ALIGN} in project RFranklin/one is learnt from one of "
            "them" in {one.waiting for one in shown}
        )

    run_virtual(main())


def test_a_task_that_shows_no_price_ends_the_run_where_none_is_known() -> None:
    async def main() -> None:
        bench = priced_bench()
        tasks = add_drafts(bench, 6, price=None)

        exit_code, report = await bench.run(tasks, max_cost=usd("100"))

        assert (exit_code, report.summary.launched) == (4, 1)
        assert report.run.reason is not None
        assert report.run.reason.startswith("a task ended that shows no price in USD (app ")
        assert "give the limit in the currency that its page shows" in report.run.reason

    run_virtual(main())


def test_a_task_that_shows_no_price_counts_as_expected_where_others_have_one() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 6, price=None)

        exit_code, report = await bench.run(tasks, max_cost=usd("8"), max_running=1)

        assert (exit_code, report.summary.launched) == (4, 4)

    run_virtual(main())


def test_prices_in_another_currency_are_no_prices() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00", currency="EUR")
        tasks = add_drafts(bench, 6, price="2.00", currency="EUR")

        exit_code, report = await bench.run(tasks, max_cost=usd("100"))

        assert (exit_code, report.summary.launched) == (4, 1)
        assert [(cost.currency, cost.amount) for cost in report.summary.costs] == [
            ("EUR", Decimal("2.00"))
        ]

    run_virtual(main())


@pytest.mark.parametrize("ends", ["FAILED", "ABORTED"])
def test_what_fails_cheaply_is_spent_and_teaches_nothing(ends: str) -> None:
    async def main() -> None:
        bench = priced_bench()
        tasks = add_drafts(bench, 8, price="5.00")
        first = tasks[0]
        set_price(bench, first, "0.01")
        bench.platform.lives = lambda task: Life(
            runs_s=100.0, ends=ends if task == first else "COMPLETED"
        )

        exit_code, report = await bench.run(tasks, max_cost=usd("15.01"))

        assert (exit_code, report.summary.launched) == (4, 4)
        assert spent(bench) == Decimal("15.01")

    run_virtual(main())


def test_doubts_and_what_is_in_flight_are_paid_for() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=1000.0)
        bench.platform.latency_s = 3.0
        bench.platform.late_s = 10.0
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 12, price="2.00")
        for number, task in enumerate(tasks):
            bench.platform.deeds[task] = [("late", "lost-started", "lost")[number % 3]]

        exit_code, report = await bench.run(tasks, max_cost=usd("10"), settle_s=20.0)

        assert (exit_code, report.summary.launched) == (4, 5)
        assert spent(bench) == 10

    run_virtual(main())


def test_what_is_refused_leaves_its_share_to_others() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 12, price="2.00")
        for task in tasks[:4]:
            bench.platform.deeds[task] = ["403"]

        exit_code, report = await bench.run(tasks, max_cost=usd("8"))

        assert exit_code == 4
        assert (report.summary.rejected, report.summary.launched) == (4, 4)

    run_virtual(main())


def test_what_earlier_runs_and_others_started_of_the_input_counts() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=1000.0)
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 12, price="2.00")
        await bench.run(tasks[:3])
        bench.platform.start(tasks[3], by="LPauling")

        exit_code, report = await bench.run(tasks, max_cost=usd("12"))

        assert exit_code == 4
        assert (report.summary.launched, report.summary.skipped) == (5, 1)
        assert spent(bench) == 12

    run_virtual(main())


def test_what_ended_in_an_earlier_run_is_spent_still() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        tasks = add_drafts(bench, 12, price="2.00")
        await bench.run(tasks[:3], wait=True)

        exit_code, report = await bench.run(tasks, max_cost=usd("12"), max_running=1)

        assert (exit_code, report.summary.launched) == (4, 6)
        assert spent(bench) == 12

    run_virtual(main())


def test_what_has_ended_since_an_earlier_run_is_read_with_its_price() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=50.0)
        add_completed(bench, "9.00")
        tasks = add_drafts(bench, 12, price="2.00")
        await bench.run(tasks[:3])
        await bench.clock.sleep(100.0)

        exit_code, report = await bench.run(tasks, max_cost=usd("10"))

        assert (exit_code, report.summary.launched) == (4, 5)
        assert report.run.reason is not None
        assert report.run.reason.startswith("USD 6.00 spent on tasks that ended (3), USD 4.00 ")

    run_virtual(main())


def test_tasks_in_doubt_since_an_earlier_run_are_sent_again_only_within_the_limit() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 6, price="2.00")
        bench.leave_in_doubt(*tasks[:5])

        exit_code, report = await bench.run(tasks, max_cost=usd("6"))

        assert exit_code == 4
        assert (report.summary.launched, report.summary.pending) == (3, 3)

    run_virtual(main())


def test_batch_tasks_are_expected_to_cost_what_batch_tasks_do() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "1.00", "1.00", "1.00")
        add_completed(bench, "50.00", batch=True)
        tasks = add_drafts(bench, 5, price="50.00", batch=True)

        exit_code, report = await bench.run(tasks, max_cost=usd("100"))

        assert (exit_code, report.summary.launched) == (4, 2)

    run_virtual(main())


def test_the_plan_says_what_to_expect_by_app_and_where_nobody_knows() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "1.00", "3.00", "9.00")
        tasks = (
            *add_drafts(bench, 4, price="2.00"),
            *add_drafts(bench, 2, price="2.00", app=CALL),
        )

        exit_code, _ = await bench.run(tasks, dry=True, estimate=True)

        assert exit_code == 0
        assert bench.progress.forecast is not None
        assert bench.progress.forecast.estimates == (
            Estimate(group=Group("RFranklin/one", ALIGN), tasks=4, ended=3, each=usd("3.00")),
            Estimate(group=Group("RFranklin/one", CALL), tasks=2),
        )
        assert bench.platform.requests["list"] == 1
        assert not bench.platform.begun

    run_virtual(main())


def test_the_newest_three_hundred_of_a_project_are_read_and_no_more() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, *["9.00"] * 200, *["1.00"] * 151, *["2.00"] * 149)
        tasks = add_drafts(bench, 2, price="2.00")

        await bench.run(tasks, estimate=True)

        assert bench.progress.forecast is not None
        (estimate,) = bench.progress.forecast.estimates
        assert (estimate.ended, estimate.each) == (300, usd("1.00"))
        assert bench.platform.requests["list"] == 3

    run_virtual(main())


def test_estimates_of_many_projects_cost_few_requests() -> None:
    async def main() -> None:
        bench = priced_bench()
        tasks = tuple(
            task
            for number in range(20)
            for task in add_drafts(bench, 1, price="1.00", project=f"RFranklin/p{number}")
        )
        for number in range(20):
            add_completed(bench, "1.00", project=f"RFranklin/p{number}")

        await bench.run(tasks, estimate=True)

        assert bench.progress.forecast is not None
        known = [one for one in bench.progress.forecast.estimates if one.each is not None]
        assert (len(known), bench.platform.requests["list"]) == (5, 5)

    run_virtual(main())


def test_nobody_asks_for_prices_unless_they_are_wanted() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "1.00")

        await bench.run(add_drafts(bench, 60, price="1.00"))

        assert bench.platform.requests["list"] == 0
        assert bench.platform.requests["bulk_read"] == 1

    run_virtual(main())


def test_where_prices_are_hidden_the_run_says_so_and_learns_from_its_own() -> None:
    async def main() -> None:
        bench = priced_bench()
        bench.platform.hidden["RFranklin/one"] = 403, ErrorWord(code=3001, message="no privilege")
        tasks = add_drafts(bench, 4, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("100"))

        assert (exit_code, report.summary.launched) == (0, 4)
        said = [line for line in bench.progress.said if "prices of project" in line]
        refused = "cannot be read (HTTP 403, code 3001: no privilege)"
        unknown = "what its tasks cost is unknown"
        assert said == [f"prices of project RFranklin/one {refused}: {unknown}"]

    run_virtual(main())


def test_a_tick_does_not_wait_for_prices() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=1000.0)
        tasks = add_drafts(bench, 4, price="2.00")

        _, report = await bench.run(tasks, max_cost=usd("100"), waits=False)

        assert (report.run.reason, report.summary.launched, report.summary.pending) == (None, 1, 3)
        assert bench.clock.monotonic() < 10.0

    run_virtual(main())


def test_a_signal_frees_whoever_waits_for_a_price() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=1e6)
        tasks = add_drafts(bench, 4, price="2.00")

        exit_code, report = await bench.run(tasks, max_cost=usd("100"), deadline_s=60.0)

        assert (exit_code, report.summary.launched, report.summary.pending) == (4, 1, 3)
        assert bench.clock.monotonic() < 62.0

    run_virtual(main())


def test_the_limit_holds_with_other_limits() -> None:
    async def main() -> None:
        bench = priced_bench()
        add_completed(bench, "2.00")
        tasks = add_drafts(bench, 12, price="2.00")
        bench.orders = replace(bench.orders, stagger_s=1.0, canary=1)

        exit_code, _ = await bench.run(tasks, max_cost=usd("10"), max_running=2)

        assert exit_code == 4
        assert isinstance(bench.stop and bench.stop.foremost, HaltedError)
        assert (int(spent(bench)), bench.platform.active_at_most()) == (10, 2)

    run_virtual(main())


def test_a_task_whose_price_cannot_be_read_does_not_keep_the_run_waiting_for_ever() -> None:
    async def main() -> None:
        bench = priced_bench(runs_s=1e6)
        tasks = add_drafts(bench, 4, price="2.00")
        run = bench.platform.run

        async def hidden(task: TaskId, *, query: Mapping[str, str]) -> Reply:
            reply = await run(task, query=query)
            bench.platform.unseen[task] = ErrorWord(code=7001, message="no privilege")
            return reply

        bench.platform.run = hidden  # type: ignore[method-assign]
        exit_code, report = await bench.run(tasks, max_cost=usd("100"))

        assert (exit_code, report.summary.launched) == (4, 1)
        assert report.run.reason is not None
        assert report.run.reason.endswith("nothing more is started (--max-cost)")

    run_virtual(main())


def test_a_doubt_that_waits_for_canaries_is_no_task_whose_price_is_learnt() -> None:
    async def main() -> None:
        bench = priced_bench()
        bench.platform.lives = lambda _task: Life(runs_s=100.0, queued_s=60.0)
        doubt, *others = add_drafts(bench, 3, price="1.00")
        (canary,) = add_drafts(bench, 1, price="1.00", app=CALL)
        bench.leave_in_doubt(doubt)

        async with asyncio.timeout(3600.0):
            exit_code, _ = await bench.run(
                (doubt, canary, *others), canary=1, max_cost=usd("100"), settle_s=5.0
            )

        assert exit_code == 0
        assert set(bench.platform.starts.values()) == {1}

    run_virtual(main())
