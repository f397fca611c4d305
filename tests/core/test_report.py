"""The report of a run: rows in the order of the input, and counts that add up."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import ACCOUNT, FIRST, MAX_ATTEMPTS, SECOND, THEM, THIRD, US, Story
from core.replies import OTHER, TASK, task_id
from launcher.core.drawing import report_of
from launcher.core.entry import Record, RunId, Seen, Settled
from launcher.core.ids import Requested
from launcher.core.meaning import Meaning
from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.report import Report, RunFacts, Summary, exit_code_of
from launcher.core.row import COLUMNS, Row
from support.memory_journal import MemoryJournal
from support.report_examples import listed
from support.virtual_time import VirtualClock

Told = Callable[[Story], object]


def report(story: Story, run: RunId = FIRST, *, up_to_now: bool = False) -> Report:
    found = report_of(history(story.records), run, up_to_now=up_to_now)
    assert found is not None
    return listed(found)


def history(records: Sequence[Record]) -> MemoryJournal:
    return MemoryJournal(VirtualClock(), THIRD, store=list(records))


def row(story: Story, run: RunId = FIRST, *, up_to_now: bool = False) -> Row:
    return next(iter(report(story, run, up_to_now=up_to_now).rows))


def one_run(*told: Told) -> Story:
    story = Story()
    story.begin()
    for tell in told:
        tell(story)
    story.end()
    return story


def refuse(story: Story) -> None:
    story.attempt(1)
    story.settle(1, Meaning.REJECTED, code=7001, message="no privilege")


def doubt(story: Story) -> None:
    story.attempt(1)
    story.settle(1, Meaning.IN_DOUBT, message="HTTP 502, not the platform's word: Bad Gateway")


def reason(row: Row) -> tuple[int | None, int | None, str | None, str | None]:
    return (row.http_status, row.error_code, row.error_message, row.request_id)


# ---------------------------------------------------------------- rows


def test_the_columns_are_those_of_the_contract_in_its_order() -> None:
    assert " ".join(COLUMNS) == (
        "task_id outcome status status_at name project app batch executed_by attempts confirmed_by "
        "http_status error_code error_message request_id first_attempt_at launched_at latency_s "
        "run_id source ended_at queued_s running_s price currency remark"
    )


def test_a_launched_task_has_everything_that_is_known_of_it() -> None:
    story = Story()
    story.begin()
    story.tell(Seen(task=TASK, status="DRAFT", name="n", project="o/p", app="o/p/a/1"))
    attempted_at = story.attempt(1)
    launched_at = story.tell(
        Settled(
            task=TASK,
            number=1,
            meaning=Meaning.LAUNCHED,
            http_status=201,
            message="a warning",
            request_id="req-1",
            status="QUEUED",
            executed_by=US,
            latency_s=0.25,
        )
    )
    story.end()

    assert row(story) == Row(
        task_id=TASK,
        outcome=Outcome.LAUNCHED,
        status="QUEUED",
        status_at=launched_at,
        name="n",
        project="o/p",
        app="o/p/a/1",
        batch=False,
        executed_by=US,
        attempts=1,
        confirmed_by=ConfirmedBy.ANSWER,
        http_status=201,
        error_code=None,
        error_message="a warning",
        request_id="req-1",
        first_attempt_at=attempted_at,
        launched_at=launched_at,
        latency_s=0.25,
        run_id=FIRST,
        source="tasks.txt:1",
    )


def test_a_task_that_was_never_reached_has_an_empty_row() -> None:
    assert row(one_run()) == Row(
        task_id=TASK,
        outcome=Outcome.PENDING,
        status=None,
        status_at=None,
        name=None,
        project=None,
        app=None,
        batch=None,
        executed_by=None,
        attempts=0,
        confirmed_by=None,
        http_status=None,
        error_code=None,
        error_message=None,
        request_id=None,
        first_attempt_at=None,
        launched_at=None,
        latency_s=None,
        run_id=FIRST,
        source="tasks.txt:1",
    )


def test_a_launch_confirmed_by_a_read_has_the_time_of_the_read_and_no_latency() -> None:
    story = Story()
    story.begin()
    attempted_at = story.attempt(1)
    story.settle(1, Meaning.IN_DOUBT)
    read_at = story.see("RUNNING", by=US)
    story.end()

    found = row(story)
    assert (found.outcome, found.confirmed_by) == (Outcome.LAUNCHED, ConfirmedBy.READ)
    assert (found.first_attempt_at, found.launched_at) == (attempted_at, read_at)
    assert (found.status, found.status_at, found.latency_s) == ("RUNNING", read_at, None)
    assert (found.error_code, found.error_message) == (None, None)


def test_rows_stand_in_the_order_of_the_input_whatever_happens_first() -> None:
    story = Story()
    story.begin(tasks=4)
    for number in (3, 1):
        story.task = task_id(number)
        story.launch(1)
    story.end()

    assert [found.task_id for found in report(story).rows] == [task_id(n) for n in range(4)]


def test_a_run_reports_only_the_tasks_it_was_asked_for() -> None:
    story = Story()
    story.begin(tasks=5)
    story.end()
    story.task = OTHER
    story.begin(SECOND)
    story.end()

    assert [found.task_id for found in report(story, SECOND).rows] == [OTHER]


def test_the_status_is_the_one_last_seen_and_says_when() -> None:
    story = Story()
    story.begin()
    story.launch(1)
    story.see("RUNNING", by=US)
    seen_at = story.see("COMPLETED", by=US)
    story.end()

    found = row(story)
    assert (found.status, found.status_at) == ("COMPLETED", seen_at)


def test_attempts_count_what_may_have_reached_the_platform_in_all_runs() -> None:
    story = one_run(doubt, Story.clear)
    story.begin(SECOND)
    story.attempt(2)
    story.settle(2, Meaning.THROTTLED)
    story.launch(3)
    story.end()

    assert row(story, SECOND).attempts == 2


# ---------------------------------------------------------------- reasons


@pytest.mark.parametrize(
    ("told", "outcome", "expected"),
    [
        ([refuse], Outcome.REJECTED, (403, 7001, "no privilege", "req-1")),
        ([Story.miss], Outcome.REJECTED, (404, 7002, "no such task", "req-9")),
        (
            [lambda story: story.see("DRAFT", parent=OTHER)],
            Outcome.REJECTED,
            (None, None, f"child of batch task {OTHER}: launch its parent instead", None),
        ),
        (
            [doubt],
            Outcome.UNKNOWN,
            (502, None, "HTTP 502, not the platform's word: Bad Gateway", "req-1"),
        ),
        ([doubt, Story.miss], Outcome.UNKNOWN, (404, 7002, "no such task", "req-9")),
        (
            [lambda story: story.attempt(1)],
            Outcome.UNKNOWN,
            (None, None, "the run request may have been sent, and no answer was seen", None),
        ),
        (
            [
                lambda story: story.attempt(1),
                lambda story: story.settle(1, Meaning.NEEDS_DRAFT, code=7007, message="no draft"),
                lambda story: story.see("DRAFT"),
            ],
            Outcome.UNKNOWN,
            (400, 7007, "no draft", "req-1"),
        ),
        (
            [
                lambda story: story.attempt(1),
                lambda story: story.settle(1, Meaning.NEEDS_DRAFT, code=7007, message="no draft"),
                lambda story: story.see("RUNNING", by=THEM),
            ],
            Outcome.SKIPPED,
            (400, 7007, "no draft", "req-1"),
        ),
        ([lambda story: story.see("RUNNING", by=THEM)], Outcome.SKIPPED, (None, None, None, None)),
        ([lambda story: story.see("DRAFT")], Outcome.PENDING, (None, None, None, None)),
        (
            [
                lambda story: story.attempt(1),
                lambda story: story.settle(1, Meaning.THROTTLED, code=1000, message="too many"),
            ],
            Outcome.PENDING,
            (429, 1000, "too many", "req-1"),
        ),
        (
            [
                story_of
                for number in range(1, MAX_ATTEMPTS + 1)
                for story_of in (
                    lambda story, number=number: story.attempt(number),
                    lambda story, number=number: story.settle(
                        number, Meaning.IN_DOUBT, message="HTTP 502"
                    ),
                    Story.clear,
                )
            ],
            Outcome.FAILED,
            (502, None, "HTTP 502", "req-1"),
        ),
    ],
)
def test_each_outcome_says_why(
    told: Sequence[Told],
    outcome: Outcome,
    expected: tuple[int | None, int | None, str | None, str | None],
) -> None:
    found = row(one_run(*told))

    assert (found.outcome, reason(found)) == (outcome, expected)


def test_a_launched_task_has_no_error_code() -> None:
    assert row(one_run(lambda story: story.launch(1))).error_code is None


# ---------------------------------------------------------------- the summary


def six_tasks() -> Story:
    story = Story()
    story.begin(tasks=6)
    deeds: list[Told] = [
        lambda story: story.launch(1),
        lambda story: story.see("RUNNING", by=THEM),
        refuse,
        lambda _: None,
        doubt,
        lambda _: None,
    ]
    for number, deed in enumerate(deeds):
        story.task = task_id(number)
        deed(story)
    story.task = task_id(3)
    for number in range(1, MAX_ATTEMPTS + 1):
        story.attempt(number)
        story.clear()
    story.end(1, requests=6)
    return story


def test_the_summary_counts_each_outcome_once() -> None:
    assert report(six_tasks()).summary == Summary(
        requested=6,
        launched=1,
        launched_before=0,
        skipped=1,
        rejected=1,
        failed=1,
        unknown=1,
        pending=1,
        requests=7,
        throttled=2,
        retries=2,
        duration_s=12.5,
        states={"QUEUED": 1},
    )


@given(st.lists(st.sampled_from(["launch", "skip", "refuse", "doubt", "miss", ""]), max_size=12))
def test_the_six_outcomes_always_add_up_to_what_was_requested(deeds: list[str]) -> None:
    story = Story()
    story.begin(tasks=len(deeds))
    tell: dict[str, Told] = {
        "launch": lambda story: story.launch(1),
        "skip": lambda story: story.see("RUNNING"),
        "refuse": refuse,
        "doubt": doubt,
        "miss": Story.miss,
        "": lambda _: None,
    }
    for number, deed in enumerate(deeds):
        story.task = task_id(number)
        tell[deed](story)

    summary = report(story).summary

    launched_to_failed = summary.launched + summary.skipped + summary.rejected + summary.failed
    assert launched_to_failed + summary.unknown + summary.pending == summary.requested == len(deeds)
    assert summary.launched_before <= summary.launched


def test_retries_are_the_run_requests_less_the_tasks_attempted() -> None:
    story = Story()
    story.begin(tasks=3)
    for number, meanings in (
        (0, [Meaning.THROTTLED, Meaning.THROTTLED, Meaning.LAUNCHED]),
        (1, [Meaning.LAUNCHED]),
        (2, [Meaning.NOT_SENT, Meaning.NOT_SENT]),
    ):
        story.task = task_id(number)
        for attempt, meaning in enumerate(meanings, start=1):
            story.attempt(attempt)
            story.settle(attempt, meaning, status="QUEUED")
    story.end()

    assert report(story).summary.retries == 2


def test_retries_do_not_count_what_earlier_runs_sent() -> None:
    story = one_run(doubt, Story.clear)
    story.begin(SECOND)
    story.launch(2)
    story.end()

    assert report(story, SECOND).summary.retries == 0


# ---------------------------------------------------------------- earlier and later runs


def test_what_an_earlier_run_launched_keeps_its_run_and_times() -> None:
    story = one_run(
        lambda story: story.attempt(1),
        lambda story: story.settle(1, Meaning.LAUNCHED, status="QUEUED", message="a warning"),
    )
    before = row(story)
    story.begin(SECOND)
    story.end()

    later = report(story, SECOND)
    assert [*later.rows] == [before]
    assert (later.summary.launched, later.summary.launched_before) == (1, 1)


def test_a_doubt_of_an_earlier_run_that_a_read_resolves_belongs_to_that_run() -> None:
    story = Story()
    story.begin()
    attempted_at = story.attempt(1)
    story.begin(SECOND)
    read_at = story.see("RUNNING", by=US)
    story.end()

    found = row(story, SECOND)
    assert (found.run_id, found.first_attempt_at, found.launched_at) == (
        FIRST,
        attempted_at,
        read_at,
    )
    assert report(story, SECOND).summary.launched_before == 1


def test_a_late_start_that_the_next_run_runs_into_belongs_to_the_run_that_caused_it() -> None:
    story = Story()
    story.begin()
    attempted_at = story.attempt(1)
    story.clear()
    story.end(1)
    story.begin(SECOND)
    story.attempt(2)
    story.settle(2, Meaning.NEEDS_DRAFT)
    story.see("RUNNING", by=US)
    story.end()

    found = row(story, SECOND)
    assert (found.outcome, found.run_id) == (Outcome.LAUNCHED, FIRST)
    assert found.first_attempt_at == attempted_at
    assert report(story, SECOND).summary.launched_before == 1


def test_what_this_run_launched_is_not_launched_before() -> None:
    assert report(one_run(lambda story: story.launch(1))).summary.launched_before == 0


def later_launch() -> Story:
    story = one_run(refuse)
    story.begin(SECOND)
    story.launch(2)
    story.end()
    return story


def test_a_report_ends_with_its_run() -> None:
    assert row(later_launch()).outcome is Outcome.REJECTED


def test_a_report_up_to_now_knows_what_came_later() -> None:
    found = row(later_launch(), up_to_now=True)

    assert (found.outcome, found.run_id, found.source) == (Outcome.LAUNCHED, SECOND, "tasks.txt:1")


def test_what_a_later_run_launched_is_not_launched_before() -> None:
    summary = report(later_launch(), up_to_now=True).summary

    assert (summary.launched, summary.launched_before) == (1, 0)


def test_a_report_up_to_now_still_says_how_its_own_run_ended() -> None:
    story = later_launch()

    assert report(story, up_to_now=True).run == report(story).run


# ---------------------------------------------------------------- the run as a whole


def test_a_run_is_told_with_its_beginning_and_its_end() -> None:
    story = Story()
    started_at = story.begin()
    ended_at = story.end(143, requests=3)

    assert report(story).run == RunFacts(
        run_id=FIRST,
        account=ACCOUNT,
        host="here",
        version="1",
        arguments=(),
        max_attempts=MAX_ATTEMPTS,
        started_at=started_at,
        ended_at=ended_at,
        exit_code=143,
        reason=None,
        requests={"run": 3, "bulk_read": 1},
        throttled=2,
        duration_s=12.5,
    )


def killed() -> Story:
    story = Story()
    story.begin()
    story.attempt(1)
    return story


def test_a_killed_run_is_reported_without_an_end() -> None:
    found = report(killed())

    assert (found.run.ended_at, found.run.exit_code, found.run.requests) == (None, None, None)
    assert (found.summary.requests, found.summary.throttled, found.summary.duration_s) == (
        None,
        None,
        None,
    )
    assert next(iter(found.rows)).outcome is Outcome.UNKNOWN


def test_the_report_of_a_killed_run_ends_where_the_next_one_begins() -> None:
    story = killed()
    before = report(story)
    story.begin(SECOND)
    story.see("RUNNING", by=US)
    story.end()

    later = report(story)
    assert (before.run.may_go_on, later.run.may_go_on) == (True, False)
    assert replace(later, run=replace(later.run, was_killed=False)) == before
    assert row(story, up_to_now=True).outcome is Outcome.LAUNCHED


def test_a_run_that_nobody_knows_has_no_report() -> None:
    assert report_of(history(killed().records), THIRD) is None
    assert report_of(history([]), FIRST) is None


@pytest.mark.parametrize("up_to_now", [True, False])
def test_rows_are_those_that_were_counted_though_the_run_goes_on(up_to_now: bool) -> None:  # noqa: FBT001 - a table
    story = killed()
    journal = history(story.records)
    found = report_of(journal, FIRST, up_to_now=up_to_now)
    story.settle(1, Meaning.LAUNCHED, status="QUEUED")
    story.tell(Requested(position=1, task=OTHER, source="tasks.txt:2"))
    journal.store[:] = story.records

    assert found is not None
    assert (found.summary.requested, found.summary.unknown) == (1, 1)
    assert [one.outcome for one in found.rows] == [Outcome.UNKNOWN]


def test_rows_can_be_read_again_and_again() -> None:
    found = report_of(history(later_launch().records), SECOND)

    assert found is not None
    assert list(found.rows) == list(found.rows) != []


# ---------------------------------------------------------------- the exit code


@pytest.mark.parametrize(
    ("outcome", "exit_code", "strict_exit_code"),
    [
        (Outcome.LAUNCHED, 0, 0),
        (Outcome.SKIPPED, 0, 1),
        (Outcome.REJECTED, 1, 1),
        (Outcome.FAILED, 1, 1),
        (Outcome.UNKNOWN, 1, 1),
        (Outcome.PENDING, 1, 1),
    ],
)
def test_one_task_that_is_not_fine_is_exit_code_1(
    outcome: Outcome, exit_code: int, strict_exit_code: int
) -> None:
    outcomes = [Outcome.LAUNCHED, outcome, Outcome.LAUNCHED]

    assert exit_code_of(outcomes) == exit_code
    assert exit_code_of(outcomes, strict=True) == strict_exit_code


def test_no_task_at_all_is_fine() -> None:
    assert exit_code_of([]) == 0
