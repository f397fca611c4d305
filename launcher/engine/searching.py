"""Clones whose answers were lost, looked for among the drafts of their projects."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from launcher.core.answer import TaskView
from launcher.core.clones import CloneState
from launcher.core.cloning import CloneMeaning, clone_in
from launcher.core.entry import CloneIntended, CloneSettled
from launcher.core.ids import TaskId
from launcher.core.likeness import Adopted, Unclear, is_older, may_be_clone, verdict_of
from launcher.core.outcome import Refusal
from launcher.engine.clonebook import CloneBook
from launcher.engine.drafts import Drafts
from launcher.ports import Clock

EMPTY_LISTS = 2
"""Lists without the clone, a settle time apart, after which another one is asked for."""
MOST_KNOWN = 100
"""Drafts that an intent names as known from before; more of them only make doubts unclear."""


class Search:
    """Settles doubts about clones by lists of drafts."""

    def __init__(
        self,
        drafts: Drafts,
        book: CloneBook,
        clock: Clock,
        *,
        settle_s: float,
        say: Callable[[str], None],
    ) -> None:
        self._drafts = drafts
        self._book = book
        self._clock = clock
        self._settle_s = settle_s
        self._say = say
        self._before: dict[str, tuple[TaskView | None, ...]] = {}

    async def look_around(self, projects: Sequence[str], *, since: int | None) -> None:
        """Note the drafts that were made shortly before: none of them is a clone of this run.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        for project in projects:
            found = await self._drafts.since(project, since)
            if not isinstance(found, str):
                self._before[project] = found

    def prepared(self, intent: CloneIntended) -> CloneIntended:
        """Return the intent with the drafts that are known from before and look like its clone.

        Without its `since` where they could not be listed: then no draft is taken for the clone.
        """
        before = self._before.get(intent.project)
        if before is None:
            return replace(intent, since=None)
        known = (
            clone
            for view in before
            if view is not None and may_be_clone(view, intent, user=self._book.user)
            if (clone := clone_in(view)) is not None
        )
        return replace(intent, known=tuple(islice(known, MOST_KNOWN)))

    def stood_there(self, draft: TaskView, intent: CloneIntended) -> bool:
        """Say whether a draft is known to be older than the intent, whatever it looks like."""
        before = (one for one in self._before.get(intent.project, ()) if one is not None)
        return is_older(draft, intent) or clone_in(draft) in {*intent.known, *map(clone_in, before)}

    async def settle(self, task: TaskId) -> CloneMeaning:
        """Return what lists say of the open intent: a clone, none on two of them, or in doubt.

        Raises:
            StoppedError: the run is ending, and nothing can be read any more.
        """
        state = self._book.state(task)
        intent = state.intent
        if intent is None:
            return CloneMeaning.NOT_THERE
        wait_s = self._settle_s - self._elapsed_s(state)
        for _ in range(EMPTY_LISTS):
            await self._clock.sleep(max(wait_s, 0.0))
            match await self._verdict(intent):
                case Adopted(clone=clone, view=view):
                    self._book.note_clone(task, clone, view)
                    return self._conclude(intent, CloneMeaning.CLONED, clone=(clone, view.name))
                case Unclear(why=why):
                    self._say(f"the clone of {task}: {why}")
                    return self._conclude(intent, CloneMeaning.IN_DOUBT, why=why)
                case None:
                    wait_s = self._settle_s
        return self._conclude(intent, CloneMeaning.NOT_THERE, why="no clone of it turned up")

    def _elapsed_s(self, state: CloneState) -> float:
        """Return the seconds since an earlier run's last fact about the intent.

        0 for a doubt of this run, and if the clock was set back.
        """
        if state.doubt_at is None or state.run_attempts:
            return 0.0
        return max(self._clock.now() - state.doubt_at, timedelta()).total_seconds()

    async def _verdict(self, intent: CloneIntended) -> Adopted | Unclear | None:
        found = await self._drafts.since(intent.project, intent.since)
        if isinstance(found, str):
            return Unclear(why=found)
        ids = [clone for view in found if view is not None and (clone := clone_in(view))]
        verdict = verdict_of(
            found,
            intent,
            user=self._book.user,
            owners=self._book.owners(ids),
            others=self._book.may_be_confused(intent),
        )
        if verdict is None and not self._book.keeps_names:
            return Unclear(why="clones get other names here: it cannot be told from other drafts")
        return verdict

    def _conclude(
        self,
        intent: CloneIntended,
        meaning: CloneMeaning,
        *,
        clone: tuple[TaskId, str | None] | None = None,
        why: str | None = None,
    ) -> CloneMeaning:
        """Write what lists say; a doubt keeps the number of the answer that left it."""
        last = self._book.state(intent.task).refusal or Refusal()
        told = CloneSettled(
            task=intent.task, number=intent.number, meaning=meaning, confirmed_by_list=True
        )
        if clone is not None:
            self._book.queue(replace(told, clone=clone[0], name=clone[1]))
            return meaning
        self._book.queue(
            replace(
                told,
                http_status=last.http_status,
                code=last.code,
                request_id=last.request_id,
                message=why,
            )
        )
        return meaning
