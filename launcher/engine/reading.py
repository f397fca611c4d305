"""Bulk reads: what the platform shows of many tasks, at the price of few requests."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from launcher.core.answer import Answer, ErrorWord, Reply, TasksWord, TaskView, describe
from launcher.core.entry import Seen, Unseen
from launcher.core.ids import TaskId
from launcher.core.meaning import is_refusal
from launcher.engine.asking import Asker, refuses
from launcher.engine.gate import Kind
from launcher.ports import Platform

BULK_SIZE = 100
BULK_READS_IN_FLIGHT = 2
READS_OF_ONE = 10
"""Tries to read a task by itself; one record that is broken must not hold up all others."""
_NO_BULK = frozenset((404, 405, 501))
_OK = range(200, 300)

Reading = Seen | Unseen
"""What a read showed of a task; whether it counts is for the caller to say."""


class Reader:
    """Reads tasks by 100, and one by one where it must."""

    def __init__(self, platform: Platform, asker: Asker, *, say: Callable[[str], None]) -> None:
        self._platform = platform
        self._asker = asker
        self._say = say
        self._has_bulk = True
        self._slots = asyncio.Semaphore(BULK_READS_IN_FLIGHT)

    async def read(self, tasks: Sequence[TaskId]) -> dict[TaskId, Reading]:
        """Return what one request shows of at most 100 tasks; others have to be read by themselves.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        async with self._slots:
            return await self._read_in_bulk(tasks) if self._has_bulk else {}

    async def _read_in_bulk(self, tasks: Sequence[TaskId]) -> dict[TaskId, Reading]:
        reply = await self._asker.ask(
            Kind.BULK_READ,
            lambda: self._platform.read_many(tasks),
            tasks=frozenset(tasks),
            is_word=lambda reply: _is_bulk(reply) or _has_no_bulk(reply) or refuses(reply),
        )
        match reply:
            case Answer(word=TasksWord(items=items)):
                return {
                    task: _reading(task, word, reply)
                    for task, word in _matched(tasks, items).items()
                    if not _is_passing(word)
                }
            case _:
                if self._has_bulk:
                    self._say(f"no bulk read on this platform ({describe(reply)}): one by one")
                self._has_bulk = False
                return {}

    async def read_one(self, task: TaskId) -> Reading | None:
        """Return what the platform shows of a task that is read by itself; None: it cannot be read.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        reply = await self._asker.ask(
            Kind.READ,
            lambda: self._platform.read(task),
            tasks=frozenset((task,)),
            is_word=lambda reply: _is_task(reply, task) or refuses(reply),
            max_tries=READS_OF_ONE,
        )
        match reply:
            case Answer(word=TaskView() | ErrorWord() as word) if _is_task(reply, task) or refuses(
                reply
            ):
                return _reading(task, word, reply)
            case _:
                self._say(f"{task} cannot be read: {describe(reply)}")
                return None


def _is_task(reply: Reply, task: TaskId) -> bool:
    match reply:
        case Answer(http_status=status, word=TaskView(id=str(id_))):
            return status in _OK and id_.lower() == task
        case _:
            return False


def _is_bulk(reply: Reply) -> bool:
    return (
        isinstance(reply, Answer) and reply.http_status in _OK and isinstance(reply.word, TasksWord)
    )


def _has_no_bulk(reply: Reply) -> bool:
    match reply:
        case Answer(http_status=status, word=ErrorWord()):
            return status in _NO_BULK
        case _:
            return False


def _matched(
    tasks: Sequence[TaskId], items: Sequence[TaskView | ErrorWord | None]
) -> Mapping[TaskId, TaskView | ErrorWord]:
    """Return the record of each task: by id, and errors by position where all stand in order."""
    own = {task: task for task in tasks}  # the id that is in memory already, not one more
    found: dict[TaskId, TaskView | ErrorWord] = {}
    for item in items:
        if isinstance(item, TaskView) and item.id is not None:
            task = own.get(TaskId(item.id.lower()))
            if task is not None:
                found[task] = item
    if not _stand_in_order(tasks, items):
        return found
    pairs = zip(tasks, items, strict=True)
    return found | {task: item for task, item in pairs if isinstance(item, ErrorWord)}


def _stand_in_order(tasks: Sequence[TaskId], items: Sequence[TaskView | ErrorWord | None]) -> bool:
    if len(tasks) != len(items):
        return False
    return all(
        not isinstance(item, TaskView) or (item.id or "").lower() == task
        for task, item in zip(tasks, items, strict=True)
    )


def _is_passing(word: TaskView | ErrorWord) -> bool:
    """Say whether a record tells of trouble that passes: such a task is read again by itself."""
    if isinstance(word, TaskView):
        return False
    return not is_refusal(word, http_status=word.http_status or 0)


def _reading(task: TaskId, word: TaskView | ErrorWord, answer: Answer) -> Reading:
    match word:
        case ErrorWord():
            return Unseen(
                task=task,
                http_status=word.http_status or answer.http_status,
                code=word.code,
                message=word.message,
                request_id=answer.request_id,
            )
        case TaskView():
            return seen_of(task, word)


def seen_of(task: TaskId, view: TaskView) -> Seen:
    """Return the fact that a read showed `task` as this."""
    return Seen(
        task=task,
        status=view.status,
        name=view.name,
        project=view.project,
        app=view.app,
        batch=view.batch,
        parent=view.parent,
        executed_by=view.executed_by,
        errors=view.errors,
        extra=view.extra,
        course=view.course,
    )


def chunks(tasks: Iterable[TaskId]) -> Iterator[Sequence[TaskId]]:
    """Yield the tasks by 100."""
    rest = iter(tasks)
    while some := tuple(islice(rest, BULK_SIZE)):
        yield some
