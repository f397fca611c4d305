import io
from collections.abc import Iterable
from dataclasses import replace

import pytest

from launcher.adapters.screen import print_comparison
from launcher.core.comparison import Change, compare
from launcher.core.entry import Account, RunId
from launcher.core.outcome import Outcome
from launcher.core.row import Row
from support.report_examples import EARLIER, HOSTILE, facts, hostile_row, row, task
from support.terminal import Terminal

OLDER = replace(facts(), run_id=EARLIER)
NEWER = facts()


def printed(older: Iterable[Row], newer: Iterable[Row]) -> str:
    stream = io.StringIO()
    print_comparison(compare(older, newer), older=OLDER, newer=NEWER, stream=stream)
    return stream.getvalue()


def test_counts_come_first_and_then_each_task_that_is_not_fine_in_both() -> None:
    refused = replace(row(2, Outcome.REJECTED), error_code=7024, http_status=400)
    older = [row(1, Outcome.PENDING), refused, row(3), row(4, Outcome.FAILED)]
    newer = [replace(refused, http_status=403), row(1), row(3), row(5)]

    assert printed(older, newer) == (
        "Run 20261124-032141-9f3c, compared with the older run 20261123-101010-aaaa:\n"
        "1 recovered:         launched now\n"
        "1 still bad:         rejected, failed, unknown or pending in both\n"
        "1 still fine:        launched, or no drafts any more, in both; not listed\n"
        "1 only in the older: the newer run was not asked for them\n"
        "1 only in the newer: the older run was not asked for them\n"
        "\n"
        f"recovered:  {task(1)}  pending -> launched (QUEUED)  align 1\n"
        f"still bad:  {task(2)}  rejected (code 7024, HTTP 400) -> "
        "rejected (code 7024, HTTP 403)  align 2\n"
        f"only in the older:  {task(4)}  failed  align 4\n"
        f"only in the newer:  {task(5)}  launched (QUEUED)  align 5\n"
    )


def test_runs_without_a_task_have_nothing_to_compare() -> None:
    assert printed([], []).endswith(":\nNeither has a task.\n")


def test_accounts_are_named_where_they_differ() -> None:
    stream, theirs = io.StringIO(), Account(endpoint="https://api.example.org/v2", user="eve\x1b[m")
    older = replace(OLDER, account=theirs, run_id=RunId("1"))

    print_comparison(compare([], []), older=older, newer=NEWER, stream=stream)

    assert stream.getvalue().splitlines()[1] == (
        r"(the older one of eve\x1b[m at https://api.example.org/v2, "
        "the newer one of mara at https://cavatica-api.sbgenomics.com/v2)"
    )


@pytest.mark.parametrize("was", [*Outcome, None])
@pytest.mark.parametrize("now", [*Outcome, None])
def test_every_task_that_is_not_fine_in_both_has_a_line(
    was: Outcome | None, now: Outcome | None
) -> None:
    older = [] if was is None else [row(1, was)]
    newer = [] if now is None else [row(1, now)]

    lines = printed(older, newer).splitlines()

    changes = compare(older, newer).changes
    assert [line for line in lines if line.startswith(f"1 {Change.STILL_FINE}:")] == (
        [] if changes or was is now is None else [lines[-1]]
    )
    assert [line for line in lines if task(1) in line] == (lines[-1:] if changes else [])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_stay_on_their_line(text: str) -> None:
    terminal = Terminal(columns=100)
    print_comparison(compare([], [hostile_row(text)]), older=OLDER, newer=NEWER, stream=terminal)

    lines = printed([], [hostile_row(text)]).splitlines()
    assert len(lines) == 4
    assert all(one.isprintable() or one == "\u3000" for line in lines for one in line)
    assert "\x1b[31m" not in terminal.getvalue()
    assert "\x1b]" not in terminal.getvalue()
