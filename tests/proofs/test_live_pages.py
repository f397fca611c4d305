"""What a page that is drawn anew while its run goes on costs the run: pairs of runs, side by side.

Only the time between the first start and the last counts: the page of the end is drawn after it.
"""

from pathlib import Path
from statistics import median

import pytest

from launcher.simulator import Scenario, Simulator
from proofs.conftest import Note
from support.acceptance import Process
from support.figures import Figures

TASKS, PAIRS = 6_000, 3
SCENARIO = Scenario(tasks=TASKS, limit=1_000_000, latency_s=0.1, run_latency_s=0.1)
WORDS = ("run", "tasks.txt", "--journal", "j.db", "--concurrency", "32")


async def _rate_per_s(folder: Path, report: str) -> float:
    """Return the starts in a second of a run that has such a report."""
    async with Simulator(SCENARIO) as simulator:
        (folder / "tasks.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))
        process = await Process.start(simulator, *WORDS, "--report", report, cwd=folder)
        exit_code, _, said = await process.end()
        assert exit_code == 0, said
        starts = [simulator.truth.starts_of(task) for task in simulator.task_ids]
    assert {len(one) for one in starts} == {1}
    at_s = sorted(start.at_s for (start,) in starts)
    return TASKS / (at_s[-1] - at_s[0])


def _folder(beside: Path, name: str) -> Path:
    folder = beside / name
    folder.mkdir()
    return folder


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_a_page_that_lives_costs_its_run_less_than_three_percent(
    tmp_path: Path, note: Note
) -> None:
    ratios = []
    for number in range(PAIRS):
        without = await _rate_per_s(_folder(tmp_path, f"{number}-csv"), "out.csv")
        live = await _rate_per_s(_folder(tmp_path, f"{number}-html"), "page.html")
        ratios.append(live / without)

    figures = f"a page that lives: {median(ratios):.3f} of the speed without one"
    note(Figures(proof=figures, tasks=2 * PAIRS * TASKS, starts=2 * PAIRS * TASKS))
    assert median(ratios) >= 0.97
