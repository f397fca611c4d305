import io
from dataclasses import replace
from datetime import UTC

import pytest

from launcher.adapters.screen import print_runs
from launcher.core.entry import Account, RunId
from launcher.core.errors import StorageError
from launcher.core.outcome import Outcome
from support.report_examples import EARLIER, HOSTILE, facts, report_of_rows, row
from support.terminal import Terminal

SUMMARY = report_of_rows([row(1), row(2), row(3, Outcome.PENDING)]).summary
HALTED = replace(facts(), exit_code=4, reason="the platform was out of reach for 1800 s")
KILLED = replace(facts(), run_id=EARLIER, ended_at=None, exit_code=None)


@pytest.fixture(autouse=True)
def terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_pipe_gets_a_line_for_each_run() -> None:
    stream = io.StringIO()

    print_runs([(HALTED, SUMMARY), (KILLED, None)], stream=stream, zone=UTC)

    assert stream.getvalue().splitlines() == [
        (
            "run                   started           exit  account                              "
            "what became of it"
        ),
        (
            "20261124-032141-9f3c  2026-11-24 03:21  4     mara at cavatica-api.sbgenomics.com  "
            "3 tasks: 2 launched, 1 pending; the platform was out of reach for 1800 s"
        ),
        (
            "20261123-101010-aaaa  2026-11-24 03:21  -     mara at cavatica-api.sbgenomics.com  "
            "did not end by itself: killed, or still going on"
        ),
    ]


def test_a_terminal_names_the_account_that_all_share_once() -> None:
    terminal = Terminal(80, 60)

    print_runs([(facts(), SUMMARY), (HALTED, SUMMARY), (KILLED, None)], stream=terminal, zone=UTC)

    assert terminal.seen() == [
        "Account: mara at cavatica-api.sbgenomics.com",
        "run                   started           exit  what became of it",
        "20261124-032141-9f3c  2026-11-24 03:21  0     3 tasks: 2 launched, 1 pending",
        "20261124-032141-9f3c  2026-11-24 03:21  4     3 tasks: 2 launched, 1 pending",
        "  the platform was out of reach for 1800 s",
        "20261123-101010-aaaa  2026-11-24 03:21  -",
        "  did not end by itself: killed, or still going on",
    ]


def test_a_terminal_keeps_a_column_of_accounts_that_differ() -> None:
    other = replace(HALTED, account=Account(endpoint="https://h.example/v2", user="ann"))
    terminal = Terminal(80, 60)

    print_runs([(other, SUMMARY), (KILLED, None)], stream=terminal, zone=UTC)

    assert terminal.seen() == [
        "run                   started           exit  account",
        "20261124-032141-9f3c  2026-11-24 03:21  4     ann at h.example",
        "  3 tasks: 2 launched, 1 pending; the platform was out of reach for 1800 s",
        "20261123-101010-aaaa  2026-11-24 03:21  -     mara at cavatica-api.sbgenomics.c…",
        "  did not end by itself: killed, or still going on",
    ]


@pytest.mark.parametrize("user", ["mara", "ann"])
def test_a_run_has_two_lines_of_80_columns_at_most(user: str) -> None:
    every = report_of_rows([row(number, outcome) for number, outcome in enumerate(Outcome)]).summary
    refused = replace(
        HALTED, reason="2 batch tasks: " * 20, account=replace(HALTED.account, user=user)
    )
    terminal = Terminal(80, 60)

    print_runs([(HALTED, every), (refused, every)], stream=terminal, zone=UTC)

    above = 2 if user == "mara" else 1
    assert len(terminal.seen()) == above + 4
    assert "1 launched, 1 skipped, 1 rejected, 1 failed, 1 unknown, " in terminal.getvalue()


def test_no_runs_is_a_header() -> None:
    stream = io.StringIO()

    print_runs([], stream=stream)

    assert len(stream.getvalue().splitlines()) == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_stays_on_the_line_of_its_run(text: str) -> None:
    hostile = replace(HALTED, account=Account(endpoint=text, user=text), reason=text)
    stream = io.StringIO()

    print_runs([(hostile, None)], stream=stream)

    assert len(stream.getvalue().splitlines()) == 2
    assert stream.getvalue().replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://name:secret@host.example/v2", "host.example"),
        ("http://127.0.0.1:8080/v2", "127.0.0.1:8080"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_of_the_endpoint_only_the_host_is_told(endpoint: str, host: str) -> None:
    stream = io.StringIO()

    print_runs(
        [(replace(KILLED, account=Account(endpoint=endpoint, user="u")), None)], stream=stream
    )

    assert f"u at {host} " in stream.getvalue()


def test_characters_that_standard_output_lacks_become_escapes() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii", write_through=True)

    print_runs([(replace(HALTED, reason="caf\u00e9"), None)], stream=stream)

    assert b"caf\\xe9" in buffer.getvalue()


class Failing(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, _: str) -> int:
        raise self._error


def test_a_reader_that_goes_away_is_no_error() -> None:
    print_runs([(HALTED, None)], stream=Failing(BrokenPipeError(32, "Broken pipe")))


def test_a_full_disk_is_an_error() -> None:
    full = Failing(OSError(28, "No space left on device"))

    with pytest.raises(StorageError, match="standard output: No space left on device"):
        print_runs([(HALTED, None)], stream=full)


def test_what_earlier_runs_launched_and_a_rerun_are_told_apart() -> None:
    stream = io.StringIO()
    some = report_of_rows([row(1), replace(row(2), run_id=RunId(EARLIER))]).summary
    rerun = replace(facts(), reruns=EARLIER)

    print_runs(
        [(facts(), some), (facts(), replace(some, launched_before=2)), (rerun, SUMMARY)],
        stream=stream,
        zone=UTC,
    )

    became = [line.split(".com  ")[1] for line in stream.getvalue().splitlines()[1:]]
    assert became == [
        "2 tasks: 2 launched (1 before)",
        "2 tasks: 2 launched (all before)",
        f"3 tasks: 2 launched, 1 pending; a rerun of what failed of run {EARLIER}",
    ]


def test_a_run_that_was_killed_for_certain_is_said_to_have_been() -> None:
    terminal = Terminal(80, 60)

    print_runs([(replace(KILLED, was_killed=True), None)], stream=terminal, zone=UTC)

    assert terminal.seen()[-1].strip().endswith("was killed")
