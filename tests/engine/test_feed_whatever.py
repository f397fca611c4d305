"""Whatever the story of a few fed tasks, never more than N are active at once."""

from hypothesis import given, settings

from engine.feeds import Story, Telling, stories
from support.virtual_time import run_virtual


@settings(max_examples=25, report_multiple_bugs=False)
@given(stories)
def test_whatever_happens_no_run_lets_more_be_active_than_it_may(story: Story) -> None:
    run_virtual(told(story))


async def told(story: Story) -> None:
    await Telling(story).told()
