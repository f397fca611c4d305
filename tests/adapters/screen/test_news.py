"""The digest of a tick."""

import io
from dataclasses import replace

import pytest

from launcher.adapters.screen import print_news
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from launcher.core.ticks import News
from support.report_examples import HOSTILE, facts, hostile_row, report_of_rows, row, task


def lines_of(rows: list[Row], news: News, **run: object) -> list[str]:
    stream = io.StringIO()
    report = report_of_rows(rows, replace(facts(), **run))  # type: ignore[arg-type]  # by name
    print_news(report, news, stream=stream)
    return stream.getvalue().splitlines()


def refused(number: int) -> Row:
    return replace(row(number, Outcome.REJECTED), error_code=7001, http_status=403)


def test_what_was_told_before_is_only_counted() -> None:
    rows = [refused(1), refused(2), row(3), row(4, Outcome.PENDING)]

    lines = lines_of(rows, News(troubles={task(2): "rejected"}))

    assert lines[0] == "New since the last tick that told anything: 1 task."
    assert str(task(2)) in "".join(lines)
    assert str(task(1)) not in "".join(lines)
    assert lines[-1] == (
        "Now: 4 tasks: 1 launched, 2 rejected, 1 pending (run 20261124-032141-9f3c)."
    )


def test_each_task_is_named_until_nobody_would_read_on() -> None:
    rows = [refused(number) for number in range(1, 71)]

    lines = lines_of(rows, News(troubles={row.task_id: "rejected" for row in rows}))

    assert sum("00000000-" in line for line in lines) == 51
    assert "  and 19 more: see the report" in lines


def test_ends_and_skips_are_told_by_their_state() -> None:
    rows = [
        replace(row(1), status="FAILED"),
        replace(row(2), status="ABORTED"),
        replace(row(3, Outcome.SKIPPED), status="RUNNING"),
    ]
    troubles = {task(1): "FAILED", task(2): "ABORTED", task(3): "skipped"}

    lines = lines_of(rows, News(troubles=troubles))

    assert lines[1:-1] == [
        "1 launched and ended ABORTED:",
        f"  ABORTED {task(2)} (tasks.txt:2), align 2",
        "1 launched and ended FAILED:",
        f"  FAILED {task(1)} (tasks.txt:1), align 1",
        "1 skipped, no drafts any more (--strict):",
        f"  skipped {task(3)} (tasks.txt:3), align 3",
    ]


def test_a_halt_and_throttled_requests_are_told_without_any_task() -> None:
    news = News(troubles={}, stopped="nothing works", throttled=3)

    lines = lines_of([row(1)], news, exit_code=4)

    assert lines[0] == "New since the last tick that told anything:"
    assert lines[1] == "Stopped early: nothing works (exit code 4)"
    assert lines[2].startswith("3 requests throttled: ")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_foreign_text_stays_on_its_line_and_is_harmless(hostile: str) -> None:
    bad = replace(hostile_row(HOSTILE[hostile]), outcome=Outcome.LAUNCHED, status="FAILED")

    lines = lines_of([bad], News(troubles={bad.task_id: "FAILED"}))

    assert len(lines) == 4
    assert all(line.isprintable() and len(line) < 1000 for line in lines)
