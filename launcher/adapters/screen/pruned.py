"""What goes from a journal and what stays, in words."""

from collections.abc import Iterator
from datetime import datetime

from launcher.adapters.screen.words import counted
from launcher.core.pruning import Why
from launcher.core.sorting import Pruning

_HINT = (
    "Those had not ended when the journal last heard of them. `launcher run FILE --recheck` reads "
    "them again; what has ended by then can go once that run is as old."
)


def pruning_in_words(pruning: Pruning, *, before: datetime, dry: bool) -> Iterator[str]:
    """Yield a line for what goes, one for what stays, and why."""
    goes, stays = ("Would go", "Would stay") if dry else ("To delete", "To keep")
    when = f"before {before:%Y-%m-%d %H:%M} UTC"
    if pruning.is_empty:
        yield f"Nothing to delete: what ended {when} is gone, or has to stay."
    else:
        yield (
            f"{goes}: {counted(pruning.facts, 'fact')} of {counted(len(pruning.tasks), 'task')}, "
            f"and {counted(len(pruning.gone), 'run')} that ended {when}."
        )
    reasons = ", ".join(f"{count:,} {why}" for why in Why if (count := pruning.kept.get(why)))
    tasks = sum(pruning.kept.values())
    yield (
        f"{stays}: {counted(pruning.runs_kept, 'run')} and all facts of {counted(tasks, 'task')}"
        f"{f': {reasons}' if reasons else ''}."
    )
    if pruning.cut:
        yield (
            f"{counted(len(pruning.cut), 'run')} of them with a part of their tasks: they can be "
            "aborted, but have no report and no --rerun-failed any more."
        )
    if pruning.kept.get(Why.ACTIVE):
        yield _HINT
