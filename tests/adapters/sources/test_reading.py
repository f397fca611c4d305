"""All sources together: their order, every complaint at once, files that cannot be read."""

import io
import os
import threading
import tracemalloc
from pathlib import Path
from uuid import UUID

import pytest

from launcher.adapters.sources import BAD_LINES_SHOWN, read_ids, why_no_ids
from launcher.core.errors import UsageError
from launcher.core.ids import Requested, TaskId

A = TaskId("0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")
B = TaskId("1d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")
C = TaskId("2d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")


def _refusal(content: bytes) -> list[str]:
    with pytest.raises(UsageError) as refused:
        read_ids(["-"], [], stdin=io.BytesIO(content))
    return str(refused.value).splitlines()


def test_files_standard_input_and_arguments_are_one_list_in_this_order(tmp_path: Path) -> None:
    file = tmp_path / "tasks.txt"
    file.write_text(f"{A}\n{B}\n")

    found = read_ids([str(file), "-"], [C, A.upper()], stdin=io.BytesIO(f"{B}\n".encode()))

    assert found == (
        Requested(position=0, task=A, source=f"{file}:1"),
        Requested(position=1, task=B, source=f"{file}:2"),
        Requested(position=2, task=C, source="argument:1"),
    )


def test_files_of_every_form_are_one_list(tmp_path: Path) -> None:
    table, records = tmp_path / "a.tsv", tmp_path / "b.json"
    table.write_text(f"name\tid\nx\t{A}\n")
    records.write_text(f'["{A}", "{B}"]')

    found = read_ids([str(records), str(table), "-"], [], stdin=io.BytesIO(f"id\n{C}".encode()))

    assert [(one.task, one.source) for one in found] == [
        (A, f"{records}:1"),
        (B, f"{records}:2"),
        (C, "stdin:2"),
    ]


def test_an_argument_may_be_a_link_and_has_to_be_something() -> None:
    link = f"https://cgc.sbgenomics.com/u/mara/lung/tasks/{A}/"

    found = read_ids([], [link, f" {B} "])
    with pytest.raises(UsageError) as refused:
        read_ids([], [A, "", "x"])

    assert [(one.task, one.source) for one in found] == [(A, "argument:1"), (B, "argument:2")]
    assert [line[:12] for line in str(refused.value).splitlines()[1:]] == [
        "  argument:2",
        "  argument:3",
    ]


def test_bad_lines_of_all_sources_are_named_together(tmp_path: Path) -> None:
    file = tmp_path / "tasks.txt"
    file.write_text("x\n")

    with pytest.raises(UsageError) as refused:
        read_ids([str(file), "-"], ["z"], stdin=io.BytesIO(b"\ny\n"))

    assert [line.split(": ")[0].strip() for line in str(refused.value).splitlines()[1:]] == [
        f"{file}:1",
        "stdin:2",
        "argument:1",
    ]


def test_many_bad_lines_are_listed_up_to_a_limit_and_the_rest_is_counted() -> None:
    lines = _refusal(b"bad\n" * (BAD_LINES_SHOWN + 7))

    assert lines[0].startswith(f"{BAD_LINES_SHOWN + 7:,} lines are no task id; nothing was sent.")
    assert len(lines) == BAD_LINES_SHOWN + 2
    assert lines[-1] == "  … and 7 more"


def test_as_many_bad_lines_as_are_shown_have_no_rest() -> None:
    assert len(_refusal(b"bad\n" * BAD_LINES_SHOWN)) == BAD_LINES_SHOWN + 1


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_no_more_of_a_file_than_its_ids_stays_in_memory(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"tasks.{form}"
    with file.open("w") as stream:
        stream.write({"csv": "id,name\n", "json": "[", "jsonl": ""}[form])
        for number in range(2000):
            task, name = UUID(int=number), "x" * 5000
            row = f'{{"id": "{task}", "name": "{name}"}}'
            stream.write(f"{task},{name}\n" if form == "csv" else f"{row}\n")
            stream.write("," if form == "json" and number < 1999 else "")
        stream.write("]" if form == "json" else "")

    tracemalloc.start()
    found = read_ids([str(file)], [])
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(found) == 2000
    assert file.stat().st_size > 10_000_000
    assert most_bytes < 2_000_000


def test_a_named_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=lambda: fifo.write_text(f"{A}\n{B}\n"))
    writer.start()

    found = read_ids([str(fifo)], [])
    writer.join(5)

    assert [requested.task for requested in found] == [A, B]


def test_the_null_device_holds_no_ids() -> None:
    assert read_ids(["/dev/null"], []) == ()


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "no task id at all: name a file, - for standard input, --task ID or --project"),
        (["empty.txt"], "empty.txt holds no task id"),
        (["empty.txt", "empty.txt"], "empty.txt holds no task id"),
        (["a\n.csv", "-"], r"a\n.csv, standard input hold no task id"),
    ],
)
def test_files_without_an_id_are_named(files: list[str], why: str) -> None:
    assert why_no_ids(files) == why


def test_an_empty_name_of_a_file_is_told_as_such() -> None:
    with pytest.raises(UsageError, match="the name of a file is empty: name a file, or -"):
        read_ids([""], [])


def test_a_missing_file_is_told_with_the_folder_that_was_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError) as relative:
        read_ids(["taks.txt"], [])
    with pytest.raises(UsageError) as absolute:
        read_ids(["/nowhere/tasks.txt"], [])

    assert str(relative.value) == f"taks.txt does not exist in {tmp_path.resolve()}"
    assert str(absolute.value) == "/nowhere/tasks.txt does not exist"


def test_what_cannot_be_opened_is_told_in_words(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)

    with pytest.raises(UsageError) as refused:
        read_ids([str(loop)], [])
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        read_ids(["x" * 5000], [])

    assert str(refused.value) == f"{loop} cannot be read: Too many levels of symbolic links"


def test_standard_input_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    folder = os.open(tmp_path, os.O_RDONLY)
    with os.fdopen(reader, "rb") as stream:
        os.dup2(folder, reader)  # as in `launcher run - < folder`
        with pytest.raises(UsageError) as refused:
            read_ids(["-"], [], stdin=stream)
    os.close(folder)
    os.close(writer)

    assert str(refused.value) == "standard input cannot be read: Is a directory"


def test_a_hostile_file_name_reaches_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "\x1b[31mtasks\n.txt"
    file.write_text("bad\n")

    with pytest.raises(UsageError) as refused:
        read_ids([str(file)], [])

    assert "\x1b" not in str(refused.value)
    assert str(refused.value).count("\n") == 1
