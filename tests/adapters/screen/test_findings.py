import io

import pytest

from launcher.adapters.screen import print_findings
from launcher.core.errors import RefusedError, StorageError, UsageError
from launcher.core.finding import Finding, ok, refused, skipped, warning
from support.report_examples import HOSTILE
from support.terminal import Terminal

FINE = ok("file_system", "the journal is on a local disk")
DIRE = warning(
    "clock",
    "it is 3600 s ahead of the server's",
    "Set it, say by NTP; the launcher itself waits by the server's clock.",
)
TOKEN = refused("account", RefusedError("the token is refused"), "Make a new token.")
UNSEEN = skipped("budget", "the platform did not tell it")


@pytest.fixture(autouse=True)
def terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


def _printed(*findings: Finding) -> list[str]:
    stream = io.StringIO()
    print_findings(findings, stream=stream)
    return stream.getvalue().splitlines()


def test_a_pipe_gets_a_line_for_each_check_its_mend_below_it_and_the_verdict() -> None:
    assert _printed(FINE, TOKEN, DIRE, UNSEEN) == [
        "ok       file system  the journal is on a local disk",
        "trouble  account      the token is refused",
        "                        do: Make a new token.",
        "warning  clock        it is 3600 s ahead of the server's",
        (
            "                        do: Set it, say by NTP; the launcher itself waits by the "
            "server's clock."
        ),
        "-        budget       not checked: the platform did not tell it",
        "1 trouble, 1 warning: a run would end with exit code 3.",
    ]


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((FINE, UNSEEN), "All is well: a run can start."),
        ((FINE, DIRE), "A run can start; 1 warning."),
        ((DIRE, DIRE), "A run can start; 2 warnings."),
        ((TOKEN,), "1 trouble: a run would end with exit code 3."),
        (
            (TOKEN, refused("disk", StorageError("full")), refused("tls", UsageError("odd"))),
            "3 troubles: a run would end with exit code 2.",
        ),
    ],
)
def test_the_last_line_is_the_verdict(findings: tuple[Finding, ...], verdict: str) -> None:
    assert _printed(*findings)[-1] == verdict


def test_a_terminal_of_80_columns_loses_no_word() -> None:
    terminal = Terminal(80, 60)

    print_findings([FINE, TOKEN, DIRE, UNSEEN], stream=terminal)

    seen = terminal.seen()
    shown = " ".join(" ".join(seen).split())
    assert all(len(line) <= 80 for line in seen)
    for finding in (FINE, TOKEN, DIRE, UNSEEN):
        assert finding.finding in shown
        assert finding.mend is None or f"do: {finding.mend}" in shown


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_finding_stays_on_its_line(text: str) -> None:
    lines = _printed(warning("account", text, text))

    assert len(lines) == 3
    assert "".join(lines).isprintable()
