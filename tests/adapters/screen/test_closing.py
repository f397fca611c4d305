import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from launcher.adapters.screen import print_closing
from launcher.core.answer import STOPPED_BEFORE
from launcher.core.entry import RunId
from launcher.core.outcome import Outcome
from launcher.core.remarks import ACCOUNT_LIMIT
from launcher.core.report import Report
from launcher.core.row import Row
from support.report_examples import (
    AT,
    EARLIER,
    HOSTILE,
    facts,
    hostile_row,
    report_of_rows,
    row,
    task,
    with_summary,
)
from support.terminal import Terminal

PATH = "launcher-reports/20261124-032141-9f3c.csv"


def lines_of(report: Report, *, go_on: str | None = "launcher run tasks.txt") -> list[str]:
    stream = io.StringIO()
    print_closing(report, stream=stream, report_paths=[PATH], go_on=go_on, zone=UTC)
    return stream.getvalue().splitlines()


def rejected(number: int, code: int | None, status: int | None, message: str) -> Row:
    return replace(
        row(number, Outcome.REJECTED), error_code=code, http_status=status, error_message=message
    )


def earlier(number: int, run: RunId = EARLIER) -> Row:
    return replace(row(number), run_id=run, launched_at=AT - timedelta(days=1))


def mixed() -> Report:
    """Every outcome, most reasons."""
    rows: list[Row] = [row(number) for number in range(12)]
    rows += [earlier(number) for number in range(12, 300)]
    rows += [
        replace(row(300 + number, Outcome.SKIPPED), status=status)
        for number, status in enumerate(["RUNNING", "COMPLETED", "COMPLETED"])
    ]
    rows += [rejected(310, 7001, 403, "No."), *(missing(number) for number in (311, 312))]
    rows += [rejected(313, None, None, f"child of batch task {task(7)}: launch its parent instead")]
    rows += [
        replace(
            row(320, Outcome.FAILED),
            http_status=502,
            error_message="HTTP 502, not the platform's word",
        ),
        replace(row(321, Outcome.UNKNOWN), error_message="its answer never seen"),
        row(322, Outcome.PENDING),
    ]
    ended = replace(
        facts(),
        exit_code=143,
        reason="interrupted by SIGTERM",
        requests={"run": 20},
        throttled=2,
    )
    report = report_of_rows(rows, ended)
    return with_summary(report, replace(report.summary, retries=3))


def missing(number: int) -> Row:
    return rejected(number, 7024, 400, "Required input 'reads' is missing")


def test_a_run_in_which_all_went_well_ends_in_three_lines() -> None:
    assert lines_of(report_of_rows(row(number) for number in range(300))) == [
        "300 launched",
        "304 requests, 1.01 a task, none throttled, in 1 min 20 s",
        f"Report: {PATH}",
    ]


def test_every_outcome_and_reason_is_told() -> None:
    assert lines_of(mixed()) == [
        "300 launched: 12 now, 288 by run 20261123-101010-aaaa on 2026-11-23 03:21",
        (
            "  3 skipped:  no drafts any more, and not started by this journal "
            "(2 COMPLETED, 1 RUNNING)"
        ),
        "  4 rejected",
        "  1 failed:   still a draft after all attempts",
        "  1 unknown:  it could not be learnt whether it started",
        "  1 pending:  not started: the run ended before its turn",
        "",
        "2 rejected code 7024, HTTP 400: the task does not pass the platform's validation",
        f"             e.g. {task(311)} (tasks.txt:311): Required input 'reads' is missing",
        (
            "             do: Open the task on the platform, mend what its page complains about, "
            "and run again."
        ),
        "1 rejected code 7001, HTTP 403: you may not start this task",
        f"             e.g. {task(310)} (tasks.txt:310): No.",
        "             do: Ask an admin of the project for the permission to execute tasks there.",
        "1 rejected a child of a batch task",
        (
            f"             e.g. {task(313)} (tasks.txt:313): child of batch task {task(7)}: "
            "launch its parent instead"
        ),
        (
            "             do: Put its parent's id into the input instead: the parent starts all "
            "its children."
        ),
        "1 failed   HTTP 502: a gateway lost the request",
        f"             e.g. {task(320)} (tasks.txt:320): HTTP 502, not the platform's word",
        (
            "             do: Run the same command again: it reads the task first and never starts "
            "it twice."
        ),
        "1 unknown  it could not be learnt whether it started",
        f"             e.g. {task(321)} (tasks.txt:321): its answer never seen",
        (
            "             do: Run the same command again: it reads the task first and never starts "
            "it twice."
        ),
        "",
        "20 requests, 1.67 a task, 2 throttled, 3 sent again, in 1 min 20 s",
        "Stopped early: interrupted by SIGTERM (exit code 143)",
        f"Report: {PATH}",
        "To go on: launcher run tasks.txt",
    ]


def without_blanks(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_shows_the_same_text_within_its_columns(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    terminal, pipe = Terminal(400, 100), io.StringIO()

    for stream in (terminal, pipe):
        print_closing(mixed(), stream=stream, go_on="launcher run tasks.txt", zone=UTC)

    assert max(len(line) for line in terminal.seen()) <= columns
    assert without_blanks("".join(terminal.seen())) == without_blanks(pipe.getvalue())


@pytest.fixture(autouse=True)
def terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_thousands_are_set_apart_at_the_end() -> None:
    report = report_of_rows(
        [
            *(row(number) for number in range(1000)),
            *(earlier(number) for number in range(1000, 2000)),
            *(
                replace(row(2000 + number, Outcome.SKIPPED), status="RUNNING")
                for number in range(1000)
            ),
            *(rejected(3000 + number, 7001, 403, "No.") for number in range(1000)),
        ]
    )
    summary = replace(report.summary, requests=50512, throttled=1000, retries=1000)

    lines = lines_of(with_summary(report, summary))

    assert [line.split(":")[0] for line in lines[:3]] == [
        "2,000 launched",
        "1,000 skipped",
        "1,000 rejected",
    ]
    assert "1,000 now, 1,000 by run" in lines[0]
    assert "(1,000 RUNNING)" in lines[1]
    assert lines[4].startswith("1,000 rejected code 7001")
    assert "50,512 requests, 50.51 a task, 1,000 throttled, 1,000 sent again" in "\n".join(lines)


def test_a_terminal_has_colours_and_a_pipe_has_none() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        print_closing(mixed(), stream=stream)

    assert "\x1b[32m300" in terminal.getvalue()
    assert pipe.getvalue().replace("\n", "").isprintable()


def test_paths_and_commands_are_never_wrapped() -> None:
    terminal = Terminal(80, 40)
    path = "/home/mara/" + "a folder/" * 12 + "report.csv"

    print_closing(mixed(), stream=terminal, report_paths=[path], go_on="launcher run " + path)

    lines = [line for line in terminal.getvalue().splitlines() if "report.csv" in line]
    assert [path in line for line in lines] == [True, True]


def test_launched_by_several_other_runs_names_the_last() -> None:
    rows = [earlier(1), earlier(2, RunId("20261122-000000-bbbb"))]

    assert lines_of(report_of_rows(rows))[0] == (
        "2 launched: all by 2 other runs, the last run 20261123-101010-aaaa on 2026-11-23 03:21"
    )


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.FAILED, Outcome.UNKNOWN])
def test_the_command_to_go_on_stands_where_something_is_left(outcome: Outcome) -> None:
    assert lines_of(report_of_rows([row(1, outcome)]))[-1] == "To go on: launcher run tasks.txt"


def test_what_is_rejected_wants_mending_first() -> None:
    report = report_of_rows([missing(1)])

    assert lines_of(report)[-1] == "Once that is mended: launcher run tasks.txt"


@pytest.mark.parametrize("outcome", [Outcome.LAUNCHED, Outcome.SKIPPED])
def test_nothing_is_to_be_done_where_nothing_is_left(outcome: Outcome) -> None:
    assert lines_of(report_of_rows([row(1, outcome)]))[-1] == f"Report: {PATH}"


def test_without_a_command_none_is_named() -> None:
    assert lines_of(mixed(), go_on=None)[-1] == f"Report: {PATH}"


def test_what_is_pending_only_because_the_run_was_stopped_needs_no_reason_of_its_own() -> None:
    held_back = replace(row(1, Outcome.PENDING), error_message=STOPPED_BEFORE)
    throttled = replace(row(2, Outcome.PENDING), error_message="too many requests")

    lines = lines_of(report_of_rows([held_back, row(3, Outcome.PENDING)]))
    others = lines_of(report_of_rows([held_back, throttled]))

    assert lines[0] == "2 pending: not started: the run ended before its turn"
    assert "e.g." not in "".join(lines)
    assert ["too many requests" in line for line in others if "e.g." in line] == [True]


def test_messages_that_differ_in_ids_and_numbers_are_one_reason() -> None:
    rows = [
        replace(
            row(number, Outcome.FAILED), error_message=f"{task(number)}: no answer in {number} s"
        )
        for number in range(1, 4)
    ]

    assert "3 failed still a draft after all attempts" in lines_of(report_of_rows(rows))


@pytest.mark.parametrize(
    ("outcome", "means"),
    [
        (Outcome.UNKNOWN, "a clone of it may have been made, and none was launched"),
        (Outcome.FAILED, "no clone of it could be made"),
    ],
)
def test_what_failed_and_has_no_clone_is_told_as_that(outcome: Outcome, means: str) -> None:
    uncloned = replace(row(2, outcome), status="FAILED", error_message="2 drafts may be its clone")

    assert f"1 {outcome} {means}" in lines_of(report_of_rows([uncloned]))


def test_the_same_code_is_another_reason_for_another_outcome() -> None:
    failed = replace(row(2, Outcome.FAILED), http_status=503, error_message="no")
    unknown = replace(failed, task_id=task(3), outcome=Outcome.UNKNOWN)

    found = lines_of(report_of_rows([failed, unknown]))

    assert len([line for line in found if "HTTP 503: the platform is not available" in line]) == 2


def test_warnings_of_launched_tasks_are_told_by_the_run_that_launched_them() -> None:
    warned = replace(row(1), error_message="The app is deprecated")
    before = replace(earlier(2), error_message="Old news")

    found = lines_of(report_of_rows([warned, before]))

    assert found[2:4] == [
        "1 launched started, and the platform has something to say",
        f"             e.g. {task(1)} (tasks.txt:1): The app is deprecated",
    ]
    assert not [line for line in found if "Old news" in line]


def test_only_the_most_frequent_reasons_are_told() -> None:
    rows = [
        rejected(code * 10 + number, code, 400, "no") for code in range(1, 21) for number in (1, 2)
    ]

    found = lines_of(report_of_rows(rows))

    assert len([line for line in found if " rejected code" in line]) == 12
    assert f"{' ':11}and 8 other reasons of 16 tasks: see the report" in found


def test_a_run_that_was_killed_does_not_invent_its_numbers() -> None:
    killed = replace(facts(), ended_at=None, exit_code=None, requests=None, duration_s=None)

    assert lines_of(report_of_rows([row()], killed)) == [
        "1 launched",
        "How many requests it took is not known: the run was killed, or still goes on.",
        f"Report: {PATH}",
    ]


def test_what_a_later_run_launched_is_no_merit_of_this_one() -> None:
    later = RunId("20261125-000000-cccc")
    report = report_of_rows([row(1), replace(row(2), run_id=later)])

    assert lines_of(report)[:2] == [
        "2 launched: 1 now, 1 by run 20261125-000000-cccc on 2026-11-24 03:21",
        "304 requests, 304.00 a task, none throttled, in 1 min 20 s",
    ]


def test_a_run_of_no_task_ends_in_words_too() -> None:
    assert lines_of(report_of_rows([]))[0] == "0 launched"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_inert_at_the_end(text: str) -> None:
    ended = replace(facts(), reason=text, run_id=RunId(text))
    report = report_of_rows([hostile_row(text), replace(row(2), run_id=RunId(text))], ended)
    skipped = replace(next(iter(report.rows)), outcome=Outcome.SKIPPED)
    report = report_of_rows([*report.rows, skipped], ended)
    pipe, terminal = io.StringIO(), Terminal(80, 200)

    for stream in (pipe, terminal):
        print_closing(report, stream=stream, report_paths=[text[:5000]], go_on=text[:5000])

    assert pipe.getvalue().replace("\n", "").isprintable()
    assert not [control for control in "\x9b\x07\x00\u202e\u2028" if control in terminal.getvalue()]
    assert "\x1b[31mred" not in terminal.getvalue()


def test_a_long_report_is_told_quickly_and_shortly() -> None:
    rows = [missing(number) for number in range(20_000)]

    assert len(lines_of(report_of_rows(rows))) == 9


class Gone(Terminal):
    def write(self, text: str) -> int:
        raise BrokenPipeError(32, text[:10])


def test_a_reader_that_goes_away_ends_nothing() -> None:
    print_closing(mixed(), stream=Gone(), report_paths=[PATH])


# ---------------------------------------------------------------- tasks that were followed


def followed(rows: list[Row]) -> list[str]:
    report = report_of_rows(rows)
    states = Counter(row.status for row in rows if row.status and row.outcome is Outcome.LAUNCHED)
    report = with_summary(report, replace(report.summary, states=states))
    stream = io.StringIO()
    print_closing(report, stream=stream, followed=True, zone=UTC)
    return stream.getvalue().splitlines()


def test_what_is_only_watched_was_not_to_be_started_before_its_end() -> None:
    stream = io.StringIO()

    print_closing(report_of_rows([row(1, Outcome.PENDING)]), stream=stream, watched=True, zone=UTC)

    assert stream.getvalue().splitlines()[0] == "1 pending: not started yet"


def test_that_all_have_completed_is_told_in_one_line() -> None:
    lines = followed([replace(row(number), status="COMPLETED") for number in range(3)])

    assert lines[1] == "Of 3 launched tasks all have completed."


def test_states_and_remarks_of_followed_tasks_are_counted_with_an_example() -> None:
    failed = [
        replace(row(number), status="FAILED", remark=f"failed on the platform: exit {number}")
        for number in (1, 2)
    ]
    slow = replace(row(3), status="QUEUED", remark=ACCOUNT_LIMIT)

    assert followed([*failed, slow])[1:8] == [
        "Of 3 launched tasks: 2 FAILED, 1 QUEUED; 1 not ended.",
        "",
        "2 failed on the platform: exit 1",
        f"    e.g. {task(1)} (tasks.txt:1)",
        f"1 {ACCOUNT_LIMIT}",
        f"    e.g. {task(3)} (tasks.txt:3)",
        f"  do: to launch clones of what failed: launcher run --rerun-failed {slow.run_id}",
    ]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_remark_reaches_the_terminal_as_it_came(text: str) -> None:
    lines = followed([replace(row(1), status="FAILED", remark=text)])

    assert all(line.isprintable() and len(line) < 1000 for line in lines)
