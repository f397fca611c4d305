"""A report for a ticket: a page of GitHub-flavoured Markdown, however many tasks there are."""

from collections.abc import Iterator
from typing import Final

from launcher.adapters.reports.ticket.groups import groups_of
from launcher.adapters.reports.ticket.head import costs_of, counts_of, head_of
from launcher.core.reasons import digest_of
from launcher.core.report import TICKET_BEGINNING, Report, RunFacts

TASKS_SHOWN: Final = 20
"""Of one reason; the others are counted."""

SIZE: Final = 60_000
"""Characters at most; a ticket of GitHub takes 65,536."""


def markdown_of(report: Report) -> Iterator[str]:
    """Yield what a person needs who is to help: the run, its verdict, its counts, what is wrong.

    Reasons, and tasks of a reason, beyond a bound are counted, so that all fits into a ticket.
    """
    digest = digest_of(report.rows, run=report.run.run_id, examples=TASKS_SHOWN)
    begin = f"{TICKET_BEGINNING}{head_of(report)}{counts_of(report, digest)}"
    end = f"{costs_of(report.summary.costs)}{_hint_of(report.run)}"
    room = SIZE - len(begin) - len(end)
    yield begin
    yield from groups_of(digest, is_abort=report.run.aborts is not None, room=room)
    yield end


def _hint_of(run: RunFacts) -> str:
    """Return where all tasks are; what only looked (a plan, a watch) is in no journal."""
    if not run.may_have_launched and run.aborts is None:
        return ""
    again = f"launcher report {run.run_id}"
    return (
        f"All tasks are in `{again} -o tasks.csv`, bare ids by outcome in `{again} --split DIR`; "
        "`launcher explain CODE` says more of a code.\n"
    )
