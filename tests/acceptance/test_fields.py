"""`--fields`: members of the tasks in the JSON reports, whatever became of each task."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call, Said
from launcher.simulator import Kind, RequestKind, Scenario, Simulator
from support.served import served

DRAFTS = 110
NAMES = "created_time,inputs,status,start_time,price,batch_by,no_such_member"


@pytest.fixture
def platform() -> Iterator[Simulator]:
    """Serve drafts, and tasks of other fates."""
    kinds = (Kind.COMPLETED, Kind.INVALID_4XX, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CHILD)
    special: Mapping[str, int] = dict.fromkeys(kinds, 1)
    with served(Scenario(tasks=DRAFTS, batch_tasks=1, special=special)) as serving:
        yield serving


@pytest.fixture
def run(call: Call, platform: Simulator, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run or plan all tasks of the platform with the journal `j.db`."""
    monkeypatch.setenv("SB_API_ENDPOINT", platform.endpoint)
    monkeypatch.setenv("SB_AUTH_TOKEN", platform.token)
    Path("tasks.txt").write_text("\n".join(platform.task_ids))

    def one(*words: str, command: str = "run") -> Said:
        return call(command, "tasks.txt", "--journal", "j.db", "--allow-batch", *words)

    return one


def _rows(path: str) -> dict[str, Any]:
    return {row["task_id"]: row for row in json.loads(Path(path).read_text())["tasks"]}


def test_every_row_has_the_members_where_they_can_be_known(
    run: Call, call: Call, platform: Simulator
) -> None:
    healthy = platform.ids_of(Kind.HEALTHY)
    assert run("--limit", "40").exit_code == 4
    sent_before, before = platform.truth.requests[RequestKind.RUN], platform.truth.counted

    said = run("--fields", NAMES, "--report", "a.json", "--report", "a.jsonl", "--report", "a.csv")

    spent = platform.truth.counted - before
    sent = platform.truth.requests[RequestKind.RUN] - sent_before
    rows = _rows("a.json")
    assert said.exit_code == 1
    assert sent == DRAFTS + 2 - 40  # a batch task and an invalid one among them
    assert spent <= sent + 2 + 5
    assert {tuple(row["fields"]) for row in rows.values()} == {tuple(NAMES.split(","))}

    known = [row for task, row in rows.items() if task not in _hidden(platform)]
    assert all(row["fields"]["created_time"].endswith("Z") for row in known)
    assert all(len(row["fields"]["inputs"]["reads"]) == 16 for row in known)
    assert all(row["fields"]["no_such_member"] is None for row in rows.values())
    assert {rows[task]["fields"]["status"] for task in healthy} <= {"QUEUED", "RUNNING"}
    assert rows[platform.ids_of(Kind.COMPLETED)[0]]["fields"]["price"] == {
        "currency": "USD",
        "amount": "0.44",
        "breakdown": {"storage": "0.04", "computation": "0.40", "data_transfer": "0.00"},
    }
    assert rows[platform.ids_of(Kind.BATCH)[0]]["fields"]["batch_by"]["type"] == "CRITERIA"
    assert rows[platform.ids_of(Kind.INVALID_4XX)[0]]["fields"]["status"] == "DRAFT"
    for task in _hidden(platform):
        assert set(rows[task]["fields"].values()) == {None}
    lines = Path("a.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == list(rows.values())
    assert "fields" not in Path("a.csv").read_text().splitlines()[0]

    assert call("report", "--journal", "j.db", "-o", "b.json").exit_code == 0
    assert Path("b.json").read_bytes() == Path("a.json").read_bytes()


def _hidden(platform: Simulator) -> tuple[str, ...]:
    return (*platform.ids_of(Kind.FORBIDDEN), *platform.ids_of(Kind.NOT_FOUND))


def test_without_fields_rows_are_as_ever_even_after_a_run_with_them(run: Call) -> None:
    run("--fields", "price", "--report", "with.json")
    run("--report", "without.json")

    with_them, without = _rows("with.json"), _rows("without.json")
    for row in with_them.values():
        del row["fields"]
    assert [tuple(row) for row in without.values()] == [tuple(row) for row in with_them.values()]


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize("words", [(), ("--report", "a.csv", "--report", "-")])
def test_without_a_json_report_fields_are_exit_2_and_nothing_is_sent(
    run: Call, platform: Simulator, command: str, words: tuple[str, ...]
) -> None:
    said = run("--fields", "price", *words, command=command)

    assert (said.exit_code, said.out) == (2, "")
    assert said.words == (
        "launcher: --fields goes into .json and .jsonl reports: add --report out.json\n"
    )
    assert not platform.truth.requests
    assert not Path("j.db").exists()


def test_a_plan_shows_the_members_too_and_a_report_with_them_is_an_input(
    run: Call, call: Call, platform: Simulator
) -> None:
    planned = run("--fields", "inputs", "--report", "plan.json", command="plan")
    again = call("plan", "plan.json", "--allow-batch", "--report", "again.json")

    assert (planned.exit_code, again.exit_code) == (0, 0)
    assert len(_rows("plan.json")[platform.task_ids[0]]["fields"]["inputs"]["reads"]) == 16
    assert list(_rows("again.json")) == list(_rows("plan.json")) == list(platform.task_ids)
