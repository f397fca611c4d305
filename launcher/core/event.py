"""What programs are told of a run while it goes on: events, each made of one fact of the journal.

The table below is the schema, see docs/events.md: names and members stay, more may be added.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import attrgetter

from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    Attempted,
    CloneIntended,
    CloneSettled,
    Entry,
    NewsTold,
    Record,
    RunId,
    RunStarted,
    Seen,
    Settled,
    Unseen,
    Waited,
)
from launcher.core.ids import TaskId
from launcher.core.report import Report

SCHEMA = 1
RUN_ENDED = "run_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, when and in which run; `members` depend on `name` alone."""

    name: str
    at: datetime
    run: RunId
    members: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Form:
    """Which event a kind of fact becomes, and of what each member is made."""

    name: str
    members: Mapping[str, str]


def _form(name: str, *same: str, **other: str) -> _Form:
    return _Form(name, {**other, **{member: member for member in same}})


_TASK = {"task_id": "task"}
_ANSWER = ("http_status", "code", "message", "request_id")

_FORMS: Mapping[type[Entry], _Form] = {
    RunStarted: _form(
        "run_started",
        *("host", "version", "arguments", "max_attempts", "aborts", "reruns"),
        endpoint="account.endpoint",
        user="account.user",
    ),
    Seen: _form(
        "task_seen",
        *("status", "name", "project", "app", "batch", "executed_by", "clone_of"),
        **_TASK,
    ),
    Unseen: _form("task_unseen", *_ANSWER, **_TASK),
    Attempted: _form("attempted", "number", **_TASK),
    Settled: _form(
        "settled", "number", "meaning", *_ANSWER, "status", "errors", "latency_s", **_TASK
    ),
    AbortAttempted: _form("abort_attempted", "number", **_TASK),
    AbortSettled: _form(
        "abort_settled", "number", "meaning", *_ANSWER, "status", "latency_s", **_TASK
    ),
    CloneIntended: _form("clone_attempted", "number", "project", "app", "name", **_TASK),
    CloneSettled: _form(
        "clone_settled",
        *("number", "meaning", "name", *_ANSWER, "confirmed_by_list"),
        clone_id="clone",
        **_TASK,
    ),
    Waited: _form("waited", "for_s", "why"),
    NewsTold: _form("news_told", "tasks", "stopped", "throttled"),
}


def becomes_event(record: Record) -> bool:
    """Say whether that kind of fact becomes an event."""
    return type(record.entry) in _FORMS


def event_of(record: Record) -> Event | None:
    """Return the event that a fact becomes; None: that kind of fact becomes none."""
    form = _FORMS.get(type(record.entry))
    if form is None:
        return None
    members = {name: attrgetter(of)(record.entry) for name, of in form.members.items()}
    return Event(name=form.name, at=record.at, run=record.run, members=members)


def end_of(
    run: RunId, report: Report | None, *, at: datetime, exit_code: int, reports: Sequence[str]
) -> Event:
    """Return the last event of a run, whose `reports` are written by then."""
    summary = None if report is None else asdict(report.summary)
    if summary is not None and summary["aborts"] is None:
        del summary["aborts"]
    members = {
        "exit_code": exit_code,
        "reason": None if report is None else report.run.reason,
        "reports": reports,
        "summary": summary,
    }
    return Event(name=RUN_ENDED, at=at, run=run, members=members)


class Changes:
    """Leaves out the reads that show a task in the state in which it was told last."""

    def __init__(self) -> None:
        self._told: dict[TaskId, str] = {}

    def event_of(self, record: Record) -> Event | None:
        """Return the event that a fact becomes; None: it tells nothing new."""
        match record.entry:
            case Seen(task=task, status=status, clone_of=clone_of):
                if self._told.get(task) == status and clone_of is None:
                    return None
                self._told[task] = status
            case (
                Settled(task=task, status=str(status)) | AbortSettled(task=task, status=str(status))
            ):
                self._told[task] = status
            case _:
                pass
        return event_of(record)
