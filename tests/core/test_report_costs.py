"""The costs of a report are the sums of the prices that its rows show."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.facts import THEM, US, Story
from core.replies import task_id
from core.test_report import report
from launcher.core.course import Course
from launcher.core.entry import Seen

PROJECTS = ("o/p", "o/q")
APPS = ("o/p/align/1", "o/p/align/2", "o/p/call/1")
told = st.tuples(
    st.sampled_from(["DRAFT", "RUNNING", "COMPLETED", "FAILED"]),
    st.sampled_from(PROJECTS),
    st.sampled_from(APPS),
    st.sampled_from([US, THEM]),
    st.none() | st.decimals(0, 99, places=2),
    st.sampled_from(["USD", "EUR"]),
)


def story_of(tasks: list[tuple[str, str, str, str, Decimal | None, str]]) -> Story:
    story = Story()
    story.begin(tasks=len(tasks))
    for number, (status, project, app, user, price, currency) in enumerate(tasks):
        story.task = task_id(number)
        if user == US and status != "DRAFT":
            story.launch(1)
        course = None if status == "DRAFT" else Course(price=price, currency=currency)
        story.tell(
            Seen(
                task=story.task,
                status=status,
                project=project,
                app=app,
                executed_by=None if status == "DRAFT" else user,
                course=course,
            )
        )
    return story


@given(st.lists(told, min_size=1, max_size=12))
def test_costs_are_the_prices_of_the_rows_by_project_app_and_currency(
    tasks: list[tuple[str, str, str, str, Decimal | None, str]],
) -> None:
    found = report(story_of(tasks))
    priced: defaultdict[tuple[object, ...], list[Decimal]] = defaultdict(list)
    started: defaultdict[tuple[object, ...], int] = defaultdict(int)
    for row in found.rows:
        app = (row.app or "").rsplit("/", 1)[0]
        started[row.project, app] += row.status != "DRAFT"
        if row.price is not None:
            priced[row.project, app, row.currency].append(row.price)

    costs = {
        (cost.project, cost.app, cost.currency): (cost.tasks, cost.priced, cost.amount)
        for cost in found.summary.costs
    }

    assert costs == {
        key: (started[key[:2]], len(prices), sum(prices)) for key, prices in priced.items()
    }
    assert len(costs) == len(found.summary.costs)
