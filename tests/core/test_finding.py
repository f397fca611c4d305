"""What several findings come to."""

import pytest

from launcher.core.errors import HaltedError, RefusedError, StorageError, UsageError
from launcher.core.finding import (
    Finding,
    State,
    document_of,
    exit_code_of,
    ok,
    refused,
    skipped,
    verdict_of,
    warning,
)

FINE = ok("disk", "82 GB free", free_bytes=82)
DIRE = warning("clock", "it is 60 s ahead", "Set it.")
UNSEEN = skipped("budget", "nobody told")
TOKEN = refused("account", RefusedError("the token is refused"), "Make a new one.")
JOURNAL = refused("journal", StorageError("it is damaged"))
SETTINGS = refused("settings", UsageError("unknown setting"))
HALT = refused("platform", HaltedError("out of reach"))


@pytest.mark.parametrize(
    ("findings", "verdict", "exit_code"),
    [
        ((), State.OK, 0),
        ((FINE, UNSEEN), State.OK, 0),
        ((FINE, DIRE, UNSEEN), State.WARNING, 0),
        ((DIRE, JOURNAL), State.TROUBLE, 5),
        ((JOURNAL, TOKEN, FINE), State.TROUBLE, 3),
        ((HALT, JOURNAL), State.TROUBLE, 5),
        ((TOKEN, JOURNAL, SETTINGS), State.TROUBLE, 2),
    ],
)
def test_the_worst_finding_is_the_verdict_and_the_foremost_trouble_the_exit_code(
    findings: tuple[Finding, ...], verdict: State, exit_code: int
) -> None:
    assert verdict_of(findings) == verdict
    assert exit_code_of(findings) == exit_code


def test_the_document_is_what_is_documented() -> None:
    assert document_of([FINE, TOKEN, UNSEEN]) == {
        "schema": 1,
        "verdict": "trouble",
        "checks": [
            {
                "name": "disk",
                "state": "ok",
                "finding": "82 GB free",
                "mend": None,
                "facts": {"free_bytes": 82},
            },
            {
                "name": "account",
                "state": "trouble",
                "finding": "the token is refused",
                "mend": "Make a new one.",
                "facts": {},
            },
            {
                "name": "budget",
                "state": "skipped",
                "finding": "not checked: nobody told",
                "mend": None,
                "facts": {},
            },
        ],
    }
