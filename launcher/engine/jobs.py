"""Looks at tasks that are RUNNING for long: whether they have any jobs."""

from launcher.core.answer import Answer, JobsWord, Reply
from launcher.core.entry import Inspected
from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.engine.asking import Asker, refuses
from launcher.engine.gate import Kind
from launcher.engine.ledger import Ledger
from launcher.engine.orders import Orders
from launcher.ports import Clock, Inspector

LONG_POLLS = 30
"""RUNNING for so many of the shortest times between reads is long: for a quarter of an hour."""
TRIES = 3
"""Nothing but a remark depends on a look."""


class JobLooks:
    """Looks into each task that is RUNNING for long once, and into few at a time.

    What a task had to show then stays its remark until it comes into another state.
    """

    def __init__(
        self,
        inspector: Inspector | None,
        asker: Asker,
        ledger: Ledger,
        clock: Clock,
        *,
        orders: Orders,
    ) -> None:
        self._inspector = inspector
        self._asker = asker
        self._ledger = ledger
        self._clock = clock
        self._after_s = LONG_POLLS * orders.poll_s
        self._since: dict[TaskId, float] = {}
        """The tasks that are RUNNING and not looked at yet, by when they were first seen so."""
        self._looked: set[TaskId] = set()

    def note(self, task: TaskId, state: TaskState) -> None:
        """Keep step with a fact about a task that is followed."""
        if state.status != "RUNNING" or state.is_batch:
            self._since.pop(task, None)  # the jobs of a batch task are those of its children
        elif task not in self._looked:
            self._since.setdefault(task, self._clock.monotonic())

    async def look(self, *, at_most: int) -> None:
        """Look into the tasks whose time has come, the longest known first.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        if self._inspector is None:
            return
        long_ago = self._clock.monotonic() - self._after_s
        due = [task for task, since in self._since.items() if since <= long_ago]
        for task in due[:at_most]:
            self._looked.add(task)
            self._since.pop(task, None)
            await self._look_into(task, self._inspector)

    async def _look_into(self, task: TaskId, inspector: Inspector) -> None:
        reply = await self._asker.ask(
            Kind.DETAILS,
            lambda: inspector.details(task),
            tasks=frozenset((task,)),
            is_word=lambda reply: _tells_jobs(reply) or refuses(reply),
            max_tries=TRIES,
        )
        match reply:
            case Answer(word=JobsWord(jobs=jobs)):
                self._ledger.queue(Inspected(task=task, jobs=jobs))
            case _:
                pass  # not known: no remark


def _tells_jobs(reply: Reply) -> bool:
    return isinstance(reply, Answer) and isinstance(reply.word, JobsWord)
