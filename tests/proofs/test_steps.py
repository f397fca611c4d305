"""Killed at every step, and at every two: the long form of `tests/engine/test_crashes.py`."""

import random
from itertools import count

import pytest

from engine.dying import EVERY_KIND, FEW, told
from proofs.conftest import Note
from support.tally import Tally

MANY = 1000

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]


def test_a_crash_at_any_step_is_harmless_whatever_the_platform_answers(note: Note) -> None:
    tally = Tally()
    for step in range(1, EVERY_KIND.power_of_a_whole_run().effects + 1):
        tally.add(told(EVERY_KIND, step))

    note(tally.figures("killed at every step"))


def test_so_are_two_at_any_two_steps(note: Note) -> None:
    tally = Tally()
    for first in range(1, FEW.power_of_a_whole_run().effects + 1):
        for second in count(1):
            lives = told(FEW, first, second)
            tally.add(lives)
            if len(lives.killed_at) < 2:  # the second run was over before
                break

    note(tally.figures("killed at every two steps"))


def test_so_are_three_at_random_steps_whatever_the_platform_answers(note: Note, seed: int) -> None:
    chance, tally = random.Random(seed), Tally()
    effects = EVERY_KIND.power_of_a_whole_run().effects
    for _ in range(MANY):
        tally.add(told(EVERY_KIND, *(chance.randint(1, effects) for _ in range(3))))

    note(tally.figures("killed at three random steps"))
