"""Which end of a run is a message, and what stands in it."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from launcher.core.entry import Account, Record, RunEnded, RunId, RunStarted
from launcher.core.ids import TaskId
from launcher.core.notice import Before, Ending, ended_before, is_change, notice_of
from launcher.core.outcome import Outcome
from launcher.core.ticks import News
from support.report_examples import HOSTILE, RUN, facts, report_of_rows, row, with_summary

AT = datetime(2026, 11, 24, tzinfo=UTC)
ENDING = Ending(
    run=RUN,
    source="tasks.txt",
    exit_code=1,
    report=report_of_rows([row(1), row(2, Outcome.REJECTED)]),
    before=None,
    look="launcher report",
)
NEWS = News(troubles={TaskId("a"): "FAILED", TaskId("b"): "rejected", TaskId("c"): "FAILED"})


@pytest.mark.parametrize(
    ("exit_code", "before", "is_told"),
    [
        (0, None, False),
        (1, None, True),
        (0, 0, False),
        (1, 1, False),
        (1, 0, True),
        (0, 1, True),
        (4, 1, True),
    ],
)
def test_a_run_is_told_where_it_ended_otherwise(
    exit_code: int, before: int | None, *, is_told: bool
) -> None:
    earlier = None if before is None else Before(run=RunId("earlier"), exit_code=before)

    assert is_change(replace(ENDING, exit_code=exit_code, before=earlier)) is is_told


@pytest.mark.parametrize(
    ("news", "exit_code", "is_told"),
    [
        (NEWS, 1, True),
        (News(troubles={}), 0, False),
        (News(troubles={}), 4, False),
        (None, 3, True),
        (None, 0, False),
    ],
)
def test_a_tick_is_told_where_it_has_news_or_could_not_know(
    news: News | None, exit_code: int, *, is_told: bool
) -> None:
    assert is_change(replace(ENDING, is_tick=True, news=news, exit_code=exit_code)) is is_told


def test_a_message_says_what_how_many_and_where_to_look() -> None:
    before = Before(run=RunId("20261123-101010-aaaa"), exit_code=0)

    notice = notice_of(replace(ENDING, before=before))

    assert notice.title == "launcher: a run ended with exit code 1"
    assert notice.body.splitlines() == [
        f"The run {RUN} of tasks.txt on node7 ended with exit code 1.",
        "2 tasks: 1 launched, 1 rejected.",
        "The run before it, 20261123-101010-aaaa, ended with exit code 0.",
        "More: launcher report",
    ]


def test_a_message_says_how_many_failed_though_all_were_launched() -> None:
    report = report_of_rows([row(1), row(2), row(3)])
    states = replace(report.summary, states={"ABORTED": 1, "COMPLETED": 1, "FAILED": 1})

    notice = notice_of(replace(ENDING, report=with_summary(report, states)))

    assert "\n3 tasks: 3 launched (1 FAILED, 1 ABORTED on the platform).\n" in notice.body


def test_a_tick_says_what_is_new() -> None:
    notice = notice_of(replace(ENDING, is_tick=True, news=replace(NEWS, stopped="x", throttled=2)))

    assert "New: 2 FAILED, 1 rejected, it was stopped, 2 throttled requests" in notice.body


@pytest.mark.parametrize("text", HOSTILE.values())
def test_no_text_of_others_forges_a_line_or_hides_in_one(text: str) -> None:
    report = report_of_rows([row(1)], replace(facts(), reason=text, host=text))
    hostile = replace(ENDING, source=text, report=report, look=text)

    body = notice_of(hostile).body

    assert len(body.splitlines()) == 4
    assert not [
        one for one in body if one != "\n" and unicodedata.category(one) in {"Cc", "Cf", "Cs"}
    ]
    assert len(body) < 20_000


def test_the_run_before_is_of_the_same_account_no_tick_no_abort_and_has_ended() -> None:
    report = report_of_rows([row(1)])
    own, other = report.run.account, Account(endpoint="https://x", user="noah")

    started = RunStarted(account=own, host="h", version="1", max_attempts=6)
    ended = RunEnded(exit_code=1, reason=None, requests={}, throttled=0, duration_s=1.0)

    def ran(name: str, start: RunStarted = started) -> tuple[Record, Record | None]:
        run = RunId(name)
        last = Record(run=run, at=AT, entry=ended)
        return Record(run=run, at=AT, entry=start), None if name == "killed" else last

    runs = [
        ran("first"),
        ran("second"),
        ran("tick", replace(started, digest="d")),
        ran("abort", replace(started, aborts=RunId("first"))),
        ran("rerun", replace(started, reruns=RunId("first"))),
        ran("other", replace(started, account=other)),
        ran("killed"),
        ran(report.run.run_id),
    ]

    assert [before.run for before in ended_before(runs, report)] == ["second", "first"]
