"""What stands at the end of a run: outcomes, reasons, requests, reports, how to go on."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TextIO

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import STYLES, print_blocks, print_out
from launcher.adapters.screen.costs import cost_lines
from launcher.adapters.screen.courses import course_blocks
from launcher.adapters.screen.words import (
    counted,
    day_and_time,
    duration,
    plan_in_words,
    requests_in_words,
    shown,
)
from launcher.core.advice import advice_on_outcome
from launcher.core.course import has_ended
from launcher.core.entry import RunId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan
from launcher.core.reasons import Digest, Reason, statuses_in_words
from launcher.core.report import Report
from launcher.core.text import visible

_REASONS_SHOWN = 12
_LEFT = (Outcome.PENDING, Outcome.FAILED, Outcome.UNKNOWN)


def print_closing(  # noqa: PLR0913 - each by its name
    report: Report,
    *,
    stream: TextIO,
    report_paths: Sequence[str] = (),
    go_on: str | None = None,
    followed: bool = False,
    watched: bool = False,
    zone: tzinfo | None = None,
) -> None:
    """Print the end of a run on `stream`; it never raises for what the stream cannot take.

    `go_on` is the command that continues; it is shown where something is left. `followed`: tell
    what became of the launched tasks on the platform. `watched`: nothing was to be started.
    `zone` is shown instead of the local one.
    """
    digest = report.digest
    blocks: list[RenderableType] = [_outcomes(report, digest, zone, watched=watched)]
    if followed:
        blocks += course_blocks(report.summary, digest)
    if digest.reasons:
        blocks += [Text(""), draw_reasons(digest.reasons), Text("")]
    lines = (*cost_lines(report.summary.costs), _requests(report, digest), *_ending(report))
    blocks += [Text(line) for line in lines]
    blocks += [_whole("Report: ", path) for path in report_paths]
    if go_on is not None:
        blocks += [_whole(words, go_on) for words in _going_on(report, followed=followed)]
    print_blocks(blocks, stream)


def print_plan(plan: Plan, forecast: Forecast, report: Report, *, stream: TextIO) -> None:
    """Print what a run would do, and why it would refuse tasks; raises as `print_out`."""
    blocks: list[RenderableType] = [Text(plan_in_words(plan, forecast))]
    refused = [reason for reason in report.digest.reasons if reason.outcome is Outcome.REJECTED]
    if refused:
        blocks.append(draw_reasons(refused))
    print_out(blocks, stream)


def _outcomes(
    report: Report, digest: Digest, zone: tzinfo | None, *, watched: bool
) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for outcome in Outcome:
        count = getattr(report.summary, outcome.value)
        if count or (outcome is Outcome.LAUNCHED and not report.summary.requested):
            note = _note(outcome, digest, report.run.run_id, zone)
            note = "not started yet" if watched and outcome is Outcome.PENDING else note
            name = f"{outcome.value}:" if note else outcome.value
            style = STYLES[outcome]
            grid.add_row(Text(f"{count:,}", style=style), Text(name, style=style), Text(note))
    return grid


def _note(outcome: Outcome, digest: Digest, run: RunId, zone: tzinfo | None) -> str:
    match outcome:
        case Outcome.LAUNCHED:
            return _launched(digest, run, zone)
        case Outcome.SKIPPED:
            statuses = statuses_in_words(digest.skipped)
            return f"no drafts any more, and not started by this journal ({statuses})"
        case Outcome.REJECTED:
            return ""
        case _:
            advice = advice_on_outcome(outcome)
            return "" if advice is None else advice.means


def _launched(digest: Digest, run: RunId, zone: tzinfo | None) -> str:
    runs = sorted(digest.launched.keys() - {run})
    if not runs:
        return ""
    now = digest.launched[run]
    before = digest.launched.total() - now
    at = digest.first_at.get(runs[-1])
    on = "" if at is None else f" on {day_and_time(at, zone=zone)}"
    many = "" if len(runs) == 1 else f"{len(runs):,} other runs, the last "
    count = f"{now:,} now, {before:,}" if now else "all"
    return f"{count} by {many}run {shown(runs[-1])}{on}"


def draw_reasons(reasons: Sequence[Reason]) -> RenderableType:
    """Return a table of reasons, each with an example and what to do about it."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for reason in reasons[:_REASONS_SHOWN]:
        style = STYLES[reason.outcome]
        name = Text(reason.outcome.value, style=style)
        grid.add_row(Text(f"{reason.count:,}", style=style), name, _explained(reason))
    rest = reasons[_REASONS_SHOWN:]
    if rest:
        tasks = counted(sum(reason.count for reason in rest), "task")
        more = f"and {counted(len(rest), 'other reason')} of {tasks}: see the report"
        grid.add_row(Text(), Text(), Text(more))
    return grid


def _explained(reason: Reason) -> RenderableType:
    row = reason.example
    words = "" if row.error_message is None else f": {shown(row.error_message)}"
    example = f"{row.task_id} ({shown(row.source, limit=80)}){words}"
    lines: list[RenderableType] = [Text(reason.what)]
    lines.append(Padding(Text(f"e.g. {example}"), (0, 0, 0, 2)))
    if reason.mend:
        lines.append(Padding(Text(f"do: {reason.mend}", style="bold"), (0, 0, 0, 2)))
    return Group(*lines)


def _requests(report: Report, digest: Digest) -> str:
    summary = report.summary
    if summary.requests is None:
        return "How many requests it took is not known: the run was killed, or still goes on."
    now = digest.launched[report.run.run_id]
    parts = [requests_in_words(summary.requests, launched=now)]
    parts.append(f"{summary.throttled:,} throttled" if summary.throttled else "none throttled")
    if summary.retries:
        parts.append(f"{summary.retries:,} sent again")
    if summary.duration_s is not None:
        parts.append(f"in {duration(summary.duration_s)}")
    return ", ".join(parts)


def _ending(report: Report) -> tuple[str, ...]:
    run = report.run
    if run.reason is None:
        return ()
    return (f"Stopped early: {shown(run.reason, limit=1000)} (exit code {run.exit_code})",)


def _going_on(report: Report, *, followed: bool) -> tuple[str, ...]:
    if followed and not all(map(has_ended, report.summary.states)):
        return ("To go on: ",)
    if any(getattr(report.summary, outcome.value) for outcome in _LEFT):
        return ("To go on: ",)
    return ("Once that is mended: ",) if report.summary.rejected else ()


def _whole(words: str, path: str) -> Text:
    text = Text(words, no_wrap=True)
    return text.append(visible(path), style="bold")
