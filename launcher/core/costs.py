"""What tasks cost: sums that are exact, medians to expect, and a limit that they are held to.

Amounts of different currencies are never added up, and never compared.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact
from typing import Final, NamedTuple

from launcher.core.ids import without_revision

USUAL_CURRENCY: Final = "USD"
DEAREST: Final = Decimal(10**9)
FINEST: Final = 28
"""Decimals at most of one amount."""

_EXACT: Final = Context(prec=80, traps=[Inexact])
"""A billion amounts of at most a billion each, in 28 decimals, have 46 digits."""
EXPECTED: Final = "expected an amount above 0 and perhaps a currency, such as 500 or '500 EUR'"
_MONEY: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(?:\s+([A-Za-z]{3}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in a currency; None: the platform named none."""

    amount: Decimal
    currency: str | None

    def __str__(self) -> str:
        """Return `USD 12.50`."""
        return f"{self.currency or 'no currency'} {plain(self.amount)}"


def money_of(text: str) -> Money:
    """Return the money that `500`, `500.00` or `500 EUR` is; without a currency, it is in USD.

    Raises:
        ValueError: it is none, or not more than nothing.
    """
    found = _MONEY.fullmatch(text.strip())
    if found is None or not Decimal(found[1]):
        raise ValueError(EXPECTED)
    return Money(amount=Decimal(found[1]), currency=(found[2] or USUAL_CURRENCY).upper())


def plain(amount: Decimal) -> str:
    """Return the amount with two decimals or more, as many as it takes, and no exponent."""
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{int(whole):,}.{decimals.rstrip('0').ljust(2, '0')}"


def is_fit(amount: Decimal) -> bool:
    """Say whether it may be what one task costs, so that sums of such amounts are exact."""
    if not amount.is_finite() or not 0 <= amount <= DEAREST:
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and -FINEST <= exponent <= FINEST


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    whole = Decimal(0)
    for amount in amounts:
        whole = _EXACT.add(whole, amount)
    return whole


def median(ordered: Sequence[Decimal]) -> Decimal | None:
    """Return the exact median of amounts in their order; None: there are none."""
    if not ordered:
        return None
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else _EXACT.multiply(_EXACT.add(low, high), Decimal("0.5"))


class Group(NamedTuple):
    """Tasks that cost about the same: of one app, in whatever revision, in one project.

    `batch`: they are batch tasks, whose price is that of all their children.
    """

    project: str | None
    app: str | None
    batch: bool = False


def group_of(project: str | None, app: str | None, *, batch: bool = False) -> Group:
    """Return the group of a task; the last word of its app's whole name is the revision."""
    return Group(project, without_revision(app) if app else app, batch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the tasks of one app in one project have cost so far, in one currency.

    `tasks` have started, `priced` of them show a price in this currency, `amount` is their sum.
    """

    project: str | None
    app: str | None
    currency: str | None
    tasks: int
    priced: int
    amount: Decimal


@dataclass(slots=True)
class Sums:
    """Prices added up while rows are drawn; it remembers apps, and no tasks."""

    _tasks: Counter[Group] = field(default_factory=Counter)
    _prices: dict[Group, dict[str | None, tuple[int, Decimal]]] = field(default_factory=dict)

    def add(self, group: Group, price: Decimal | None, currency: str | None) -> None:
        """Add a task that has started; no price: none is shown yet."""
        self._tasks[group] += 1
        if price is None or not is_fit(price):
            return
        prices = self._prices.setdefault(group, {})
        count, amount = prices.get(currency, (0, Decimal(0)))
        prices[currency] = (count + 1, _EXACT.add(amount, price))

    def costs(self) -> tuple[Cost, ...]:
        """Return what each app cost in each project, in the order of their names."""
        groups = sorted(self._prices, key=_place)
        return tuple(cost for group in groups for cost in self._of(group))

    def _of(self, group: Group) -> Iterator[Cost]:
        prices = self._prices[group]
        for currency in sorted(prices, key=lambda one: one or ""):
            priced, amount = prices[currency]
            yield Cost(
                project=group.project,
                app=group.app,
                currency=currency,
                tasks=self._tasks[group],
                priced=priced,
                amount=amount,
            )


def _place(group: Group) -> tuple[str, str, bool]:
    return group.project or "", group.app or "", group.batch


class Price(NamedTuple):
    """What a task cost that has completed."""

    amount: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What `tasks` of a group are going to cost: each the median of `ended` completed ones."""

    group: Group
    tasks: int
    ended: int = 0
    each: Money | None = None
    """None: unknown."""

    @property
    def whole(self) -> Money | None:
        """What all of them cost; None: unknown."""
        if self.each is None:
            return None
        amount = expected_of(self.tasks, each=self.each.amount)
        return Money(amount=amount, currency=self.each.currency)


def estimate_of(
    group: Group, tasks: int, prices: Iterable[Price], *, currency: str | None = None
) -> Estimate:
    """Return what to expect by these prices, in `currency`, else in the one that most are in."""
    known = [*prices]
    wanted = currency or _usual(known)
    ordered = sorted(price.amount for price in known if price.currency == wanted)
    each = median(ordered)
    if each is None or wanted is None:
        return Estimate(group=group, tasks=tasks)
    money = Money(amount=each, currency=wanted)
    return Estimate(group=group, tasks=tasks, ended=len(ordered), each=money)


def _usual(prices: Iterable[Price]) -> str | None:
    named = Counter(price.currency for price in prices if price.currency is not None)
    return min(named, key=lambda currency: (-named[currency], currency), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What tasks have cost that are over, and what those are expected to that are active."""

    spent: Decimal
    expected: Decimal

    @property
    def whole(self) -> Decimal:
        """Both."""
        return _EXACT.add(self.spent, self.expected)

    def has_room(self, limit: Decimal, *, one: Decimal | None) -> bool:
        """Say whether `one` more task may start; None: nobody knows what it costs."""
        if self.whole >= limit:
            return False
        return one is None or _EXACT.add(self.whole, one) <= limit


def expected_of(count: int, *, each: Decimal | None, so_far: Iterable[Decimal] = ()) -> Decimal:
    """Return what is expected of so many tasks; of one that costs more by now, no less than that.

    Of tasks that nobody knows the price of nothing is expected but what they have cost by now.
    """
    known = each or Decimal(0)
    more = (_EXACT.subtract(cost, known) for cost in so_far if cost > known)
    return total((_EXACT.multiply(Decimal(count), known), *more))
