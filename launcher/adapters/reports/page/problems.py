"""What is wrong or odd about tasks, grouped, with the mend: what a page shows of a digest."""

from collections.abc import Iterator
from dataclasses import dataclass

from launcher.core.hosts import page_of_task
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest, Reason
from launcher.core.report import RunFacts
from launcher.core.row import Row
from launcher.core.words import shown

SHOWN = 20
_NAME_LIMIT = 120
_YET = {Outcome.UNKNOWN: "not settled yet", Outcome.PENDING: "not started yet"}
"""What is open while a run goes on, and needs nobody."""
_GOES_ON = (
    "Nothing while the run goes on: it tries again itself. If it was killed, run the same command "
    "again: nothing is started twice."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What `count` tasks share, one of them, and what to do; `find` finds them in the table."""

    count: int
    kind: str
    what: str
    message: str
    mend: str
    find: str
    task: str
    name: str
    source: str
    page: str | None


def problems_of(digest: Digest, run: RunFacts) -> Iterator[Problem]:
    """Yield why tasks are not launched, the most frequent reason first."""
    for reason in digest.reasons:
        outcome = reason.outcome
        kind = "warned" if outcome is Outcome.LAUNCHED else outcome.value
        yield _problem(
            reason.example,
            run,
            count=reason.count,
            kind=kind,
            words=(*_told(reason, run), reason.source),
        )


def _told(reason: Reason, run: RunFacts) -> tuple[str, str]:
    """Return what it is, and what to do: a run that goes on is not done with its tasks."""
    if run.ended_at is None and reason.outcome in _YET:
        yet = _YET[reason.outcome]
        return f"{reason.source}: {yet}" if reason.source else yet, _GOES_ON
    return reason.what or reason.example.error_message or reason.outcome.value, reason.mend


def remarks_of(digest: Digest, run: RunFacts) -> Iterator[Problem]:
    """Yield what is slow or odd about launched tasks, the most frequent first."""
    for remarked in digest.remarks:
        words = (remarked.example.remark or "", "", "")
        yield _problem(
            remarked.example, run, count=remarked.count, kind=Outcome.LAUNCHED.value, words=words
        )


def _problem(
    row: Row, run: RunFacts, *, count: int, kind: str, words: tuple[str, str, str]
) -> Problem:
    what, mend, find = words
    message = shown(row.error_message or "")
    return Problem(
        count=count,
        kind=kind,
        what=shown(what),
        message="" if message.lower() in shown(what).lower() else message,
        mend=mend,
        find=find,
        task=row.task_id,
        name=shown(row.name or row.task_id, limit=_NAME_LIMIT),
        source=shown(row.source, limit=_NAME_LIMIT),
        page=page_of_task(run.account.endpoint, row.project, row.task_id),
    )
