"""What a run would do, from the states of its tasks."""

from collections.abc import Callable

import pytest

from core.facts import FIRST, MAX_ATTEMPTS, SECOND, THEM, THIRD, US, Story
from core.replies import task_id
from launcher.core.budget import Budget
from launcher.core.entry import Seen
from launcher.core.ids import Requested, TaskId
from launcher.core.meaning import Meaning
from launcher.core.plan import PACE_PER_S, Forecast, Plan, Share, draw_plan, forecast_of, shares_of
from launcher.core.replay import fold

Told = Callable[[Story], object]


def as_batch(story: Story) -> None:
    story.tell(Seen(task=story.task, status="DRAFT", batch=True))


def cleared_and_hidden(story: Story) -> None:
    story.attempt(1)
    story.clear()
    story.miss(403)


def plan_of(*told: Told) -> Plan:
    """Return the plan for tasks 0, 1, 2 … of each of which one story is told."""
    story = Story()
    story.begin(tasks=len(told))
    for number, tell in enumerate(told):
        story.task = task_id(number)
        tell(story)
    wanted = [record.entry for record in story.records if isinstance(record.entry, Requested)]
    return draw_plan(wanted, fold(story.records, user=US), max_attempts=MAX_ATTEMPTS)


def tasks(*numbers: int) -> tuple[TaskId, ...]:
    return tuple(task_id(number) for number in numbers)


def test_drafts_are_launched_in_the_order_of_the_input() -> None:
    plan = plan_of(*[lambda story: story.see("DRAFT")] * 3)

    assert plan == Plan(requested=3, drafts=tasks(0, 1, 2))


def test_a_batch_parent_is_a_draft_that_is_counted_apart() -> None:
    plan = plan_of(as_batch, lambda story: story.see("DRAFT"))

    assert plan == Plan(requested=2, drafts=tasks(0, 1), batch=tasks(0))


def test_a_batch_parent_in_doubt_is_asked_about_too() -> None:
    def in_doubt(story: Story) -> None:
        as_batch(story)
        story.attempt(1)

    plan = plan_of(in_doubt, lambda story: story.see("DRAFT"))

    assert plan == Plan(requested=2, drafts=tasks(1), in_doubt=tasks(0), batch=tasks(0))


def test_a_child_of_a_batch_task_is_refused_in_the_plan() -> None:
    plan = plan_of(lambda story: story.see("DRAFT", parent=task_id(7)))

    assert plan == Plan(requested=1, rejected=1)


def test_a_batch_parent_that_runs_is_not_asked_about() -> None:
    plan = plan_of(lambda story: story.tell(Seen(task=story.task, status="RUNNING", batch=True)))

    assert plan == Plan(requested=1, skipped=1)


def test_an_open_attempt_is_settled_first() -> None:
    plan = plan_of(lambda story: story.attempt(1), lambda story: story.see("DRAFT"))

    assert plan == Plan(requested=2, in_doubt=tasks(0), drafts=tasks(1))
    assert plan.run_requests == 2


def test_what_is_started_unknown_to_the_platform_or_unread_is_not_launched() -> None:
    plan = plan_of(
        lambda story: story.see("RUNNING", by=THEM),
        lambda story: story.miss(404),
        lambda _: None,
    )

    assert plan == Plan(requested=3, skipped=1, rejected=1, unread=1)
    assert plan.run_requests == 0


def test_what_earlier_runs_launched_names_those_runs_once_each_in_order() -> None:
    def launched_by(*runs: str) -> Told:
        def tell(story: Story) -> None:
            for run in runs:
                story.run = {FIRST: FIRST, SECOND: SECOND, THIRD: THIRD}[run]  # type: ignore[index]
                story.launch(1)

        return tell

    plan = plan_of(launched_by(SECOND), launched_by(FIRST), launched_by(SECOND))

    assert plan == Plan(requested=3, launched_before=3, earlier_runs=(FIRST, SECOND))


def test_every_task_of_the_input_is_counted_once() -> None:
    plan = plan_of(
        lambda story: story.see("DRAFT"),
        as_batch,
        lambda story: story.attempt(1),
        lambda story: story.launch(1),
        lambda story: story.see("RUNNING"),
        lambda story: story.miss(404),
        lambda _: None,
        cleared_and_hidden,
    )

    told = plan.launched_before + plan.skipped + plan.rejected + plan.unread
    assert len(plan.drafts) + len(plan.in_doubt) + told == plan.requested == 8


def test_a_rejected_answer_of_this_very_run_is_not_planned_again() -> None:
    def reject(story: Story) -> None:
        story.see("DRAFT")
        story.attempt(1)
        story.settle(1, Meaning.REJECTED)

    assert plan_of(reject) == Plan(requested=1, rejected=1)


def test_tasks_are_counted_by_app_and_project_the_most_first() -> None:
    story = Story()
    story.begin(tasks=4)
    for number, app in enumerate(["a/b/call/7", "a/b/align/3", "a/b/align/3"]):
        story.task = task_id(number)
        story.tell(Seen(task=story.task, status="DRAFT", project="a/b", app=app))
    states = fold(story.records, user=US)
    at_rest = {task: state.at_rest() for task, state in states.items()}

    shares = shares_of(tasks(0, 1, 2, 3), at_rest)

    assert shares == (
        Share(count=2, app="a/b/align/3", project="a/b"),
        Share(count=1, app="a/b/call/7", project="a/b"),
        Share(count=1, app=None, project=None),
    )


def test_the_forecast_is_the_least_where_tasks_are_followed_and_keeps_what_lies_between() -> None:
    plan = Plan(requested=3, drafts=tasks(1, 2, 3))

    forecast = forecast_of(plan, Budget(), wait_s=0.0, stagger_s=10.0, follows=True)

    assert (forecast.requests, forecast.seconds, forecast.is_least) == (3, 20.0, True)


@pytest.mark.parametrize(
    ("drafts", "windows", "seconds"),
    [(0, 1, 0.0), (300, 1, 300 / PACE_PER_S), (1300, 2, 120.0 + 300 / PACE_PER_S)],
)
def test_the_forecast_counts_one_run_request_for_each_draft(
    drafts: int, windows: int, seconds: float
) -> None:
    plan = Plan(requested=drafts, drafts=tasks(*range(drafts)))

    assert forecast_of(plan, Budget(), wait_s=120.0) == Forecast(
        requests=drafts, windows=windows, seconds=seconds, limit=1000
    )
