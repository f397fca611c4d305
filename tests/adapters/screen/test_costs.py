"""Money in words: bounded, harmless, currencies apart."""

from decimal import Decimal

import pytest

from launcher.adapters.screen.costs import cost_lines, estimates_in_words, money_in_words
from launcher.core.costs import Cost, Estimate, Group, Money

ALIGN = Group("RFranklin/one", "RFranklin/one/align")
CALL = Group("RFranklin/one", "LPauling/two/call")


UNKNOWN = "unknown for 30 tasks of app LPauling/two/call in RFranklin/one"
NOT_SHOWN = "unknown for 1 task of an app that is not shown"


def money(amount: str, currency: str | None = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


def cost(amount: str, app: str = "RFranklin/one/align", currency: str | None = "USD") -> Cost:
    return Cost(
        project="RFranklin/one",
        app=app,
        currency=currency,
        tasks=1_500,
        priced=1_200,
        amount=Decimal(amount),
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (money("1234.5"), "USD 1,234.50"),
        (money("0.005"), "USD 0.01"),
        (money("2", None), "2.00"),
        (money("2", "\x1b[31m"), "\\x1b[31m 2.00"),
    ],
)
def test_money_is_shown_in_cents(one: Money, words: str) -> None:
    assert money_in_words(one) == words


@pytest.mark.parametrize(
    ("estimates", "words"),
    [
        ([], ""),
        ([Estimate(group=ALIGN, tasks=0)], ""),
        (
            [Estimate(group=ALIGN, tasks=200, ended=212, each=money("1.70"))],
            "Cost: about USD 340.00 (median of 212 ended tasks).",
        ),
        (
            [
                Estimate(group=ALIGN, tasks=200, ended=212, each=money("1.70")),
                Estimate(group=CALL, tasks=30),
            ],
            f"Cost: about USD 340.00 (median of 212 ended tasks), {UNKNOWN}.",
        ),
        (
            [
                Estimate(group=ALIGN, tasks=1, ended=1, each=money("1.70")),
                Estimate(group=CALL, tasks=2, ended=3, each=money("2", "EUR")),
                Estimate(group=Group(None, None), tasks=1),
            ],
            f"Cost: about EUR 4.00, USD 1.70 (medians of 4 ended tasks), {NOT_SHOWN}.",
        ),
        (
            [Estimate(group=ALIGN._replace(batch=True), tasks=2)],
            "Cost: unknown for 2 tasks of batch tasks of app RFranklin/one/align.",
        ),
    ],
)
def test_an_estimate_says_what_it_rests_on_and_what_is_unknown(
    estimates: list[Estimate], words: str
) -> None:
    assert estimates_in_words(estimates) == words


def test_many_apps_that_nobody_knows_make_one_bounded_line() -> None:
    many = [Estimate(group=Group("o/p", f"o/p/a{number}"), tasks=2) for number in range(5000)]
    hostile = Estimate(group=Group("o/p", "\x1b]0;\x07" * 10_000), tasks=1)

    words = estimates_in_words([hostile, *many])

    assert len(words) < 1000
    assert "\x1b" not in words
    assert words.endswith("4,995 other apps.")


def test_the_cost_of_one_app_is_one_line() -> None:
    assert cost_lines([cost("340.1")]) == ("Cost so far: USD 340.10 (1,200 tasks with a price)",)


def test_without_prices_nothing_is_said() -> None:
    assert cost_lines([]) == ()


def test_costs_of_several_apps_are_added_up_by_currency_and_listed() -> None:
    costs = [cost("1.10"), cost("20", "o/p/call"), cost("3", "o/p/call", "EUR")]

    assert cost_lines(costs) == (
        "Cost so far: EUR 3.00 (1,200 tasks with a price), USD 21.10 (2,400 tasks with a price)",
        "  EUR 3.00 (1,200 of 1,500 tasks): app o/p/call in RFranklin/one",
        "  USD 20.00 (1,200 of 1,500 tasks): app o/p/call in RFranklin/one",
        "  USD 1.10 (1,200 of 1,500 tasks): app RFranklin/one/align",
    )


def test_lines_of_hostile_names_are_few_short_and_harmless() -> None:
    costs = [cost("1", "\x1b[2J\n" * 5000 + str(number), f"X{number}") for number in range(300)]

    lines = cost_lines(costs)

    assert len(lines) == 8
    assert max(map(len, lines)) < 300
    assert not any(character in "".join(lines) for character in "\x1b\n")
    assert lines[0].endswith(", 296 other currencies")
    assert lines[-1] == "  and 294 more: see summary.costs in a .json report"
