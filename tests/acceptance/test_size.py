"""How much memory a launch takes: it is to grow by the id alone, and slowly.

The long form is what is promised (docs/inputs.md says it to users): 200,000 ids in 250 MB.
"""

from pathlib import Path

import pytest

from launcher.simulator import Scenario, Simulator
from support.peak import Measured, measured
from support.served import served

MOST_BYTES = 250_000_000
JOURNAL = ("--journal", "j.db")


def _write(simulator: Simulator, folder: Path) -> None:
    (folder / "ids.txt").write_text("".join(f"{task}\n" for task in simulator.task_ids))


def _peaks(folder: Path, tasks: int, *commands: str, limit_s: float = 60) -> list[Measured]:
    """Return what each command takes for so many drafts, one after the other."""
    folder.mkdir()
    with served(Scenario(tasks=tasks, limit=10_000_000), limit_s=3 * limit_s) as simulator:
        _write(simulator, folder)
        words = [(command, "ids.txt", *JOURNAL) for command in commands]
        return [measured(simulator, *some, cwd=folder, limit_s=limit_s) for some in words]


@pytest.mark.parametrize(
    ("command", "sizes", "most_bytes_an_id"),
    [
        pytest.param("plan", (10, 20_000), 1_100, marks=pytest.mark.prove),
        ("run", (1_000, 4_000), 2_500),  # the first thousand has what any run takes
    ],
)
@pytest.mark.takes(10)
def test_memory_grows_by_few_bytes_an_id(
    tmp_path: Path, command: str, sizes: tuple[int, int], most_bytes_an_id: int
) -> None:
    few, many = sizes
    (less,) = _peaks(tmp_path / "few", few, command)

    (more,) = _peaks(tmp_path / "many", many, command)

    assert (less.exit_code, more.exit_code) == (0, 0), more.words
    assert more.peak_bytes - less.peak_bytes <= (many - few) * most_bytes_an_id


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_200_000_ids_are_planned_launched_and_launched_again_in_250_mb(tmp_path: Path) -> None:
    ended = _peaks(tmp_path / "all", 200_000, "plan", "run", "run", limit_s=900)

    print("peak in MB:", [round(one.peak_bytes / 1e6) for one in ended])  # noqa: T201 - a figure
    assert [one.exit_code for one in ended] == [0, 0, 0], ended[-1].words
    assert max(one.peak_bytes for one in ended) <= MOST_BYTES
