"""Whatever the story of a few tasks, nothing is started twice, misreported, or asked too often."""

from hypothesis import given, settings

from engine.stories import Story, Telling, stories
from support.virtual_time import run_virtual


@settings(max_examples=30, report_multiple_bugs=False)
@given(stories)
def test_whatever_the_story_its_reports_are_true_and_its_requests_bounded(story: Story) -> None:
    run_virtual(told(story))


async def told(story: Story) -> None:
    await Telling(story).told()
