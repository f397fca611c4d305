"""Reports for tickets, read back by a renderer that knows nothing of the launcher."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from launcher.adapters.reports import check_target
from launcher.adapters.reports.forms import FORMS
from launcher.adapters.reports.ticket.spans import prose, span, table
from launcher.adapters.reports.ticket.writing import SIZE
from launcher.core.advice import CODES, STATUSES, advice_for, advice_on_outcome
from launcher.core.costs import Cost
from launcher.core.entry import Account
from launcher.core.errors import UsageError
from launcher.core.explanation import everything
from launcher.core.outcome import Outcome
from launcher.core.report import Report, Wait
from launcher.core.row import Row
from launcher.core.words import shown
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

BLOCKS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td"}
WORDS = {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
REFUSED = replace(
    row(3, Outcome.REJECTED), error_code=7024, http_status=400, error_message="misses reads"
)
HINT = (
    "All tasks are in `launcher report 20261124-032141-9f3c -o tasks.csv`, bare ids by outcome in "
    "`launcher report 20261124-032141-9f3c --split DIR`; `launcher explain CODE` says more of a "
    "code.\n"
)


def ticket(report: Report) -> str:
    return "".join(FORMS[".md"](report))


def tokens_of(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)


def assert_plain(text: str) -> None:
    """Let a ticket be headings, paragraphs and tables of words and code, and nothing else."""
    first, *blocks = tokens_of(text)
    assert (first.type, first.content) == ("html_block", text.split("\n", maxsplit=1)[0] + "\n")
    for block in blocks:
        assert (
            block.type == "inline"
            or block.type.removesuffix("_open") in BLOCKS
            or (block.type.removesuffix("_close") in BLOCKS)
        )
        for word in block.children or []:
            assert word.type in WORDS
            assert word.type == "code_inline" or not {"@", "<", ">", "`", "|"} & set(word.content)
            assert word.type == "code_inline" or "://" not in word.content


def cells_of(text: str) -> Iterator[list[str]]:
    """Yield what stands in the cells of each row, of code the code."""
    cells: list[str] | None = None
    for token in tokens_of(text):
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline" and cells is not None:
            cells.append("".join(word.content for word in token.children or []))
        elif token.type == "tr_close" and cells is not None:
            yield cells
            cells = None


# ---------------------------------------------------------------- what it tells


@pytest.mark.parametrize(
    ("exit_code", "verdict"),
    [(0, "All well"), (1, "Not all well"), (130, "Not finished"), (None, "Not finished")],
)
def test_all_is_well_only_where_the_exit_code_says_so(exit_code: int | None, verdict: str) -> None:
    run = replace(facts(), exit_code=exit_code)

    assert f"**{verdict}: 1 of 1 task launched.**" in ticket(report_of_rows([row(1)], run))


def test_a_run_that_ended_before_its_ideal_is_not_held_against_it() -> None:
    early = replace(facts(), duration_s=80.0, ideal_s=600.0)

    assert "healthy platform" not in ticket(report_of_rows([row(1)], early))


def test_a_ticket_tells_the_run_its_verdict_what_is_wrong_and_the_mend() -> None:
    run = replace(facts(), exit_code=4, reason="--limit 4 is reached", ideal_s=9.7)
    failed = replace(row(4), status="FAILED", remark="failed on the platform: no disk")
    report = report_of_rows([row(1), replace(row(2), run_id=EARLIER), REFUSED, failed], run)
    cost = Cost(
        project="mara/lung",
        app="mara/lung/align",
        currency="USD",
        tasks=3,
        priced=1,
        amount=Decimal("12.5"),
    )
    summary = replace(report.summary, states={"QUEUED": 2, "FAILED": 1}, costs=(cost,))
    waits = (
        Wait(at=AT, for_s=20.0, why="the budget is used up"),
        Wait(at=AT, for_s=40.0, why="throttled"),
    )

    assert ticket(with_summary(replace(report, waits=waits), summary)) == (
        "<!-- A report of the launcher, for a ticket -->\n"
        "# Launcher run `20261124-032141-9f3c`\n"
        "\n"
        "**Not all well: 3 of 4 tasks launched, 1 rejected, "
        "1 launched and FAILED or ABORTED on the platform.**\n"
        "\n"
        "|  |  |\n"
        "| --- | --- |\n"
        "| run | `20261124-032141-9f3c` |\n"
        "| endpoint | `https://cavatica-api.sbgenomics.com/v2` |\n"
        "| user | `mara` |\n"
        "| host | `node7` |\n"
        "| launcher | `0.1.0` |\n"
        "| started | 2026-11-24T03:21:41.123Z |\n"
        "| ended | 2026-11-24T03:23:01.123Z |\n"
        "| took | 1 min 20 s; 10 s on a healthy platform with nobody else at its budget |\n"
        "| exit code | 4: halted as you asked (by --limit and alike), or by a long outage; "
        "more is pending |\n"
        "| stopped early | `--limit 4 is reached` |\n"
        "| requests | 304, 152.00 a launched task, none throttled |\n"
        "| waits | 2 waits, 1 min in all; 40 s for `throttled` |\n"
        "\n"
        "## Tasks\n"
        "\n"
        "| outcome | tasks |  |\n"
        "| --- | --- | --- |\n"
        "| launched | 3 | 2 now, 1 by earlier runs |\n"
        "| rejected | 1 | the platform refuses this task |\n"
        "\n"
        "## What went wrong\n"
        "\n"
        "### 1 rejected: code 7024, HTTP 400: the task does not pass the platform's validation\n"
        "\n"
        "Do: Open the task on the platform, mend what its page complains about, and run again.\n"
        "\n"
        "| task | name | from | what is told of it | request id |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| `{task(3)}` | `align 3` | `tasks.txt:3` | `misses reads` | `a-1` |\n"
        "\n"
        "### 1 launched, and FAILED on the platform\n"
        "\n"
        "Do: To launch clones of what failed: "
        "`launcher run --rerun-failed 20261124-032141-9f3c`.\n"
        "\n"
        "| task | name | from | what is told of it | request id |\n"
        "| --- | --- | --- | --- | --- |\n"
        f"| `{task(4)}` | `align 4` | `tasks.txt:4` | `failed on the platform: no disk` | `a-1` |\n"
        "\n"
        "## Costs\n"
        "\n"
        "| app | project | with a price | cost so far |\n"
        "| --- | --- | --- | --- |\n"
        "| `mara/lung/align` | `mara/lung` | 1 of 3 tasks | `USD` 12.50 |\n"
        "\n"
        f"{HINT}"
    )


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([], "No task was asked for."),
        ([Outcome.LAUNCHED] * 2, "All well: 2 of 2 tasks launched."),
        ([Outcome.SKIPPED], "All well: 0 of 1 task launched, 1 skipped."),
        ([Outcome.PENDING], "Not finished: 0 of 1 task launched, 1 pending."),
        ([Outcome.UNKNOWN], "Not all well: 0 of 1 task launched, 1 unknown."),
    ],
)
def test_the_verdict_is_a_line(outcomes: Sequence[Outcome], verdict: str) -> None:
    rows = [row(number, outcome) for number, outcome in enumerate(outcomes)]

    assert ticket(report_of_rows(rows)).split("\n")[3] == f"**{verdict}**"


@pytest.mark.parametrize("changes", [{"exit_code": 5}, {"exit_code": None, "ended_at": None}])
def test_who_did_not_end_well_is_not_all_well(changes: dict[str, int | None]) -> None:
    odd = replace(facts(), **changes)  # type: ignore[arg-type]  # a table

    told = ticket(report_of_rows([row()], odd)).split("\n")[3]

    assert told == "**Not finished: 1 of 1 task launched.**"


@pytest.mark.parametrize(
    ("was_killed", "why"),
    [(False, "the run was killed, or still goes on"), (True, "the run was killed")],
)
def test_a_run_without_an_end_says_so(was_killed: bool, why: str) -> None:  # noqa: FBT001 - a table
    endless = replace(
        facts(), ended_at=None, exit_code=None, requests=None, throttled=None, duration_s=None
    )
    endless = replace(endless, was_killed=was_killed)

    told = [*cells_of(ticket(report_of_rows([row()], endless)))]

    assert ["exit code", f"none: {why}"] in told
    assert ["requests", f"not known: {why}"] in told


def test_a_plan_names_no_run_of_the_journal_and_claims_no_launch() -> None:
    plan = replace(facts(), requests={"bulk_read": 1, "user": 1})

    text = ticket(report_of_rows([row(1, Outcome.PENDING)], plan))

    assert ["exit code", "0"] in [*cells_of(text)]
    assert "launcher report" not in text


def test_an_abort_tells_what_it_was_about_and_what_still_goes_on() -> None:
    ended = replace(row(1), status="ABORTED", remark="aborted")
    refused = replace(row(2), status="RUNNING", remark="refused: HTTP 403: no")
    report = report_of_rows([ended, refused], replace(facts(), aborts=EARLIER))
    report = with_summary(report, replace(report.summary, aborts={"aborted": 1, "refused": 1}))

    text = ticket(report)

    assert f"**Abort of run `{EARLIER}`: 1 aborted, 1 refused.**" in text
    assert [line for line in text.split("\n") if line.startswith("#")] == [
        "# Launcher run `20261124-032141-9f3c`",
        "## Tasks",
        "## What went wrong",
        "### 1 not aborted: refused",
    ]


def test_twenty_thousand_rows_are_a_page() -> None:
    text = ticket(report_of_rows((REFUSED, replace(REFUSED, error_code=7012)) * 10_000))

    assert text.count("\nand 9,980 more\n") == 2
    assert text.count("\n") < 90
    assert len(text) < 10_000


@pytest.mark.parametrize("text", ["x" * 300, HOSTILE["bidi"] * 40, "|" * 300])
def test_ever_so_many_reasons_fit_into_a_ticket(text: str) -> None:
    codes = range(3000, 3250)
    rows = [
        row
        for number, code in enumerate(codes)
        for row in [replace(hostile_row(text), task_id=task(number), error_code=code)] * 30
    ]
    costs = tuple(
        Cost(
            project=f"{number}{text}",
            app=text,
            currency=f"{number}",
            tasks=1,
            priced=1,
            amount=Decimal(1),
        )
        for number in range(100)
    )
    run = replace(facts(), reason=text, host=text, account=Account(endpoint=text, user=text))
    report = report_of_rows(rows, run)

    written = ticket(with_summary(report, replace(report.summary, costs=costs)))

    assert 10_000 < len(written) <= SIZE
    left = len(codes) - written.count("\n### ")
    assert f"\nAnd {left} other reasons of {left * 30:,} tasks.\n" in written
    assert written.endswith(HINT)
    assert_plain(written)


# ---------------------------------------------------------------- whoever wrote it


def hostile_report(text: str, outcome: Outcome = Outcome.REJECTED) -> Report:
    row = replace(hostile_row(text), outcome=outcome, remark=text, request_id=text)
    run = replace(facts(), reason=text, host=text, version=text)
    run = replace(run, account=Account(endpoint=text, user=text))
    report = report_of_rows([row], run)
    cost = Cost(project=text, app=text, currency=text, tasks=1, priced=1, amount=Decimal(1))
    waits = (Wait(at=AT, for_s=1.0, why=text),)
    return with_summary(replace(report, waits=waits), replace(report.summary, costs=(cost,)))


MARKUP = {
    "mention": "@mara please @org/team",
    "reference": "see #1, GH-1, mara/lung#2 and 0123456789abcdef0123456789abcdef01234567",
    "address": "https://evil.example www.evil.example a@evil.example",
    "link": "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "table": "| a | b |\n|---|---|",
    "pipe after a backslash": r"a\|b\\|c|",
    "ticks": "a `b` ``c`` ```d",
    "a tick": "`",
    "fence": "```\ncode\n```",
    "heading": "\n# title\n\n---\n",
    "comment": "--> <b>bold</b> <!--",
    "emphasis": "**bold** _it_ ~~gone~~ &copy; :smile:",
    "backslash": "ends in \\",
}
TEXTS = HOSTILE | MARKUP


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.LAUNCHED])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_nothing_that_others_wrote_is_markup(text: str, outcome: Outcome) -> None:
    written = ticket(hostile_report(text, outcome))

    assert_plain(written)
    assert all(one.isprintable() or one in "\n\u3000" for one in written)


@given(st.text(alphabet=st.sampled_from("`|\\ ab<@&\n*_[]()#~\u202e")), st.sampled_from(Outcome))
def test_no_text_at_all_is_markup(text: str, outcome: Outcome) -> None:
    assert_plain(ticket(hostile_report(text, outcome)))


@given(st.text(alphabet=st.sampled_from("`|\\ ab<")))
def test_a_cell_holds_what_was_written(text: str) -> None:
    rows = [*cells_of(table(("a", "b"), [(span(text, limit=100), "next")]))]

    (found, following) = rows[1]
    assert following == "next"
    assert found.replace(r"\x5c", "\\") == shown(text, limit=100)


def test_no_two_renderers_differ_about_a_pipe() -> None:
    assert span(r"a\|b\\|c|", limit=100) == r"`a\x5c\|b\x5c\x5c\|c\|`"


def test_our_own_words_are_no_markup_either() -> None:
    advice = [
        *(advice_for(code) for code in CODES),
        *(advice_for(None, status) for status in STATUSES),
        *map(advice_on_outcome, Outcome),
        *(one.advice for one in everything()),
    ]

    for one in filter(None, advice):
        for words in (prose(one.means), prose(one.mend)):
            assert_plain(f"<!-- -->\n# {words}\n\n{table((words,), [])}")


def test_another_programs_page_is_not_replaced(tmp_path: Path) -> None:
    for text in ("# Notes\n", "<!-- mine -->\n# Notes\n"):
        (tmp_path / "report.md").write_text(text)

        with pytest.raises(UsageError, match="no report of the launcher"):
            check_target(tmp_path / "report.md")


def test_a_row_without_anything_is_told() -> None:
    bare: Row = replace(
        row(1, Outcome.UNKNOWN), name=None, request_id=None, source="", error_message=None
    )

    *_, found = cells_of(ticket(report_of_rows([bare])))

    assert found == [task(1), "", "", "", ""]
