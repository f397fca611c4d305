"""A report for a ticket: a page of GitHub-flavoured Markdown, however many tasks there are."""

from collections.abc import Iterator
from typing import Final

from launcher.adapters.reports.groups import groups_of
from launcher.adapters.reports.head import costs_of, counts_of, head_of
from launcher.core.reasons import digest_of
from launcher.core.report import TICKET_BEGINNING, Report

TASKS_SHOWN: Final = 20
"""Of one reason; the others are counted."""

SIZE: Final = 60_000
"""Characters at most; a ticket of GitHub takes 65,536."""


def markdown_of(report: Report) -> Iterator[str]:
    """Yield what a person needs who is to help: the run, its verdict, its counts, what is wrong.

    Reasons, and tasks of a reason, beyond a bound are counted, so that all fits into a ticket.
    """
    digest = digest_of(report.rows, run=report.run.run_id, examples=TASKS_SHOWN)
    run = report.run.run_id
    more = (
        f"All tasks are in `launcher report {run} -o tasks.csv`, bare ids by outcome in "
        f"`launcher report {run} --split DIR`; `launcher explain CODE` says more of a code.\n"
    )
    begin = f"{TICKET_BEGINNING}{head_of(report)}{counts_of(report, digest)}"
    end = f"{costs_of(report.summary.costs)}{more}"
    room = SIZE - len(begin) - len(end)
    yield begin
    yield from groups_of(digest, is_abort=report.run.aborts is not None, room=room)
    yield end
