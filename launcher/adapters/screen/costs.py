"""Money in words: what tasks have cost, and what they are expected to; bounded, text out."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import islice

from launcher.core.costs import Cost, Estimate, Group, Money, total
from launcher.core.text import visible

APPS_SHOWN = 6
"""Apps that are named; the others are counted."""
_CURRENCIES_SHOWN = 4
_NAME_LIMIT = 80
_CURRENCY_LIMIT = 10
_CENT = Decimal("0.01")
_ROUNDED = Context(prec=80, rounding=ROUND_HALF_UP)


def money_in_words(money: Money) -> str:
    """Return `USD 1,234.50`, rounded to cents."""
    amount = money.amount.quantize(_CENT, context=_ROUNDED)
    currency = visible(money.currency or "", limit=_CURRENCY_LIMIT)
    return f"{currency} {amount:,f}".strip()


def estimates_in_words(estimates: Sequence[Estimate]) -> str:
    """Return `Cost: about USD 340.00 (median of 212 ended tasks), unknown for 3 tasks of …`."""
    if not any(one.tasks for one in estimates):
        return ""
    known = [one for one in estimates if one.each is not None]
    unknown = [one for one in estimates if one.each is None]
    parts = []
    if known:
        sums = _sums(one.whole for one in known if one.whole is not None)
        ended = _tasks(sum(one.ended for one in known), "ended task")
        medians = "median" if len(known) == 1 else "medians"
        parts.append(f"about {_bounded(sums)} ({medians} of {ended})")
    if unknown:
        named = [f"{_tasks(one.tasks)} of {group_in_words(one.group)}" for one in unknown]
        rest = len(named) - APPS_SHOWN
        others = [f"{rest:,} other apps"] if rest > 0 else []
        parts.append(f"unknown for {', '.join((*named[:APPS_SHOWN], *others))}")
    return f"Cost: {', '.join(parts)}."


def cost_lines(costs: Sequence[Cost]) -> tuple[str, ...]:
    """Return what the tasks of a report have cost: in all, then by app where there are several."""
    if not costs:
        return ()
    tasks: defaultdict[str | None, int] = defaultdict(int)
    for cost in costs:
        tasks[cost.currency] += cost.priced
    sums = _sums(Money(amount=cost.amount, currency=cost.currency) for cost in costs)
    whole = [
        f"{money_in_words(money)} ({_tasks(tasks[money.currency])} with a price)" for money in sums
    ]
    head = f"Cost so far: {_joined(whole)}"
    if len(costs) == 1:
        return (head,)
    dearest = sorted(costs, key=lambda cost: (cost.currency or "", -cost.amount))
    lines = [_line(cost) for cost in islice(dearest, APPS_SHOWN)]
    rest = len(dearest) - APPS_SHOWN
    if rest > 0:
        lines.append(f"  and {rest:,} more: see summary.costs in a .json report")
    return (head, *lines)


def group_in_words(group: Group) -> str:
    """Return `app RFranklin/one/align`, with its project where that is another one."""
    if group.app is None:
        return "an app that is not shown"
    kind = "batch tasks of app " if group.batch else "app "
    app = f"{kind}{visible(group.app, limit=_NAME_LIMIT)}"
    if group.project is None or group.app.startswith(f"{group.project}/"):
        return app
    return f"{app} in {visible(group.project, limit=_NAME_LIMIT)}"


def _line(cost: Cost) -> str:
    money = money_in_words(Money(amount=cost.amount, currency=cost.currency))
    share = f"{cost.priced:,} of {_tasks(cost.tasks)}"
    return f"  {money} ({share}): {group_in_words(Group(cost.project, cost.app))}"


def _sums(each: Iterable[Money]) -> list[Money]:
    """Return one sum a currency."""
    amounts: defaultdict[str | None, list[Decimal]] = defaultdict(list)
    for money in each:
        amounts[money.currency].append(money.amount)
    return [
        Money(amount=total(amounts[currency]), currency=currency)
        for currency in sorted(amounts, key=lambda one: one or "")
    ]


def _bounded(sums: Sequence[Money]) -> str:
    return _joined([money_in_words(money) for money in sums])


def _joined(words: Sequence[str]) -> str:
    rest = len(words) - _CURRENCIES_SHOWN
    others = [f"{rest:,} other currencies"] if rest > 0 else []
    return ", ".join((*words[:_CURRENCIES_SHOWN], *others))


def _tasks(count: int, noun: str = "task") -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
