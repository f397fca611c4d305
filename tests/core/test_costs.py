"""Sums are exact, medians are what is expected, and currencies are kept apart."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from statistics import median as usual_median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.costs import (
    Bill,
    Estimate,
    Group,
    Money,
    Price,
    Sums,
    estimate_of,
    expected_of,
    group_of,
    is_fit,
    median,
    money_of,
    plain,
    total,
)

ALIGN = Group("o/p", "o/p/align")
CALL = Group("o/p", "o/p/call")
amounts = st.decimals(0, 10**9, places=28, allow_nan=False) | st.decimals(0, 900, places=2)
groups = st.sampled_from([ALIGN, CALL, Group("o/q", "o/p/align"), Group(None, None)])
currencies = st.sampled_from(["USD", "EUR", None])


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("RFranklin/one/align/3", "RFranklin/one/align"),
        ("RFranklin/one/align/12", "RFranklin/one/align"),
        ("RFranklin/one/align", "RFranklin/one/align"),
        ("RFranklin/one/align/latest", "RFranklin/one/align/latest"),
        ("a/b/c/d/5", "a/b/c/d/5"),
        ("", ""),
        (None, None),
    ],
)
def test_revisions_of_an_app_are_one_app(app: str | None, expected: str | None) -> None:
    assert group_of("RFranklin/one", app) == Group("RFranklin/one", expected)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("500", Money(amount=Decimal(500), currency="USD")),
        (" 0.5  eur ", Money(amount=Decimal("0.5"), currency="EUR")),
        ("12.50 USD", Money(amount=Decimal("12.50"), currency="USD")),
    ],
)
def test_an_amount_without_a_currency_is_in_dollars(text: str, money: Money) -> None:
    assert money_of(text) == money


@pytest.mark.parametrize("text", ["", "0", "0.00 USD", "-1", "1e3", "USD 5", "5 US", "٣", "nan"])
def test_what_is_no_amount_above_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an amount above 0"):
        money_of(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0.00"),
        ("2", "2.00"),
        ("1234.5", "1,234.50"),
        ("0.125", "0.125"),
        ("1E+4", "10,000.00"),
        ("0E-28", "0.00"),
    ],
)
def test_amounts_are_shown_plainly(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "fits"),
    [
        ("0", True),
        ("1e9", True),
        ("0.0000000000000000000000000001", True),
        ("1e-29", False),
        ("1000000000.01", False),
        ("-0.01", False),
        ("NaN", False),
        ("Infinity", False),
        ("0e400000", False),
    ],
)
def test_amounts_that_sums_could_not_hold_exactly_are_no_prices(amount: str, *, fits: bool) -> None:
    assert is_fit(Decimal(amount)) is fits


@given(st.lists(st.tuples(groups, st.none() | amounts, currencies)))
def test_sums_are_the_prices_by_group_and_currency(
    rows: list[tuple[Group, Decimal | None, str | None]],
) -> None:
    sums = Sums()
    exact: defaultdict[tuple[Group, str | None], list[Fraction]] = defaultdict(list)
    for group, price, currency in rows:
        sums.add(group, price, currency)
        if price is not None:
            exact[group, currency].append(Fraction(price))

    found = {
        (Group(cost.project, cost.app), cost.currency): (
            cost.tasks,
            cost.priced,
            Fraction(cost.amount),
        )
        for cost in sums.costs()
    }

    assert found == {
        (group, currency): (sum(one[0] == group for one in rows), len(prices), sum(prices))
        for (group, currency), prices in exact.items()
    }


def test_sums_stand_in_the_order_of_names_whatever_came_first() -> None:
    sums = Sums()
    sums.add(CALL, Decimal("0.10"), "USD")
    sums.add(ALIGN, Decimal(2), "USD")
    sums.add(ALIGN, None, None)
    sums.add(ALIGN, Decimal("0.20"), "EUR")

    found = [
        (cost.app, cost.currency, cost.tasks, cost.priced, cost.amount) for cost in sums.costs()
    ]
    assert found == [
        ("o/p/align", "EUR", 3, 1, Decimal("0.20")),
        ("o/p/align", "USD", 3, 1, Decimal(2)),
        ("o/p/call", "USD", 1, 1, Decimal("0.10")),
    ]


@given(st.lists(amounts, min_size=1))
def test_the_median_is_exact(some: list[Decimal]) -> None:
    found = median(sorted(some))

    assert found is not None
    assert Fraction(found) == usual_median(map(Fraction, some))


def test_of_nothing_there_is_no_median() -> None:
    assert median([]) is None


@given(st.lists(amounts))
def test_totals_are_exact(some: list[Decimal]) -> None:
    assert Fraction(total(some)) == sum(map(Fraction, some))


@pytest.mark.parametrize(
    ("prices", "currency", "each", "ended"),
    [
        ([("1", "USD"), ("2", "USD"), ("9", "USD")], None, ("2", "USD"), 3),
        ([("1", "USD"), ("2", "USD")], None, ("1.5", "USD"), 2),
        ([("1", "USD"), ("7", "EUR"), ("9", "EUR")], None, ("8", "EUR"), 2),
        ([("1", "USD"), ("7", "EUR"), ("9", "EUR")], "USD", ("1", "USD"), 1),
        ([("7", "EUR")], "USD", None, 0),
        ([("7", None)], None, None, 0),
        ([], None, None, 0),
    ],
)
def test_an_estimate_is_the_median_in_one_currency(
    prices: list[tuple[str, str | None]],
    currency: str | None,
    each: tuple[str, str] | None,
    ended: int,
) -> None:
    known = [Price(Decimal(amount), named) for amount, named in prices]
    money = None if each is None else Money(amount=Decimal(each[0]), currency=each[1])

    found = estimate_of(ALIGN, 4, known, currency=currency)

    assert found == Estimate(group=ALIGN, tasks=4, ended=ended, each=money)
    if each is not None and found.whole is not None:
        assert found.whole.amount == 4 * Decimal(each[0])


@pytest.mark.parametrize(
    ("count", "each", "so_far", "expected"),
    [
        (0, "2", [], "0"),
        (3, "2", [], "6"),
        (3, "2", ["1", "5"], "9"),
        (1, None, [], "0"),
        (2, None, ["0.30"], "0.30"),
    ],
)
def test_no_less_is_expected_of_a_task_than_it_has_cost(
    count: int, each: str | None, so_far: list[str], expected: str
) -> None:
    one = None if each is None else Decimal(each)

    assert expected_of(count, each=one, so_far=map(Decimal, so_far)) == Decimal(expected)


@pytest.mark.parametrize(
    ("spent", "expected", "one", "has_room"),
    [
        ("0", "0", "10", True),
        ("0", "0", "10.01", False),
        ("4", "4", "2", True),
        ("4", "4", "2.01", False),
        ("5", "5", "0", False),
        ("9.99", "0", None, True),
        ("5", "5", None, False),
    ],
)
def test_a_limit_of_ten_has_room_up_to_ten(
    spent: str, expected: str, one: str | None, *, has_room: bool
) -> None:
    bill = Bill(spent=Decimal(spent), expected=Decimal(expected))

    assert bill.has_room(Decimal(10), one=None if one is None else Decimal(one)) is has_room
