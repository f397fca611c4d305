"""How started tasks live: they wait, compute on one of the account's instances, and end."""

import math
from collections import deque
from collections.abc import Callable
from functools import partial

from launcher.simulator.agenda import Agenda
from launcher.simulator.task import ENDED, Change, Life, Status


class Lives:
    """Leads every life from its start to its end; at most `instances` compute at once.

    One task takes one instance; who asked first gets the next free one. A batch task takes none:
    its children do, and it ends with the last of them.
    """

    def __init__(self, agenda: Agenda, *, instances: int | None) -> None:
        self._agenda = agenda
        self._instances = instances
        self._used = 0
        self._waiting: deque[tuple[Life, int]] = deque()

    @property
    def free_instances(self) -> int | None:
        """How many more could compute now; None where there is no limit."""
        return None if self._instances is None else self._instances - self._used

    def begin(self, life: Life, at_s: float) -> None:
        """Let a started task wait its time and then ask for an instance."""
        self._end_what_was(life, at_s)
        life.changes.append(Change(at_s, Status.QUEUED))
        self._later(life, at_s, life.plan.queued_s, self._ask)

    def begin_batch(self, life: Life, at_s: float, *, creating_s: float) -> None:
        """Let a batch task create its children, which begin by themselves."""
        self._end_what_was(life, at_s)
        life.changes.append(Change(at_s, Status.CREATING))
        self._later(life, at_s, creating_s, self._have_created)

    def resume(self, life: Life, at_s: float) -> None:
        """Let a task that others have started before go on computing, or begin to."""
        running = life.changes[-1].status is Status.RUNNING
        self._later(life, at_s, 0.0 if running else life.plan.queued_s, self._ask)

    def abort(self, life: Life, at_s: float, *, aborting_s: float) -> None:
        """Stop a task; its instance is free once it has ended."""
        life.age += 1
        life.changes.append(Change(at_s, Status.ABORTING))
        self._later(life, at_s, aborting_s, partial(self._end, status=Status.ABORTED))

    def _later(
        self, life: Life, at_s: float, wait_s: float, deed: Callable[[Life, float], None]
    ) -> None:
        age = life.age

        def unless_void(due_s: float) -> None:
            if life.age == age:
                deed(life, due_s)

        self._agenda.at(at_s + wait_s, unless_void)

    def _ask(self, life: Life, at_s: float) -> None:
        if self._instances is None or self._used < self._instances:
            self._compute(life, at_s)
            return
        life.changes.append(Change(at_s, Status.QUEUED, limited=True))
        self._waiting.append((life, life.age))

    def _compute(self, life: Life, at_s: float) -> None:
        self._used += 1
        life.holds = True
        life.changes.append(Change(at_s, Status.RUNNING))
        spell_s = life.plan.spells_s[life.spells]
        life.spells += 1
        if math.isfinite(spell_s):
            self._later(life, at_s, spell_s, self._after_spell)

    def _after_spell(self, life: Life, at_s: float) -> None:
        if life.spells == len(life.plan.spells_s):
            self._end(life, at_s, status=life.plan.end)
            return
        life.changes.append(Change(at_s, Status.QUEUED))
        self._later(life, at_s, life.plan.pauses_s[life.spells - 1], self._ask)
        self._free(life, at_s)

    def _end(self, life: Life, at_s: float, *, status: Status) -> None:
        life.changes.append(Change(at_s, status))
        self._free(life, at_s)
        parent = life.parent
        if parent is None:
            return
        parent.open_children -= 1
        parent.failed_children += status is Status.FAILED
        if parent.changes[-1].status is Status.RUNNING:
            self._end_with_the_last_child(parent, at_s)

    def _have_created(self, life: Life, at_s: float) -> None:
        life.changes.append(Change(at_s, Status.RUNNING))
        self._end_with_the_last_child(life, at_s)

    def _end_with_the_last_child(self, life: Life, at_s: float) -> None:
        if not life.open_children:
            status = Status.FAILED if life.failed_children else Status.COMPLETED
            life.changes.append(Change(at_s, status))

    def _free(self, life: Life, at_s: float) -> None:
        if not life.holds:
            return
        life.holds = False
        self._used -= 1
        while self._waiting and self.free_instances:
            other, age = self._waiting.popleft()
            if other.age == age:
                self._compute(other, at_s)

    def _end_what_was(self, life: Life, at_s: float) -> None:
        """Forget an earlier life of the same task: a lenient platform starts it once more."""
        if life.changes and life.changes[-1].status in ENDED and life.parent is not None:
            life.parent.open_children += 1
        life.age += 1
        life.spells = 0
        self._free(life, at_s)
