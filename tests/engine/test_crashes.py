"""Stopped dead before and after every effect: the next run finds every draft started once."""

import random

from engine.dying import EVERY_KIND, FEW, told
from support.crashing import EVERY_EFFECT

STRIDE = 4


def test_a_crash_before_or_after_any_effect_loses_doubles_and_misreports_nothing() -> None:
    lives = [told(FEW, step) for step in range(1, FEW.power_of_a_whole_run().effects + 1)]

    assert {len(each.killed_at) for each in lives} == {1}


def test_whatever_the_platform_answers_a_crash_does_no_harm(seed: int) -> None:
    power = EVERY_KIND.power_of_a_whole_run()
    for step in range(1 + seed % STRIDE, power.effects + 1, STRIDE):
        told(EVERY_KIND, step)

    assert set(power.crossed) == EVERY_EFFECT


def test_two_crashes_in_a_row_do_not_either(seed: int) -> None:
    chance, effects = random.Random(seed), FEW.power_of_a_whole_run().effects
    for _ in range(40):
        told(FEW, chance.randint(1, effects), chance.randint(1, effects))
