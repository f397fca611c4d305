"""What stands at the end of an abort: what became of the tasks, why not, how to go on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import print_blocks
from launcher.adapters.screen.words import counted, duration, shown
from launcher.core.fate import Fate
from launcher.core.report import Report
from launcher.core.text import visible

_REASONS_SHOWN = 12
_MEANS: Mapping[Fate, str] = {
    Fate.ABORTED: "ended, or being ended, by this abort or an earlier one",
    Fate.ENDED: "were over, or being ended, without it",
    Fate.DRAFT: "still drafts: they were never started",
    Fate.FOREIGN: "started by somebody else: left alone",
    Fate.REFUSED: "the platform refuses to abort them",
    Fate.FAILED: "still active after all attempts",
    Fate.UNKNOWN: "it could not be learnt whether they end",
    Fate.PENDING: "not asked for: the abort ended before",
}


def print_aborted(
    report: Report, *, stream: TextIO, report_paths: Sequence[str] = (), go_on: str | None = None
) -> None:
    """Print the end of an abort on `stream`; it never raises for what the stream cannot take."""
    counts = report.summary.aborts or {}
    blocks: list[RenderableType] = [_counts(counts)]
    blocks += [Text(line) for line in (*_reasons(report), _requests(report), *_ending(report))]
    blocks += [_whole("Report: ", path) for path in report_paths]
    if go_on is not None and any(not Fate(fate).is_fine for fate in counts):
        blocks.append(_whole("To go on: ", go_on))
    print_blocks(blocks, stream)


def _counts(counts: Mapping[str, int]) -> RenderableType:
    if not counts:
        return Text("Nothing to abort: that run launched no task.")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for fate, count in counts.items():
        style = "green" if Fate(fate).is_fine else "red"
        grid.add_row(
            Text(f"{count:,}", style=style), Text(f"{fate}:", style=style), Text(_MEANS[Fate(fate)])
        )
    return grid


def _reasons(report: Report) -> Iterator[str]:
    """Yield each reason of trouble once, with how many tasks it befell and one of them."""
    tasks: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for row in report.rows:
        remark = row.remark or ""
        if ":" in remark:
            tasks[remark] += 1
            examples.setdefault(remark, row.task_id)
    for remark, count in tasks.most_common(_REASONS_SHOWN):
        yield f"  {counted(count, 'task')} {shown(remark)} (e.g. {examples[remark]})"
    if len(tasks) > _REASONS_SHOWN:
        yield f"  and {counted(len(tasks) - _REASONS_SHOWN, 'other reason')}: see the report"


def _requests(report: Report) -> str:
    summary = report.summary
    if summary.requests is None:
        return "How many requests it took is not known: it was killed, or still goes on."
    took = "" if summary.duration_s is None else f" in {duration(summary.duration_s)}"
    return f"{counted(summary.requests, 'request')}{took}, of run {shown(report.run.run_id)}"


def _ending(report: Report) -> tuple[str, ...]:
    run = report.run
    if run.reason is None:
        return ()
    return (f"Stopped early: {shown(run.reason, limit=1000)} (exit code {run.exit_code})",)


def _whole(words: str, path: str) -> Text:
    return Text(words, no_wrap=True).append(visible(path), style="bold")
