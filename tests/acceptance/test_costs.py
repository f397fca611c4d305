"""What tasks cost, over real HTTP: said before, held to a limit, summed up after."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call
from launcher.simulator import Kind, RequestKind, Scenario, Simulator
from support.served import served

PROJECT = "RFranklin/one"
APPS = (f"{PROJECT}/align/3", f"{PROJECT}/call/7")
RUN = ("run", "tasks.txt", "--journal", "j.db", "--report", "out.json", "--poll", "0.2s")
COMPLETED = 40


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Serve 20 drafts of two apps that run for half a second, and some that have completed."""
    scenario = Scenario(
        tasks=20,
        special={Kind.COMPLETED: COMPLETED},
        projects=(PROJECT,),
        apps=APPS,
        run_median_s=0.5,
        run_sigma=0.0,
    )
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids[:20]))
        yield simulator


def report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("out.json").read_text())
    return found


def listed(simulator: Simulator) -> int:
    return simulator.truth.requests[RequestKind.LIST]


def test_a_plan_says_what_the_tasks_are_going_to_cost(call: Call, simulator: Simulator) -> None:
    said = call("plan", "tasks.txt", "--journal", "j.db", "--estimate")

    assert said.exit_code == 0
    assert f"(medians of {COMPLETED} ended tasks)" in " ".join(said.out.split())
    assert "Cost: about USD " in said.out
    assert listed(simulator) == 1
    assert not simulator.truth.started


def test_a_run_stops_before_the_tasks_cost_more_than_they_may(
    call: Call, simulator: Simulator
) -> None:
    said = call(*RUN, "--max-cost", "2", "--max-running", "4", "--wait")
    first = report()
    again = call(*RUN, "--wait", "--max-cost", "500", "--max-running", "20")
    second = report()

    prices = [Decimal(row["price"]) for row in first["tasks"] if row["price"] is not None]
    launched = first["summary"]["launched"]
    assert said.exit_code == 4
    assert "USD 2.00 is the limit (--max-cost)" in first["run"]["reason"]
    assert 0 < launched < 20
    assert first["summary"]["pending"] == 20 - launched
    assert sum(prices) <= 2
    assert again.exit_code == 0
    assert second["summary"]["launched"] == 20
    assert max(len(simulator.truth.starts_of(task)) for task in simulator.task_ids[:20]) == 1


def test_a_report_sums_up_what_its_rows_show(call: Call, simulator: Simulator) -> None:
    said = call(*RUN, "--wait")

    found = report()
    costs = found["summary"]["costs"]
    assert said.exit_code == 0
    assert [(cost["app"], cost["tasks"], cost["priced"]) for cost in costs] == [
        (f"{PROJECT}/align", 10, 10),
        (f"{PROJECT}/call", 10, 10),
    ]
    for cost in costs:
        rows = [row for row in found["tasks"] if row["app"].startswith(f"{cost['app']}/")]
        assert {row["currency"] for row in rows} == {cost["currency"]} == {"USD"}
        assert Decimal(cost["amount"]) == sum(Decimal(row["price"]) for row in rows)
    whole = sum(Decimal(cost["amount"]) for cost in costs)
    assert f"Cost so far: USD {whole:.2f} (20 tasks with a price)" in said.words
    assert listed(simulator) == 0


def test_where_no_task_has_completed_the_first_of_each_app_tells(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(tasks=8, apps=APPS, projects=(PROJECT,), run_median_s=0.5, run_sigma=0.0)
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))

        said = call(*RUN, "--max-cost", "100 USD")

    assert said.exit_code == 0
    assert "Cost: unknown for 4 tasks of app RFranklin/one/align, 4 tasks of app" in said.words
    assert len(simulator.truth.started) == 8


@pytest.mark.parametrize("amount", ["0", "-5", "five", "5 dollars"])
def test_a_limit_that_is_no_amount_is_refused(call: Call, amount: str) -> None:
    Path("tasks.txt").write_text("")

    said = call("run", "tasks.txt", "--max-cost", amount)

    assert said.exit_code == 2
    assert "--max-cost: expected an amount above 0" in " ".join(said.words.split())
