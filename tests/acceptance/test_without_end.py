"""A run without an end, looked at later: whether it was killed, or may go on."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from acceptance.conftest import Call
from core.facts import ACCOUNT, FIRST, SECOND, Story, begun
from launcher.adapters.journal import JournalReader
from launcher.adapters.lock import hold_lock, lock_path
from launcher.cli.reading import known_runs
from launcher.core.entry import Record, RunStarted
from support.journal_examples import START
from support.pruning import write_journal

JOURNAL = Path("j.db")
HERE = platform.node()


def _begun(host: str = HERE) -> Story:
    """Return the story of a run that began on that host, and has not ended."""
    story = begun()
    start = story.records[0]
    assert isinstance(start.entry, RunStarted)
    story.records[0] = start._replace(entry=replace(start.entry, host=host))
    return story


@contextmanager
def _held(journal: Path = JOURNAL) -> Iterator[None]:
    with hold_lock(journal, ACCOUNT, run=FIRST, file="tasks.txt", now=START):
        yield


KILLED, GOES_ON, UNKNOWN = "killed", "goes on", "unknown"


def _told(call: Call) -> str:
    """Return what page, ticket and list all say of the run."""
    journal = ("--journal", str(JOURNAL))
    said = call("report", FIRST, "-o", "x.html", "-o", "x.md", *journal)
    assert said.exit_code == 0
    page, ticket = Path("x.html").read_text("utf-8"), Path("x.md").read_text("utf-8")
    runs = call("runs", *journal).out
    found = {
        KILLED: ("killed: 0 of 1 task launched", "the run was killed", "was killed"),
        GOES_ON: ("still running, as of", "the run still goes on", "still going on"),
        UNKNOWN: ("it goes on, or it was killed", "or still goes on", "killed, or still going on"),
    }
    told = [
        what
        for what, words in found.items()
        if all(word in text for word, text in zip(words, (page, ticket, runs), strict=True))
    ]
    return told[-1] if UNKNOWN not in told else UNKNOWN


def test_a_run_was_killed_where_nobody_holds_its_lock_any_more(call: Call) -> None:
    write_journal(JOURNAL, _begun().records)

    with _held():
        held = _told(call)
    freed = _told(call)

    assert (held, freed) == (GOES_ON, KILLED)


def test_where_another_run_holds_the_lock_it_does_not_go_on_for_certain(call: Call) -> None:
    write_journal(JOURNAL, _begun().records)

    with hold_lock(JOURNAL, ACCOUNT, run=SECOND, file="tasks.txt", now=START):
        assert _told(call) == UNKNOWN


def test_of_a_copy_or_of_another_host_it_is_not_known(call: Call) -> None:
    write_journal(JOURNAL, _begun().records)
    copy = _told(call)

    JOURNAL.unlink()
    write_journal(JOURNAL, _begun(host="elsewhere").records)
    with _held():
        pass

    assert (copy, _told(call)) == (UNKNOWN, UNKNOWN)


def test_a_lock_that_cannot_be_looked_at_is_no_trouble(call: Call) -> None:
    write_journal(JOURNAL, _begun().records)
    lock_path(JOURNAL, ACCOUNT).mkdir()

    assert _told(call) == UNKNOWN


def test_a_run_that_ends_while_its_lock_is_looked_at_was_not_killed(
    tmp_path: Path,
) -> None:
    journal, story = tmp_path / JOURNAL, _begun()
    write_journal(journal, story.records)
    with _held(journal):
        pass
    before = JournalReader(journal).marks()

    class Ending(JournalReader):
        def marks(self) -> list[Record]:
            nonlocal before
            told, before = before, story.records
            return told

    story.end()
    (run,) = known_runs(Ending(journal))

    assert run.ended_at is not None
    assert not run.was_killed
