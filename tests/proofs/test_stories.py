"""Thousands of stories: the long form of `tests/engine/test_stories.py`."""

import pytest
from hypothesis import given, settings
from hypothesis import seed as drawn_from

from engine.stories import Story, Telling, stories
from proofs.conftest import Note
from support.tally import Tally
from support.virtual_time import run_virtual

MANY = 5000


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_thousands_of_stories_are_true_and_bounded(note: Note, seed: int) -> None:
    tally = Tally()

    @drawn_from(seed)
    @settings(max_examples=MANY, database=None, report_multiple_bugs=False)
    @given(stories)
    def holds(story: Story) -> None:
        tally.add(run_virtual(Telling(story).told()))

    holds()

    note(tally.figures("stories", rested=True))
