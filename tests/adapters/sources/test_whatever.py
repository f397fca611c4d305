"""Properties: what is written in any form is read back, and no bytes break a reader."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from launcher.adapters.reports import write_report
from launcher.adapters.sources import read_ids
from launcher.adapters.sources.document import document_of
from launcher.core.errors import UsageError
from launcher.core.ids import BadLine, Requested, TaskId, Written
from support.report_examples import HOSTILE, hostile_row, report_of_rows

ids = st.lists(st.uuids().map(str), max_size=6, unique=True)
texts = st.text(max_size=12)
cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12)
names = cells.filter(lambda cell: not cell.lstrip().startswith("#"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return a table as the csv module writes it, and the tasks in it."""
    tasks = draw(ids)
    place = draw(st.integers(0, 2))
    buffer = io.StringIO()
    writer = csv.writer(
        buffer,
        delimiter=draw(st.sampled_from(",;\t")),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    for first, others in (("task_id", ["a", "b"]), *((task, None) for task in tasks)):
        row = others or [draw(names), draw(names)]
        writer.writerow([*row[:place], first, *row[place:]])
    return buffer.getvalue(), tasks


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


def _read(file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return [one.task for one in read_ids([str(file)], [])]


@given(ids, st.sampled_from(["\n", "\r\n", "  # x, y\n", "\n\n#\n"]))
def test_text_is_read_back(folder: Path, tasks: list[str], end: str) -> None:
    assert _read(folder / "a.txt", "".join(task + end for task in tasks)) == tasks


@given(tables())
def test_every_table_that_csv_writes_is_read_back(
    folder: Path, table: tuple[str, list[str]]
) -> None:
    content, tasks = table

    assert _read(folder / "a.csv", content) == tasks


@given(ids, st.sampled_from([None, 1]), st.data())
def test_every_list_that_json_writes_is_read_back(
    folder: Path, tasks: list[str], indent: int | None, data: st.DataObject
) -> None:
    others = st.dictionaries(texts.filter(lambda name: "id" not in name.lower()), values)
    records = [data.draw(st.just(task) | others.map({"id": task}.__or__)) for task in tasks]
    report = {"schema": 1, "run": data.draw(values), "tasks": records, "more": data.draw(values)}

    assert _read(folder / "a.json", json.dumps(records, indent=indent)) == tasks
    assert _read(folder / "a.json", json.dumps(report, indent=indent)) == tasks
    assert _read(folder / "a.jsonl", "\n".join(map(json.dumps, records))) == tasks


SMALL = [*(text for text in HOSTILE.values() if len(text) < 1000), "", "#", '"', "'"]


@given(st.lists(texts, max_size=4), st.sampled_from(SMALL))
def test_our_own_reports_are_inputs_as_they_stand(
    folder: Path, some: list[str], hostile: str
) -> None:
    rows = [
        replace(hostile_row(text), task_id=TaskId(str(UUID(int=number))))
        for number, text in enumerate([hostile, *some])
    ]
    for suffix in (".csv", ".tsv", ".json", ".jsonl"):
        file = folder / f"report{suffix}"
        write_report(report_of_rows(rows), file)

        assert [one.task for one in read_ids([str(file)], [])] == [row.task_id for row in rows]


@given(texts)
def test_our_own_tickets_and_junit_are_refused_as_a_whole(folder: Path, hostile: str) -> None:
    for suffix in (".md", ".xml"):
        file = folder / f"report{suffix}"
        write_report(report_of_rows([hostile_row(hostile)]), file)

        with pytest.raises(UsageError, match="not a list of task ids"):
            read_ids([str(file)], [])


@given(st.lists(values, max_size=4), st.sampled_from([None, 1]), st.integers(1, 7))
@example(values=[12, 34, 'a"b', {"x": [None]}, -1.5e300], indent=None, size=1)
def test_a_document_is_the_same_in_pieces_of_any_size(
    values: list[object], indent: int | None, size: int
) -> None:
    text = json.dumps(values, indent=indent)
    pieces = (text[start : start + size] for start in range(0, len(text), size))

    found = list(document_of(pieces, name="a", column=None))

    assert found == list(document_of(iter([text]), name="a", column=None))
    assert [one.source for one in found] == [f"a:{place + 1}" for place in range(len(values))]
    assert [one.text for one in found if isinstance(one, Written)] == [
        value.strip() for value in values if isinstance(value, str)
    ]


PARTS = [*'[]{},:"x1e- \n', '"tasks"', "true", "1.5e3"]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.integers(1, 4))
@example(text="[1[]", size=9)
@example(text="[1[,", size=1)
def test_what_is_no_json_is_no_document(text: str, size: int) -> None:
    assume(not _is_json(text))
    pieces = (text[start : start + size] for start in range(0, len(text), size))

    found = list(document_of(iter([text]), name="a", column=None))

    assert "cannot be read from line" in [one.why for one in found if isinstance(one, BadLine)][-1]
    assert list(document_of(pieces, name="a", column=None)) == found


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


FRAGMENTS = (
    b"0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e",
    b"task_id",
    b"id",
    *(bytes([byte]) for byte in b',;\t\r\n"#[]{}: \0\xff'),
    b"https://cgc.sbgenomics.com/u/a/b/tasks/",
)


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(b"".join),
    st.sampled_from([".txt", ".csv", ".tsv", ".json", ".jsonl", ""]),
    st.sampled_from([None, "id", "\x1b"]),
)
def test_any_bytes_are_ids_or_one_clear_refusal(
    folder: Path, content: bytes, suffix: str, column: str | None
) -> None:
    file = folder / f"whatever{suffix}"
    file.write_bytes(content)

    found = _read_or_refused(file, column)

    assert all(line.isprintable() for line in found if isinstance(line, str))
    assert all(one.source.startswith(f"{file}:") for one in found if isinstance(one, Requested))


def _read_or_refused(file: Path, column: str | None) -> Sequence[Requested | str]:
    try:
        return read_ids([str(file)], [], column=column)
    except UsageError as refused:
        return str(refused).splitlines()
