"""`run --once`, as cron calls it: quiet while nothing new is wrong, else one digest."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.lock import hold_lock
from launcher.core.entry import Account, RunId
from launcher.simulator import Kind, RequestKind, Scenario, Simulator, task_ids_of
from support.acceptance import rows_of
from support.served import served

ONCE = (
    "run",
    "tasks.txt",
    "--once",
    "--journal",
    "j.db",
    "--report",
    "out.csv",
    "--settle",
    "0.1s",
)
MIXED = Scenario(
    tasks=6, special={Kind.NO_EXECUTE: 2, Kind.NOT_FOUND: 1}, completes_after_s=3600, limit=100_000
)


@contextmanager
def _serving(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with served(scenario) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        yield simulator


def _run_requests(simulator: Simulator) -> int:
    return simulator.truth.requests[RequestKind.RUN]


def test_a_tick_says_nothing_while_all_is_well(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with _serving(Scenario(tasks=9, completes_after_s=3600), monkeypatch) as simulator:
        said = [call(*ONCE, "--max-running", "4") for _ in range(2)]

        assert [(each.exit_code, each.out, each.words) for each in said] == [(0, "", "")] * 2
        assert len(simulator.truth.started) == 4
        outcomes = [row["outcome"] for row in rows_of(Path("out.csv"))]
        assert (outcomes.count("launched"), outcomes.count("pending")) == (4, 5)


def test_what_is_refused_is_told_once_and_not_asked_for_again(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch) as simulator:
        first = call(*ONCE)
        asked = _run_requests(simulator)
        second = call(*ONCE)

        assert (first.exit_code, first.out) == (1, "")
        assert "New since the last tick that told anything: 3 tasks." in first.words
        assert "code 7001, HTTP 403" in first.words
        assert "9 tasks: 6 launched, 3 rejected" in first.words
        assert (second.exit_code, second.out, second.words) == (0, "", "")
        assert _run_requests(simulator) == asked
        rejected = [row for row in rows_of(Path("out.csv")) if row["outcome"] == "rejected"]
        assert {row["error_code"] for row in rejected} == {"7001", "7002"}
        assert [row["attempts"] for row in rejected] == ["1", "1", "0"]


@pytest.mark.parametrize("change", ["--retry-rejected", "a comment", "an id less"])
def test_refusals_are_asked_for_again_where_the_input_changed_or_somebody_says_so(
    call: Call, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    with _serving(MIXED, monkeypatch) as simulator:
        call(*ONCE)
        asked = _run_requests(simulator)
        text = Path("tasks.txt").read_text()
        more = ("--retry-rejected",) if change == "--retry-rejected" else ()
        if change == "a comment":
            Path("tasks.txt").write_text(f"{text}# mended\n")
        elif change == "an id less":
            Path("tasks.txt").write_text(text.partition("\n")[2])

        again, silent = call(*ONCE, *more), call(*ONCE)

        assert again.exit_code == 1
        assert "3 tasks." in again.words
        assert (silent.exit_code, silent.words) == (0, "")
        assert _run_requests(simulator) == asked + 2
        assert not simulator.truth.doubles


def test_another_name_for_the_same_input_is_another_input_and_harms_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch) as simulator:
        call(*ONCE)
        shutil.copy("tasks.txt", "others.txt")

        for _ in range(2):
            other = call("run", "others.txt", *ONCE[2:])
            mine = call(*ONCE)

        assert [(other.exit_code, other.words), (mine.exit_code, mine.words)] == [(0, "")] * 2
        assert len(simulator.truth.started) == 6
        assert not simulator.truth.doubles


def test_an_older_tick_is_reported_and_listed_as_it_was(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch):
        for limit in ("2", "4", "9"):
            call(*ONCE, "--max-running", limit)
        runs = [line for line in call("runs", "--journal", "j.db").out.splitlines() if ":" in line]
        second = runs[1].split()[0]
        report = call("report", second, "-o", "-", "--journal", "j.db").out

        assert report.count(",launched,") == 4
        assert report.count("tasks.txt:") == 9
        assert "9 tasks: 4 launched (2 before), 1 rejected, 4 pending" in runs[1]
        assert "9 tasks: 6 launched (4 before), 3 rejected" in runs[2]


def test_who_looks_on_is_told_that_nothing_is_wrong(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(Scenario(tasks=3, completes_after_s=3600), monkeypatch):
        said = call(*ONCE, "--verbose")

        assert said.exit_code == 0
        assert "Nothing new is wrong." in said.words
        assert "Report: out.csv" in said.words


def test_a_program_is_told_news_in_lines_of_json(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch):
        first = call(*ONCE, "--log-format", "json")
        second = call(*ONCE, "--log-format", "json")

        news, ended = map(json.loads, first.words.splitlines())
        assert (news["message"], news["rejected"], len(news["tasks"])) == ("news of the tick", 3, 3)
        assert (ended["message"], ended["exit_code"]) == ("run ended", 1)
        assert second.words == ""


def test_a_halt_for_the_same_reason_is_told_once_and_keeps_its_exit_code(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch) as simulator:
        words = (*ONCE, "--max-failures", "0")
        Path("tasks.txt").write_text("".join(f"{task}\n" for task in reversed(task_ids_of(MIXED))))

        ticks = [call(*words) for _ in range(3)]
        started = len(simulator.truth.started)
        goes_on = call(*ONCE)

        assert [each.exit_code for each in ticks] == [4] * 3
        assert "(--max-failures) (exit code 4)" in ticks[0].words
        assert [each.words for each in ticks[1:]] == [""] * 2
        assert started < 6
        assert (goes_on.exit_code, goes_on.words) == (
            0 if goes_on.words == "" else 1,
            goes_on.words,
        )
        assert len(simulator.truth.started) == 6


def test_a_tick_whose_token_is_refused_says_so_each_time(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(Scenario(tasks=2), monkeypatch):
        monkeypatch.setenv("SB_AUTH_TOKEN", "0" * 32)
        said = [call(*ONCE) for _ in range(2)]

        assert [each.exit_code for each in said] == [3, 3]
        assert all("refuses the token" in each.words for each in said)


def test_what_failed_on_the_platform_is_told_once(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = Scenario(tasks=4, failed_share=1.0, run_median_s=0.01, creating_s=0, queued_s=0)
    with _serving(scenario, monkeypatch):
        said = [call(*ONCE) for _ in range(4)]

        told = [each for each in said if each.words]
        assert [each.exit_code for each in told] == [1]
        assert "4 launched and ended FAILED" in told[0].words
        assert said[-1].exit_code == 0


def test_the_usual_report_of_a_tick_takes_the_place_of_the_one_before(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(Scenario(tasks=2), monkeypatch):
        for _ in range(2):
            call("run", "tasks.txt", "--once", "--journal", "j.db")

        assert [path.name for path in Path("launcher-reports").iterdir()] == ["once.csv"]


@contextmanager
def _held(simulator: Simulator, until: threading.Event) -> Iterator[None]:
    """Let another run of the account hold the journal until then."""
    holding = threading.Event()

    def hold() -> None:
        account = Account(endpoint=simulator.endpoint, user=simulator.user)
        journal, now = Path("j.db").absolute(), datetime.now(UTC)
        with hold_lock(journal, account, run=RunId("the-other"), file="f.txt", now=now):
            holding.set()
            until.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(10)
        yield
    finally:
        until.set()
        thread.join(10)


def test_ticks_that_overlap_end_at_once_or_wait_until_the_deadline(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(Scenario(tasks=3), monkeypatch) as simulator, _held(simulator, threading.Event()):
        at_once = call(*ONCE)
        in_vain = call(*ONCE, "--if-locked", "wait", "--deadline", "1.5s")

        assert (at_once.exit_code, in_vain.exit_code) == (75, 75)
        assert "run the-other" in at_once.words
        assert in_vain.words.count("the-other") == 1
        assert not simulator.truth.started
        assert not Path("out.csv").exists()


def test_a_tick_that_waits_goes_on_when_the_other_run_has_ended(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    with _serving(Scenario(tasks=3), monkeypatch) as simulator, _held(simulator, free):
        threading.Timer(1.5, free.set).start()
        said = call(*ONCE, "--if-locked", "wait", "--verbose")

        assert said.exit_code == 0
        assert said.words.count("waiting: another run of this account holds the journal") == 1
        assert len(simulator.truth.started) == 3


def test_a_plan_of_a_tick_says_what_the_tick_would_do(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch) as simulator:
        call(*ONCE)
        asked = _run_requests(simulator)
        words = ("plan", "tasks.txt", "--journal", "j.db", "--report", "plan.csv")
        tick, run = call(*words, "--once"), call(*words)

        assert (tick.exit_code, run.exit_code) == (0, 0)
        assert "9 tasks: no drafts to launch, 3 rejected, 6 launched" in tick.out
        assert "9 tasks: 2 drafts to launch, 1 rejected, 6 launched" in run.out
        assert _run_requests(simulator) == asked


def test_the_report_of_a_planned_tick_keeps_what_was_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch):
        call(*ONCE)
        call("plan", "tasks.txt", "--once", "--journal", "j.db", "--report", "plan.csv")

        assert [row["outcome"] for row in rows_of(Path("plan.csv"))].count("rejected") == 3


def test_the_report_of_a_tick_that_nobody_answered_keeps_what_was_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(MIXED, monkeypatch):
        call(*ONCE)
        monkeypatch.setenv("SB_AUTH_TOKEN", "0" * 32)
        said = call(*ONCE)

        outcomes = [row["outcome"] for row in rows_of(Path("out.csv"))]
        assert said.exit_code == 3
        assert (outcomes.count("launched"), outcomes.count("rejected")) == (6, 3)


def test_a_tick_waits_for_no_end_and_clones_nothing(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _serving(Scenario(tasks=2), monkeypatch) as simulator:
        said = [
            call(*ONCE, "--wait"),
            call("run", "--rerun-failed", "last", "--once", "--journal", "j.db"),
        ]

        assert [each.exit_code for each in said] == [2, 2]
        assert all("leave --wait" in each.words for each in said)
        assert not simulator.truth.requests
