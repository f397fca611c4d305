"""A page while its run goes on: fresh, true, by a process of its own that ends with the run."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.clock import SystemClock
from launcher.adapters.journal import open_journal
from launcher.cli.living import pause_s_after
from launcher.core.entry import RunId, RunStarted
from launcher.simulator import Scenario, Simulator
from support.acceptance import Process, rows_of
from support.bench import ACCOUNT

LIVES = "still running, as of"
LOADS_ITSELF = '"live":true'
SLOW = Scenario(tasks=30, run_latency_s=0.8, limit=100_000)
WORDS = ("run", "tasks.txt", "--journal", "j.db", "--concurrency", "4", "--settle", "0.2s")
REPORTS = ("--report", "page.html", "--report", "out.csv")


def _drawing(folder: Path) -> list[Path]:
    """Return the processes that draw pages into the folder, as Linux shows them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"launcher.cli.living" in words and str(folder).encode() in words:
            found.append(process)
    return found


def _half_written(folder: Path) -> list[Path]:
    return list(folder.glob(".report-*"))


async def _started(simulator: Simulator, folder: Path) -> Process:
    (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
    return await Process.start(simulator, *WORDS, *REPORTS, cwd=folder)


async def _page_of(folder: Path) -> str:
    """Return the page once it is there; who draws it gives way to all other tests."""
    for _ in range(6000):
        if (folder / "page.html").exists():
            return (folder / "page.html").read_text()
        await asyncio.sleep(0.01)
    raise TimeoutError("there is no page")


async def test_a_page_lives_while_its_run_goes_on_and_tells_the_end_at_last(
    tmp_path: Path,
) -> None:
    async with Simulator(SLOW) as simulator:
        process = await _started(simulator, tmp_path)
        page = await _page_of(tmp_path)
        at_first = len(simulator.truth.started)
        (drawing,) = _drawing(tmp_path)
        environment = (drawing / "environ").read_bytes()
        exit_code, _, said = await process.end()

    at_last = (tmp_path / "page.html").read_text()
    assert exit_code == 0, said
    assert at_first < len(simulator.task_ids)
    assert LIVES in page
    assert LOADS_ITSELF in page
    assert LIVES not in at_last
    assert [row["outcome"] for row in rows_of(tmp_path / "out.csv")] == ["launched"] * 30
    assert simulator.token.encode() not in environment
    assert _drawing(tmp_path) == []
    assert _half_written(tmp_path) == []


async def _begun(journal: Path, run: RunId) -> None:
    """Write the beginning of a run that has no end yet."""
    async with open_journal(journal, run=run, clock=SystemClock()) as opened:
        await opened.append(RunStarted(account=ACCOUNT, host="h", version="0", max_attempts=6))


def test_a_page_that_nobody_writes_again_does_not_load_itself_anew(
    call: Call, tmp_path: Path
) -> None:
    asyncio.run(_begun(tmp_path / "j.db", RunId("r")))

    said = call("report", "--journal", "j.db", "-o", "page.html")

    page = (tmp_path / "page.html").read_text()
    assert said.exit_code == 0
    assert LIVES in page
    assert LOADS_ITSELF not in page


@pytest.mark.parametrize(("took_s", "pause_s"), [(0.1, 10.0), (2.0, 40.0), (60.0, 600.0)])
def test_what_takes_long_is_drawn_less_often_and_not_too_seldom(
    took_s: float, pause_s: float
) -> None:
    assert pause_s_after(took_s, every_s=10.0) == pytest.approx(pause_s)


async def test_no_module_that_lies_in_the_folder_is_taken_for_one_of_the_launcher(
    tmp_path: Path,
) -> None:
    (tmp_path / "select.py").write_text("open('taken', 'w').close()\n")
    async with Simulator(SLOW) as simulator:
        process = await _started(simulator, tmp_path)
        page = await _page_of(tmp_path)
        process.send(signal.SIGKILL)
        await process.end()

    assert LIVES in page
    assert not (tmp_path / "taken").exists()


async def test_who_draws_ends_within_a_drawing(tmp_path: Path) -> None:
    journal, run = tmp_path / "j.db", RunId("r")
    page, other = tmp_path / "page.html", tmp_path / "other.html"
    os.mkfifo(other)  # nobody reads it: the drawing would last for ever
    await _begun(journal, run)
    words = ("-m", "launcher.cli.living", run, "10", str(journal), str(page), str(other))
    drawing = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdin=asyncio.subprocess.PIPE
    )
    await _page_of(tmp_path)
    assert drawing.stdin is not None

    drawing.stdin.close()
    try:
        async with asyncio.timeout(60):
            await drawing.wait()
    finally:
        if drawing.returncode is None:
            drawing.kill()

    assert drawing.returncode == 0


async def test_who_draws_the_page_of_a_killed_run_ends_with_it(tmp_path: Path) -> None:
    async with Simulator(SLOW) as simulator:
        process = await _started(simulator, tmp_path)
        await _page_of(tmp_path)
        process.send(signal.SIGKILL)
        await process.end()
        for _ in range(6000):
            if not _drawing(tmp_path):
                break
            await asyncio.sleep(0.01)

    assert _drawing(tmp_path) == []
    assert LIVES in (tmp_path / "page.html").read_text()


async def test_ctrl_c_is_told_in_the_page_and_nobody_draws_it_after(tmp_path: Path) -> None:
    async with Simulator(SLOW) as simulator:
        process = await _started(simulator, tmp_path)
        await _page_of(tmp_path)
        process.send(signal.SIGINT)
        exit_code, _, _ = await process.end()

    assert exit_code == 130
    assert LIVES not in (tmp_path / "page.html").read_text()
    assert _drawing(tmp_path) == []
