"""What went wrong, for a ticket: a section for each reason, with some of its tasks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from launcher.adapters.reports.ticket.spans import prose, span, table
from launcher.core.course import FAILED
from launcher.core.fate import fate_in
from launcher.core.reasons import Digest, Reason, Remarked
from launcher.core.row import Row
from launcher.core.words import counted

_NAME_LIMIT = 60
_MESSAGE_LIMIT = 160
_LAST_LINE = 100
"""Characters kept free for what is said of the reasons that have no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """`count` tasks that share a reason, the rows of some, and what to do; all words are ours."""

    count: int
    title: str
    rows: Sequence[Row]
    mend: str = ""


def groups_of(digest: Digest, *, is_abort: bool, room: int) -> Iterator[str]:
    """Yield the reasons, the most frequent first, as far as there is room for them."""
    groups = [*map(_of_reason, digest.reasons), *_of_remarks(digest.remarks, is_abort=is_abort)]
    head = "## What went wrong\n\n"
    if not groups:
        return
    yield head
    room -= len(head) + _LAST_LINE
    for place, group in enumerate(groups):
        text = _drawn(group)
        room -= len(text)
        if room < 0:
            left = groups[place:]
            tasks = counted(sum(group.count for group in left), "task")
            yield f"And {counted(len(left), 'other reason')} of {tasks}.\n\n"
            return
        yield text


def _of_reason(reason: Reason) -> _Group:
    what = f": {reason.what}" if reason.what else ""
    return _Group(
        count=reason.count,
        title=f"{reason.outcome}{what}",
        rows=reason.examples,
        mend=reason.mend,
    )


def _of_remarks(remarks: Sequence[Remarked], *, is_abort: bool) -> Iterator[_Group]:
    """Yield what is slow, odd or failed about launched tasks; in an abort, what still goes on."""
    for remarked in remarks:
        example = remarked.example
        fate = fate_in(example.remark) if is_abort else None
        if is_abort and (fate is None or fate.is_fine):
            continue
        is_failed = fate is None and example.status == FAILED
        what = f"launched, and {FAILED} on the platform" if is_failed else "launched, with a remark"
        again = f"To launch clones of what failed: `launcher run --rerun-failed {example.run_id}`."
        yield _Group(
            count=remarked.count,
            title=what if fate is None else f"not aborted: {fate}",
            rows=remarked.examples,
            mend=again if is_failed else "",
        )


def _drawn(group: _Group) -> str:
    title = f"### {group.count:,} {prose(group.title)}\n\n"
    mend = f"Do: {prose(group.mend)}\n\n" if group.mend else ""
    rest = group.count - len(group.rows)
    more = f"\nand {rest:,} more\n" if rest else ""
    heads = ("task", "name", "from", "what is told of it", "request id")
    return f"{title}{mend}{table(heads, map(_cells, group.rows))}{more}\n"


def _cells(row: Row) -> tuple[str, ...]:
    return (
        f"`{row.task_id}`",
        span(row.name, limit=_NAME_LIMIT),
        span(row.source, limit=_NAME_LIMIT),
        span(row.error_message or row.remark, limit=_MESSAGE_LIMIT),
        span(row.request_id, limit=_NAME_LIMIT),
    )
