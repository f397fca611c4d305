"""Files of task ids, good and bad: the good launch; of the bad nothing is sent, all is named."""

import csv
from pathlib import Path
from uuid import UUID

import pytest

from acceptance.conftest import Call
from launcher.simulator import RequestKind, Simulator
from support.acceptance import rows_of


def test_ids_of_every_form_launch_each_task_once(call: Call, simulator: Simulator) -> None:
    a, b, c, d, e = simulator.task_ids[:5]
    Path("tasks.txt").write_text(f"{a} # the first\n{a.upper()}\n{simulator.endpoint}/tasks/{b}/\n")
    Path("drafts.tsv").write_text(f"Task Name\tTask Id\nx\t{c}\ny\t{a}\n")
    Path("tasks.json").write_text(f'["{c}", {{"id": "{d}"}}]')
    page = f"https://cavatica.sbgenomics.com/u/mara/lung/tasks/{e}/#log"
    files = ("tasks.txt", "drafts.tsv", "tasks.json", "-")

    said = call("run", *files, "--report", "out.csv", stdin=f"# of today\n{page}\n".encode())

    assert said.exit_code == 0
    assert [(row["task_id"], row["source"]) for row in rows_of(Path("out.csv"))] == [
        (a, "tasks.txt:1"),
        (b, "tasks.txt:3"),
        (c, "drafts.tsv:2"),
        (d, "tasks.json:2"),
        (e, "stdin:2"),
    ]
    assert sorted(simulator.truth.started) == sorted([a, b, c, d, e])
    assert not simulator.truth.doubles


@pytest.mark.parametrize("suffix", [".md", ".xml"])
def test_a_report_for_people_or_machines_alone_is_no_input(
    call: Call, simulator: Simulator, suffix: str
) -> None:
    call("plan", "--task", simulator.task_ids[0], "--report", f"plan{suffix}")
    Path("renamed.txt").write_bytes(Path(f"plan{suffix}").read_bytes())
    asked = simulator.truth.requests.total()

    for name in (f"plan{suffix}", "renamed.txt"):
        said = call("run", name)

        assert said.exit_code == 2
        assert said.words.count("\n") == 1
        assert f"{name} is " in said.words
        assert "launcher report RUN --split DIR" in said.words
    assert simulator.truth.requests.total() == asked


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".json", ".jsonl"])
def test_a_report_is_the_input_of_the_next_run(
    call: Call, simulator: Simulator, suffix: str
) -> None:
    a, b = simulator.task_ids[:2]
    call("plan", "--task", b, "--task", a, "--report", f"plan{suffix}")

    said = call("run", f"plan{suffix}", "--report", "out.csv")

    assert said.exit_code == 0
    assert [row["task_id"] for row in rows_of(Path("out.csv"))] == [b, a]
    assert sorted(simulator.truth.started) == sorted([a, b])


def test_the_column_of_the_ids_may_be_named(call: Call, simulator: Simulator) -> None:
    a, b = simulator.task_ids[:2]
    Path("samples.csv").write_text(f"id,launch me\n{a},{b}\n")

    said = call("run", "samples.csv", "--column", "Launch Me", "--report", "out.csv")

    assert said.exit_code == 0
    assert simulator.truth.started == (b,)


def test_one_bad_line_refuses_all_input_and_every_bad_line_is_named(
    call: Call, simulator: Simulator
) -> None:
    a = simulator.task_ids[0]
    Path("tasks.txt").write_text(f"{a}\n\x1b[31mx\n{a} {a}\n")
    Path("tasks.json").write_text(f'["{a}", 7]')

    said = call("run", "tasks.txt", "tasks.json", "--report", "out.csv")

    assert said.exit_code == 2
    assert [line.split(" ")[2].rstrip(":") for line in said.words.splitlines()[1:]] == [
        "tasks.txt:2",
        "tasks.txt:3",
        "tasks.json:2",
    ]
    assert "\x1b" not in said.words
    assert not simulator.truth.requests
    assert not Path("out.csv").exists()


def test_a_link_to_another_platform_than_the_endpoint_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", "https://cavatica-api.sbgenomics.com/v2")
    monkeypatch.setenv("SB_AUTH_TOKEN", "0" * 32)
    link = f"https://cgc.sbgenomics.com/u/mara/lung/tasks/{UUID(int=1)}"

    said = call("run", "--task", link)

    assert said.exit_code == 2
    assert (
        "argument:1: a task of Cancer Genomics Cloud (cgc.sbgenomics.com), "
        "but the endpoint is CAVATICA (cavatica-api.sbgenomics.com)"
    ) in said.words


def test_bad_input_is_told_before_missing_credentials(call: Call) -> None:
    page = f"https://cgc.sbgenomics.com/u/mara/lung/tasks/{UUID(int=1)}"
    Path("good.txt").write_text(page)
    Path("bad.txt").write_text("x\n")

    assert "bad.txt:1: not a task id" in call("run", "good.txt", "bad.txt").words
    assert "no endpoint" in call("run", "good.txt").words


UNREADABLE = {
    "a folder": (lambda path: path.mkdir(), "folder"),
    "nothing there": (lambda _path: None, "does not exist"),
    "UTF-16": (lambda path: path.write_text("x\n", encoding="utf-16"), "UTF-16"),
    "empty": (lambda path: path.write_bytes(b""), "tasks.txt holds no task id"),
    "only comments": (lambda path: path.write_bytes(b"# none\n\n"), "tasks.txt holds no task id"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 64), "tasks.txt is no text file"),
}


@pytest.mark.parametrize(("make", "words"), UNREADABLE.values(), ids=UNREADABLE)
def test_input_that_cannot_be_read_is_told_and_nothing_is_sent(
    call: Call, simulator: Simulator, make: object, words: str
) -> None:
    make(Path("tasks.txt"))  # type: ignore[operator]

    said = call("run", "tasks.txt")

    assert said.exit_code == 2
    assert words in said.words
    assert not simulator.truth.requests
    assert not Path("launcher-reports").exists()


def test_no_ids_are_fine_where_that_was_said(call: Call, simulator: Simulator) -> None:
    Path("tasks.txt").write_bytes(b"")

    said = call("run", "tasks.txt", "--allow-empty")

    assert said.exit_code == 0
    assert not simulator.truth.requests


def test_standard_input_arguments_and_several_files_are_one_list(
    call: Call, simulator: Simulator
) -> None:
    a, b, c, d = simulator.task_ids[:4]
    Path("one.txt").write_text(f"{a}\n")
    Path("two.txt").write_text(f"{b}\n{a}\n")

    said = call(
        "run",
        "one.txt",
        "-",
        "two.txt",
        "--task",
        d,
        "--report",
        "out.csv",
        stdin=f"{c}\n".encode(),
    )

    sources = [row["source"] for row in csv.DictReader(Path("out.csv").read_text().splitlines())]
    assert said.exit_code == 0
    assert sources == ["one.txt:1", "stdin:1", "two.txt:1", "argument:1"]
    assert simulator.truth.requests[RequestKind.RUN] == 4
