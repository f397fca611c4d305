"""A rerun killed at every two steps: the long form of `tests/engine/test_rerun_crashes.py`."""

from itertools import count

import pytest

from engine.dying_rerun import CLONED, FEW, effects_of, survived
from proofs.conftest import Note
from support.tally import Tally
from support.virtual_time import run_virtual

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]


def test_a_rerun_killed_at_any_step_clones_nothing_twice(note: Note) -> None:
    tally = Tally()
    for step in range(1, effects_of(CLONED).effects + 1):
        tally.add(run_virtual(survived(CLONED, [step]))[1])

    note(tally.figures("rerun killed at every step"))


def test_nor_one_that_is_killed_at_any_two_steps(note: Note) -> None:
    tally = Tally()
    for first in range(1, effects_of(FEW).effects + 1):
        for second in count(1):
            lives = run_virtual(survived(FEW, [first, second]))[1]
            tally.add(lives)
            if len(lives.killed_at) < 2:  # the second run was over before
                break

    note(tally.figures("rerun killed at every two steps"))
