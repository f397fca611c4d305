"""What tasks cost, by app and project; no network, a virtual clock."""

from collections import Counter

from launcher.simulator import Kind, Scenario, ids_of, task_ids_of
from simulator.calling import Desk, desk_of

APPS = ("RFranklin/one/align/3", "RFranklin/one/call/0", "LPauling/two/count/12")
PROJECTS = ("RFranklin/one", "LPauling/two")


def _amount(desk: Desk, task_id: str) -> float | None:
    price = desk.get(task_id, fields="price").json().get("price")
    return None if price is None else float(price["amount"])


def test_a_price_appears_with_the_first_cost_grows_and_stays() -> None:
    desk, task_id = desk_of(completes_after_s=1000, queued_s=100)
    queued = next(task for task in task_ids_of(desk.scenario) if _is_queued(desk, task))
    prices = []
    for pause_s in (99, 300, 300, 301, 5000):
        desk.now_s += pause_s
        prices.append(_amount(desk, queued))

    assert prices == [None, 0.13, 0.26, 0.4, 0.4]
    assert task_id in task_ids_of(desk.scenario)


def _is_queued(desk: Desk, task_id: str) -> bool:
    return bool(desk.run(task_id).json()["status"] == "QUEUED")


def test_a_price_is_text_with_its_parts() -> None:
    desk, task_id = desk_of(run_median_s=100, run_sigma=0)
    desk.run(task_id)
    desk.now_s += 200

    assert desk.get(task_id).json()["price"] == {
        "currency": "USD",
        "amount": "0.44",
        "breakdown": {"storage": "0.04", "computation": "0.40", "data_transfer": "0.00"},
    }


def test_apps_and_projects_are_given_in_turn() -> None:
    desk = Desk(Scenario(tasks=12, apps=APPS, projects=PROJECTS))
    tasks = [desk.get(task_id).json() for task_id in task_ids_of(desk.scenario)]

    assert Counter((task["app"], task["project"]) for task in tasks) == {
        (app, project): 2 for app in APPS for project in PROJECTS
    }


def test_every_app_has_its_own_rate() -> None:
    desk = Desk(Scenario(tasks=6, apps=APPS, run_median_s=100, run_sigma=0))
    ids = task_ids_of(desk.scenario)
    for task_id in ids:
        desk.run(task_id)
    desk.now_s += 200
    amounts = [_amount(desk, task_id) for task_id in ids]

    assert amounts[:3] == amounts[3:]
    assert len(set(amounts)) == 3
    assert amounts[0] == 0.44


def test_a_list_by_project_has_the_tasks_of_that_project() -> None:
    desk = Desk(Scenario(tasks=9, projects=PROJECTS))
    ids = task_ids_of(desk.scenario)

    found = desk.ask("GET", "/v2/tasks", query={"project": PROJECTS[1]}).json()["items"]

    assert {task["id"] for task in found} == set(ids[1::2])
    assert {task["project"] for task in found} == {PROJECTS[1]}


def test_children_have_the_app_and_project_of_their_parent_which_costs_what_they_do() -> None:
    scenario = Scenario(batch_tasks=2, apps=APPS, projects=PROJECTS, run_median_s=100)
    desk, parent = Desk(scenario), ids_of(scenario, Kind.BATCH)[1]
    desk.run(parent)
    desk.now_s += 1000
    children = [desk.get(child).json() for child in desk.truth.children_of(parent)]

    assert {(child["app"], child["project"]) for child in children} == {(APPS[1], PROJECTS[1])}
    cents = sum(round(100 * float(child["price"]["amount"])) for child in children)
    assert _amount(desk, parent) == cents / 100


def test_tasks_that_ended_before_have_prices_of_the_same_kind() -> None:
    scenario = Scenario(special={Kind.COMPLETED: 60}, apps=APPS, run_median_s=100)
    desk = Desk(scenario)
    amounts = [_amount(desk, task_id) or 0.0 for task_id in task_ids_of(scenario)]

    assert 0.3 < sorted(amounts[::3])[10] < 0.6
    assert len(set(amounts[::3])) > 10
