"""How many tasks of others run in our projects: what the platform lists, less what is ours."""

from collections.abc import Callable, Collection, Iterable

from launcher.core.answer import Answer, describe
from launcher.core.errors import HaltedError
from launcher.core.ids import TaskId
from launcher.core.text import visible
from launcher.engine.asking import Asker
from launcher.engine.ledger import Ledger
from launcher.engine.paging import ask_for_page
from launcher.engine.stop import Stop, StoppedError
from launcher.ports import Lister

LISTED = ("QUEUED", "RUNNING")
"""In this order: what begins to run in between counts twice, rather than not at all."""


class Neighbours:
    """Counts the tasks of our projects that are QUEUED or RUNNING and not of the input.

    CREATING cannot be asked for. A count errs on the side of more: what ended a moment ago may be
    in it until the next one.
    """

    def __init__(
        self,
        lister: Lister,
        asker: Asker,
        *,
        ledger: Ledger,
        projects: Callable[[], Collection[str]],
        stop: Stop,
    ) -> None:
        self._lister = lister
        self._asker = asker
        self._ledger = ledger
        self._projects = projects
        self._stop = stop
        self.others = 0

    @property
    def requests(self) -> int:
        """How many requests a count takes."""
        return len(LISTED) * len(self._projects())

    def listed(self, tasks: Iterable[TaskId]) -> tuple[TaskId, ...]:
        """Return those of our tasks that were last seen in a state that a count includes."""
        return tuple(task for task in tasks if self._ledger.state(task).status in LISTED)

    async def count(self) -> int:
        """Return how many tasks the platform lists, ours included.

        Raises:
            StoppedError: it does not say, or the run is ending.
        """
        return sum(
            [
                await self._total(project, status)
                for project in sorted(self._projects())
                for status in LISTED
            ]
        )

    def note(self, total: int, *, known: Iterable[TaskId]) -> None:
        """Keep how many are others', after `known`, ours before the count, were read after it."""
        self.others = max(total - len(self.listed(known)), 0)

    async def _total(self, project: str, status: str) -> int:
        query = {"project": project, "status": status, "limit": "1"}
        reply, page = await ask_for_page(self._lister, self._asker, query)
        if page is not None and isinstance(reply, Answer) and reply.total is not None:
            return reply.total
        words = f"the tasks of {visible(project)} cannot be counted (--running-scope)"
        self._stop.set(HaltedError(f"{words}: {describe(reply)}"))
        raise StoppedError
