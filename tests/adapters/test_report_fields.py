"""Members of tasks in reports: nested in JSON, in no table."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.adapters.reports import SUFFIXES, shows_fields, write_report
from launcher.core.answer import Extra
from launcher.core.row import COLUMNS
from support.report_examples import HOSTILE, report_of_rows, row

EXTRA: Extra = (("price", '{"amount":"0.44"}'), ("inputs", None), ("type", "null"))


def _row(path: Path, extra: Extra) -> Any:  # noqa: ANN401 - foreign JSON
    write_report(report_of_rows([replace(row(1), extra=extra), row(2)]), path)
    text = path.read_text("ascii")
    rows = json.loads(text)["tasks"] if path.suffix == ".json" else None
    found = rows or [json.loads(line) for line in text.splitlines()]
    assert tuple(found[1]) == COLUMNS
    return found[0]


@pytest.mark.parametrize("name", ["report.json", "report.jsonl"])
def test_a_row_ends_with_the_members_and_names_those_left_out(name: str, tmp_path: Path) -> None:
    found = _row(tmp_path / name, EXTRA)

    assert tuple(found) == (*COLUMNS, "fields", "fields_left_out")
    assert list(found["fields"].items()) == [("price", {"amount": "0.44"}), ("type", None)]
    assert found["fields_left_out"] == ["inputs"]


def test_nothing_is_said_of_members_left_out_where_there_are_none(tmp_path: Path) -> None:
    assert tuple(_row(tmp_path / "report.json", EXTRA[:1])) == (*COLUMNS, "fields")


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_table_is_the_same_with_and_without_members(suffix: str, tmp_path: Path) -> None:
    for name, extra in (("with", EXTRA), ("without", ())):
        report = report_of_rows([replace(row(1), extra=extra)])
        write_report(report, tmp_path / f"{name}{suffix}")

    assert (tmp_path / f"with{suffix}").read_bytes() == (tmp_path / f"without{suffix}").read_bytes()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_within_its_string(text: str, tmp_path: Path) -> None:
    found = _row(tmp_path / "report.jsonl", (("name", json.dumps([text])),))

    assert found["fields"] == {"name": [text]}


def test_json_alone_shows_members_whatever_the_case_of_the_suffix() -> None:
    assert {suffix for suffix in SUFFIXES if shows_fields(f"a{suffix}")} == {".json", ".jsonl"}
    assert shows_fields("A.JSON")
    assert not shows_fields("-")
    assert not shows_fields("/dev/null")
