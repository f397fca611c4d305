"""Pages as reports of real commands, over real HTTP to a simulator."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call
from launcher.simulator import RequestKind, Simulator

JOURNAL = ("--journal", "j.db")


@pytest.fixture(autouse=True)
def _ids(tmp_path: Path, simulator: Simulator) -> None:
    (tmp_path / "tasks.txt").write_text("\n".join(simulator.task_ids))


def held(path: str, place: str) -> Any:  # noqa: ANN401 - what the page holds
    found = re.search(rf'id="{place}">(.*?)</script>', Path(path).read_text("utf-8"), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def title(path: str) -> str:
    return Path(path).read_text("utf-8").partition("<title>")[2].partition(" · ")[0]


def test_run_writes_a_page_and_report_writes_it_again(call: Call, simulator: Simulator) -> None:
    said = call("run", "tasks.txt", *JOURNAL, "--report", "a.html", "--report", "a.csv")
    again = call("report", *JOURNAL, "-o", "b.html")

    assert (said.exit_code, again.exit_code) == (0, 0)
    assert [row[0] for row in held("a.html", "rows")["rows"]] == list(simulator.task_ids)
    assert held("a.html", "rows") == held("b.html", "rows")
    assert title("b.html") == "✓ all well: 20 of 20 tasks launched"
    assert "Report: a.html" in said.words


def test_a_plan_as_a_page_says_that_nothing_was_started(call: Call, simulator: Simulator) -> None:
    said = call("plan", "tasks.txt", *JOURNAL, "--report", "plan.html")

    assert said.exit_code == 0, said
    assert {row[1] for row in held("plan.html", "rows")["rows"]} == {5}
    assert "No task was started by this run." in Path("plan.html").read_text("utf-8")
    assert title("plan.html") == "✓ nothing was started: 0 of 20 tasks launched, 20 pending"
    assert not held("plan.html", "settings")["live"]
    assert simulator.truth.requests[RequestKind.RUN] == 0


@pytest.mark.parametrize("missing", ["jinja2", "plotly"])
@pytest.mark.parametrize("words", [("run", "tasks.txt", "--report"), ("report", "-o")])
def test_without_what_pages_take_nothing_is_sent_and_the_mend_is_told(
    call: Call,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    missing: str,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    said = call(*words, "a.html", *JOURNAL)

    assert said.exit_code == 2
    assert "pip install jinja2 plotly" in said.words
    assert simulator.truth.requests.total() == 0
    assert not Path("a.html").exists()


def test_watch_and_abort_write_pages_of_their_own(call: Call) -> None:
    call("run", "tasks.txt", *JOURNAL, "--report", "run.html")
    run = held("run.html", "settings")["run"]

    aborted = call("abort", run, *JOURNAL, "--yes", "--report", "abort.html")
    watched = call("watch", run, *JOURNAL, "--poll", "0.2s", "--report", "watch.html")

    assert (aborted.exit_code, watched.exit_code) == (0, 1)
    assert title("abort.html") == "✓ all well: 20 aborted"
    assert title("watch.html") == "✕ 20 of 20 launched tasks did not complete"
    assert held("abort.html", "settings")["run"] != run
