"""Books kept step by step show what reckoning everything anew would."""

from decimal import Decimal
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from launcher.core.costs import Group, Price
from launcher.core.course import Course
from launcher.core.entry import Seen
from launcher.core.ids import TaskId
from launcher.core.state import TaskState
from launcher.engine.books import Books

TASKS = tuple(TaskId(f"t{number}") for number in range(5))
APPS = ("o/p/align/1", "o/p/align/2", "o/p/call/1", None)
amounts = st.decimals(0, 50, places=2)
states = st.builds(
    lambda app, status, batch, price, currency: TaskState(
        user="RFranklin",
        status=status,
        seen=Seen(task=TASKS[0], status=status, project="o/p", app=app, batch=batch),
        course=Course(price=price, currency=currency),
    ),
    st.sampled_from(APPS),
    st.sampled_from(["DRAFT", "QUEUED", "RUNNING", "COMPLETED", "FAILED"]),
    st.booleans(),
    st.none() | amounts,
    st.sampled_from(["USD", "USD", "EUR"]),
)
steps = st.lists(st.tuples(st.sampled_from(TASKS), states | st.booleans()), max_size=30)
listed = st.dictionaries(
    st.sampled_from([Group("o/p", "o/p/align"), Group("o/p", "o/p/call", batch=True)]),
    st.dictionaries(
        st.sampled_from([TaskId("x1"), TaskId("x2"), TaskId("x3")]),
        st.builds(Price, amounts, st.sampled_from(["USD", "EUR"])),
    ),
)


def kept(deeds: list[tuple[TaskId, TaskState | bool]]) -> Books:
    books = Books("USD", unbatch=False)
    for task, deed in deeds:
        if isinstance(deed, TaskState):
            books.note(task, deed)
        else:
            books.count(task, is_active=deed)
    return books


def price_of(history: list[TaskState]) -> Decimal | None:
    """Return the last price in USD that a task showed."""
    shown = [
        state.course.price
        for state in history
        if state.course and state.course.currency == "USD" and state.course.price is not None
    ]
    return shown[-1] if shown else None


def group_of_history(history: list[TaskState]) -> Group:
    """Return the group of the last state that shows an app, else of none."""
    for state in reversed(history):
        if state.seen and state.seen.app:
            app = state.seen.app.rsplit("/", 1)[0]
            return Group(state.seen.project, app, state.seen.batch)
    return Group(None, None)


@given(steps, listed)
def test_the_bill_is_what_reckoning_anew_shows(
    deeds: list[tuple[TaskId, TaskState | bool]], prices: dict[Group, dict[TaskId, Price]]
) -> None:
    books = kept(deeds)
    books.take_in(prices)

    spent, expected = Decimal(0), Decimal(0)
    open_tasks: list[tuple[Group, Decimal | None, bool]] = []
    known: dict[Group, list[Decimal]] = {
        group: [price.amount for price in some.values() if price.currency == "USD"]
        for group, some in prices.items()
    }
    for task in TASKS:
        history = [deed for one, deed in deeds if one == task and isinstance(deed, TaskState)]
        counts = [deed for one, deed in deeds if one == task and isinstance(deed, bool)]
        group, price = group_of_history(history), price_of(history)
        if history and history[-1].status in {"COMPLETED", "FAILED"}:
            spent += price or 0
            if price is None:
                open_tasks.append((group, None, True))
            elif history[-1].status == "COMPLETED":
                known.setdefault(group, []).append(price)
        elif counts and counts[-1]:
            open_tasks.append((group, price, False))
    for group, so_far, has_ended in open_tasks:
        each = median(known[group]) if known.get(group) and group.app else Decimal(0)
        expected += each if has_ended else max(each, so_far or Decimal(0))

    assert (books.bill.spent, books.bill.expected) == (spent, expected)


@given(steps)
def test_what_is_forgotten_leaves_nothing_behind(
    deeds: list[tuple[TaskId, TaskState | bool]],
) -> None:
    books = kept(deeds)

    for task in TASKS:
        books.count(task, is_active=False)
        books.note(task, TaskState(user="RFranklin", status="DRAFT"))

    assert books.bill.whole == 0
    assert (books.active, books.ended, len(books.blind)) == (0, 0, 0)


def test_a_task_whose_app_is_not_shown_teaches_nothing_about_others() -> None:
    books = Books("USD", unbatch=False)
    done = TaskState(
        user="RFranklin",
        status="COMPLETED",
        course=Course(price=Decimal(1), currency="USD"),
    )
    books.note(TASKS[0], done)

    assert books.of(Group(None, None)).each is None
    assert books.bill.spent == 1
