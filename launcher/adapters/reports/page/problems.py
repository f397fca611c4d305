"""What is wrong or odd about tasks, grouped, with the mend: what a page shows of a digest."""

from collections.abc import Iterator
from dataclasses import dataclass

from launcher.core.hosts import page_of_task
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest
from launcher.core.report import Row, RunFacts
from launcher.core.words import shown

SHOWN = 20
_NAME_LIMIT = 120


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
        what = reason.what or (reason.example.error_message or outcome.value)
        kind = "warned" if outcome is Outcome.LAUNCHED else outcome.value
        yield _problem(
            reason.example,
            run,
            count=reason.count,
            kind=kind,
            words=(what, reason.mend, reason.source),
        )


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
