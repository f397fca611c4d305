"""A process that dies at one of its effects, and does nothing more."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from launcher.core.answer import Reply
from launcher.core.entry import Entry, Record
from launcher.core.ids import TaskId
from launcher.ports import Platform
from support.memory_journal import MemoryJournal

ASKED = ("run", "read", "read_many", "rate_limit", "user")
WRITTEN = ("append", "queue", "flush")
EVERY_EFFECT = frozenset(
    f"{moment} {what}" for moment in ("before", "after") for what in (*ASKED, *WRITTEN)
)


class Crash(BaseException):
    """The power goes."""


def is_death(raised: BaseException) -> bool:
    """Say whether nothing but crashes came out of a run."""
    match raised:
        case BaseExceptionGroup():
            return raised.split(Crash)[1] is None
        case _:
            return isinstance(raised, Crash)


class Power:
    """Counts the effects of one process; from the `goes_at`-th on, from 1, each is a crash.

    An effect is the moment before, and the moment after, a request or a call of the journal.
    """

    def __init__(self, *, goes_at: int | None = None) -> None:
        self.goes_at = goes_at
        self.crossed: Counter[str] = Counter()

    @property
    def effects(self) -> int:
        """How many effects there were."""
        return self.crossed.total()

    @property
    def gone(self) -> bool:
        """Whether the process has died."""
        return self.goes_at is not None and self.effects >= self.goes_at

    def cross(self, effect: str) -> None:
        """Come to the effect of this name."""
        self.crossed[effect] += 1
        if self.gone:
            raise Crash(effect)


class CrashingJournal(MemoryJournal):
    """A journal whose calls are effects; what was not committed dies with the process."""

    def __init__(self, *arguments: Any, power: Power, **named: Any) -> None:  # noqa: ANN401 - as the plain one
        super().__init__(*arguments, **named)
        self._power = power

    async def append(self, entry: Entry) -> Record:
        self._power.cross("before append")
        record = await super().append(entry)
        self._power.cross("after append")
        return record

    def queue(self, entry: Entry) -> Record:
        self._power.cross("before queue")
        record = super().queue(entry)
        self._power.cross("after queue")
        return record

    async def flush(self) -> None:
        self._power.cross("before flush")
        await super().flush()
        self._power.cross("after flush")

    def _commit(self) -> None:
        if not self._power.gone:  # another lane's death may come between its place and the commit
            super()._commit()


class CrashingPlatform:
    """The platform as one process sees it: its requests are effects."""

    def __init__(self, platform: Platform, power: Power) -> None:
        self._platform = platform
        self._power = power

    async def run(self, task: TaskId, *, query: Mapping[str, str]) -> Reply:
        return await self._asked("run", lambda: self._platform.run(task, query=query))

    async def read(self, task: TaskId) -> Reply:
        return await self._asked("read", lambda: self._platform.read(task))

    async def read_many(self, tasks: Sequence[TaskId]) -> Reply:
        return await self._asked("read_many", lambda: self._platform.read_many(tasks))

    async def rate_limit(self) -> Reply:
        return await self._asked("rate_limit", self._platform.rate_limit)

    async def user(self) -> Reply:
        return await self._asked("user", self._platform.user)

    async def _asked(self, name: str, call: Callable[[], Awaitable[Reply]]) -> Reply:
        self._power.cross(f"before {name}")
        reply = await call()
        self._power.cross(f"after {name}")
        return reply
