import io
from dataclasses import replace
from datetime import UTC

import pytest
from rich.console import Console

from launcher.adapters.screen import LiveProgress, PlainProgress, QuietProgress, open_progress
from launcher.core.budget import Budget
from launcher.core.outcome import Outcome
from launcher.ports import Feeding, Snapshot, Waited
from support.report_examples import FORECAST, HOSTILE, PLAN, HandClock, snapshot, task
from support.terminal import Terminal


def live_on(terminal: Terminal, console: Console | None = None) -> LiveProgress:
    return LiveProgress(console or terminal.console(), HandClock(), zone=UTC)


def busy() -> Snapshot:
    """Everything at once."""
    return replace(
        snapshot(),
        throttled=1,
        budget=Budget(remaining=3, in_flight=3),
        closed="the platform throttles",
        closed_for_s=12.0,
        last_errors=(f"{task(1)}: HTTP 502, not the platform's word: Bad", "two", "three"),
        stopping="interrupted by SIGTERM",
    )


BUSY_IN_200_COLUMNS = [
    "tasks     120 of 312 launched, 8 skipped, 4 rejected, 4 under way, 176 pending",
    "          ━━━━━━━━━━╺━━━━━━━━━━━━━ reading what the tasks are",
    "requests  122 sent, 1 throttled; 3 in flight, 1 in doubt",
    "budget    0 of 1,000 left until 03:25:01",
    "waiting   until 03:21:53 (12 s): the platform throttles",
    "stopping  interrupted by SIGTERM",
    "error     00000000-0000-0000-0000-000000000001: HTTP 502, not the platform's word: Bad",
    "error     two",
    "error     three",
]


def test_the_block_tells_how_the_run_stands() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.planned(PLAN, FORECAST)
        live.show(snapshot())
        seen = terminal.seen()

    assert seen == [
        "312 tasks: 290 drafts to launch (2 of them batch tasks; each starts many), 8",
        "skipped (not drafts any more), 4 rejected, 10 launched by an earlier run. About",
        "290 requests in 1 window of 1,000, about 10 s.",
        "tasks     120 of 312 launched, 8 skipped, 4 rejected, 4 under way, 176 pending",
        "          ━━━━━━━━━━╺━━━━━━━━━━━━━ about 40 s to go",
        "requests  122 sent, 1.11 a task; 3 in flight, 1 in doubt",
        "budget    800 of 1,000 left until 03:25:01",
    ]


def test_the_block_tells_how_far_the_tasks_are_that_are_waited_for() -> None:
    terminal = Terminal(110)
    waited = Waited(states={"RUNNING": 30, "COMPLETED": 20}, left=30, oldest_s=300.0, mean_s=90.0)

    with live_on(terminal) as live:
        live.show(replace(snapshot(), waited=waited))
        seen = terminal.seen()

    assert seen[1:3] == [
        "running   30 RUNNING, 20 COMPLETED; the oldest for 5 min; 1 min 30 s each so far",
        "          ━━━━━━━━━╸━━━━━━━━━━━━━━",
    ]


def test_the_block_has_room_in_200_columns() -> None:
    terminal = Terminal(200)

    with live_on(terminal) as live:
        live.show(busy())
        seen = terminal.seen()

    assert seen == BUSY_IN_200_COLUMNS


def test_fifty_thousand_tasks_can_be_read_in_80_columns() -> None:
    terminal = Terminal(80)
    counts = {
        Outcome.LAUNCHED: 12345,
        Outcome.REJECTED: 1234,
        Outcome.FAILED: 1001,
        Outcome.UNKNOWN: 32,
        Outcome.PENDING: 35388,
    }

    with live_on(terminal) as live:
        live.show(replace(busy(), counts=counts, requests=14700, throttled=1000, stopping=None))
        seen = terminal.seen()

    assert seen[:4] == [
        "tasks     12,345 of 50,000 launched, 1,234 rejected, 1,001 failed, 32 under way,",
        "          35,388 pending",
        "          ━━━━━━╸━━━━━━━━━━━━━━━━━ reading what the tasks are",
        "requests  14,700 sent, 1,000 throttled; 3 in flight, 1 in doubt",
    ]


def test_long_lines_are_cut_in_80_columns() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.show(busy())
        seen = terminal.seen()

    cut = "error     00000000-0000-0000-0000-000000000001: HTTP 502, not the platform's wo…"
    assert seen == [*BUSY_IN_200_COLUMNS[:6], cut, *BUSY_IN_200_COLUMNS[7:]]


def test_a_block_replaces_the_one_before() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.show(busy())
        live.show(snapshot())
        live.show(snapshot(launched=121, pending=175))
        seen = terminal.seen()

    assert len(seen) == 4
    assert seen[0].startswith("tasks     121 of 312 launched")


def test_words_stand_above_the_block() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.show(snapshot())
        live.say("no bulk read on this platform: one by one, then")
        live.show(snapshot())
        seen = terminal.seen()

    assert seen[0] == "no bulk read on this platform: one by one, then"
    assert len(seen) == 5


@pytest.mark.parametrize("columns", [1, 2, 5, 10, 20, 40, 79])
def test_narrow_windows_are_never_overrun(columns: int) -> None:
    terminal = Terminal(columns, 60)
    wide = Terminal(400, 60)
    console = terminal.console()

    with live_on(terminal, console) as live:
        live.show(busy())
        live.show(busy())
        wide.write(terminal.getvalue())

    assert all(len(line) <= columns for line in wide.seen())


@pytest.mark.parametrize("lines", [2, 4, 6])
def test_low_windows_are_left_clean(lines: int) -> None:
    terminal = Terminal(80, lines)

    with live_on(terminal) as live:
        live.show(busy())
        live.show(busy())

    assert terminal.seen() == []
    assert terminal.scrolled_away() == []
    assert terminal.shows_cursor()


def test_a_low_window_shows_what_matters_most() -> None:
    terminal = Terminal(80, 6)

    with live_on(terminal) as live:
        live.show(busy())
        live.show(busy())
        seen = terminal.seen()

    assert seen == BUSY_IN_200_COLUMNS[:6]


def test_when_all_is_done_nothing_is_to_go() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.planned(PLAN, FORECAST)
        live.show(replace(snapshot(), counts={Outcome.LAUNCHED: 5}, in_doubt=0, to_go_s=0.0))
        seen = terminal.seen()

    assert seen[-3] == "          ━━━━━━━━━━━━━━━━━━━━━━━━"


def test_a_window_made_narrower_gets_a_narrower_block() -> None:
    terminal = Terminal(200, 40)
    console = terminal.console()

    with live_on(terminal, console) as live:
        live.show(busy())
        console.width = 60
        live.show(busy())
        live.show(snapshot())
        seen = terminal.seen()

    assert seen[-5:] == [
        "tasks     120 of 312 launched, 8 skipped, 4 rejected, 4",
        "          under way, 176 pending",
        "          ━━━━━━━━━━╺━━━━━━━━━━━━━ reading what the tasks a…",
        "requests  122 sent; 3 in flight, 1 in doubt",
        "budget    800 of 1,000 left until 03:25:01",
    ]


def test_a_block_whose_lines_a_narrower_window_broke_anew_is_wiped_as_a_whole() -> None:
    terminal = Terminal(60, 40)
    console = terminal.console()
    console.width = 200

    with live_on(terminal, console) as live:
        live.say("what stands above stays")
        live.show(busy())
        console.width = 60
        live.show(snapshot())
        seen = terminal.seen()

    assert seen[0] == "what stands above stays"
    assert len(seen) == 6
    assert terminal.seen() == seen[:1]


def test_the_block_is_wiped_at_the_end_and_the_cursor_is_back() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.planned(PLAN, FORECAST)
        live.show(busy())
        hidden = not terminal.shows_cursor()

    assert hidden
    assert terminal.shows_cursor()
    assert len(terminal.seen()) == 3


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_the_cursor_is_back_after_any_error(error: type[BaseException]) -> None:
    terminal = Terminal(80)

    def fail() -> None:
        with live_on(terminal) as live:
            live.show(busy())
            raise error

    with pytest.raises(error):
        fail()

    assert terminal.shows_cursor()
    assert terminal.seen() == []


def test_a_question_has_the_terminal_for_itself() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.show(busy())
        with live.paused():
            at_the_question = terminal.seen(), terminal.shows_cursor()
            terminal.write("launch? y\n")
        live.show(snapshot())
        seen = terminal.seen()

    assert at_the_question == ([], True)
    assert seen[0] == "launch? y"
    assert len(seen) == 5
    assert terminal.shows_cursor()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_neither_moves_the_cursor_nor_is_it_markup(text: str) -> None:
    harmless, hostile = Terminal(80), Terminal(80)
    for terminal, word in ((harmless, "word"), (hostile, text)):
        with live_on(terminal) as live:
            live.show(replace(snapshot(), last_errors=(word,), stopping=word, closed=word))
            seen = terminal.seen()

        assert len(seen) == 7
        assert seen[3] == "budget    800 of 1,000 left until 03:25:01"

    assert hostile.getvalue().count("\x1b") == harmless.getvalue().count("\x1b")


def test_markup_in_words_is_shown_as_it_is() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.say("[bold]:smile:[/bold] 'text' 12")

    assert terminal.seen() == ["[bold]:smile:[/bold] 'text' 12"]
    assert "\x1b[1m" not in terminal.getvalue()


def test_no_color_takes_the_colours_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal(80)

    with open_progress(stream=terminal, quiet=False, clock=HandClock()) as progress:
        progress.show(busy())

    assert "\x1b[3" not in terminal.getvalue()
    assert "launched" in terminal.getvalue()


def test_counts_have_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal(80)

    with open_progress(stream=terminal, quiet=False, clock=HandClock()) as progress:
        progress.show(busy())

    assert "\x1b[32m120 of 312 launched" in terminal.getvalue()


def test_a_run_of_nothing_can_be_shown() -> None:
    terminal = Terminal(80)

    with live_on(terminal) as live:
        live.show(replace(snapshot(), counts={Outcome.PENDING: 0}, to_go_s=None))
        seen = terminal.seen()

    assert seen[0] == "tasks     0 of 0 launched"


# ---------------------------------------------------------------- the factory


@pytest.mark.parametrize(
    ("stream", "term", "fitting"),
    [
        (Terminal(), "xterm", LiveProgress),
        (Terminal(), "dumb", PlainProgress),
        (io.StringIO(), "xterm", PlainProgress),
    ],
)
def test_the_stream_decides_what_is_seen(
    stream: io.StringIO, term: str, fitting: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", term)

    with open_progress(stream=stream, quiet=False, clock=HandClock()) as progress:
        assert type(progress) is fitting


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_quiet_is_quiet_everywhere(stream: io.StringIO) -> None:
    with open_progress(stream=stream, quiet=True, clock=HandClock()) as progress:
        progress.planned(PLAN, FORECAST)
        progress.show(busy())

    assert type(progress) is QuietProgress
    assert stream.getvalue() == ""


def test_a_terminal_can_be_told_to_be_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_INTERACTIVE", "0")

    with open_progress(stream=Terminal(), quiet=False, clock=HandClock()) as progress:
        assert type(progress) is PlainProgress


def test_json_logs_on_a_terminal_get_lines_that_no_display_breaks() -> None:
    with open_progress(stream=Terminal(), quiet=False, plain=True, clock=HandClock()) as progress:
        assert type(progress) is PlainProgress


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"])
def test_no_variable_puts_control_characters_into_a_file(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    stream = io.StringIO()

    with open_progress(stream=stream, quiet=False, clock=HandClock()) as progress:
        progress.planned(PLAN, FORECAST)
        progress.show(replace(busy(), stopping="now"))

    assert stream.getvalue().replace("\n", "").isprintable()


class Gone(Terminal):
    def write(self, text: str) -> int:
        raise BrokenPipeError(32, text[:10])


def test_a_terminal_that_goes_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")

    with open_progress(stream=Gone(), quiet=False, clock=HandClock()) as progress:
        progress.show(busy())
        progress.say("word")

    assert isinstance(progress, LiveProgress)


def test_the_block_of_a_fed_run_tells_how_many_run_and_why_it_waits() -> None:
    terminal = Terminal(80)
    feeding = Feeding(running=50, max_running=50, waiting="as many run as may")

    with live_on(terminal) as live:
        live.planned(PLAN, FORECAST)
        live.show(replace(snapshot(), feeding=feeding))
        seen = terminal.seen()

    assert "running   50 of 50 running" in seen
    assert seen[-1] == "waiting   as many run as may"
