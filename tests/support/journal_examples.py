"""Entries, and a clock that only tells the time, for tests of journals."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from launcher.core.aborting import AbortMeaning
from launcher.core.cloning import CloneMeaning
from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    Account,
    Attempted,
    CloneIntended,
    CloneSettled,
    Entry,
    Inspected,
    NewsTold,
    Pruned,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
    Settled,
    Unseen,
    Waited,
)
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.ports import Wake

START = datetime(2026, 11, 24, 3, 21, 41, 123456, tzinfo=UTC)
RUN = RunId("20261124-032141-9f3c")
LATER = RunId("20261125-032141-77aa")
ACCOUNT = Account(endpoint="https://cavatica-api.sbgenomics.com/v2", user="mara")
OTHER = Account(endpoint="https://cavatica-api.sbgenomics.com/v2", user="noah")


class TickingClock:
    """Every look at it is a millisecond later."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def monotonic(self) -> float:
        return (self.now() - START).total_seconds()

    async def sleep(self, seconds: float, *, wake: Wake | None = None) -> None:
        self._now += timedelta(seconds=0.0 if wake else seconds)

    def chance(self) -> float:
        return 0.5


def task(number: int) -> TaskId:
    return TaskId(str(UUID(int=number)))


def started(account: Account = ACCOUNT) -> RunStarted:
    return RunStarted(account=account, host="node7", version="1.0", max_attempts=6)


def attempted(number: int) -> Attempted:
    return Attempted(task=task(number), number=1)


def settled(number: int) -> Settled:
    return Settled(task=task(number), number=1, meaning=Meaning.LAUNCHED, status="QUEUED")


def ended() -> RunEnded:
    return RunEnded(exit_code=0, reason=None, requests={"run": 3}, throttled=0, duration_s=1.5)


def entries_of(records: list[Record]) -> list[Entry]:
    return [record.entry for record in records]


def _joins_no_surrogates(text: str) -> bool:
    """JSON joins the two halves of a pair; a platform's answers and paths never hold them split."""
    return text == text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


texts = st.text(st.characters(exclude_categories=())).filter(_joins_no_surrogates)
_maybe_text = st.none() | texts
_maybe_number = st.none() | st.integers()
_seconds = st.floats(allow_nan=False, allow_infinity=False)
_tasks = st.uuids().map(str).map(TaskId)
_lists = st.lists(texts).map(tuple)
_extras = st.lists(st.tuples(texts, _maybe_text)).map(tuple)

entries: st.SearchStrategy[Entry] = st.one_of(
    st.builds(
        RunStarted,
        account=st.builds(Account, endpoint=texts, user=texts),
        host=texts,
        version=texts,
        max_attempts=st.integers(),
        arguments=_lists,
        fields=_lists,
        digest=_maybe_text,
        asked_by=st.none() | texts.map(RunId),
        aborts=st.none() | texts.map(RunId),
        reruns=st.none() | texts.map(RunId),
        costs_of=st.lists(texts, max_size=2).map(tuple),
    ),
    st.builds(Waited, for_s=st.floats(0.0, 1e6), why=texts),
    st.builds(NewsTold, tasks=st.integers(), stopped=_maybe_text, throttled=st.integers()),
    st.builds(
        Pruned,
        before=texts,
        up_to=st.integers(),
        facts=st.integers(),
        runs=st.lists(texts.map(RunId)).map(tuple),
    ),
    st.builds(Requested, position=st.integers(), task=_tasks, source=texts, to_clone=st.booleans()),
    st.builds(
        Seen,
        task=_tasks,
        status=texts,
        name=_maybe_text,
        project=_maybe_text,
        app=_maybe_text,
        batch=st.booleans(),
        parent=_maybe_text,
        executed_by=_maybe_text,
        errors=_lists,
        counts=st.booleans(),
        extra=_extras,
        clone_of=st.none() | _tasks,
    ),
    st.builds(
        Unseen,
        task=_tasks,
        http_status=st.integers(),
        code=_maybe_number,
        message=texts,
        request_id=_maybe_text,
    ),
    st.builds(Inspected, task=_tasks, jobs=st.integers()),
    st.builds(Attempted, task=_tasks, number=st.integers(), query=st.dictionaries(texts, texts)),
    st.builds(
        Settled,
        task=_tasks,
        number=st.integers(),
        meaning=st.sampled_from(Meaning),
        http_status=_maybe_number,
        code=_maybe_number,
        message=_maybe_text,
        request_id=_maybe_text,
        status=_maybe_text,
        executed_by=_maybe_text,
        errors=_lists,
        latency_s=st.none() | _seconds,
        extra=_extras,
    ),
    st.builds(AbortAttempted, task=_tasks, number=st.integers()),
    st.builds(
        AbortSettled,
        task=_tasks,
        number=st.integers(),
        meaning=st.sampled_from(AbortMeaning),
        http_status=_maybe_number,
        code=_maybe_number,
        message=_maybe_text,
        request_id=_maybe_text,
        status=_maybe_text,
        latency_s=st.none() | _seconds,
    ),
    st.builds(
        CloneIntended,
        task=_tasks,
        number=st.integers(),
        project=texts,
        app=texts,
        name=texts,
        since=_maybe_number,
        known=st.lists(_tasks).map(tuple),
    ),
    st.builds(
        CloneSettled,
        task=_tasks,
        number=st.integers(),
        meaning=st.sampled_from(CloneMeaning),
        clone=st.none() | _tasks,
        name=_maybe_text,
        http_status=_maybe_number,
        code=_maybe_number,
        message=_maybe_text,
        request_id=_maybe_text,
        confirmed_by_list=st.booleans(),
    ),
    st.builds(
        RunEnded,
        exit_code=st.integers(),
        reason=_maybe_text,
        requests=st.dictionaries(texts, st.integers()),
        throttled=st.integers(),
        duration_s=_seconds,
    ),
)
"""Every kind of entry, every field of it drawn."""

records: st.SearchStrategy[Record] = st.builds(
    Record,
    run=st.just(RUN),
    at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0)),
    entry=entries,
    key=st.integers(min_value=1, max_value=2**63 - 1),
)
