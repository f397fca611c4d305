"""Benches whose tasks have prices, by app, before and after."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from launcher.core.costs import Money
from launcher.core.course import Course
from launcher.core.ids import TaskId
from support.bench import Bench
from support.fake_platform import Life
from support.virtual_time import EPOCH

PROJECT = "RFranklin/one"
ALIGN = f"{PROJECT}/align"
CALL = f"{PROJECT}/call"
STATES = ("RUNNING", "COMPLETED", "FAILED", "ABORTED")


def usd(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def priced_bench(*, runs_s: float = 100.0) -> Bench:
    """Return a bench whose tasks live so long."""
    bench = Bench()
    bench.platform.lives = lambda _task: Life(runs_s=runs_s)
    bench.orders = replace(bench.orders, poll_s=5.0)
    return bench


def add_drafts(
    bench: Bench,
    count: int,
    *,
    price: str | None,
    app: str = ALIGN,
    currency: str = "USD",
    project: str = PROJECT,
    batch: bool = False,
) -> tuple[TaskId, ...]:
    """Add drafts that show this price once they are over; None: they show none."""
    tasks = bench.platform.add_to_project(project, count, app=f"{app}/3", batch=batch)
    for task in tasks:
        set_price(bench, task, price, currency=currency)
    return tasks


def set_price(bench: Bench, task: TaskId, price: str | None, *, currency: str = "USD") -> None:
    ended = Course() if price is None else Course(price=Decimal(price), currency=currency)
    bench.platform.courses[task] = dict.fromkeys(STATES[1:], ended)


def add_completed(
    bench: Bench,
    *prices: str,
    app: str = ALIGN,
    currency: str = "USD",
    project: str = PROJECT,
    batch: bool = False,
) -> tuple[TaskId, ...]:
    """Add tasks that completed before, of another revision, each a second before the next."""
    tasks = bench.platform.add_to_project(
        project, len(prices), app=f"{app}/2", status="COMPLETED", batch=batch
    )
    for number, (task, price) in enumerate(zip(tasks, prices, strict=True)):
        course = Course(
            price=Decimal(price),
            currency=currency,
            ended_at=EPOCH - timedelta(days=1) + timedelta(seconds=number),
        )
        bench.platform.views[task] = replace(bench.platform.views[task], course=course)
    return tasks


def spent(bench: Bench) -> Decimal:
    """Return what everything that was started costs in the end, truly."""
    lives = bench.platform.lives
    assert lives is not None
    prices = (
        bench.platform.courses[start.task][lives(start.task).ends].price
        for start in bench.platform.begun
    )
    return sum((price or Decimal(0) for price in prices), Decimal(0))
