import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import TextIO

import pytest

from launcher.adapters.screen import PlainProgress, QuietProgress
from launcher.core.budget import Budget
from launcher.core.outcome import Outcome
from launcher.ports import Feeding, Snapshot, Waited
from support.report_examples import FORECAST, HOSTILE, PLAN, HandClock, snapshot


class Lines:
    """A plain progress, its clock, and what it wrote."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.stream = io.StringIO()
        self.progress = PlainProgress(self.stream, self.clock, zone=UTC)

    def show_after(self, seconds: float, snapshot: Snapshot) -> list[str]:
        """Let time pass, show, and return the lines that came of it."""
        self.clock.passed_s += seconds
        return self.lines_of(lambda: self.progress.show(snapshot))

    def lines_of(self, act: Callable[[], None]) -> list[str]:
        before = len(self.stream.getvalue())
        act()
        return self.stream.getvalue()[before:].splitlines()


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_the_plan_is_said_at_once(lines: Lines) -> None:
    said = lines.lines_of(lambda: lines.progress.planned(PLAN, FORECAST))

    assert said == [
        (
            "03:21:41 312 tasks: 290 drafts to launch (2 of them batch tasks; each starts many), "
            "8 skipped (not drafts any more), 4 rejected, 10 launched by an earlier run. "
            "About 290 requests in 1 window of 1,000, about 10 s."
        )
    ]


def test_a_line_tells_counts_requests_budget_and_time_to_go(lines: Lines) -> None:
    lines.progress.planned(PLAN, FORECAST)

    assert lines.show_after(10, snapshot()) == [
        (
            "03:21:51 120 of 312 launched, 8 skipped, 4 rejected, 4 under way, 176 pending; "
            "3 in flight, 1 in doubt; 122 requests, 1.11 a task; "
            "800 of 1,000 left until 03:25:11; about 40 s to go"
        )
    ]


def test_before_the_plan_nobody_knows_how_long_it_takes(lines: Lines) -> None:
    (line,) = lines.show_after(10, snapshot())

    assert "to go" not in line
    assert "a task" not in line


def test_changes_are_told_once_in_an_interval(lines: Lines) -> None:
    told = [lines.show_after(0.5, snapshot(launched=number)) for number in range(100)]

    assert [number for number, said in enumerate(told, start=1) if said] == [20, 40, 60, 80, 100]


def test_nothing_is_told_while_nothing_changes(lines: Lines) -> None:
    lines.show_after(10, snapshot())

    assert lines.show_after(10, replace(snapshot(), to_go_s=12.0, window_ends_in_s=9.0)) == []
    assert len(lines.show_after(10, snapshot(launched=121))) == 1


def test_throttled_requests_are_told(lines: Lines) -> None:
    (line,) = lines.show_after(10, replace(snapshot(), throttled=2))

    assert "; 2 throttled; " in line


def test_a_new_error_follows_its_line_and_an_old_one_does_not(lines: Lines) -> None:
    bad = replace(snapshot(), last_errors=("first", "HTTP 502"))

    assert lines.show_after(10, bad)[1:] == ["03:21:51 last error: HTTP 502"]
    assert lines.show_after(10, replace(bad, requests=500))[1:] == []


def test_a_gate_that_closes_and_opens_is_said_at_once(lines: Lines) -> None:
    closed = replace(snapshot(), closed="the platform throttles", closed_for_s=4.0)

    assert lines.show_after(0.5, closed) == [
        "03:21:41 waiting: the platform throttles; again at 03:21:45, in 4 s"
    ]
    assert lines.show_after(2, closed) == []
    assert lines.show_after(2, snapshot()) == ["03:21:45 going on"]


def test_a_gate_closed_for_an_unknown_time_is_said_too(lines: Lines) -> None:
    closed = replace(snapshot(), closed="the platform throttles", closed_for_s=None)

    assert lines.show_after(1, closed) == ["03:21:42 waiting: the platform throttles"]


def test_a_used_up_budget_is_said_with_its_end(lines: Lines) -> None:
    spent = replace(snapshot(), budget=Budget(remaining=3, in_flight=3))

    assert lines.show_after(1, spent) == [
        "03:21:42 waiting: the budget of this window is used up; again at 03:25:02, in 3 min 20 s"
    ]


def test_a_gate_that_flutters_is_told_every_two_seconds_at_most(lines: Lines) -> None:
    closed = replace(snapshot(), closed="a probe failed", closed_for_s=0.5)

    said = [lines.show_after(0.25, (closed, snapshot())[number % 2]) for number in range(36)]

    assert sum(map(len, said)) <= 9 / 2 + 1


def test_stopping_is_said_once(lines: Lines) -> None:
    stopping = replace(snapshot(), stopping="interrupted by SIGTERM")

    assert lines.show_after(1, stopping) == ["03:21:42 stopping: interrupted by SIGTERM"]
    assert lines.show_after(1, stopping) == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_on_its_line_without_control(text: str, lines: Lines) -> None:
    hostile = replace(snapshot(), closed=text, closed_for_s=1.0, last_errors=(text,), stopping=text)

    said = [*lines.show_after(10, hostile), *lines.lines_of(lambda: lines.progress.say(text))]

    assert len(said) == 5
    assert all(line.isprintable() and len(line) < 5000 for line in said)


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(32, text[:10])


def closed_stream() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [Gone(), closed_stream()], ids=["gone", "closed"])
def test_a_reader_that_goes_away_ends_nothing(stream: TextIO) -> None:
    progress = PlainProgress(stream, HandClock(), interval_s=0)

    progress.planned(PLAN, FORECAST)
    progress.show(snapshot())
    progress.say("word")


def test_characters_that_the_stream_lacks_become_escapes() -> None:
    buffer = io.BytesIO()
    progress = PlainProgress(
        io.TextIOWrapper(buffer, encoding="ascii", write_through=True), HandClock(), zone=UTC
    )

    progress.say("caf\u00e9 \u4f60\u2026")

    assert buffer.getvalue() == b"03:21:41 caf\\xe9 \\u4f60~\n"


def test_a_task_under_way_is_not_called_unknown(lines: Lines) -> None:
    (line,) = lines.show_after(10, replace(snapshot(), counts={Outcome.UNKNOWN: 3}))

    assert "0 of 3 launched, 3 under way;" in line


def test_quiet_progress_has_nothing_to_write_on() -> None:
    progress = QuietProgress()

    progress.planned(PLAN, FORECAST)
    progress.show(snapshot())
    progress.say("word")
    with progress.paused():
        pass


FED = Feeding(running=48, max_running=50, others=7, waiting="as many run as may")


def test_a_fed_run_tells_how_many_run_of_how_many_and_why_it_waits(lines: Lines) -> None:
    lines.progress.planned(PLAN, FORECAST)

    (line,) = lines.show_after(10, replace(snapshot(), feeding=FED, throttled=2))

    assert line.split("; ")[1] == "48 of 50 running, 7 of others (as many run as may)"
    assert line.split("; ")[4] == "2 throttled"


def test_reads_alone_are_no_news_while_a_feed_waits(lines: Lines) -> None:
    lines.show_after(10, replace(snapshot(), feeding=FED))

    assert lines.show_after(10, replace(snapshot(), feeding=FED, requests=999)) == []
    assert lines.show_after(10, replace(snapshot(launched=121), feeding=FED)) != []


def test_tasks_that_are_waited_for_get_a_line_when_their_states_change(lines: Lines) -> None:
    waiting = replace(
        snapshot(launched=312, pending=0),
        waited=Waited(
            states={"RUNNING": 10, "COMPLETED": 2},
            left=10,
            oldest_s=7500.0,
            mean_s=60.0,
            ends_in_s=45.0,
        ),
    )
    later = replace(waiting, requests=waiting.requests + 7)

    assert lines.show_after(10, waiting) == [
        (
            "03:21:51 10 RUNNING, 2 COMPLETED; the oldest for 2 h 5 min; 1 min each so far; "
            "about 45 s to go"
        )
    ]
    assert lines.show_after(600, later) == []
    done = replace(waiting, waited=Waited(states={"COMPLETED": 12}, left=0))
    assert lines.show_after(600, done) == ["03:41:51 12 COMPLETED"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_state_reaches_the_terminal_as_it_came(lines: Lines, text: str) -> None:
    waited = Waited(states={text: 1}, left=1)

    (line,) = lines.show_after(10, replace(snapshot(), waited=waited))
    assert line.isprintable()
