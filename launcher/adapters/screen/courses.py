"""What became on the platform of the tasks that were followed: their states, and remarks."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.words import counted, shown
from launcher.core.course import COMPLETED, has_ended
from launcher.core.entry import RunId
from launcher.core.reasons import Digest, Remarked, rerun_of, statuses_in_words
from launcher.core.report import Summary

_REMARKS_SHOWN = 12


def course_blocks(summary: Summary, digest: Digest) -> Iterator[RenderableType]:
    """Yield how the launched tasks stand on the platform, what is slow or odd, and the mend."""
    if not summary.launched:
        return
    yield Text(states_in_words(summary))
    if digest.remarks:
        yield Text("")
        yield _remarks(digest.remarks)
    if digest.failed:
        yield _relaunching(digest.failed)
    if digest.remarks or digest.failed:
        yield Text("")


def states_in_words(summary: Summary) -> str:
    """Return `Of 20 launched tasks all completed`, or how many are in which state."""
    launched = counted(summary.launched, "launched task")
    if summary.states.get(COMPLETED) == summary.launched:
        return f"Of {launched} all have completed."
    states = Counter(summary.states)
    going = sum(count for status, count in states.items() if not has_ended(status))
    words = f"Of {launched}: {statuses_in_words(states)}"
    return f"{words}; {going:,} not ended." if going else f"{words}."


def _relaunching(failed: Counter[RunId]) -> RenderableType:
    """Return the command that launches clones of what failed, of the run with the most of it."""
    others = len(failed) - 1
    words = Text("  do: ", style="bold").append(
        f"to launch clones of what failed: {rerun_of(failed)}"
    )
    if others:
        words.append(f", and so for {counted(others, 'other run')} (run_id in the report)")
    return words


def _remarks(remarks: Sequence[Remarked]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for remarked in remarks[:_REMARKS_SHOWN]:
        row = remarked.example
        example = f"e.g. {row.task_id} ({shown(row.source, limit=80)})"
        words = Group(Text(shown(row.remark or "")), Padding(Text(example), (0, 0, 0, 2)))
        grid.add_row(Text(f"{remarked.count:,}"), words)
    rest = remarks[_REMARKS_SHOWN:]
    if rest:
        tasks = counted(sum(remarked.count for remarked in rest), "task")
        grid.add_row(Text(), Text(f"and other remarks on {tasks}: see the report"))
    return grid
