"""The page of figures: what a proof counted is written as it was, in its place."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.figures import (
    BEGIN,
    COLUMNS,
    END,
    Figures,
    as_property,
    figures_of,
    lines_of,
    written_into,
)

ONE = Figures(
    proof="killed",
    tasks=200,
    faults={"timeout": 3, "502": 2},
    kills=50,
    starts=200,
    requests=246,
    longest_recovery_s=1.25,
)


def test_figures_survive_the_way_from_a_worker() -> None:
    assert list(figures_of([("other", 1), as_property(ONE)])) == [ONE]


def test_the_table_takes_the_place_of_the_one_before() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert written_into(page, [ONE], head="Seed 7.").splitlines() == [
        "before",
        BEGIN,
        "Seed 7.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| killed | 200 | 5 | 50 | 200 | 0 | 0 | 1.23 | 0 | 1.2 s |",
        "",
        "Faults by kind:",
        "",
        "- killed: 502 2, timeout 3",
        END,
        "after",
    ]


def test_figures_are_printed_by_their_names() -> None:
    (line,) = lines_of([ONE])

    assert line == (
        "killed: 200 tasks, 5 faults, 50 kills, 200 starts, 0 doubles, 0 wrong rows, "
        "1.23 requests a task, 0 429 of our making, 1.2 s longest recovery"
    )


PROOFS = """
import pytest
from support.figures import Figures, as_property

@pytest.mark.parametrize("number", range(4))
def test_proof(request, number):
    request.node.user_properties.append(as_property(Figures(proof=f"proof {number}", tasks=1)))
    assert number != BAD
"""


@pytest.mark.parametrize(
    ("workers", "bad", "written"),
    [(0, "0", []), (2, "None", [f"proof {number}" for number in range(4)])],
)
def test_a_page_is_written_where_all_proofs_of_all_workers_passed(
    tmp_path: Path, workers: int, bad: str, written: list[str]
) -> None:
    tests = Path(__file__).parents[1]
    (tmp_path / "conftest.py").write_text((tests / "conftest.py").read_text())
    (tmp_path / "test_proofs.py").write_text(PROOFS.replace("BAD", bad))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = takes\n")
    (tmp_path / "page.md").write_text(f"{BEGIN}\n{END}\n")

    words = ("-q", f"-n{workers}", "--figures=page.md", "test_proofs.py")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == (0 if written else 1), ended.stdout
    page = (tmp_path / "page.md").read_text()
    assert sorted(re.findall(r"^\| (proof \d) ", page, re.MULTILINE)) == written
