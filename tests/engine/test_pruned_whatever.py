"""Whatever a journal has seen, and whenever it is pruned: nothing starts twice, no row changes."""

import random

import pytest

from engine.pruned_lives import lived
from launcher.core.pruning import Why
from support.virtual_time import run_virtual


@pytest.mark.parametrize("lives", [20, pytest.param(200, marks=pytest.mark.prove)])
def test_whatever_is_pruned_kept_reports_stay_and_nothing_starts_or_is_cloned_twice(
    seed: int, lives: int
) -> None:
    found = [run_virtual(lived(random.Random(f"{seed} {number}"))) for number in range(lives)]

    assert any(pruning.tasks for pruning in found)
    assert any(pruning.gone for pruning in found)
    assert any(pruning.cut for pruning in found)
    assert {why for pruning in found for why in pruning.kept} >= {Why.NAMED, Why.ACTIVE}
