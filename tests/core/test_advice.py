import re
from itertools import chain

import pytest

from launcher.core import advice as table
from launcher.core.advice import CODES, Advice, advice_for, advice_on_outcome
from launcher.core.outcome import Outcome

NAMED_BY_THE_PLATFORM = (
    0,
    1000,
    *range(2000, 2004),
    2105,
    *range(3000, 3014),
    *range(4000, 4008),
    *range(5000, 5004),
    *range(6000, 6004),
    6011,
    *range(7000, 7025),
    7026,
    *range(90000, 90011),
)


def all_advice() -> list[Advice]:
    found = chain(
        (advice_for(code) for code in CODES),
        (advice_for(None, status) for status in range(200, 600)),
        (advice_on_outcome(outcome) for outcome in Outcome),
    )
    named = (value for value in vars(table).values() if isinstance(value, Advice))
    return [advice for advice in (*named, *found) if advice is not None]


def test_every_code_that_concerns_the_launcher_has_advice() -> None:
    assert CODES == NAMED_BY_THE_PLATFORM
    assert all(advice_for(code) is not None for code in CODES)


@pytest.mark.parametrize("status", range(200, 600))
def test_every_answer_without_a_code_has_advice_by_its_status(status: int) -> None:
    assert advice_for(None, status) is not None


def test_a_code_says_more_than_its_status() -> None:
    assert advice_for(7024, 400) == advice_for(7024)
    assert advice_for(7024, 400) != advice_for(None, 400)


def test_a_code_that_nobody_knows_goes_by_its_status() -> None:
    assert advice_for(7999, 403) == advice_for(None, 403)
    assert advice_for(7999) is None
    assert advice_for(None) is None


@pytest.mark.parametrize("status", [200, 400, 404, 409])
def test_what_was_not_the_platforms_word_is_no_refusal_of_a_task_that_was_not_rejected(
    status: int,
) -> None:
    for outcome in (Outcome.UNKNOWN, Outcome.FAILED, Outcome.PENDING):
        assert advice_for(None, status, outcome=outcome) is None
    assert advice_for(None, status, outcome=Outcome.REJECTED) == advice_for(None, status)
    assert advice_for(None, 502, outcome=Outcome.FAILED) == advice_for(None, 502) is not None


def test_code_0_is_maintenance_only_together_with_503() -> None:
    assert advice_for(0, 503) == advice_for(0)
    assert advice_for(0, 400) == advice_for(None, 400)


def test_a_launched_task_needs_no_advice_and_all_others_have_some() -> None:
    silent = [outcome for outcome in Outcome if advice_on_outcome(outcome) is None]

    assert silent == [Outcome.LAUNCHED]


def test_advice_is_short_and_of_one_form() -> None:
    for advice in all_advice():
        assert re.fullmatch(r"[^.]{4,80}", advice.means)
        assert re.fullmatch(r"[A-Z].{10,110}\.", advice.mend)


def test_no_advice_tells_to_start_again_what_may_have_started() -> None:
    for code in (7000, 90004, 90005, 90007):
        advice = advice_for(code)
        assert advice is not None
        assert "never starts it twice" in advice.mend or "later" in advice.mend
