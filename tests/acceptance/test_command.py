"""Every command and most options, as a user would call them."""

import asyncio
import contextlib
import csv
import io
import json
import logging
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call, Said
from launcher import __version__
from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import open_journal
from launcher.adapters.lock import hold_lock
from launcher.cli.ending import exit_code_of
from launcher.cli.launching import why_batch_is_refused
from launcher.cli.logs import open_logs
from launcher.cli.rehearse import _window_seconds
from launcher.core.entry import Account, Attempted, RunId, RunStarted
from launcher.core.ids import TaskId
from launcher.simulator import Fault, Kind, RequestKind, Scenario, Simulator
from support.acceptance import environment_for, rows_of
from support.served import served

COMMANDS = (
    "run",
    "plan",
    "watch",
    "runs",
    "report",
    "doctor",
    "explain",
    "config",
    "simulate",
    "demo",
)
PAGES = (*COMMANDS, "config show")
HEAVY = ("aiohttp", "asyncio", "pydantic", "rich", "sqlalchemy", "tenacity", "launcher.wiring")

PROCESSES = ("/bin/ps", "-A", "-ww", "-o", "args")
HOSTILE = ("=1+1", "\x1b[31mred\x1b[0m", 'a\nb,c"d', "\u202eexe.evil", "@SUM(A1)", "-2", "\t=2")

BATCH = Scenario(tasks=3, batch_tasks=2, children_per_batch=2, creating_s=600)

Serve = Callable[[Scenario], Simulator]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve a scenario; the environment names the endpoint and the token."""
    with ExitStack() as stack:

        def one(scenario: Scenario) -> Simulator:
            serving = stack.enter_context(served(scenario))
            monkeypatch.setenv("SB_API_ENDPOINT", serving.endpoint)
            monkeypatch.setenv("SB_AUTH_TOKEN", serving.token)
            return serving

        yield one


def _write(simulator: Simulator) -> None:
    Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


def _launch(call: Call, simulator: Simulator, *words: str) -> Said:
    """Run all tasks; the journal is `j.db` and the settle time short."""
    _write(simulator)
    return call("run", "tasks.txt", "--journal", "j.db", "--settle", "0.05s", *words)


def _all(said: Said) -> tuple[int, str, str]:
    return said.exit_code, said.out, said.words


def _report(path: str) -> Any:  # noqa: ANN401 - foreign JSON
    return json.loads(Path(path).read_text())


def _outcomes(path: str) -> dict[str, int]:
    names = [row["outcome"] for row in rows_of(Path(path))]
    return {name: names.count(name) for name in names}


def _process(simulator: Simulator, *words: str, **more: Any) -> "subprocess.Popen[str]":  # noqa: ANN401
    return subprocess.Popen(
        [sys.executable, "-m", "launcher", *words],
        env=environment_for(simulator),
        text=True,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )


# ---------------------------------------------------------------- help


def test_the_version_is_said(call: Call) -> None:
    assert _all(call("--version")) == (0, f"launcher {__version__}\n", "")


def test_without_words_there_is_help_and_exit_2(call: Call) -> None:
    said = call()

    assert said.exit_code == 2
    assert all(f"\n  {command} " in said.out + said.words for command in COMMANDS)


@pytest.mark.parametrize("command", PAGES)
def test_every_command_has_help_in_plain_words(call: Call, command: str) -> None:
    long, short = call(*command.split(), "--help"), call(*command.split(), "-h")

    assert _all(long) == _all(short)
    assert (long.exit_code, long.words) == (0, "")
    assert long.out.startswith(f"Usage: launcher {command} ")
    assert long.out.isascii()


def test_the_help_of_run_tells_the_defaults(call: Call) -> None:
    said = " ".join(call("run", "--help").out.split()).replace("- ", "-")  # broken at hyphens

    for default in ("16", "6", "60s", "2s", "0", "30m", "20s", "launcher-reports/RUN.csv"):
        assert f"[default: {default}]" in said


def test_the_version_pays_for_no_library_and_help_for_typer_alone() -> None:
    code = (
        "import sys\n"
        "from launcher.cli import main\n"
        f"for words in (['--version'], ['--help'], *([*c.split(), '-h'] for c in {PAGES!r})):\n"
        "    sys.argv = ['launcher', *words]\n"
        "    try: main()\n"
        "    except SystemExit as ended: assert not ended.code, words\n"
        f"    heavy = sorted(set(sys.modules) & {{*{HEAVY!r}, 'typer'}})\n"
        "    print(*heavy, sep=',', file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert ended.stderr.splitlines() == ["", *["typer"] * (1 + len(PAGES))]


def test_nothing_is_looked_for_in_what_goes_away_at_the_end() -> None:
    code = (
        "import sys\n"
        "from launcher.cli import main\n"
        "class Cycle:\n"
        "    def __init__(self): self.itself = self\n"
        "    def __del__(self): print('found')\n"
        "kept = Cycle()\n"
        "sys.argv = ['launcher', '--version']\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )

    assert ended.stdout == f"launcher {__version__}\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("runn",), "Did you mean"),
        (("run", "--concurency", "3"), "--concurrency"),
        (("run", "--timeout"), "--timeout"),
        (("run", "--max-attempts", "x"), "--max-attempts"),
        (("report", "a", "b"), "b"),
        (("run",), "no task id at all: name a file"),
        (("run", "taks.txt"), "taks.txt does not exist in "),
        (("run", "--task", ""), "argument:1"),
        (("run", "tasks.txt", "--config", "no.toml"), "no.toml does not exist"),
        (("simulate", "--ids", "/dev/null/x"), "cannot write the task ids to /dev/null/x"),
        (("demo", "--folder", "/dev/null/x"), "cannot write the task ids to /dev/null/x"),
    ],
)
def test_wrong_use_is_exit_2_with_one_clear_end(
    call: Call, words: tuple[str, ...], told: str
) -> None:
    said = call(*words)

    assert said.exit_code == 2
    assert told in said.words
    assert "Traceback" not in said.words


def test_without_credentials_all_ways_to_give_them_are_told(call: Call) -> None:
    said = call("run", "--task", "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")

    assert said.exit_code == 2
    assert said.words.startswith("launcher: no endpoint: give --endpoint")
    assert said.words.count("\n") == 1


# ---------------------------------------------------------------- plan


@pytest.mark.parametrize("words", [("plan", "tasks.txt"), ("run", "tasks.txt", "--dry-run")])
def test_a_dry_run_only_reads_and_leaves_nothing_behind(
    call: Call, simulator: Simulator, words: tuple[str, ...]
) -> None:
    _write(simulator)
    said = call(*words, "--journal", "state/j.db")

    assert (said.exit_code, said.words) == (0, "")
    assert "20 drafts to launch" in said.out
    assert simulator.truth.requests[RequestKind.RUN] == 0
    assert list(Path().iterdir()) == [Path("tasks.txt")]
    assert list(Path.home().rglob("*")) == []


def test_the_report_of_a_dry_run_is_written_if_asked_with_drafts_as_pending(
    call: Call, simulator: Simulator
) -> None:
    simulator.start_as_somebody_else(simulator.task_ids[0])
    _write(simulator)
    said = call("plan", "tasks.txt", "--journal", "j.db", "--report", "plan.json")

    report = _report("plan.json")
    assert said.exit_code == 0
    assert said.words.endswith("Report: plan.json\n")
    assert report["summary"]["pending"] == 19
    assert report["summary"]["skipped"] == 1
    assert {row["status"] for row in report["tasks"][1:]} == {"DRAFT"}
    assert not Path("j.db").exists()


def test_a_plan_says_why_tasks_are_refused(call: Call, serve: Serve) -> None:
    simulator = serve(Scenario(tasks=2, special={Kind.NOT_FOUND: 2, Kind.CHILD: 1}))
    _write(simulator)

    said = call("plan", "tasks.txt")

    assert said.exit_code == 0
    assert "2 rejected code 7002, HTTP 404: there is no such task" in said.out
    assert "do: Compare the id with the address of the task's page" in said.out
    assert "1 rejected" in said.out
    assert "launch its parent instead" in said.out
    assert "pending" not in said.out


def test_a_plan_makes_room_on_standard_output_for_the_report(
    call: Call, simulator: Simulator
) -> None:
    _write(simulator)

    said = call("plan", "tasks.txt", "--report", "-")

    assert said.out.startswith("task_id,outcome,status,")
    assert said.words.startswith("20 tasks: 20 drafts to launch.")


@pytest.mark.parametrize(
    ("option", "plan", "more"),
    [
        ([], "2 of them batch tasks; each starts many", "it wants --allow-batch, or --unbatch"),
        (["--unbatch"], "2 of them batch tasks; each run as a single one", ""),
        (["--allow-batch"], "2 of them batch tasks; each starts many", ""),
    ],
)
def test_a_plan_foretells_what_a_run_does_with_batch_tasks(
    call: Call, serve: Serve, *, option: list[str], plan: str, more: str
) -> None:
    _write(serve(BATCH))

    said = call("plan", "tasks.txt", *option)

    assert plan in said.out
    assert more in said.words
    assert bool(more) == bool(said.words)


def test_a_plan_works_while_another_run_holds_the_journal_and_a_run_is_exit_75(
    call: Call, simulator: Simulator
) -> None:
    _write(simulator)
    account = Account(endpoint=simulator.endpoint, user=simulator.user)
    words = ("tasks.txt", "--journal", "j.db", "--report", "out.csv")
    with hold_lock(Path("j.db"), account, run=RunId("R1"), file="cron.txt", now=datetime.now(UTC)):
        refused = call("run", *words)
        touched = Path("out.csv").exists()
        planned = call("plan", *words)

    assert (planned.exit_code, refused.exit_code) == (0, 75)
    assert all(fact in refused.words for fact in ("R1", str(os.getpid()), "cron.txt"))
    assert not touched
    assert simulator.truth.requests[RequestKind.RUN] == 0


# ---------------------------------------------------------------- run


def test_a_run_launches_all_and_a_second_one_nothing(call: Call, simulator: Simulator) -> None:
    first = _launch(call, simulator, "--report", "one.csv")
    second = _launch(call, simulator, "--report", "two.csv")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert (first.out, second.out) == ("", "")
    assert simulator.truth.requests[RequestKind.RUN] == 20
    assert Path("one.csv").read_text() == Path("two.csv").read_text()
    assert "20 launched: all by run " in second.words


def test_the_report_goes_to_its_default_place_and_is_named(
    call: Call, simulator: Simulator
) -> None:
    said = _launch(call, simulator)

    (report,) = Path("launcher-reports").iterdir()
    assert f"Report: {report}\n" in said.words
    assert {row["run_id"] for row in rows_of(report)} == {report.stem}
    assert call("runs", "--journal", "j.db").out.splitlines()[1].startswith(report.stem)


def test_reports_go_to_every_place_once(call: Call, simulator: Simulator) -> None:
    places = ("a.csv", "deep/er/b.json", "-", "a.csv", "c.tsv", "d.jsonl", "-")
    said = _launch(call, simulator, *(word for place in places for word in ("--report", place)))

    assert said.exit_code == 0
    assert said.out == Path("a.csv").read_text()
    assert len(_report("deep/er/b.json")["tasks"]) == 20
    assert Path("c.tsv").read_text() == said.out.replace(",", "\t")
    assert Path("d.jsonl").read_text().count("\n") == 20
    assert said.words.count("Report: ") == 4


def test_single_tasks_are_launched_by_their_ids(call: Call, simulator: Simulator) -> None:
    a, b = simulator.task_ids[:2]

    said = call("run", "--task", a, "--task", b.upper(), "--report", "out.csv")

    assert said.exit_code == 0
    assert simulator.truth.started == (a, b)


def test_strict_counts_what_was_no_draft_as_a_failure(call: Call, simulator: Simulator) -> None:
    simulator.start_as_somebody_else(simulator.task_ids[0])

    assert _launch(call, simulator).exit_code == 0
    assert _launch(call, simulator, "--strict").exit_code == 1


@pytest.mark.parametrize("place", ["out.pdf", "out", ".", "folder"])
def test_a_report_that_cannot_be_is_exit_2_and_nothing_is_sent(
    call: Call, simulator: Simulator, place: str
) -> None:
    Path("folder").mkdir()
    said = _launch(call, simulator, "--report", place)

    assert said.exit_code == 2
    assert place in said.words
    assert not simulator.truth.requests


def test_a_report_below_a_file_is_exit_5_and_nothing_is_sent(
    call: Call, simulator: Simulator
) -> None:
    said = _launch(call, simulator, "--report", "tasks.txt/out.csv")

    assert said.exit_code == 5
    assert not simulator.truth.requests


def test_a_report_does_not_take_the_place_of_the_input(call: Call, simulator: Simulator) -> None:
    Path("tasks.csv").write_text(simulator.task_ids[0])
    Path("link.csv").symlink_to("tasks.csv")

    said = call("run", "tasks.csv", "--report", "./link.csv")

    assert said.exit_code == 2
    assert "would take the place of the input" in said.words


def test_a_report_never_takes_the_place_of_the_journal(call: Call, simulator: Simulator) -> None:
    Path("tasks.txt").write_text(f"{simulator.task_ids[0]}\n")

    said = call("run", "tasks.txt", "--journal", "facts.csv", "--report", "./facts.csv")

    assert said.exit_code == 2, said.words
    assert "would take the place of the journal" in said.words
    assert not simulator.truth.started
    assert not Path("facts.csv").exists()


def test_a_folder_that_was_deleted_under_the_command_is_wrong_use(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tasks = tmp_path / "tasks.txt"
    tasks.write_text(f"{simulator.task_ids[0]}\n")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    for words in (("run", str(tasks)), ("plan", str(tasks)), ("runs",), ("report",), ("doctor",)):
        said = call(*words, "--journal", "j.db")
        assert said.exit_code == 2, said.words
        assert "the current folder is gone: change to another one" in said.words
    assert not simulator.truth.started
    assert not simulator.truth.requests


@pytest.mark.parametrize("journal", ["tasks.txt/j.db", "tasks.txt", "."])
def test_a_journal_that_cannot_be_is_exit_5_and_nothing_is_launched(
    call: Call, simulator: Simulator, journal: str
) -> None:
    _write(simulator)
    said = call("run", "tasks.txt", "--journal", journal)

    assert said.exit_code == 5
    assert "--journal" in said.words
    assert simulator.truth.requests[RequestKind.RUN] == 0
    assert Path("tasks.txt").read_text().count("\n") == 20


def test_the_command_to_go_on_with_is_the_same_command(call: Call, simulator: Simulator) -> None:
    simulator.script(simulator.task_ids[0], [Fault.UNAVAILABLE_BEFORE])

    said = _launch(call, simulator, "--max-attempts", "1", "--report", "a b.csv")

    assert said.exit_code == 1
    assert said.words.splitlines()[-1] == (
        "To go on: launcher run tasks.txt --journal j.db --settle 0.05s --max-attempts 1 "
        "--report 'a b.csv'"
    )


def test_settings_come_from_variables_and_the_file(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHER_REPORT", "variable.json")
    Path("my.toml").write_text('journal = "file.db"\nreport = "file.csv"\nquiet = true\n')
    _write(simulator)

    said = call("run", "tasks.txt", "--config", "my.toml")

    assert _all(said) == (0, "", "")
    assert Path("file.db").exists()
    assert _report("variable.json")["summary"]["launched"] == 20
    assert not Path("file.csv").exists()


# ---------------------------------------------------------------- what answers


def test_a_wrong_token_is_exit_3_with_a_report_and_the_token_is_not_shown(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "f00dfeedf00dfeedf00dfeedf00dfeed"
    monkeypatch.setenv("SB_AUTH_TOKEN", wrong)

    said = _launch(call, simulator, "--report", "out.csv", "--verbose")

    assert said.exit_code == 3
    assert said.words.count("refuses the token") == 1
    assert _outcomes("out.csv") == {"pending": 20}
    assert wrong not in said.words + said.out + Path("out.csv").read_text()
    assert not simulator.truth.started


def test_where_nobody_can_tell_who_asks_a_row_says_what_any_account_left_in_doubt(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = TaskId(simulator.task_ids[7])

    async def leave_in_doubt(user: str, *tasks: TaskId) -> None:
        account = Account(endpoint=simulator.endpoint, user=user)
        async with open_journal(Path("j.db"), run=RunId(user), clock=SystemClock()) as journal:
            await journal.append(RunStarted(account=account, host="", version="", max_attempts=6))
            for each in tasks:
                await journal.append(Attempted(task=each, number=1))

    asyncio.run(leave_in_doubt("ann", task))
    asyncio.run(leave_in_doubt("bob"))
    monkeypatch.setenv("SB_AUTH_TOKEN", "f00dfeedf00dfeedf00dfeedf00dfeed")

    said = _launch(call, simulator, "--report", "out.csv")

    assert said.exit_code == 3
    assert _outcomes("out.csv") == {"pending": 19, "unknown": 1}


def test_a_wrong_path_of_the_endpoint_is_exit_3(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint.replace("/v2", "/v3"))

    said = _launch(call, simulator, "--report", "out.csv")

    assert said.exit_code == 3
    assert "check the endpoint" in said.words
    assert _outcomes("out.csv") == {"pending": 20}


def test_nothing_listening_is_exit_3_after_the_attempts(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        monkeypatch.setenv("SB_API_ENDPOINT", f"http://127.0.0.1:{deaf.getsockname()[1]}/v2")
        began = time.monotonic()
        said = _launch(call, simulator, "--report", "out.csv", "--max-attempts", "1")

    assert said.exit_code == 3
    assert "no answer from http://127.0.0.1" in said.words
    assert time.monotonic() - began < 3
    assert _outcomes("out.csv") == {"pending": 20}


def test_a_captive_portal_is_exit_3_and_nothing_is_launched(
    call: Call, simulator: Simulator
) -> None:
    simulator.answer_everything_with(Fault.HTML_BEFORE)

    said = _launch(call, simulator)

    assert said.exit_code == 3
    assert "whether the network asks for a login first" in said.words
    assert simulator.truth.requests[RequestKind.RUN] == 0


def test_when_the_token_is_refused_and_the_journal_broken_both_are_said(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SB_AUTH_TOKEN", "f00dfeedf00dfeedf00dfeedf00dfeed")
    Path("j.db").write_text("no journal at all, but longer than a header of SQLite" * 50)

    said = _launch(call, simulator)

    assert said.exit_code == 3
    assert "refuses the token" in said.words
    assert "cannot read the journal" in said.words


def test_what_is_no_journal_gets_no_lock_file_beside_it(call: Call, simulator: Simulator) -> None:
    Path("j.db").write_text("no journal at all, but longer than a header of SQLite" * 50)

    assert _launch(call, simulator).exit_code == 5
    assert sorted(path.name for path in Path().iterdir()) == ["j.db", "tasks.txt"]


def test_only_reports_that_were_written_are_named(call: Call, simulator: Simulator) -> None:
    said = _launch(call, simulator, "--report", "/dev/full", "--report", "out.csv")

    assert said.exit_code == 5
    assert "Report: out.csv" in said.words
    assert "Report: /dev/full" not in said.words
    assert "cannot write the report to /dev/full" in said.words


def test_the_end_is_told_before_the_reader_of_a_pipe_lets_the_report_wait(
    serve: Serve, tmp_path: Path
) -> None:
    simulator = serve(Scenario(tasks=2))
    os.mkfifo(tmp_path / "pipe.csv")
    words = ("run", "--task", simulator.task_ids[0], "--report", "pipe.csv", "--journal", "j.db")
    with _process(simulator, *words, cwd=tmp_path) as process:
        assert process.stderr is not None
        told = b""
        while b"1 launched" not in told:
            told += os.read(process.stderr.fileno(), 4096) or b"1 launched: never"
        read = (tmp_path / "pipe.csv").read_text()
        _, rest = process.communicate(timeout=30)

    assert b"never" not in told
    assert simulator.task_ids[0] in read
    assert "Report: pipe.csv" in told.decode() + rest


# ---------------------------------------------------------------- batch


def test_batch_tasks_without_a_terminal_are_exit_2_naming_the_options(
    call: Call, serve: Serve
) -> None:
    simulator = serve(BATCH)

    said = _launch(call, simulator, "--report", "out.csv")

    assert said.exit_code == 2
    assert "2 batch tasks, each of which" in said.words
    assert "--allow-batch" in said.words
    assert "--unbatch" in said.words
    assert said.words.count("2 batch tasks, each of which") == 1
    assert simulator.truth.requests[RequestKind.RUN] == 0
    assert not Path("out.csv").exists()


def test_a_single_batch_task_is_told_in_the_singular() -> None:
    task = TaskId("0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")

    assert why_batch_is_refused([task]) == (
        f"1 batch task, which starts many ({task}): "
        "give --allow-batch, or --unbatch to run it as a single task"
    )


def test_batch_tasks_start_their_children_where_that_was_allowed(call: Call, serve: Serve) -> None:
    simulator = serve(BATCH)

    said = _launch(call, simulator, "--allow-batch", "--report", "out.csv")
    again = _launch(call, simulator, "--allow-batch", "--recheck", "--report", "again.csv")

    assert (said.exit_code, again.exit_code) == (0, 0)
    assert len(simulator.truth.started) == 5
    assert [len(simulator.truth.children_of(task)) for task in simulator.task_ids] == [
        0,
        0,
        0,
        2,
        2,
    ]
    for report in ("out.csv", "again.csv"):  # the platform makes the children for some seconds
        rows = rows_of(Path(report))
        assert _outcomes(report) == {"launched": 5}
        assert [row["status"] for row in rows if row["batch"] == "true"] == ["CREATING"] * 2


def test_unbatch_runs_them_as_single_tasks_and_says_so_for_them_alone(
    call: Call, serve: Serve
) -> None:
    simulator = serve(BATCH)  # it refuses batch=false for ordinary tasks with code 7022

    said = _launch(call, simulator, "--unbatch", "--report", "out.csv")

    assert said.exit_code == 0
    assert _outcomes("out.csv") == {"launched": 5}
    assert not any(simulator.truth.children_of(task) for task in simulator.ids_of(Kind.BATCH))


# ---------------------------------------------------------------- report, runs


def _two_runs(call: Call, simulator: Simulator) -> list[str]:
    """Leave one task failed by a first run and launched by a second; return their ids."""
    simulator.script(simulator.task_ids[0], [Fault.UNAVAILABLE_BEFORE])
    assert _launch(call, simulator, "--max-attempts", "1").exit_code == 1
    assert _launch(call, simulator).exit_code == 0
    return [line.split()[0] for line in call("runs", "--journal", "j.db").out.splitlines()[1:]]


def _outcome_of_first(text: str) -> str:
    return next(csv.DictReader(text.splitlines()))["outcome"]


def test_runs_are_listed_with_their_exit_codes(call: Call, simulator: Simulator) -> None:
    first, second = _two_runs(call, simulator)

    said = call("runs", "--journal", "j.db")

    lines = [line.split() for line in said.out.splitlines()[1:]]
    assert said.exit_code == 0
    assert [(line[0], line[3]) for line in lines] == [(first, "1"), (second, "0")]
    assert {path.stem for path in Path("launcher-reports").iterdir()} == {first, second}


def test_a_report_is_of_the_last_run_or_of_the_one_named_up_to_its_end_or_now(
    call: Call, simulator: Simulator
) -> None:
    first, second = _two_runs(call, simulator)
    words = ("report", "--journal", "j.db")

    last, named = call(*words), call(*words, second)
    then, now = call(*words, first), call(*words, first, "--now")

    assert _all(last) == _all(named)
    assert last.out == Path(f"launcher-reports/{second}.csv").read_text()
    assert then.out == Path(f"launcher-reports/{first}.csv").read_text()
    assert [_outcome_of_first(said.out) for said in (then, now)] == ["failed", "launched"]


def test_a_report_goes_to_every_place_asked_for(call: Call, simulator: Simulator) -> None:
    _launch(call, simulator)

    said = call("report", "--journal", "j.db", "-o", "a.csv", "-o", "b.json", "--output", "-")

    assert said.exit_code == 0
    assert said.words == "Report: a.csv\nReport: b.json\n"
    assert said.out == Path("a.csv").read_text()
    assert len(_report("b.json")["tasks"]) == 20


def test_an_unknown_run_is_exit_2_and_names_the_last(call: Call, simulator: Simulator) -> None:
    _launch(call, simulator)
    (last,) = (path.stem for path in Path("launcher-reports").iterdir())

    said = call("report", "20200101-000000-0000", "--journal", "j.db", "-o", "x.csv")

    assert said.exit_code == 2
    assert last in said.words
    assert not Path("x.csv").exists()


def test_without_a_journal_there_are_no_runs_and_none_is_made(call: Call) -> None:
    listed = call("runs", "--journal", "j.db")
    reported = call("report", "--journal", "j.db")

    assert (listed.exit_code, listed.out, reported.exit_code) == (0, "", 2)
    assert "no runs yet in the journal" in listed.words
    assert "no runs yet in the journal" in reported.words
    assert not Path("j.db").exists()


def test_a_reader_of_the_report_that_goes_away_has_read_enough(
    call: Call, simulator: Simulator
) -> None:
    _launch(call, simulator)
    for words in (("report",), ("runs",)):
        reading, writing = os.pipe()
        os.close(reading)
        with _process(simulator, *words, "--journal", "j.db", stdout=writing) as process:
            os.close(writing)
            _, said = process.communicate(timeout=30)

        assert (process.returncode, said) == (0, "")


# ---------------------------------------------------------------- privacy


def _modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)).split(".db.")[-1]: stat.S_IMODE(path.stat().st_mode)
        for path in folder.rglob("*")
    }


def test_journal_lock_and_reports_are_for_the_user_alone_whatever_the_umask(
    call: Call, simulator: Simulator, tmp_path: Path
) -> None:
    _write(simulator)
    before = os.umask(0)
    try:
        said = call(
            *("run", "tasks.txt", "--journal", "state/j.db", "--report", "out/a.csv"),
            *("--report", "out/b.json"),
        )
    finally:
        os.umask(before)

    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    folders = {path.name: mode for path, mode in modes.items() if path.is_dir()}
    files = [mode for path, mode in modes.items() if path.is_file() and path.name != "tasks.txt"]
    assert said.exit_code == 0
    assert folders == {"state": 0o700, "out": 0o700}
    assert len(files) >= 4
    assert set(files) == {0o600}


def test_the_token_is_in_no_file_and_no_output(
    call: Call, serve: Serve, tmp_path: Path, seed: int
) -> None:
    simulator = serve(Scenario(tasks=20, special={Kind.FORBIDDEN: 1}, fault_share=0.1, seed=seed))
    reports = ("--report", "a.csv", "--report", "b.json", "--report", "-")
    said = [
        _launch(call, simulator, "--verbose", *reports),
        call("runs", "--journal", "j.db"),
        call("report", "--journal", "j.db"),
        call("plan", "tasks.txt", "--journal", "j.db", "--verbose"),
    ]

    files = [path for path in (*tmp_path.rglob("*"), *Path.home().rglob("*")) if path.is_file()]
    assert " DEBUG launcher." in said[0].words
    assert len(files) >= 5
    assert not [path for path in files if simulator.token.encode() in path.read_bytes()]
    assert not [one for one in said if simulator.token in one.out + one.words]


def test_the_token_is_in_no_process_list(serve: Serve, tmp_path: Path) -> None:
    simulator = serve(Scenario(tasks=1, run_latency_s=0.6))
    (tmp_path / "token").write_text(simulator.token)
    words = ("run", "--task", simulator.task_ids[0], "--token-file", "token")
    with _process(simulator, *words, cwd=tmp_path) as process:
        while not simulator.truth.requests[RequestKind.RUN] and process.poll() is None:
            time.sleep(0.01)
        listed = subprocess.run(PROCESSES, capture_output=True, check=True)
        process.communicate(timeout=30)

    assert process.returncode == 0
    assert b"--token-file" in listed.stdout
    assert simulator.token.encode() not in listed.stdout


def test_quiet_says_nothing_when_all_is_well_and_all_that_is_not(
    call: Call, simulator: Simulator
) -> None:
    assert _all(_launch(call, simulator, "--quiet")) == (0, "", "")

    simulator.answer_everything_with(Fault.UNAUTHORISED)
    assert "refuses the token" in _launch(call, simulator, "--quiet").words


def test_hostile_names_reach_neither_spreadsheet_nor_terminal(call: Call, serve: Serve) -> None:
    simulator = serve(Scenario(tasks=len(HOSTILE), names=HOSTILE))

    said = _launch(call, simulator, "--report", "a.csv", "--report", "b.json")

    text = Path("a.csv").read_text()
    names = [row["name"] for row in rows_of(Path("a.csv"))]
    assert said.exit_code == 0
    assert len(text.splitlines()) == len(HOSTILE) + 1
    assert not {"\x1b", "\u202e", "\t"} & set(text + said.words)
    assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]
    assert [row["name"] for row in _report("b.json")["tasks"]] == list(HOSTILE)


# ---------------------------------------------------------------- rehearsals


def test_the_demo_works_in_an_empty_folder_and_again(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHER_TIMEOUT", "no duration")  # of real runs, not of the demo

    for _ in range(2):
        said = call("demo", "--tasks", "5")

        assert said.exit_code == 0
        assert "5 of 5 drafts started, 0 started twice" in said.words
        assert "Report: demo/report.csv" in said.words
        assert "Once that is mended" not in said.words  # in a demo nothing can be
        assert _outcomes("demo/report.csv") == {"launched": 5, "skipped": 2, "rejected": 5}


def test_a_simulation_serves_a_run_until_ctrl_c(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("simulate", "--tasks", "7", "--seed", "3", "--ids", "ids.txt")
    with subprocess.Popen(
        [sys.executable, "-m", "launcher", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for variable in ("SB_API_ENDPOINT", "SB_AUTH_TOKEN"):
            name, value = process.stdout.readline().removeprefix("export ").rstrip("\n").split("=")
            assert name == variable
            monkeypatch.setenv(name, value)
        told = process.stdout.readline()
        said = call("run", "ids.txt", "--report", "out.csv")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert told == "# then, in another terminal: launcher run ids.txt\n"
    assert said.exit_code == 0
    assert _outcomes("out.csv") == {"launched": 7}
    assert (process.returncode, errors) == (0, "")


def test_a_simulation_lets_tasks_end_where_told(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("--tasks", "6", "--run-median", "0.1s", "--instances", "2", "--failed-share", "1")
    with subprocess.Popen(
        [sys.executable, "-m", "launcher", "simulate", *words, "--ids", "ids.txt"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(2):
            line = process.stdout.readline().removeprefix("export ").rstrip("\n")
            monkeypatch.setenv(*line.split("="))
        process.stdout.readline()
        address = process.stdout.readline().split()[-1]
        said = call("run", "ids.txt")
        ends = _ends(address, of=6)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)

    assert said.exit_code == 0
    assert ends == {"FAILED": 6}


def _ends(address: str, *, of: int) -> dict[str, int]:
    """Ask for the truth until so many tasks have ended."""
    ends: dict[str, int] = {}
    for _ in range(200):
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - the simulator's own
            ends = json.load(answer)["ends"]
        if sum(ends.values()) == of:
            break
        time.sleep(0.05)
    return ends


@pytest.mark.parametrize("length", ["soon", "0s"])
def test_a_run_length_is_a_duration(call: Call, length: str) -> None:
    said = call("simulate", "--run-median", length)

    assert said.exit_code == 2
    assert "--run-median" in said.words


@pytest.mark.parametrize(("length", "seconds"), [("20s", 20.0), ("0.5", 0.5), ("2m", 120.0)])
def test_a_window_is_given_as_other_durations_are(length: str, seconds: float) -> None:
    assert _window_seconds(length) == seconds


@pytest.mark.parametrize(
    ("length", "told"),
    [
        ("soon", "expected a duration such as 90s, 45m or 6h"),
        ("0.05s", "expected 0.1s or more"),
    ],
)
def test_a_window_that_is_none_is_refused_with_what_is_expected(
    call: Call, length: str, told: str
) -> None:
    said = call("simulate", "--window", length)

    assert said.exit_code == 2
    assert "--window" in said.words
    assert told in said.words


def test_a_port_in_use_is_told(call: Call, simulator: Simulator) -> None:
    said = call("simulate", "--port", str(simulator.port))

    assert said.exit_code == 2
    assert said.words == (
        f"launcher: cannot serve on port {simulator.port}: Address already in use; try --port 0\n"
    )


# ---------------------------------------------------------------- ends nobody wants


def _raise(error: Exception) -> None:
    raise error


def test_a_bug_ends_with_one_line_that_says_what_is_safe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_logs(verbose=False)

    exit_code = exit_code_of(lambda: _raise(KeyError("x\x1b")))

    said = capsys.readouterr().err
    assert exit_code == 1
    assert said.startswith("launcher: this is a bug: KeyError: 'x\\x1b' (test_command.py:")
    assert "safe to run the same command again" in said
    assert said.count("\n") == 1


def test_a_bug_shows_its_traceback_with_verbose_alone(capsys: pytest.CaptureFixture[str]) -> None:
    open_logs(verbose=True)
    try:
        exit_code_of(lambda: _raise(KeyError("x")))
    finally:
        open_logs(verbose=False)

    said = capsys.readouterr().err
    assert "Traceback (most recent call last)" in said
    assert said.splitlines()[-1].startswith("launcher: this is a bug")


def test_log_lines_go_where_standard_error_is_by_then_with_their_facts_made_harmless() -> None:
    open_logs(verbose=False)
    log = logging.getLogger("launcher.somewhere")
    live = io.StringIO()  # the live display puts itself in the place of standard error
    with contextlib.redirect_stderr(live):
        log.debug("nobody asked for this")
        log.warning("a constant message", extra={"path": "/x\x1b[31m"})

    (line,) = live.getvalue().splitlines()
    assert line.endswith(" WARNING launcher.somewhere: a constant message path=/x\\x1b[31m")


def test_bugs_of_several_lanes_are_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    raised: list[Exception] = []
    for error in (KeyError("x"), ValueError("y")):
        with pytest.raises(type(error)):
            _raise(error)
        raised.append(error)

    exit_code_of(lambda: _raise(ExceptionGroup("several", [ExceptionGroup("lanes", raised)])))

    said = capsys.readouterr().err
    assert "KeyError: 'x' (" in said
    assert "; ValueError: y (" in said


def test_ctrl_c_outside_the_run_is_exit_130_and_no_traceback(
    simulator: Simulator, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "fifo")
    with (
        _process(simulator, "run", "fifo", cwd=tmp_path) as process,
        (tmp_path / "fifo").open("wb"),  # opens when the launcher reads
    ):
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)

    assert (process.returncode, said) == (130, "")
    assert not simulator.truth.requests


REDIRECTED = {
    "run tasks.txt --journal j.db <&- >&- 2>&-": (0, ""),
    "run - --journal j.db <&-": (2, "standard input holds no task id"),
    "--version >&-": (5, "cannot write to standard output: Bad file descriptor"),
    "--help >&-": (5, "cannot write to standard output: Bad file descriptor"),
    "run --help >/dev/full": (5, "cannot write to standard output: No space left"),
    "runs --journal j.db >&-": (5, "cannot write to standard output: Bad file descriptor"),
    "runs --journal j.db >/dev/full": (5, "cannot write to standard output: No space left"),
    "run tasks.txt --journal j.db 2>/dev/full": (0, ""),
    "run tasks.txt --journal j.db --report /dev/stdout 2>/dev/full": (0, ""),
    "plan tasks.txt --journal j.db --report p.csv 2>/dev/full": (0, ""),
}


@pytest.mark.parametrize("words", REDIRECTED)
def test_streams_that_are_closed_or_full_spoil_nothing(
    call: Call, simulator: Simulator, words: str
) -> None:
    _launch(call, simulator, "--quiet")

    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" -m launcher {words}', sys.executable],
        env=environment_for(simulator),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    exit_code, told = REDIRECTED[words]
    assert ended.returncode == exit_code
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert call("report", "--journal", "j.db").exit_code == 0
