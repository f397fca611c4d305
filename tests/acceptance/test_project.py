"""Projects as input, over real HTTP to a simulator with several of them."""

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.journal import read_journal
from launcher.simulator import Kind, RequestKind, Scenario, Simulator
from support.acceptance import Process, rows_of
from support.served import served

ONE, TWO = "RFranklin/one", "RFranklin/two"
APPS = (f"{ONE}/align/3", f"{TWO}/call/7")
RUN = ("run", "--journal", "j.db", "--report", "out.csv")


@contextmanager
def platform(monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> Iterator[Simulator]:
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        yield simulator


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Serve 20 drafts, in two projects by turns, the last two of them batch tasks."""
    scenario = Scenario(
        tasks=18,
        batch_tasks=2,
        projects=(ONE, TWO),
        apps=APPS,
        names=("align 1", "call 1", "align 2", "call 2"),
        special={Kind.CHILD: 2, Kind.RUNNING: 2},
    )
    with platform(monkeypatch, scenario) as simulator:
        yield simulator


def sent(simulator: Simulator) -> int:
    return simulator.truth.requests[RequestKind.RUN]


def test_a_project_is_launched_and_every_row_names_it(call: Call, both: Simulator) -> None:
    said = call(*RUN, "--project", ONE, "--skip-batch")

    rows = rows_of(Path("out.csv"))
    assert said.exit_code == 0
    assert {row["task_id"] for row in rows} == set(both.truth.started)
    assert len(rows) == 9
    assert {row["source"] for row in rows} == {f"project {ONE}"}
    assert {row["outcome"] for row in rows} == {"launched"}
    assert both.truth.requests[RequestKind.BULK] == 0
    assert f"project {ONE}: 9 of 11 drafts; left out: " in said.words
    assert "1 by --skip-batch" in said.words
    assert "1 that a batch task starts" in said.words


def test_a_second_run_finds_no_more_drafts(call: Call, both: Simulator) -> None:
    call(*RUN, "--project", ONE, "--skip-batch")
    before = sent(both)

    again = call(*RUN, "--project", ONE, "--skip-batch")
    fine = call(*RUN, "--project", ONE, "--skip-batch", "--allow-empty")

    assert (again.exit_code, fine.exit_code) == (2, 0)
    assert sent(both) == before
    assert len(rows_of(Path("out.csv"))) == 9


def test_several_projects_and_a_file_are_one_input(call: Call, both: Simulator) -> None:
    first = both.task_ids[0]
    Path("tasks.txt").write_text(f"{first}\n")

    said = call(*RUN, "tasks.txt", "--project", ONE, "--project", TWO, "--allow-batch")

    rows = rows_of(Path("out.csv"))
    assert said.exit_code == 0
    assert [row["source"] for row in rows[:2]] == ["tasks.txt:1", f"project {ONE}"]
    assert {row["task_id"] for row in rows} == set(both.task_ids[:20])
    assert len(rows) == 20
    assert max(len(both.truth.starts_of(task)) for task in both.task_ids[:20]) == 1


def test_a_plan_of_a_project_tells_its_apps_and_sends_only_reads(
    call: Call, both: Simulator
) -> None:
    said = call("plan", "--project", ONE, "--project", TWO, "--name", "*1", "--skip-batch")

    assert said.exit_code == 0
    assert " ".join(said.out.split()) == (
        "10 tasks: 10 drafts to launch. To start: 5 of align/3 in RFranklin/one, "
        "5 of call/7 in RFranklin/two. About 10 requests in 1 window of 1,000, about 1 s."
    )
    assert sent(both) == 0
    assert not Path("j.db").exists()


def test_names_are_matched_with_their_capitals(call: Call, both: Simulator) -> None:
    said = call("plan", "--project", ONE, "--name", "ALIGN*")

    assert said.exit_code == 2
    assert f"nothing to launch: project {ONE}: 0 of 11 drafts; left out: " in said.words
    assert "10 by --name 'ALIGN*'" in said.words
    assert sent(both) == 0


@pytest.mark.parametrize(("since", "count"), [("2000-01-01", 10), ("2999-01-01T00:00:00Z", 0)])
def test_drafts_are_chosen_by_when_they_were_made(
    call: Call, both: Simulator, since: str, count: int
) -> None:
    del both
    said = call("plan", "--project", ONE, "--created-from", since)

    assert said.exit_code == (0 if count else 2)
    assert (f"{count} of 11 drafts" in said.words) is True


@pytest.mark.parametrize("words", [(), ("--allow-empty",)])
def test_a_project_that_shows_nothing_is_like_an_empty_input(
    call: Call, both: Simulator, words: tuple[str, ...]
) -> None:
    call(*RUN, "--project", TWO, "--name", "call 1")
    older, before = Path("out.csv").read_text(), sent(both)

    said = call(*RUN, "--project", "RFranklin/wrong", *words)

    assert said.exit_code == (0 if words else 2)
    assert "project RFranklin/wrong shows no drafts" in said.words
    assert ("check the name, as its page has it" in said.words) is not bool(words)
    assert Path("out.csv").read_text() == older
    assert sent(both) == before
    assert call("runs", "--journal", "j.db").out.count("launched") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--project", "one"), "--project 'one' is no project: OWNER/NAME is expected"),
        (("--project", ONE, "--created-from", "May"), "--created-from 'May' is no date"),
        (("--name", "x"), "--name chooses among the tasks of --project OWNER/NAME: name one"),
        (("--project", ONE, "--only-batch", "--skip-batch"), "together leave nothing"),
    ],
)
def test_wrong_words_are_told_before_anything_is_sent(
    call: Call, both: Simulator, words: tuple[str, ...], told: str
) -> None:
    said = call("run", *words)

    assert said.exit_code == 2
    assert told in said.words
    assert not both.truth.requests


def test_without_a_terminal_batch_tasks_of_a_project_want_a_word(
    call: Call, both: Simulator
) -> None:
    said = call(*RUN, "--project", ONE, "--only-batch")

    assert said.exit_code == 2
    assert "1 batch task" in said.words
    assert sent(both) == 0


@pytest.mark.parametrize("drafts", [1_000, pytest.param(2_000, marks=pytest.mark.prove)])
def test_drafts_of_many_pages_are_listed_twice_and_launched_once(
    call: Call, monkeypatch: pytest.MonkeyPatch, drafts: int
) -> None:
    scenario = Scenario(tasks=drafts, projects=(ONE,), limit=5000)
    with platform(monkeypatch, scenario) as simulator:
        said = call(*RUN, "--project", ONE, "--yes")

        assert said.exit_code == 0
        lines = [line.partition(" ")[2] for line in said.words.splitlines()]
        assert lines[:2] == [
            f"project {ONE}: {drafts:,} DRAFT tasks, being read once more",
            f"project {ONE}: {drafts:,} of {drafts:,} drafts",
        ]
        assert simulator.truth.requests[RequestKind.LIST] == 2 * drafts // 100
        assert simulator.truth.requests[RequestKind.RUN] == drafts
        assert simulator.truth.requests[RequestKind.BULK] == 0
        assert len(simulator.truth.started) == drafts
        assert not simulator.truth.doubles


def test_drafts_that_come_and_go_between_pages_lose_none_that_stayed(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(
        tasks=450, projects=(ONE,), limit=5000, leavers=(0, 3, 0, 1), newcomers=(2, 0, 1)
    )
    with platform(monkeypatch, scenario) as simulator:
        said = call(*RUN, "--project", ONE, "--yes")

        stayed = set(simulator.task_ids[4:])
        assert stayed <= set(simulator.truth.started)
        rows = {row["task_id"]: row["outcome"] for row in rows_of(Path("out.csv"))}
        assert {rows[task] for task in stayed} == {"launched"}
        assert said.exit_code == 1
        assert {outcome for task, outcome in rows.items() if task not in stayed} <= {
            "rejected",
            "launched",
        }


class _Refusing(BaseHTTPRequestHandler):
    """A platform that knows its user and lets nobody see a list."""

    status, code = 403, 3001

    def do_GET(self) -> None:
        answers: dict[str, tuple[int, object]] = {
            "/v2/rate_limit": (200, {"rate": {"limit": 1000, "remaining": 1000, "reset": 0}}),
            "/v2/user": (200, {"username": "RFranklin"}),
        }
        path = self.path.partition("?")[0]
        refusal = {"status": self.status, "code": self.code, "message": "no \x1b[31mway"}
        status, answer = answers.get(path, (self.status, refusal))
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.mark.parametrize(
    ("status", "code", "exit_code", "told"),
    [
        (404, 3002, 2, f"the platform does not list project {ONE} (HTTP 404, code 3002: no "),
        (403, 3001, 3, f"the platform does not let this account see project {ONE} (HTTP 403"),
    ],
)
def test_a_project_that_is_refused_is_told_and_nothing_is_launched(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    *,
    status: int,
    code: int,
    exit_code: int,
    told: str,
) -> None:
    handler = type("Refusing", (_Refusing,), {"status": status, "code": code})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("SB_API_ENDPOINT", f"http://127.0.0.1:{server.server_port}/v2")
        monkeypatch.setenv("SB_AUTH_TOKEN", "token-of-the-test")
        try:
            said = call(*RUN, "--project", ONE)
        finally:
            server.shutdown()
            thread.join(10)

    assert said.exit_code == exit_code
    assert told in said.words
    assert "\x1b" not in said.words
    assert not Path("out.csv").exists()


async def _until_started(simulator: Simulator, count: int) -> None:
    for _ in range(2000):
        if len(simulator.truth.started) >= count:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError(f"{len(simulator.truth.started)} of {count} started")


@pytest.mark.takes(6)
async def test_what_a_killed_run_left_in_doubt_is_settled_though_it_is_no_draft_any_more(
    tmp_path: Path,
) -> None:
    scenario = Scenario(tasks=60, projects=(ONE,), run_latency_s=0.6, names=("align", "call"))
    words = (*RUN, "--project", ONE, "--settle", "0.1s")
    async with Simulator(scenario) as simulator:
        first = await Process.start(simulator, *words, cwd=tmp_path)
        await _until_started(simulator, 20)
        first.send(signal.SIGKILL)
        await first.end()
        before = set(simulator.truth.started)

        other = await Process.start(simulator, *words, "--name", "call", cwd=tmp_path)
        other_code, _, _ = await other.end()
        in_between = rows_of(tmp_path / "out.csv")
        again = await Process.start(simulator, *words, cwd=tmp_path)
        code, _, said = await again.end()
        rows = rows_of(tmp_path / "out.csv")
        started, doubles = set(simulator.truth.started), simulator.truth.doubles

    assert (other_code, code) == (0, 0), said
    assert {row["name"] for row in in_between} == {"call"}
    assert {row["outcome"] for row in (*in_between, *rows)} == {"launched"}
    assert [row for row in (*in_between, *rows) if row["task_id"] in before]
    assert started == set(simulator.task_ids)
    assert not doubles
    report = await Process.start(
        simulator, "report", _first_run(tmp_path), "--now", "-o", "a.csv", "--journal", "j.db",
        cwd=tmp_path,
    )  # fmt: skip
    assert (await report.end())[0] == 0
    assert [row["outcome"] for row in rows_of(tmp_path / "a.csv")] == ["launched"] * 60


def _first_run(folder: Path) -> str:
    runs = read_journal(folder / "j.db").runs()
    return str(runs[0][0].run)


async def test_a_signal_while_projects_are_listed_ends_it_without_a_report(
    tmp_path: Path,
) -> None:
    scenario = Scenario(tasks=600, projects=(ONE,), latency_s=0.2)
    async with Simulator(scenario) as simulator:
        process = await Process.start(
            simulator, "run", "--journal", "j.db", "--project", ONE, "--yes", cwd=tmp_path
        )
        for _ in range(2000):
            if simulator.truth.requests[RequestKind.LIST] >= 2:
                break
            await asyncio.sleep(0.01)
        process.send(signal.SIGTERM)
        code, _, words = await process.end()

        assert code == 143
        assert words.count("interrupted by SIGTERM") >= 1
        assert simulator.truth.requests[RequestKind.RUN] == 0
        assert simulator.truth.requests[RequestKind.LIST] <= 4
    assert not (tmp_path / "launcher-reports").exists()
