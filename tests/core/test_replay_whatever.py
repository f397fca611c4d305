"""Whatever the facts of a task are, in whatever order: what its outcome never says."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.facts import FIRST, MAX_ATTEMPTS, NOT_COUNTED, THEM, US, at
from core.replies import OTHER, TASK
from launcher.core.aborting import AbortMeaning
from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    Attempted,
    Entry,
    Record,
    Seen,
    Settled,
    Unseen,
)
from launcher.core.fate import fate_of, is_to_abort, may_be_of
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.replay import after, fold
from launcher.core.state import TaskState

numbers = st.integers(1, 3)
attempts = st.builds(Attempted, task=st.just(TASK), number=numbers)
ends = st.builds(
    Settled,
    task=st.just(TASK),
    number=numbers,
    meaning=st.sampled_from(Meaning),
    status=st.just("QUEUED"),
)
reads = st.builds(
    Seen,
    task=st.just(TASK),
    status=st.sampled_from(["DRAFT", "DRAFT", "RUNNING", "COMPLETED"]),
    executed_by=st.sampled_from([US, THEM, None]),
    counts=st.booleans(),
    parent=st.sampled_from([None, None, OTHER]),
)
misses = st.builds(
    Unseen,
    task=st.just(TASK),
    http_status=st.just(404),
    code=st.just(7002),
    message=st.just("gone"),
)
requests = st.builds(Requested, position=st.just(0), task=st.just(TASK), source=st.just("a:1"))
aborts = st.builds(AbortAttempted, task=st.just(TASK), number=numbers)
aborted = st.builds(
    AbortSettled,
    task=st.just(TASK),
    number=numbers,
    meaning=st.sampled_from(AbortMeaning),
    http_status=st.just(200),
    status=st.just("ABORTING"),
)
launches = attempts | ends | reads | misses | requests
anything = st.lists(launches | aborts | aborted, max_size=14)


def records(entries: list[Entry]) -> list[Record]:
    return [Record(run=FIRST, at=at(second), entry=entry) for second, entry in enumerate(entries)]


def states(entries: list[Entry]) -> list[TaskState]:
    """Return the state after each of the facts."""
    state = TaskState(user=US)
    found = []
    for record in records(entries):
        state = after(state, record)
        found.append(state)
    return found


def result(state: TaskState) -> Outcome:
    return state.outcome(max_attempts=MAX_ATTEMPTS)


@given(anything)
def test_the_fold_over_all_facts_is_the_fold_fact_by_fact(entries: list[Entry]) -> None:
    last = states(entries)[-1:] or [TaskState(user=US)]

    assert fold(records(entries), user=US).get(TASK, TaskState(user=US)) == last[0]


def decisions(state: TaskState) -> tuple[object, ...]:
    launched = None if state.launch is None else (state.launch.run, state.launch.confirmed_by)
    asked = (state.open, state.number, state.run_attempts, state.undenied, state.status)
    unless_launched = None if launched else (*asked, state.is_draft, state.unseen is None)
    fates = (
        is_to_abort(state, FIRST),
        may_be_of(state, FIRST),
        fate_of(state, launched_by=FIRST, aborted_by=FIRST),
        state.abort and (state.abort.number, state.abort.attempts),
    )
    return (result(state), launched, unless_launched, fates)


@given(anything)
def test_a_state_at_rest_decides_as_the_whole_one_does(entries: list[Entry]) -> None:
    whole = resting = TaskState(user=US)
    for record in records(entries):
        whole, resting = after(whole, record), after(resting, record).at_rest()

        assert decisions(resting) == decisions(whole)
        assert resting.at_rest() == resting


@given(anything)
def test_an_open_attempt_is_never_put_at_rest(entries: list[Entry]) -> None:
    for state in states([*entries, Attempted(task=TASK, number=9)]):
        assert not state.open or state.at_rest() == state


def test_tasks_that_were_read_together_and_launched_share_their_states() -> None:
    read = Seen(task=TASK, status="DRAFT", name="one", project="p/q", app="a")
    other = replace(read, task=OTHER, name="two")
    states = fold(records([read, other]), user=US)
    started = fold(
        records([Attempted(task=TASK, number=1), launched(TASK), *twice_for(OTHER)]), user=US
    )

    assert len({state.at_rest() for state in states.values()}) == 1
    assert len({state.at_rest() for state in started.values()}) == 1


def launched(task: TaskId) -> Settled:
    return Settled(task=task, number=1, meaning=Meaning.LAUNCHED, status="QUEUED")


def twice_for(task: TaskId) -> list[Entry]:
    return [Seen(task=task, status="DRAFT"), Attempted(task=task, number=1), launched(task)]


@given(anything)
def test_each_outcome_is_what_its_word_says(entries: list[Entry]) -> None:
    for state in states(entries):
        started = state.status not in {None, "DRAFT"}
        claims = {
            Outcome.LAUNCHED: state.launch is not None,
            Outcome.SKIPPED: started and not state.open,
            Outcome.REJECTED: not state.open,
            Outcome.FAILED: not started and not state.open and state.run_attempts >= MAX_ATTEMPTS,
            Outcome.UNKNOWN: state.open
            or state.needs_draft
            or state.unread
            or state.unseen is not None,
            Outcome.PENDING: not started and not state.open and not state.refused,
        }

        assert claims[result(state)]
        assert (result(state) is Outcome.LAUNCHED) is (state.launch is not None)


@given(anything)
def test_what_is_launched_stays_launched_the_same_way(entries: list[Entry]) -> None:
    found = states(entries)
    for earlier, later in pairwise(found):
        assert earlier.launch is None or result(later) is Outcome.LAUNCHED


@given(anything)
def test_aborts_change_nothing_of_the_launch(entries: list[Entry]) -> None:
    launches: list[Entry] = [e for e in entries if not isinstance(e, AbortAttempted | AbortSettled)]
    with_aborts = fold(records(entries), user=US).get(TASK, TaskState(user=US))
    without = fold(records(launches), user=US).get(TASK, TaskState(user=US))

    assert (with_aborts.launch is None) == (without.launch is None)
    assert with_aborts.attempts == without.attempts
    assert with_aborts.refusal == without.refusal


@given(anything)
def test_only_what_a_run_launched_is_to_be_aborted(entries: list[Entry]) -> None:
    for state in states(entries):
        if is_to_abort(state, FIRST):
            assert state.launch is not None
            assert state.launch.run == FIRST
            assert may_be_of(state, FIRST)


@given(st.lists(ends | reads | misses | requests, max_size=14))
def test_without_an_attempt_nothing_is_launched_unknown_or_failed(entries: list[Entry]) -> None:
    outcomes = {result(state) for state in states(entries)}

    assert outcomes <= {Outcome.SKIPPED, Outcome.REJECTED, Outcome.PENDING}


denials = st.sampled_from(
    [*NOT_COUNTED, Meaning.REJECTED, Meaning.NEEDS_DRAFT],
).map(
    lambda meaning: [
        Attempted(task=TASK, number=1),
        Settled(task=TASK, number=1, meaning=meaning),
    ]
)


@given(st.lists(denials | (reads | misses | requests).map(lambda entry: [entry]), max_size=10))
def test_attempts_that_were_all_denied_by_answers_never_launch(facts: list[list[Entry]]) -> None:
    entries = [entry for group in facts for entry in group]

    assert all(state.launch is None for state in states(entries))


closing_nothing = (
    misses
    | requests
    | reads.map(lambda read: replace(read, counts=False)).filter(
        lambda read: read.executed_by != THEM
    )
)


@given(anything, st.lists(closing_nothing, max_size=8))
def test_a_doubt_stays_unknown_or_is_launched_until_two_draft_reads_count_or_others_are_named(
    before: list[Entry], after: list[Entry]
) -> None:
    doubt: list[Entry] = [
        Attempted(task=TASK, number=9),
        Settled(task=TASK, number=9, meaning=Meaning.IN_DOUBT),
    ]

    found = states([*before, *doubt, *after])[len(before) :]

    assert {result(state) for state in found} <= {Outcome.LAUNCHED, Outcome.UNKNOWN}


@given(anything)
def test_a_start_that_others_are_named_for_is_never_launched_by_a_read(
    entries: list[Entry],
) -> None:
    theirs = [
        replace(entry, executed_by=THEM) if isinstance(entry, Seen) else entry for entry in entries
    ]

    for state in states(theirs):
        assert state.launch is None or state.launch.confirmed_by is ConfirmedBy.ANSWER
