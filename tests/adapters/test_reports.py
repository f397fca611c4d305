import csv
import io
import json
import os
import re
import stat
import tempfile
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.reports import SUFFIXES, check_target, write_report
from launcher.adapters.reports.forms import FORMS
from launcher.core.errors import LauncherError, StorageError, UsageError
from launcher.core.gate import USED_UP
from launcher.core.outcome import Outcome
from launcher.core.report import Report, Wait
from launcher.core.row import COLUMNS, Row
from support.limits import files_of_at_most, not_as_root
from support.report_examples import (
    AT,
    EARLIER,
    HOSTILE,
    facts,
    hostile_row,
    read_in_thread,
    report_of_rows,
    row,
    task,
    with_rows,
)

ONE = report_of_rows([row()])
KNOWN = f"has to end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
OLD = "task_id,outcome,status\n"
"""The beginning of a report of earlier."""
CSV_OF_ONE = (
    ",".join(COLUMNS) + "\n"
    "00000000-0000-0000-0000-000000000001,launched,QUEUED,2026-11-24T03:21:41.123Z,align 1,"
    "mara/lung,mara/lung/align/3,false,mara,1,answer,200,,,a-1,2026-11-24T03:21:41.123Z,"
    "2026-11-24T03:21:41.123Z,0.25,20261124-032141-9f3c,tasks.txt:1,,,,,,\n"
)


def rows_in(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written_csv(report: Report) -> str:
    buffer = io.BytesIO()
    write_report(report, "-", stdout=buffer)
    return buffer.getvalue().decode()


def broken_rows() -> tuple[Row, ...]:
    """Many good rows, then one that cannot be written."""
    return (*(row(number) for number in range(2000)), cast("Row", None))


# ---------------------------------------------------------------- csv


def test_csv_has_a_header_and_a_line_for_each_task(tmp_path: Path) -> None:
    write_report(ONE, tmp_path / "report.csv")

    assert (tmp_path / "report.csv").read_bytes() == CSV_OF_ONE.encode()


def test_csv_keeps_the_order_of_the_input() -> None:
    numbers = (5, 3, 9, 1)

    written = written_csv(report_of_rows(row(number) for number in numbers))

    ids = [record["task_id"] for record in csv.DictReader(io.StringIO(written))]
    assert ids == [task(number) for number in numbers]


def test_what_is_not_known_is_an_empty_cell() -> None:
    pending = replace(row(1, Outcome.PENDING), batch=None, latency_s=None, name=None)

    (record,) = csv.DictReader(io.StringIO(written_csv(report_of_rows([pending]))))

    assert [record[name] for name in ("batch", "latency_s", "name", "launched_at")] == [""] * 4


@pytest.mark.parametrize(("batch", "cell"), [(True, "true"), (False, "false")])
def test_claims_are_true_or_false(batch: bool, cell: str) -> None:  # noqa: FBT001 - a table
    written = written_csv(report_of_rows([replace(row(), batch=batch)]))

    (record,) = csv.DictReader(io.StringIO(written))
    assert record["batch"] == cell


def test_times_are_utc_whatever_their_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))

    written = written_csv(report_of_rows([replace(row(), status_at=elsewhere)]))

    assert written == CSV_OF_ONE


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_an_amount_of_money_is_written_as_it_was_told(tmp_path: Path, suffix: str) -> None:
    ended = replace(row(), price=Decimal("0.10"), currency="USD", ended_at=AT)
    path = tmp_path / f"report{suffix}"

    write_report(report_of_rows([ended]), path)

    (told,) = rows_in(path) if suffix == ".csv" else json.loads(path.read_text())["tasks"]
    assert (told["price"], told["currency"], told["ended_at"]) == (
        "0.10",
        "USD",
        "2026-11-24T03:21:41.123Z",
    )


def test_csv_of_no_task_is_the_header() -> None:
    assert written_csv(report_of_rows([])) == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_inert_in_csv(text: str) -> None:
    written = written_csv(report_of_rows([hostile_row(text)]))

    assert written.count("\n") == 2
    assert all(character.isprintable() or character == "\n" for character in written)
    for record in csv.DictReader(io.StringIO(written)):
        assert not [cell for cell in record.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_cell_is_no_longer_than_spreadsheets_take(tmp_path: Path) -> None:
    write_report(report_of_rows([hostile_row("x" * 40_000)]), tmp_path / "report.csv")

    (record,) = rows_in(tmp_path / "report.csv")
    assert record["name"] == "x" * 32_766 + "…"


@given(st.lists(st.tuples(st.text(), st.sampled_from(Outcome)), max_size=20))
def test_every_csv_reads_back_with_one_row_a_task(cases: list[tuple[str, Outcome]]) -> None:
    rows = [
        replace(hostile_row(text), task_id=task(number), outcome=outcome)
        for number, (text, outcome) in enumerate(cases)
    ]

    read = list(csv.reader(io.StringIO(written_csv(report_of_rows(rows)), newline="")))

    assert [cells[:2] for cells in read[1:]] == [[row.task_id, row.outcome.value] for row in rows]
    assert {len(cells) for cells in read} == {len(COLUMNS)}


def test_tsv_is_the_same_table_with_tabs(tmp_path: Path) -> None:
    write_report(ONE, tmp_path / "report.tsv")

    assert (tmp_path / "report.tsv").read_text() == CSV_OF_ONE.replace(",", "\t")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_breaks_no_row_of_a_tsv(text: str, tmp_path: Path) -> None:
    write_report(report_of_rows([hostile_row(text)]), tmp_path / "report.tsv")

    written = (tmp_path / "report.tsv").read_text("utf-8")
    header, line = written.splitlines()
    assert len(line.split("\t")) == len(header.split("\t")) == len(COLUMNS)
    assert all(character.isprintable() for character in line.replace("\t", ""))
    assert list(csv.reader([line], delimiter="\t")) == list(
        csv.reader([written_csv(report_of_rows([hostile_row(text)])).splitlines()[1]])
    )


# ---------------------------------------------------------------- json


def test_json_has_schema_run_summary_and_tasks(tmp_path: Path) -> None:
    report = report_of_rows(
        [row(1), replace(row(2), run_id=EARLIER)], replace(facts(), ideal_s=62.5)
    )
    wait = Wait(at=AT + timedelta(seconds=10), for_s=12.5, why=USED_UP)
    write_report(replace(report, waits=(wait,)), tmp_path / "report.json")

    found = json.loads((tmp_path / "report.json").read_text())
    assert found["schema"] == 1
    assert found["run"] == {
        "run_id": "20261124-032141-9f3c",
        "endpoint": "https://cavatica-api.sbgenomics.com/v2",
        "user": "mara",
        "host": "node7",
        "version": "0.1.0",
        "arguments": ["run", "tasks.txt"],
        "max_attempts": 6,
        "started_at": "2026-11-24T03:21:41.123Z",
        "ended_at": "2026-11-24T03:23:01.123Z",
        "exit_code": 0,
        "reason": None,
        "requests": {"run": 300, "bulk_read": 3, "user": 1},
        "throttled": 0,
        "duration_s": 80.0,
        "ideal_s": 62.5,
    }
    assert found["waits"] == [
        {
            "at": "2026-11-24T03:21:51.123Z",
            "for_s": 12.5,
            "why": "the budget of the window is used up",
        }
    ]
    assert found["summary"] == {
        "requested": 2,
        "launched": 2,
        "launched_before": 1,
        "skipped": 0,
        "rejected": 0,
        "failed": 0,
        "unknown": 0,
        "pending": 0,
        "requests": 304,
        "throttled": 0,
        "retries": 0,
        "duration_s": 80.0,
        "states": {},
        "costs": [],
    }
    assert tuple(found["tasks"][0]) == COLUMNS
    assert found["tasks"][0] == {
        "task_id": "00000000-0000-0000-0000-000000000001",
        "outcome": "launched",
        "status": "QUEUED",
        "status_at": "2026-11-24T03:21:41.123Z",
        "name": "align 1",
        "project": "mara/lung",
        "app": "mara/lung/align/3",
        "batch": False,
        "executed_by": "mara",
        "attempts": 1,
        "confirmed_by": "answer",
        "http_status": 200,
        "error_code": None,
        "error_message": None,
        "request_id": "a-1",
        "first_attempt_at": "2026-11-24T03:21:41.123Z",
        "launched_at": "2026-11-24T03:21:41.123Z",
        "latency_s": 0.25,
        "run_id": "20261124-032141-9f3c",
        "source": "tasks.txt:1",
        "ended_at": None,
        "queued_s": None,
        "running_s": None,
        "price": None,
        "currency": None,
        "remark": None,
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_json_keeps_text_as_it_is_and_holds_nothing_but_ascii(text: str, tmp_path: Path) -> None:
    write_report(report_of_rows([hostile_row(text)]), tmp_path / "report.json")

    written = (tmp_path / "report.json").read_text("ascii")
    assert json.loads(written)["tasks"][0]["name"] == text
    assert all(character.isprintable() or character == "\n" for character in written)


def test_json_of_no_task_is_whole(tmp_path: Path) -> None:
    write_report(report_of_rows([]), tmp_path / "report.json")

    assert json.loads((tmp_path / "report.json").read_text())["tasks"] == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_jsonl_is_the_rows_of_json_one_a_line(text: str, tmp_path: Path) -> None:
    report = report_of_rows([row(1), hostile_row(text), replace(row(3), run_id=EARLIER)])
    write_report(report, tmp_path / "report.json")
    write_report(report, tmp_path / "report.jsonl")

    lines = (tmp_path / "report.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line) for line in lines] == (
        json.loads((tmp_path / "report.json").read_text())["tasks"]
    )


def test_jsonl_of_no_task_is_empty(tmp_path: Path) -> None:
    write_report(report_of_rows([]), tmp_path / "report.jsonl")

    assert (tmp_path / "report.jsonl").read_bytes() == b""


# ---------------------------------------------------------------- where it goes


def test_the_suffix_decides_in_any_case(tmp_path: Path) -> None:
    write_report(ONE, tmp_path / "REPORT.CSV")

    assert (tmp_path / "REPORT.CSV").read_text() == CSV_OF_ONE


@pytest.mark.parametrize("name", ["report.xlsx", "report", "report.csv.gz", ".csv", "csv"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str, tmp_path: Path) -> None:
    for refuse in (check_target, lambda target: write_report(ONE, target)):
        with pytest.raises(UsageError, match=re.escape(KNOWN)):
            refuse(tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_a_report_and_the_folders_made_for_it_are_their_owners_alone(tmp_path: Path) -> None:
    write_report(ONE, tmp_path / "new" / "folder" / "report.csv")

    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("new", "new/folder", "new/folder/report.csv")
    ]
    assert modes == [0o700, 0o700, 0o600]


def test_an_existing_report_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    target.write_text(OLD * 10_000)

    write_report(ONE, target)

    assert target.read_text() == CSV_OF_ONE
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    target.write_text(OLD)

    with pytest.raises(AttributeError):
        write_report(with_rows(ONE, broken_rows()), target)

    assert target.read_text() == OLD
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["report.csv", "report.json"])
def test_a_full_disk_leaves_the_old_report_and_names_the_path(name: str, tmp_path: Path) -> None:
    target = tmp_path / name
    target.write_text(OLD)
    many = report_of_rows(row(number) for number in range(2000))

    with files_of_at_most(100_000), pytest.raises(StorageError) as caught:
        write_report(many, target)

    assert str(caught.value) == (
        f"cannot write the report to {target}: File too large; "
        "free or change that place, or name another with --report PATH"
    )
    assert target.read_text() == OLD
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_is_safe_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "report.csv"
    named_when_synced: list[bool] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        named_when_synced.append(target.exists())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_report(ONE, target)

    assert named_when_synced == [False, True]  # the file; then its folder, which has the name


def test_what_took_the_place_since_it_was_checked_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    check_target(target)
    target.write_text("sample,age\n")

    with pytest.raises(UsageError, match="no report of the launcher"):
        write_report(ONE, target)

    assert target.read_text() == "sample,age\n"


def test_a_link_to_a_report_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "of-today.csv"
    target.write_text(OLD)
    link = tmp_path / "latest.csv"
    link.symlink_to(target)

    write_report(ONE, link)

    assert link.readlink() == target
    assert target.read_text() == CSV_OF_ONE


def test_a_link_to_nothing_makes_what_it_points_to(tmp_path: Path) -> None:
    link = tmp_path / "latest.csv"
    link.symlink_to("of-today.csv")

    write_report(ONE, link)

    assert link.is_symlink()
    assert (tmp_path / "of-today.csv").read_text() == CSV_OF_ONE


def test_a_fifo_is_written_in_place(tmp_path: Path) -> None:
    fifo = tmp_path / "report.csv"
    os.mkfifo(fifo)
    reader, found = read_in_thread(fifo)

    write_report(ONE, fifo)

    reader.join(10)
    assert found == [CSV_OF_ONE.encode()]
    assert fifo.is_fifo()


def test_a_device_is_written_in_place_as_csv() -> None:
    check_target("/dev/null")
    write_report(ONE, "/dev/null")

    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_standard_output_by_its_device_name_is_not_replaced(tmp_path: Path) -> None:
    behind = tmp_path / "out"
    with behind.open("wb") as file:
        file.write(b"before\n")
        file.flush()
        write_report(ONE, f"/dev/fd/{file.fileno()}")

    assert behind.read_text() == "before\n" + CSV_OF_ONE


def test_a_dash_is_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    check_target("-")
    write_report(ONE, "-")

    assert capfdbinary.readouterr().out == CSV_OF_ONE.encode()


def test_a_reader_that_goes_away_is_a_storage_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as stdout, pytest.raises(StorageError, match="standard output"):
        write_report(ONE, "-", stdout=stdout)


# ---------------------------------------------------------------- checked early


def test_checking_a_target_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    write_report(ONE, target)
    old = target.read_bytes()

    check_target(target)
    check_target(tmp_path / "new" / "folder" / "report.json")

    assert target.read_bytes() == old
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_reports_are_replaced(tmp_path: Path, suffix: str) -> None:
    report, empty, table = (tmp_path / f"{name}{suffix}" for name in ("report", "empty", "table"))
    write_report(ONE, report)
    empty.touch()
    table.write_text("task_id,sample\n")

    check_target(report)
    check_target(empty)
    with pytest.raises(UsageError, match="no report of the launcher: it is not replaced"):
        check_target(table)


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "reports.csv").mkdir()

    for refuse in (check_target, lambda target: write_report(ONE, target)):
        with pytest.raises(UsageError, match="is a folder: name a file in it"):
            refuse(tmp_path / "reports.csv")


def test_a_file_where_a_folder_must_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    for refuse in (check_target, lambda target: write_report(ONE, target)):
        with pytest.raises(StorageError, match=r"file/report\.csv"):
            refuse(tmp_path / "file" / "report.csv")


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "a.csv")

    with pytest.raises(StorageError):
        check_target(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["report.csv", "new/folder/report.csv", "old.csv"])
def test_what_is_write_protected_is_refused(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "old.csv").touch(0o444)
        Path(folder).chmod(0o555)

        with not_as_root(), pytest.raises(StorageError, match="write-protected"):
            check_target(Path(folder) / name)

        Path(folder).chmod(0o700)


def test_a_folder_that_takes_no_files_is_refused() -> None:
    with pytest.raises(LauncherError):
        write_report(ONE, "/proc/self/report.csv")


def test_a_path_that_no_system_takes_is_refused() -> None:
    for target in ("a\0b.csv", "x" * 300 + ".csv"):
        with pytest.raises(LauncherError):
            check_target(target)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_many_rows_are_written_in_pieces_that_do_not_grow(suffix: str) -> None:
    def sizes_of(count: int) -> list[int]:
        many = with_rows(ONE, (row(),) * count)
        return [len(piece) for piece in FORMS[suffix](many)]

    few, many = sizes_of(1000), sizes_of(8000)

    assert max(many) <= max(few)  # else memory and time grow faster than the rows
    assert sum(many) <= 8 * sum(few)
    assert len(many) <= 8 * len(few)
