"""Records as rows, and back."""

from datetime import timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given

from launcher.adapters.journal.codec import record_of, row_of
from launcher.core.entry import Attempted, Entry, Record, Seen, Unseen
from support.journal_examples import RUN, START, records, settled, started, task


def _again(record: Record) -> Record:
    row = row_of(record)
    return record_of((record.key, row["run"], row["kind"], row["at"], row["body"]))


def _record(entry: Entry) -> Record:
    return Record(run=RUN, at=START, entry=entry, key=1)


@given(records)
def test_every_record_comes_back_exactly(record: Record) -> None:
    back = _again(record)

    assert back == record
    assert type(back.entry) is type(record.entry)
    assert repr(back) == repr(record)


@given(records)
def test_a_stored_body_is_ascii(record: Record) -> None:
    body = row_of(record)["body"]

    assert body is not None
    assert body.isascii()


def test_half_a_surrogate_pair_comes_back() -> None:
    entry = Unseen(task=task(1), http_status=404, code=None, message="caf\udce9 \ud800 é 🚀")

    assert _again(_record(entry)).entry == entry


def test_a_mapping_that_is_no_dict_comes_back_equal() -> None:
    entry = Attempted(task=task(1), number=1, query=MappingProxyType({"batch": "false"}))

    assert _again(_record(entry)).entry == Attempted(
        task=task(1), number=1, query={"batch": "false"}
    )


TASK_1 = '"task":"00000000-0000-0000-0000-000000000001"'
ACCOUNT_1 = '"account":{"endpoint":"https://cavatica-api.sbgenomics.com/v2","user":"mara"}'
BEFORE_FIELDS = (
    (started(), "run_started", f'{{{ACCOUNT_1},"host":"node7","version":"1.0","max_attempts":6}}'),
    (Seen(task=task(1), status="DRAFT"), "seen", f'{{{TASK_1},"status":"DRAFT"}}'),
    (settled(1), "settled", f'{{{TASK_1},"number":1,"meaning":"launched","status":"QUEUED"}}'),
)
"""Entries as they were stored before any could hold members that were asked for."""


@pytest.mark.parametrize(("entry", "kind", "body"), BEFORE_FIELDS)
def test_without_fields_entries_are_stored_as_ever_and_old_ones_read(
    entry: Entry, kind: str, body: str
) -> None:
    row = row_of(_record(entry))

    assert (row["kind"], row["body"]) == (kind, body)
    assert record_of((1, RUN, kind, row["at"], body)).entry == entry


@pytest.mark.parametrize(("entry", "kind", "body"), BEFORE_FIELDS)
def test_members_of_an_entry_that_only_newer_launchers_know_are_passed_over(
    entry: Entry, kind: str, body: str
) -> None:
    newer = body.replace("{", '{"member_of_tomorrow":[["price","{}"]],', 1)

    assert record_of((1, RUN, kind, row_of(_record(entry))["at"], newer)).entry == entry


def test_a_time_of_another_zone_is_stored_in_utc() -> None:
    east = START.astimezone(timezone(timedelta(hours=9)))
    row = row_of(Record(run=RUN, at=east, entry=started()))

    assert row["at"] == "2026-11-24T03:21:41.123456+00:00"


def test_tasks_have_a_column_and_runs_leave_it_empty() -> None:
    assert row_of(_record(Attempted(task=task(7), number=1)))["task_id"] == task(7)
    assert row_of(_record(started()))["task_id"] is None


@pytest.mark.parametrize(
    ("kind", "at", "body", "why"),
    [
        ("moved", "2026-11-24T03:21:41+00:00", "{}", "'moved' is unknown"),
        ("attempted", "2026-11-24T03:21:41", '{"task":"t","number":1}', "not in UTC"),
        ("attempted", "2026-11-24T03:21:41+09:00", '{"task":"t","number":1}', "not in UTC"),
        ("attempted", "yesterday", '{"task":"t","number":1}', "yesterday"),
        ("attempted", "2026-11-24T03:21:41+00:00", '{"task":"t"}', "number"),
        ("attempted", "2026-11-24T03:21:41+00:00", '{"task":"t","number":"1"}', "number"),
        ("attempted", "2026-11-24T03:21:41+00:00", '{"task":"\\ud800","number":[]}', "number"),
        ("attempted", "2026-11-24T03:21:41+00:00", '{"task":"\\ud800"', "delimiter"),
        ("attempted", "2026-11-24T03:21:41+00:00", "not json", "JSON"),
        ("settled", "2026-11-24T03:21:41+00:00", '{"task":"t","number":1,"meaning":"x"}', "meanin"),
        ("attempted", "2026-11-24T03:21:41+00:00", b"{}", "damaged"),
        ("attempted", 5, "{}", "damaged"),
        (None, "2026-11-24T03:21:41+00:00", "{}", "damaged"),
    ],
)
def test_a_row_that_is_not_ours_is_refused(
    kind: object, at: object, body: object, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        record_of((1, RUN, kind, at, body))
