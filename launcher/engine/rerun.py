"""What a run launched and what of it has failed: read, and cloned for this run to launch."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from launcher.core.clones import Gathered, Original, Uncloned, original_of
from launcher.core.cloning import CloneMeaning
from launcher.core.entry import CloneSettled, RunId, Seen, Unseen
from launcher.core.errors import HaltedError
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Plan
from launcher.engine.clonebook import CloneBook
from launcher.engine.cloning import Cloning
from launcher.engine.reading import Reader, Reading, chunks
from launcher.engine.stop import Stop, StoppedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """The tasks of an earlier run that have failed, in the order of its report."""

    failed: tuple[Original, ...] = ()
    to_clone: tuple[Original, ...] = ()
    """Those of `failed` without a clone that may have one; doubts of earlier runs first."""
    hidden: int = 0
    """How many of `failed` cannot be read: whether they failed is not known."""
    asked: int = 0
    """How many tasks of that run were asked for; fewer than all where this one is ending."""

    def within(self, plan: Plan) -> tuple[Original, ...]:
        """Return those that the plan clones."""
        planned = frozenset(plan.to_clone)
        return tuple(original for original in self.to_clone if original.task in planned)


class Rerun:
    """Finds the originals and clones them, by lanes."""

    def __init__(
        self, book: CloneBook, *, of: RunId, run: RunId, max_attempts: int, stop: Stop
    ) -> None:
        self._book = book
        self._of = of
        self._run = run
        self._max_attempts = max_attempts
        self._stop = stop
        self.left = 0
        """Tasks for which a clone request may still be sent."""

    async def originals(self, tasks: Sequence[TaskId], reader: Reader) -> Originals:
        """Read the tasks, note those that have failed, and say what is to be cloned."""
        failed: list[Original] = []
        hidden = asked = 0
        with suppress(StoppedError):  # what was not read is not known to have failed
            for some in chunks(tasks):
                found = await reader.read(some)
                for task in some:
                    reading = found.get(task) or await reader.read_one(task)
                    asked += 1
                    original = original_of(reading, self._book.state(task))
                    if original is not None:
                        self._note(original, reading)
                        failed.append(original)
                    elif not isinstance(reading, Seen):
                        self._refuse(task, reading)
                        failed.append(Original(task=task, project=None, app=None, name=None))
                        hidden += 1
        able = [original for original in failed if self._is_to_clone(original)]
        able.sort(key=lambda original: not self._book.state(original.task).open)
        return Originals(failed=tuple(failed), to_clone=tuple(able), hidden=hidden, asked=asked)

    def _is_to_clone(self, original: Original) -> bool:
        return original.why_not is None and self._book.state(original.task).clone is None

    def _note(self, original: Original, reading: Reading | None) -> None:
        if reading is not None:
            self._book.queue(reading)
        if original.why_not is not None:
            self._book.queue(_refused(original.task, original.why_not))

    def _refuse(self, task: TaskId, unseen: Unseen | None) -> None:
        if unseen is None:
            self._book.queue(_refused(task, "it could not be read: whether it failed is not known"))
            return
        self._book.queue(unseen)
        told = _refused(task, unseen.message)
        self._book.queue(
            replace(
                told,
                http_status=unseen.http_status,
                code=unseen.code,
                request_id=unseen.request_id,
            )
        )

    async def clone(
        self,
        cloning: Cloning,
        wanted: Sequence[Original],
        *,
        lanes: int,
        most_failures: int | None,
    ) -> None:
        """Return when each task has its clone, or none in this run, or the run is ending."""
        shared = iter(wanted)
        self.left = len(wanted)

        async def lane() -> None:
            for original in shared:
                if self._stop.is_set:
                    return
                try:
                    await cloning.clone(original)
                except StoppedError:
                    return
                finally:
                    self.left -= 1
                self._halt_after(most_failures, wanted)

        try:
            await cloning.look_around(tuple(dict.fromkeys(o.project or "" for o in wanted)))
        except StoppedError:
            return
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(lane())

    def _halt_after(self, most_failures: int | None, wanted: Sequence[Original]) -> None:
        if most_failures is None or self._stop.is_set:
            return
        failures = sum(self._outcome(original.task) in _FAILURES for original in wanted)
        if failures > most_failures:
            words = f"{failures} tasks could not be cloned (--max-failures)"
            self._stop.set(HaltedError(words))

    def gathered(self, originals: Originals) -> Gathered:
        """Return the clones that there are by now, and the originals without one."""
        wanted: list[Requested] = []
        uncloned: list[Uncloned] = []
        for position, original in enumerate(originals.failed):
            task, clone = original.task, self._book.state(original.task).clone
            if clone is not None:
                source = f"clone of {task}"
                wanted.append(Requested(position=position, task=clone, source=source))
                continue
            requested = Requested(
                position=position, task=task, source=f"run {self._of}", to_clone=True
            )
            uncloned.append(Uncloned(requested=requested, outcome=self._outcome(task)))
        return Gathered(wanted=tuple(wanted), uncloned=tuple(uncloned))

    def _outcome(self, task: TaskId) -> Outcome:
        return self._book.state(task).outcome(run=self._run, max_attempts=self._max_attempts)


_FAILURES = frozenset((Outcome.REJECTED, Outcome.FAILED))


def _refused(task: TaskId, why: str) -> CloneSettled:
    return CloneSettled(task=task, number=0, meaning=CloneMeaning.REFUSED, message=why)
