"""Facts by hand: a story of runs told in order, one fact a second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.replies import TASK, task_id
from launcher.core.entry import (
    Account,
    Attempted,
    Entry,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
    Settled,
    Unseen,
)
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.outcome import Outcome
from launcher.core.replay import fold
from launcher.core.state import TaskState

US = "ann"
THEM = "bob"
ACCOUNT = Account(endpoint="https://api.example.org/v2", user=US)
FIRST, SECOND, THIRD = RunId("20260101-1"), RunId("20260102-2"), RunId("20260103-3")
MAX_ATTEMPTS = 3
_BORN = datetime(2026, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    """Return the time of the fact that was told as the `second`-th, counted from 0."""
    return _BORN + timedelta(seconds=second)


@dataclass(slots=True)
class Story:
    """Facts in the order of the calls; each method returns the time of its fact."""

    run: RunId = FIRST
    task: TaskId = TASK
    records: list[Record] = field(default_factory=list)

    def tell(self, entry: Entry) -> datetime:
        second = len(self.records)
        self.records.append(Record(run=self.run, at=at(second), entry=entry, key=second + 1))
        return at(second)

    def begin(self, run: RunId | None = None, *, tasks: int | None = None) -> datetime:
        """Start a run that asks for our task, or for the first so many tasks."""
        self.run = run or self.run
        began_at = self.tell(
            RunStarted(account=ACCOUNT, host="here", version="1", max_attempts=MAX_ATTEMPTS)
        )
        asked = [self.task] if tasks is None else [task_id(number) for number in range(tasks)]
        for position, task in enumerate(asked):
            source = f"tasks.txt:{position + 1}"
            self.tell(Requested(position=position, task=task, source=source))
        return began_at

    def attempt(self, number: int) -> datetime:
        return self.tell(Attempted(task=self.task, number=number))

    def settle(
        self,
        number: int,
        meaning: Meaning,
        *,
        status: str | None = None,
        code: int | None = None,
        message: str | None = None,
    ) -> datetime:
        return self.tell(
            Settled(
                task=self.task,
                number=number,
                meaning=meaning,
                http_status=HTTP.get(meaning),
                code=code,
                message=message,
                status=status,
                request_id="req-1",
                latency_s=0.5,
            )
        )

    def launch(self, number: int) -> datetime:
        self.attempt(number)
        return self.settle(number, Meaning.LAUNCHED, status="QUEUED")

    def see(
        self,
        status: str,
        *,
        counts: bool = False,
        by: str | None = None,
        parent: str | None = None,
    ) -> datetime:
        return self.tell(
            Seen(task=self.task, status=status, counts=counts, executed_by=by, parent=parent)
        )

    def clear(self) -> datetime:
        """Let two draft reads count: they close the open attempt."""
        self.see("DRAFT", counts=True)
        return self.see("DRAFT", counts=True)

    def miss(self, http_status: int = 404, code: int = 7002) -> datetime:
        return self.tell(
            Unseen(
                task=self.task,
                http_status=http_status,
                code=code,
                message="no such task",
                request_id="req-9",
            )
        )

    def end(self, exit_code: int = 0, *, requests: int = 7) -> datetime:
        return self.tell(
            RunEnded(
                exit_code=exit_code,
                reason=None,
                requests={"run": requests, "bulk_read": 1},
                throttled=2,
                duration_s=12.5,
            )
        )

    @property
    def state(self) -> TaskState:
        return fold(self.records, user=US)[self.task]


NOT_COUNTED = (
    Meaning.THROTTLED,
    Meaning.MAINTENANCE,
    Meaning.NOT_SENT,
    Meaning.TOKEN_REFUSED,
    Meaning.PROXY_LOGIN,
)
"""What leaves a run request not carried out."""

HTTP = {
    Meaning.LAUNCHED: 200,
    Meaning.REJECTED: 403,
    Meaning.IN_DOUBT: 502,
    Meaning.NEEDS_DRAFT: 400,
    Meaning.THROTTLED: 429,
    Meaning.MAINTENANCE: 503,
    Meaning.TOKEN_REFUSED: 401,
    Meaning.PROXY_LOGIN: 407,
}


def begun() -> Story:
    """Return the story of a run that has read its task as a draft."""
    story = Story()
    story.begin()
    story.see("DRAFT")
    return story


def again(*deeds: Callable[[Story], object]) -> Story:
    """Return the story of a run with these deeds, after which a second run begins."""
    story = begun()
    for deed in deeds:
        deed(story)
    story.begin(SECOND)
    return story


def outcome(story: Story) -> Outcome:
    return story.state.outcome(max_attempts=MAX_ATTEMPTS)
