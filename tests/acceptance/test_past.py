"""Past runs put to use: lists of ids for the next run, and what changed from one to another."""

import json
from pathlib import Path

import pytest

from acceptance.conftest import Call, Said
from launcher.core.outcome import Outcome
from launcher.simulator import Simulator


def launched(call: Call, *words: str) -> str:
    """Launch the tasks of `tasks.txt`, and return the run's id."""
    call("run", "tasks.txt", "--journal", "j.db", "--report", "run.json", *words)
    return str(json.loads(Path("run.json").read_text())["run"]["run_id"])


@pytest.fixture
def runs(call: Call, simulator: Simulator) -> tuple[str, str]:
    """Launch 5 of 20 tasks, then, once somebody else has started the last, the others."""
    Path("tasks.txt").write_text("\n".join(simulator.task_ids))
    first = launched(call, "--limit", "5")
    simulator.start_as_somebody_else(simulator.task_ids[-1])
    return first, launched(call)


def reported(call: Call, *words: str) -> Said:
    return call("report", *words, "--journal", "j.db")


def test_the_lists_of_a_run_are_the_input_of_the_next(
    call: Call, simulator: Simulator, runs: tuple[str, str]
) -> None:
    ids = simulator.task_ids

    said = reported(call, runs[0], "--split", "lists")

    assert (said.exit_code, said.out) == (0, "")
    assert said.words == (
        "Lists of ids in lists: "
        "5 launched, 0 skipped, 0 rejected, 0 failed, 0 unknown, 15 pending\n"
    )
    assert {path.stem for path in Path("lists").iterdir()} == {one.value for one in Outcome}
    assert Path("lists/launched.txt").read_text().split() == list(ids[:5])
    assert Path("lists/pending.txt").read_text().split() == list(ids[5:])
    again = call("run", "lists/pending.txt", "--journal", "j.db", "--report", "-")
    assert again.exit_code == 0
    assert again.out.count("\n") == 16
    assert call("run", "lists/failed.txt", "--journal", "j.db").exit_code == 2
    assert call("run", "lists/failed.txt", "--journal", "j.db", "--allow-empty").exit_code == 0


def test_lists_and_reports_may_be_asked_for_at_once(call: Call, runs: tuple[str, str]) -> None:
    said = reported(call, "last", "--split", "lists", "-o", "a.csv", "-o", "-")

    assert said.exit_code == 0
    assert said.out == Path("a.csv").read_text()
    assert said.words.endswith("Report: a.csv\n")
    assert runs[1] in said.out
    assert len(Path("lists/launched.txt").read_text().split()) == 19


def test_nothing_is_written_where_one_of_the_places_cannot_be(
    call: Call, runs: tuple[str, str]
) -> None:
    assert runs
    Path("lists").mkdir()
    Path("lists/failed.txt").write_text("sample,age\n")

    foreign = reported(call, "--split", "lists", "-o", "a.csv")
    no_folder = reported(call, "--split", "tasks.txt", "-o", "a.csv")
    no_report = reported(call, "--split", "new", "-o", "a.pdf")

    assert {said.exit_code for said in (foreign, no_folder, no_report)} == {2}
    assert "lists/failed.txt is there and no list of task ids" in foreign.words
    assert "--split needs a folder, and tasks.txt is none" in no_folder.words
    assert [path.name for path in Path("lists").iterdir()] == ["failed.txt"]
    assert not Path("a.csv").exists()
    assert not Path("new").exists()


def test_tickets_and_junit_are_written_by_a_run_and_again_from_the_journal(
    call: Call, runs: tuple[str, str]
) -> None:
    first, _ = runs
    said = reported(call, first, "-o", "first.md", "-o", "first.xml")
    ran = call("run", "tasks.txt", "--journal", "j.db", "--report", "a.md", "--report", "a.xml")
    reported(call, "-o", "b.md", "-o", "b.xml")

    assert said.words == "Report: first.md\nReport: first.xml\n"
    assert f"# Launcher run `{first}`\n\n**Not finished: 5 of 20 tasks launched, 15 pending.**" in (
        Path("first.md").read_text()
    )
    assert Path("first.xml").read_text().count("<skipped ") == 15
    assert ran.exit_code == 0
    assert "0 now, 19 by earlier runs" in Path("a.md").read_text()
    for suffix in (".md", ".xml"):
        assert Path(f"a{suffix}").read_text() == Path(f"b{suffix}").read_text()


def test_two_runs_are_compared_in_any_order(
    call: Call, simulator: Simulator, runs: tuple[str, str]
) -> None:
    older, newer = runs
    ids = simulator.task_ids

    said = reported(call, older, "--compare", newer)

    assert (said.exit_code, said.words) == (0, "")
    head, *counts = said.out.split("\n\n")[0].splitlines()
    assert head == f"Run {newer}, compared with the older run {older}:"
    assert [line.split(":")[0].strip() for line in counts] == [
        "14 recovered",
        "1 taken",
        "5 still fine",
    ]
    lines = said.out.split("\n\n")[1].splitlines()
    assert [line.split()[:2] for line in lines] == [
        *(["recovered:", one] for one in ids[5:19]),
        ["taken:", ids[19]],
    ]
    assert lines[0].startswith(f"recovered:  {ids[5]}  pending -> launched (")
    for words in ((newer, "--compare", older), ("--compare", older), (older, "--compare", "last")):
        assert reported(call, *words) == said


NOT_COMPARED = {
    ("last",): "--compare needs two runs, and both are ",
    ("20200101-000000-0000",): "no run '20200101-000000-0000'; the last one is ",
    ("last", "-o", "a.csv"): "leave --output out",
    ("last", "--split", "lists"): "leave --split out",
    ("last", "--now"): "leave --now out",
}


def test_what_cannot_be_compared_is_told_and_nothing_is_written(
    call: Call, runs: tuple[str, str]
) -> None:
    assert runs
    for words, why in NOT_COMPARED.items():
        said = reported(call, "--compare", *words)

        assert (said.exit_code, said.out) == (2, "")
        assert why in said.words
    assert not Path("a.csv").exists()
    assert not Path("lists").exists()
