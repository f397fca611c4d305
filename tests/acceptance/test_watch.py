"""Waiting for ends and watching them: real processes, real HTTP, tasks that live in short."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.journal import read_journal
from launcher.core.entry import Account, RunStarted
from launcher.core.remarks import ACCOUNT_LIMIT, NO_JOBS_YET, NO_OUTPUTS
from launcher.simulator import RequestKind, Scenario, Simulator
from support.acceptance import Process, rows_of
from support.served import served

SHORT = Scenario(tasks=8, run_median_s=0.6, run_sigma=0.5, queued_s=0.1, limit=5000)
POLL = ("--poll", "0.2s")
FILES = ("--journal", "j.db", "--report", "r.csv")
RUN = ("run", "tasks.txt", *FILES, *POLL, "--settle", "0.2s")
WAIT = (*RUN, "--wait")
WATCH = ("watch", "--journal", "j.db", *POLL)


def _ids(simulator: Simulator, folder: Path) -> None:
    (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


def _states(path: Path) -> Counter[str]:
    return Counter(row["status"] for row in rows_of(path))


def _runs(journal: Path) -> int:
    return len(read_journal(journal).runs())


async def _until(true: Callable[[], bool], *, within_s: float = 30.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110 - nobody sets an event for it
            await asyncio.sleep(0.02)


# ---------------------------------------------------------------- run --wait


def test_wait_tells_the_state_times_and_price_of_every_task(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        said = call(*WAIT, "--report", "r.json")

        assert said.exit_code == 0, said.words
        assert "Of 8 launched tasks all have completed." in said.words
        rows = rows_of(tmp_path / "r.csv")
        assert {row["status"] for row in rows} == {"COMPLETED"}
        assert all(float(row["running_s"]) > 0 and row["ended_at"] for row in rows)
        cents = sum(simulator.truth.cents_of(row["task_id"]) for row in rows)
        assert sum(Decimal(row["price"] or 0) for row in rows) * 100 == cents
        found = json.loads((tmp_path / "r.json").read_text())
        assert found["summary"]["states"] == {"COMPLETED": 8}
        assert not simulator.truth.doubles


def _serve(simulator: Simulator, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
    monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
    _ids(simulator, folder)


def test_tasks_that_fail_on_the_platform_are_ends_named_in_the_last_words(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scenario = Scenario(tasks=6, run_median_s=0.3, failed_share=1.0, queued_s=0.1)
    with served(scenario) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        said = call(*WAIT)

        assert said.exit_code == 1
        assert "Of 6 launched tasks: 6 FAILED." in said.words
        assert "6 failed on the platform" in said.words
        words = said.words.split("do: to launch clones of what failed: ")[1].split("\n")[0].split()
        again = call(*words[1:], *FILES[:2], "--dry-run")
        assert "6 tasks: 6 to clone and launch" in again.out
        assert {row["outcome"] for row in rows_of(tmp_path / "r.csv")} == {"launched"}


def test_the_last_run_can_be_watched_and_reported_by_that_word(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        call(*RUN)
        said = call("watch", "last", *WATCH[1:])
        written = call("report", "last", "--journal", "j.db")
        other = call("watch", "last", "tasks.txt", *WATCH[1:])

    assert said.exit_code == 0, said.words
    assert "Of 8 launched tasks all have completed." in said.words
    assert written.out == call("report", "--journal", "j.db").out != ""
    assert other.exit_code == 2
    assert "one run is watched at a time" in other.words


def test_without_wait_nothing_is_said_of_ends(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        said = call(*RUN)

        assert said.exit_code == 0
        assert "launched tasks" not in said.words
        assert simulator.truth.requests[RequestKind.BULK] == 1


def test_completed_without_outputs_is_remarked(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scenario = Scenario(tasks=3, run_median_s=0.3, outputless_share=1.0, queued_s=0.1)
    with served(scenario) as simulator:
        _serve(simulator, monkeypatch, tmp_path)

        assert call(*WAIT).exit_code == 0
        assert {row["remark"] for row in rows_of(tmp_path / "r.csv")} == {NO_OUTPUTS}


@pytest.mark.takes(4)
async def test_why_tasks_wait_and_lack_jobs_stands_in_the_report(tmp_path: Path) -> None:
    scenario = Scenario(
        tasks=5, run_median_s=600.0, jobless_share=1.0, instance_limit=2, queued_s=0.1
    )
    async with Simulator(scenario) as simulator:
        _ids(simulator, tmp_path)
        run = await Process.start(simulator, *WAIT, "--poll", "0.05s", cwd=tmp_path)
        await _until(lambda: simulator.truth.requests[RequestKind.DETAILS] >= 2)
        await asyncio.sleep(1.0)
        run.send(signal.SIGINT)
        exit_code, _, words = await run.end()

        assert exit_code == 130
        remarks = Counter(row["remark"] for row in rows_of(tmp_path / "r.csv"))
        assert remarks == {ACCOUNT_LIMIT: 3, NO_JOBS_YET: 2}
        assert simulator.truth.requests[RequestKind.DETAILS] == 2
        assert "To go on: launcher run tasks.txt" in words


@pytest.mark.takes(4)
async def test_a_waiting_run_that_is_killed_goes_on_and_starts_nothing_twice(
    tmp_path: Path,
) -> None:
    async with Simulator(SHORT) as simulator:
        _ids(simulator, tmp_path)
        run = await Process.start(simulator, *WAIT, cwd=tmp_path)
        await _until(lambda: len(simulator.truth.started) == 8)
        run.send(signal.SIGKILL)
        await run.end()
        again = await Process.start(simulator, *WAIT, cwd=tmp_path)
        exit_code, _, words = await again.end()

        assert exit_code == 0, words
        assert _states(tmp_path / "r.csv") == {"COMPLETED": 8}
        assert not simulator.truth.doubles
        assert simulator.truth.requests[RequestKind.RUN] == 8


# ---------------------------------------------------------------- watch


@pytest.mark.takes(6)
async def test_who_watches_beside_a_run_sees_all_of_it_and_disturbs_nothing(
    tmp_path: Path,
) -> None:
    async with Simulator(SHORT) as simulator:
        _ids(simulator, tmp_path)
        run = await Process.start(simulator, *RUN, "--max-running", "2", cwd=tmp_path)
        await _until(lambda: len(simulator.truth.started) >= 2)
        watch = await Process.start(simulator, *WATCH, "--report", "w.csv", cwd=tmp_path)
        exit_code, _, words = await watch.end()
        ended = await run.end()

        assert ended[0] == 0, ended[2]
        assert exit_code == 0, words
        rows = rows_of(tmp_path / "w.csv")
        assert [row["task_id"] for row in rows] == list(simulator.task_ids)
        assert {(row["outcome"], row["status"]) for row in rows} == {("launched", "COMPLETED")}
        assert _runs(tmp_path / "j.db") == 1
        assert not simulator.truth.doubles
        assert simulator.truth.requests[RequestKind.RUN] == 8


@pytest.mark.takes(12)
async def test_ctrl_c_ends_the_watching_alone(tmp_path: Path) -> None:
    async with Simulator(Scenario(tasks=8, run_median_s=8.0, run_sigma=0.0)) as simulator:
        _ids(simulator, tmp_path)
        run = await Process.start(simulator, *WAIT, cwd=tmp_path)
        await _until(lambda: len(simulator.truth.started) == 8)
        watch = await Process.start(simulator, *WATCH, "--report", "w.csv", cwd=tmp_path)
        await _until(lambda: simulator.truth.requests[RequestKind.USER] >= 2)
        watch.send(signal.SIGINT)
        exit_code, _, words = await watch.end()
        ended = await run.end()

        assert exit_code == 130, words
        assert "To go on: launcher watch" in words
        assert len(rows_of(tmp_path / "w.csv")) == 8
        assert ended[0] == 0, ended[2]
        assert _states(tmp_path / "r.csv") == {"COMPLETED": 8}


def test_a_run_is_watched_by_its_id_and_a_file_by_its_name(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        assert call(*RUN).exit_code == 0
        ((started, _),) = read_journal(tmp_path / "j.db").runs()

        by_id = call("watch", started.run, *WATCH[1:], "--report", "id.csv")
        by_file = call("watch", "tasks.txt", *WATCH[1:], "--report", "file.csv")
        last = call(*WATCH, "--report", "-")

        assert [one.exit_code for one in (by_id, by_file, last)] == [0, 0, 0], by_id.words
        assert "Of 8 launched tasks all have completed." in last.words
        assert last.out.count(",COMPLETED,") == 8
        reports = [rows_of(tmp_path / name) for name in ("id.csv", "file.csv")]
        assert [[row["status"] for row in rows] for rows in reports] == [["COMPLETED"] * 8] * 2
        assert _runs(tmp_path / "j.db") == 1


def test_a_journal_is_not_touched_by_who_watches(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        call(*RUN)
        ((started, _),) = read_journal(tmp_path / "j.db").runs()
        assert isinstance(started.entry, RunStarted)
        account = started.entry.account
        before = _facts(tmp_path / "j.db", account)
        names = sorted(path.name for path in tmp_path.iterdir())

        call(*WATCH)

        assert _facts(tmp_path / "j.db", account) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == names


def _facts(journal: Path, account: Account) -> int:
    return sum(1 for _ in read_journal(journal).entries(account))


def test_drafts_that_nobody_starts_end_the_watching_with_1_and_no_run_request(
    call: Call, simulator: Simulator, tmp_path: Path
) -> None:
    _ids(simulator, tmp_path)

    said = call("watch", "tasks.txt", *WATCH[1:])

    assert said.exit_code == 1, said.words
    assert simulator.truth.requests[RequestKind.RUN] == 0
    assert not (tmp_path / "j.db").exists()
    assert not (tmp_path / "launcher-reports").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (WATCH, "no runs yet of"),
        (("watch", "20260101-000000000-aaaa", *WATCH[1:]), "no run '20260101-000000000-aaaa'"),
        (("watch", "no-such-file.txt", *WATCH[1:]), "no-such-file.txt"),
        (
            ("watch", "20260101-000000000-aaaa", "tasks.txt", *WATCH[1:]),
            "one run is watched at a time",
        ),
    ],
)
def test_what_cannot_be_watched_is_wrong_use(
    call: Call, simulator: Simulator, words: tuple[str, ...], said: str
) -> None:
    found = call(*words)

    assert found.exit_code == 2
    assert said in found.words
    assert simulator.truth.requests[RequestKind.RUN] == 0


def test_the_run_of_another_account_is_not_watched(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with served(SHORT) as simulator:
        _serve(simulator, monkeypatch, tmp_path)
        call(*RUN)
        ((started, _),) = read_journal(tmp_path / "j.db").runs()
    with served(Scenario(tasks=1, user="LPauling")) as other:
        _serve(other, monkeypatch, tmp_path)

        by_id = call("watch", started.run, *WATCH[1:])
        last = call(*WATCH)

    assert (by_id.exit_code, last.exit_code) == (2, 2)
    assert "is not one of LPauling" in by_id.words
    assert "no runs yet of LPauling" in last.words
