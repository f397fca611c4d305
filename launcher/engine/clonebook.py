"""The journal and the fold over the facts about clones, kept in step."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from launcher.core.answer import TaskView
from launcher.core.clones import CloneState, Original, after_clone_fact, fold_clones
from launcher.core.entry import Account, CloneIntended, CloneSettled, Record, Seen, TaskFact
from launcher.core.ids import TaskId
from launcher.core.replay import fold
from launcher.engine.guarded import GuardedJournal
from launcher.engine.reading import seen_of
from launcher.engine.stop import Stop
from launcher.ports import Journal

Alike = tuple[str, str, str]
"""Project, app and name: what clones of two tasks may have in common."""


class CloneBook:
    """What this run knows of the clones of its originals, folded as the facts are written."""

    def __init__(
        self, journal: Journal, *, account: Account, originals: Sequence[TaskId], stop: Stop
    ) -> None:
        self.user = account.user
        self._guarded = GuardedJournal(journal, account, stop=stop)
        recalled = fold_clones(journal.facts(account, originals))
        self._states = {task: replace(state, run_attempts=0) for task, state in recalled.items()}
        self._alike: defaultdict[Alike, set[TaskId]] = defaultdict(set)
        for task, state in self._states.items():
            if state.intent is not None:
                self._alike[alike(state.intent)].add(task)

    def state(self, original: TaskId) -> CloneState:
        """Return what is known of the clone of `original`."""
        return self._states.get(original, CloneState())

    def may_be_confused(self, intent: CloneIntended) -> bool:
        """Say whether the clone of another task just like this one may turn up among drafts."""
        others = (self._states[task] for task in self._alike[alike(intent)] - {intent.task})
        return any(state.open or state.undenied for state in others)

    @property
    def keeps_names(self) -> bool:
        """Whether every clone so far has the name of its original, as it is looked for by it."""
        return not any(state.renamed for state in self._states.values())

    def owners(self, drafts: Sequence[TaskId]) -> dict[TaskId, TaskId]:
        """Return those drafts that this journal knows as clones, each with its original.

        Raises:
            StoppedError: the journal cannot be read; the run is ending.
        """
        return {
            seen.task: seen.clone_of
            for record in self._guarded.facts(drafts)
            if isinstance(seen := record.entry, Seen) and seen.clone_of is not None
        }

    def unlaunched(self, clones: Sequence[TaskId]) -> tuple[TaskId, ...]:
        """Return those that this journal has not launched.

        Raises:
            StoppedError: the journal cannot be read; the run is ending.
        """
        states = fold(self._guarded.facts(clones), user=self.user)
        return tuple(
            clone for clone in clones if clone not in states or states[clone].launch is None
        )

    async def append(self, fact: CloneIntended) -> None:
        """Return when the fact is durable; see `GuardedJournal`."""
        self._fold(await self._guarded.append(fact), fact)

    def queue(self, fact: TaskFact) -> None:
        """Fold the fact now; it is durable with the next commit, or the run is ending."""
        record = self._guarded.queue(fact)
        if record is not None:
            self._fold(record, fact)

    def note_clone(self, original: TaskId, clone: TaskId, view: TaskView) -> None:
        """Write what the clone is; before how its making ended, for this alone tells whose it is.

        A run that dies between the two leaves a doubt, and what settles it.
        """
        self.queue(replace(seen_of(clone, view), clone_of=original))

    def _fold(self, record: Record, fact: TaskFact) -> None:
        if isinstance(fact, CloneIntended):
            self._alike[alike(fact)].add(fact.task)
        if isinstance(fact, CloneIntended | CloneSettled):
            self._states[fact.task] = after_clone_fact(self.state(fact.task), record)


def alike(task: CloneIntended | Original) -> Alike:
    """Return what the clones of two tasks could be mistaken by."""
    return task.project or "", task.app or "", task.name or ""
