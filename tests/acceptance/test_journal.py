"""`launcher journal`: a look at it, and less of it."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.conftest import Call
from acceptance.test_terminal import QUESTION, Person
from core.facts import ACCOUNT, FIRST, SECOND, THEM, Story
from core.replies import task_id
from launcher.adapters.lock import hold_lock
from launcher.core.entry import RunId
from launcher.core.meaning import Meaning
from launcher.simulator import Simulator
from support.journal_examples import START
from support.pruning import write_journal

JOURNAL = ("--journal", "j.db")
PRUNE = ("journal", "prune", *JOURNAL, "--before")


def _written(*, ended: int = 3, in_doubt: int = 0) -> Path:
    """Write the journal of an old run, and of a second one with another task."""
    story = Story(run=FIRST)
    story.begin(tasks=ended + in_doubt)
    for number in range(ended + in_doubt):
        story.task = task_id(number)
        story.attempt(1)
        if number < ended:
            story.settle(1, Meaning.LAUNCHED, status="QUEUED")
            story.see("COMPLETED")
    story.end()
    story.task = task_id(9999)
    story.begin(SECOND)
    write_journal(Path("j.db"), story.records)
    return Path("j.db")


def test_a_sound_journal_is_exit_0_and_a_damaged_one_exit_5(call: Call) -> None:
    path = _written()

    sound = call("journal", "check", *JOURNAL)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entry SET body = '\x1b[31m' WHERE key = 5")
    damaged = call("journal", "check", *JOURNAL)

    assert (sound.exit_code, sound.words) == (0, "")
    assert sound.out.endswith("The journal is sound.\n")
    assert (damaged.exit_code, damaged.words) == (5, "")
    assert "fact 5: " in damaged.out
    assert "\x1b" not in damaged.out
    assert "do: Keep a copy of this file" in damaged.out


def test_programs_get_the_findings_as_json(call: Call) -> None:
    _written(in_doubt=1)

    said = call("journal", "check", *JOURNAL, "--json")

    told = json.loads(said.out)
    checks = {check["name"]: check for check in told["checks"]}
    assert (said.exit_code, told["verdict"]) == (0, "warning")
    assert list(checks) == ["file", "file_system", "database", "contents", "facts", "doubts"]
    assert checks["doubts"]["facts"] == {"tasks": 1, "runs": {FIRST: 1}}


def test_what_real_runs_wrote_is_sound_and_what_they_launched_is_not_launched_again(
    call: Call, simulator: Simulator
) -> None:
    Path("tasks.txt").write_text("\n".join(simulator.task_ids))
    Path("some.txt").write_text("\n".join(simulator.task_ids[:5]))
    assert call("run", "tasks.txt", "--journal", "j.db").exit_code == 0
    assert call("run", "some.txt", "--journal", "j.db").exit_code == 0

    sound = call("journal", "check", *JOURNAL)
    pruned = call(*PRUNE, "0d", "--yes")
    again = call("run", "tasks.txt", "--journal", "j.db")

    assert sound.exit_code == 0
    assert pruned.exit_code == 0
    assert "Nothing to delete" in pruned.words
    assert "20 that had not ended when last seen" in pruned.words
    assert again.exit_code == 0
    assert not simulator.truth.doubles


def test_a_dry_prune_says_what_would_go_and_deletes_nothing(call: Call) -> None:
    path = _written(in_doubt=1)
    before = path.read_bytes()

    said = call(*PRUNE, "30d", "--dry-run")

    assert (said.exit_code, said.words) == (0, "")
    assert "Would go: 12 facts of 3 tasks, and 0 runs that ended before" in said.out
    assert (
        "Would stay: 2 runs and all facts of 2 tasks: 1 of runs that are kept, 1 with a request "
        "that no answer denied."
    ) in said.out
    assert path.read_bytes() == before


def test_without_a_terminal_nothing_is_deleted_without_yes(call: Call) -> None:
    path = _written()
    before = path.read_bytes()

    said = call(*PRUNE, "30d")

    assert said.exit_code == 2
    assert "give --yes to delete, or --dry-run to see" in said.words
    assert path.read_bytes() == before


def test_a_prune_deletes_and_says_so(call: Call) -> None:
    _written(ended=300)

    said = call(*PRUNE, "2026-02-01", "--yes")
    runs = call("runs", *JOURNAL)
    sound = call("journal", "check", *JOURNAL)

    assert (said.exit_code, said.out) == (0, "")
    assert "To delete: 1,200 facts of 300 tasks, and 1 run that ended before 2026-02-01" in (
        said.words
    )
    assert "Deleted; the file has " in said.words
    assert FIRST not in runs.out
    assert SECOND in runs.out
    assert sound.exit_code == 0


def test_a_run_that_lost_a_part_is_listed_so_and_has_no_report_any_more(call: Call) -> None:
    _written(in_doubt=1)

    pruned = call(*PRUNE, "30d", "--yes")
    runs = call("runs", *JOURNAL)
    report = call("report", FIRST, *JOURNAL)
    sound = call("journal", "check", *JOURNAL)

    assert "1 run of them with a part of their tasks" in pruned.words
    assert "pruned: what it did about tasks that are over was deleted" in runs.out
    assert report.exit_code == 2
    assert f"there is no whole report of run {FIRST}: it has lost facts" in report.words
    assert sound.exit_code == 0
    assert "1 task in doubt: 1 by run" in sound.out


@pytest.mark.parametrize("user", [ACCOUNT.user, THEM])
def test_while_a_run_of_any_account_goes_on_nothing_is_deleted(call: Call, user: str) -> None:
    path = _written()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE account SET user = ?", [user])
    before = path.read_bytes()
    account = replace(ACCOUNT, user=user)

    with hold_lock(path, account, run=RunId("r"), file="tasks.txt", now=START):
        said = call(*PRUNE, "30d", "--yes")

    assert said.exit_code == 75
    assert "run r, process" in said.words
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "exit_code", "told"),
    [
        (("soon", "--yes"), 2, "--before 'soon' is no date: 2026-11-01 or "),
        (("2999-01-01", "--yes"), 2, "is still to come"),
        (("30d", "--yes", "--journal", "none.db"), 2, "there is no journal"),
        (("30d", "--dry-run", "--journal", "none.db"), 2, "there is no journal"),
    ],
)
def test_what_cannot_be_done_is_told(
    call: Call, words: tuple[str, ...], exit_code: int, told: str
) -> None:
    said = call(*PRUNE, *words)

    assert said.exit_code == exit_code
    assert told in said.words
    assert not list(Path().iterdir())


def test_from_a_damaged_journal_nothing_is_deleted(call: Call) -> None:
    path = _written()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entry SET kind = 'omen' WHERE key = 7")
    before = path.read_bytes()

    said = call(*PRUNE, "30d", "--yes")

    assert said.exit_code == 5
    assert "nothing was deleted from the journal" in said.words
    assert "see launcher journal check" in said.words
    assert path.read_bytes() == before


def test_a_person_is_asked_and_after_a_no_nothing_is_deleted(
    call: Call, simulator: Simulator
) -> None:
    del call  # its folder is the current one
    path = _written()
    before = path.read_bytes()
    person = Person(simulator, *PRUNE, "30d", cwd=Path())

    person.waits_for(QUESTION).types("n\n")

    assert person.end() == 130
    assert "Delete 12 facts for ever? [y/N]" in "\n".join(person.screen)
    assert path.read_bytes() == before
