"""Settings as people see them, on a terminal and in a pipe."""

import io

import pytest

from launcher.adapters.screen import print_settings
from support.terminal import Terminal

ROWS = (
    ("concurrency", "16", "default"),
    ("ca_file", "/etc/\x1b[31mred", "the settings file"),
    ("journal", "/home/mara/" + "deep/" * 12 + "journal.db", "LAUNCHER_JOURNAL"),
)


@pytest.fixture(autouse=True)
def terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_pipe_gets_a_line_for_each_setting_however_long_and_no_control_characters() -> None:
    stream = io.StringIO()

    print_settings(ROWS[:2], head="Settings file: a\x1bb.toml", foot="More.", stream=stream)

    assert stream.getvalue().splitlines() == [
        r"Settings file: a\x1bb.toml",
        "setting      value             from",
        "concurrency  16                default",
        r"ca_file      /etc/\x1b[31mred  the settings file",
        "More.",
    ]


def test_a_terminal_of_80_columns_shows_long_values_as_a_whole() -> None:
    terminal = Terminal(80, 20)

    print_settings(ROWS, head="Settings file: a.toml", foot="More.", stream=terminal)

    seen = terminal.seen()
    value = "".join(line[13:].partition("  ")[0].strip() for line in seen[4:-1])
    assert seen[2].split() == ["concurrency", "16", "default"]
    assert value == ROWS[2][1]
    assert seen[4].rstrip().endswith("LAUNCHER_JOURNAL")
