"""Facts deleted from a file: the right ones, all or none of them, and the file is smaller."""

import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import launcher
from core.facts import FIRST, SECOND, THIRD, Story, at
from core.replies import task_id
from engine.pruned_lives import Life
from launcher.adapters.journal import read_journal
from launcher.adapters.journal.whole import whole_journal
from launcher.core.entry import Pruned, Record
from launcher.core.history import runs_of
from launcher.core.meaning import Meaning
from launcher.wiring.pruning import carry_out_pruning, prunable
from support.pruning import PRUNER, pruned, write_journal
from support.virtual_time import run_virtual

ROOT = Path(launcher.__file__).parents[1]
LATE = at(100_000)

_PRUNE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from launcher.adapters.journal import pruning as adapter
from launcher.core.entry import RunId
from launcher.core.meaning import Meaning
from launcher.wiring.pruning import carry_out_pruning, prunable
from core.facts import at

step = sys.argv[2]
def dying(*arguments):
    if arguments:
        deleting(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

if step == "in the shrinking":
    def shrinking(connection):
        connection.connection.driver_connection.set_progress_handler(dying, 100)
        shrink(connection)
    shrink, adapter._shrink = adapter._shrink, shrinking
else:
    deleting, adapter.delete_facts = adapter.delete_facts, dying
path = Path(sys.argv[1])
carry_out_pruning(prunable(path, before=at(100_000)), run=RunId("the-prune"))
"""


def _launched(tasks: int, *, in_doubt: int = 1) -> Story:
    """Return the story of an old run whose last tasks are still in doubt."""
    story = Story(run=FIRST)
    story.begin(tasks=tasks)
    for number in range(tasks):
        story.task = task_id(number)
        story.attempt(1)
        if number < tasks - in_doubt:
            story.settle(1, Meaning.LAUNCHED, status="QUEUED")
            story.see("COMPLETED")
    story.end()
    story.task = task_id(tasks)
    story.begin(SECOND)
    return story


def _held(path: Path) -> list[Record]:
    with whole_journal(path) as journal:
        marks, flaws = journal.marks()
        records = [*marks]
        for task in journal.tasks():
            records += task.records
            flaws += task.flaws
        assert flaws == []
        assert journal.complaints(thorough=True) == []
        assert journal.strays() == 0
    return sorted(records, key=lambda record: record.key)


def _pruned_file(path: Path, store: Sequence[Record]) -> list[Record]:
    found = prunable(path, before=LATE)
    assert found.pruning == pruned(store, before=LATE)[1]
    carry_out_pruning(found, run=PRUNER)
    return _held(path)


def test_a_file_loses_the_facts_that_are_to_go_and_no_others(tmp_path: Path) -> None:
    path, story = tmp_path / "journal.db", _launched(20)
    write_journal(path, story.records)

    held = _pruned_file(path, story.records)

    left, _ = pruned(story.records, before=LATE)
    assert held[:-1] == left[:-1]
    assert (held[-1].entry, held[-1].run) == (left[-1].entry, left[-1].run)
    assert [run.run_id for run in runs_of(read_journal(path).marks()) if run.is_pruned] == [FIRST]


def test_whatever_a_journal_has_seen_a_file_is_pruned_as_a_journal_in_memory(
    tmp_path: Path, seed: int
) -> None:
    for number in range(3):
        life = Life(random.Random(f"{seed} {number}"))
        run_virtual(life.live(7))
        path = tmp_path / f"{number}.db"
        write_journal(path, life.store)
        before = life.store[-1].at

        left, pruning = pruned(life.store, before=before)
        found = prunable(path, before=before)
        assert (found.pruning.facts, set(found.pruning.gone)) == (pruning.facts, set(pruning.gone))
        carry_out_pruning(found, run=PRUNER)

        held = [record for record in _held(path) if not isinstance(record.entry, Pruned)]
        assert held == [record for record in left if not isinstance(record.entry, Pruned)]


def test_the_file_becomes_smaller_and_a_second_prune_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_journal(path, _launched(2_000).records)
    size = path.stat().st_size
    found = prunable(path, before=LATE)

    now = carry_out_pruning(found, run=PRUNER)

    again = prunable(path, before=LATE)
    assert (now < size / 5, now) == (True, path.stat().st_size)
    assert not [one for one in tmp_path.glob("*-wal") if one.stat().st_size]
    assert (again.pruning.is_empty, again.spare) == (True, 0)


def test_a_later_prune_takes_the_place_of_what_was_noted_of_an_earlier_one(tmp_path: Path) -> None:
    path, story = tmp_path / "journal.db", Story()
    for number, run in enumerate((FIRST, SECOND)):
        story.task = task_id(number)
        story.begin(run, tasks=2 + number)
        story.attempt(1)
        ended_at = story.end()
    story.task = task_id(9)
    story.begin(THIRD)
    write_journal(path, story.records)

    carry_out_pruning(prunable(path, before=ended_at), run=PRUNER)
    carry_out_pruning(prunable(path, before=LATE), run=PRUNER)

    entries = [record.entry for record in _held(path)]
    assert [entry.runs for entry in entries if isinstance(entry, Pruned)] == [(SECOND,)]


@pytest.mark.parametrize(
    ("step", "is_pruned"), [("after the deletion", False), ("in the shrinking", True)]
)
def test_a_prune_that_is_killed_has_deleted_all_or_nothing(
    tmp_path: Path, *, step: str, is_pruned: bool
) -> None:
    path, story = tmp_path / "journal.db", _launched(1_000, in_doubt=500)
    write_journal(path, story.records)
    other = tmp_path / "other.db"
    shutil.copy(path, other)

    ended = subprocess.run(
        [sys.executable, "-c", _PRUNE_AND_DIE, str(path), step],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        check=False,
        capture_output=True,
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    left = [r.entry for r in pruned(story.records, before=LATE)[0]]
    assert [r.entry for r in _held(path)] == (
        left if is_pruned else [r.entry for r in _held(other)]
    )
    found = prunable(path, before=LATE)
    assert found.pruning.is_empty is is_pruned
    carry_out_pruning(found, run=PRUNER)
    assert [record.entry for record in _held(path)] == left
    assert prunable(path, before=LATE).spare == 0
