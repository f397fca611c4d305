"""A look at a whole journal: what it holds, and every way in which it can be spoilt."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.facts import ACCOUNT, FIRST, SECOND, Story
from core.replies import task_id
from launcher.adapters.lock import hold_lock
from launcher.core.entry import RunId
from launcher.core.finding import Finding, State, exit_code_of
from launcher.core.meaning import Meaning
from launcher.wiring.checking import check_findings
from launcher.wiring.places import Disks
from support.journal_examples import START
from support.pruning import write_journal

TASKS = 60
DAMAGED = 5


def _story() -> Story:
    story = Story(run=FIRST)
    story.begin(tasks=TASKS)
    for number in range(TASKS):
        story.task = task_id(number)
        story.attempt(1)
        story.settle(1, Meaning.LAUNCHED, status="QUEUED")
    story.end()
    return story


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    write_journal(path, _story().records)
    return path


def _found(path: Path, **disks: object) -> dict[str, Finding]:
    findings = check_findings(path, disks=Disks(**disks) if disks else None)  # type: ignore[arg-type]  # as it says
    assert exit_code_of(findings) in {0, DAMAGED}
    return {finding.name: finding for finding in findings}


def _states(found: dict[str, Finding]) -> dict[str, State]:
    return {name: finding.state for name, finding in found.items()}


def _sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_of_a_sound_journal_it_is_told_what_it_holds_and_nothing_changes(path: Path) -> None:
    before = path.read_bytes()

    found = _found(path)

    facts = found["contents"].facts
    assert set(_states(found).values()) == {State.OK}
    assert (facts["facts"], facts["runs"], facts["accounts"]) == (2 + 3 * TASKS, 1, 1)
    assert facts["first_at"] == "2026-01-01T00:00:00+00:00"
    assert "182 facts of 1 run and 1 account, from 2026-01-01 00:00 to" in found["contents"].finding
    assert found["database"].finding == "schema 1; SQLite finds all of it sound"
    assert found["file"].facts["mode"] == "0600"
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_journal_that_others_may_read_or_that_is_on_a_network_disk_is_a_warning(
    path: Path,
) -> None:
    path.chmod(0o640)

    found = _found(path, on_network=lambda _: "nfs4")

    assert found["file"].mend == f"Keep it to yourself: chmod 600 {path}"
    assert _states(found)["file"] is _states(found)["file_system"] is State.WARNING
    assert exit_code_of(found.values()) == 0


def _in_doubt(path: Path) -> Path:
    story = _story()
    story.begin(SECOND, tasks=2)
    story.task = task_id(1)
    story.begin(RunId("20260103-3"))
    story.task = task_id(TASKS)
    story.begin(RunId("20260104-4"))
    story.attempt(1)
    path = path.with_name("doubts.db")
    write_journal(path, story.records)
    return path


def test_what_is_in_doubt_is_told_with_the_runs_that_left_it(path: Path) -> None:
    doubts = _found(_in_doubt(path))["doubts"]

    assert (doubts.state, doubts.finding) == (
        State.WARNING,
        "1 task in doubt: 1 by run 20260104-4",
    )
    assert doubts.mend is not None


def test_while_a_run_goes_on_a_doubt_may_be_a_request_in_flight(path: Path) -> None:
    path = _in_doubt(path)
    with hold_lock(path, ACCOUNT, run=FIRST, file="x", now=START):
        doubts = _found(path)["doubts"]

    assert (doubts.state, doubts.finding) == (
        State.OK,
        "1 task in doubt: 1 by run 20260104-4; a run is active now",
    )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE entry SET body = 'no json' WHERE key = 70", "fact 70: "),
        ("UPDATE entry SET body = x'00ff' WHERE key = 70", "fact 70: it is damaged"),
        ("UPDATE entry SET body = '{\"number\":1}' WHERE key = 70", "fact 70: "),
        ("UPDATE entry SET at = 'yesterday' WHERE key = 70", "fact 70: Invalid isoformat"),
        ("UPDATE entry SET kind = 'omen' WHERE key = 70", "fact 70: its kind 'omen' is unknown"),
        ("UPDATE entry SET kind = 'omen' WHERE key = 1", "fact 1: its kind 'omen' is unknown"),
        ("UPDATE entry SET task = NULL WHERE key = 70", "fact 70: it tells of a task, and stands"),
        ("UPDATE entry SET task = 2 WHERE key = 70", "fact 70: it stands under a task that"),
        ("UPDATE entry SET task = 999 WHERE key = 70", "1 fact of a task that is not there"),
        ("UPDATE entry SET run = 'nobody' WHERE key = 70", "fact 70: of run nobody, whose start"),
        ("DELETE FROM entry WHERE key = 70", "1 fact missing in the middle"),
        ("DELETE FROM entry WHERE key = 1", "fact 2: of run 20260101-1, whose start is missing"),
        ("DELETE FROM account", "which is another account's"),
    ],
)
def test_what_was_changed_by_hand_is_found_and_told(path: Path, statement: str, told: str) -> None:
    _sql(path, statement)

    found = _found(path)

    assert told in found["facts"].finding
    assert found["facts"].mend is not None
    assert exit_code_of(found.values()) == DAMAGED


def test_of_many_flaws_some_are_told_and_all_are_counted(path: Path) -> None:
    _sql(path, "UPDATE entry SET kind = 'omen' WHERE kind = 'settled'")

    facts = _found(path)["facts"]

    assert facts.finding.count("omen") == 5
    assert facts.finding.endswith(f"and {TASKS - 5} more")


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _foreign(path: Path) -> None:
    path.unlink()
    _sql(path, "CREATE TABLE mine (id INTEGER)")


def _newer(path: Path) -> None:
    _sql(path, "INSERT INTO schema_version VALUES (99)")


def _other_bytes(path: Path) -> None:
    """Spoil the middle of each page but the first, which has the schema."""
    spoilt = bytearray(path.read_bytes())
    for at in range(4096, len(spoilt), 4096):
        spoilt[at : at + 64] = b"\xff" * 64
    path.write_bytes(spoilt)


def _no_database(path: Path) -> None:
    path.write_bytes(b"task_id,outcome\n" * 300)


def _without_tasks(path: Path) -> None:
    _sql(path, "DROP TABLE task")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_truncated, "malformed|SQLite finds it damaged"),
        (_other_bytes, "malformed|SQLite finds it damaged"),
        (_foreign, "another program's database"),
        (_newer, "written by a newer launcher"),
        (_no_database, "it is no journal of the launcher"),
        (_without_tasks, "no such table: task"),
        (lambda path: path.write_bytes(b""), "it holds no fact at all"),
        (lambda path: path.unlink(), "it is not there"),
        (lambda path: (path.unlink(), path.mkdir()), "that is a folder"),
    ],
)
def test_a_file_that_is_spoilt_is_told_and_left_as_it_is(
    path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(path)
    before = path.read_bytes() if path.is_file() else None

    found = _found(path)

    words = " ".join(f"{one.finding} {one.mend}" for one in found.values())
    assert any(part in words for part in told.split("|"))
    assert exit_code_of(found.values()) == DAMAGED
    assert (path.read_bytes() if path.is_file() else None) == before


def test_an_index_that_is_lost_is_found(path: Path) -> None:
    _sql(path, "PRAGMA writable_schema=1", "DELETE FROM sqlite_schema WHERE name='entry_of_runs'")

    database = _found(path)["database"]

    assert database.state is State.TROUBLE
