"""A row where nobody can tell which account asks: the most that any account's facts allow."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from core.facts import FIRST, MAX_ATTEMPTS, SECOND, THIRD, at
from core.replies import TASK
from launcher.core.drawing import report_of
from launcher.core.entry import (
    Account,
    Attempted,
    Entry,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
    Settled,
)
from launcher.core.ids import Requested
from launcher.core.meaning import Meaning
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from support.memory_journal import MemoryJournal
from support.virtual_time import VirtualClock

ENDPOINT = "https://api.example.org/v2"
ANN, BOB, NOBODY = (Account(endpoint=ENDPOINT, user=user) for user in ("ann", "bob", ""))
ASKED = Requested(position=0, task=TASK, source="tasks.txt:1")
SENT = Attempted(task=TASK, number=1)
FACTS: dict[Outcome, tuple[Entry, ...]] = {
    Outcome.LAUNCHED: (
        SENT,
        Settled(task=TASK, number=1, meaning=Meaning.LAUNCHED, status="QUEUED"),
    ),
    Outcome.UNKNOWN: (SENT,),
    Outcome.SKIPPED: (Seen(task=TASK, status="RUNNING", executed_by="cid"),),
    Outcome.REJECTED: (Seen(task=TASK, status="DRAFT", parent="a batch task"),),
    Outcome.PENDING: (Seen(task=TASK, status="DRAFT"),),
}
"""What an account's facts say of a task that a run asks for and sends nothing about, most first."""


def row_of(*runs: tuple[Account, Sequence[Entry]], accounts: Sequence[Account]) -> Row:
    """Return the row of a run that nobody answered, after these runs of others."""
    records: list[Record] = []
    told = (*runs, (NOBODY, ()))
    for run, (account, facts) in zip((FIRST, SECOND, THIRD)[-len(told) :], told, strict=True):
        began = RunStarted(account=account, host="here", version="1", max_attempts=MAX_ATTEMPTS)
        for entry in (began, ASKED, *facts, _END):
            key = len(records) + 1
            records.append(Record(run=RunId(run), at=at(key), entry=entry, key=key))
    found = report_of(MemoryJournal(VirtualClock(), THIRD, store=records), THIRD, accounts=accounts)
    assert found is not None
    return next(iter(found.rows))


_END = RunEnded(exit_code=0, reason=None, requests={}, throttled=0, duration_s=1.0)


@pytest.mark.parametrize(("one", "other"), list(permutations(FACTS, 2)))
def test_a_row_says_the_most_that_any_account_s_facts_allow(one: Outcome, other: Outcome) -> None:
    row = row_of((ANN, FACTS[one]), (BOB, FACTS[other]), accounts=(ANN, BOB))

    assert row.outcome is min(one, other, key=list(FACTS).index)


def test_of_rows_that_say_the_same_the_last_seen_counts() -> None:
    seen = Seen(task=TASK, status="DRAFT", name="as ann saw it")

    row = row_of((BOB, ()), (ANN, (seen,)), accounts=(ANN, BOB))

    assert row.name == "as ann saw it"


def test_facts_of_accounts_that_are_not_asked_about_count_for_nothing() -> None:
    row = row_of((ANN, FACTS[Outcome.UNKNOWN]), (BOB, ()), accounts=(BOB,))

    assert row.outcome is Outcome.PENDING


def test_a_launch_keeps_the_run_and_the_times_of_the_account_that_did_it() -> None:
    launched, doubt = FACTS[Outcome.LAUNCHED], FACTS[Outcome.UNKNOWN]

    both = row_of((ANN, launched), (BOB, doubt), accounts=(ANN, BOB))

    assert both.run_id == FIRST
    assert both.launched_at == at(4)
