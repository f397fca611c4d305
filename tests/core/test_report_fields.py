"""Members of tasks that a run asked for: what its rows say of them."""

from core.facts import ACCOUNT, FIRST, MAX_ATTEMPTS, SECOND, THIRD, Story
from core.replies import TASK
from launcher.core.answer import Extra
from launcher.core.drawing import report_of
from launcher.core.entry import RunId, RunStarted, Seen, Settled
from launcher.core.ids import Requested
from launcher.core.meaning import Meaning
from support.memory_journal import MemoryJournal
from support.virtual_time import VirtualClock


def _extra(story: Story, run: RunId = FIRST, *, up_to_now: bool = False) -> Extra:
    history = MemoryJournal(VirtualClock(), THIRD, store=list(story.records))
    report = report_of(history, run, up_to_now=up_to_now)
    assert report is not None
    return next(iter(report.rows)).extra


def _begin(story: Story, *fields: str, run: RunId = FIRST) -> None:
    story.run = run
    story.tell(
        RunStarted(
            account=ACCOUNT, host="here", version="1", max_attempts=MAX_ATTEMPTS, fields=fields
        )
    )
    story.tell(Requested(position=0, task=TASK, source="tasks.txt:1"))


def _see(story: Story, **members: str | None) -> None:
    story.tell(Seen(task=TASK, status="DRAFT", extra=tuple(members.items())))


def _launch(story: Story, **members: str | None) -> None:
    story.attempt(1)
    story.tell(
        Settled(
            task=TASK,
            number=1,
            meaning=Meaning.LAUNCHED,
            status="QUEUED",
            extra=tuple(members.items()),
        )
    )


def test_a_row_has_the_members_that_its_run_asked_for_in_that_order() -> None:
    story = Story()
    _begin(story, "price", "inputs", "type")
    _see(story, type='"v2"', inputs=None, price="null")
    story.end()

    assert _extra(story) == (("price", "null"), ("inputs", None), ("type", '"v2"'))


def test_what_the_answer_of_the_launch_shows_is_newer_and_the_rest_as_read_before() -> None:
    story = Story()
    _begin(story, "start_time", "price", "inputs")
    _see(story, start_time='"then"', price="1", inputs="{}")
    _launch(story, start_time='"now"', inputs=None)
    story.end()

    assert _extra(story) == (("start_time", '"now"'), ("price", "1"), ("inputs", None))


def test_what_was_never_shown_is_null() -> None:
    story = Story()
    _begin(story, "price")
    story.miss()
    story.end()

    assert _extra(story) == (("price", "null"),)


def test_a_run_that_asked_for_nothing_shows_nothing_of_what_others_asked_for() -> None:
    story = Story()
    _begin(story, "price")
    _see(story, price="1")
    story.end()
    story.begin(SECOND)
    story.end()

    assert _extra(story, SECOND) == ()


def test_members_are_those_of_the_runs_end_unless_later_facts_are_asked_for() -> None:
    story = Story()
    _begin(story, "price")
    _see(story, price="1")
    story.end()
    _begin(story, "price", "type", run=SECOND)
    _see(story, price="2", type='"v2"')
    story.end()
    story.begin(THIRD)
    story.see("RUNNING")
    story.end()

    assert _extra(story) == (("price", "1"),)
    assert _extra(story, up_to_now=True) == (("price", "2"),)
