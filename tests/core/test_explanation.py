"""What a person is told about a code, whichever of the four kinds it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.advice import CODES, STATUSES, advice_for, advice_on_outcome
from launcher.core.errors import (
    AlreadyRunningError,
    HaltedError,
    InterruptedRunError,
    LauncherError,
    RefusedError,
    StorageError,
    UsageError,
)
from launcher.core.explanation import (
    EXIT_CODES,
    everything,
    explanations_of,
    why_unknown,
    words_of,
)
from launcher.core.outcome import Outcome

ENDS = (LauncherError, UsageError, RefusedError, HaltedError, StorageError, AlreadyRunningError)


def _names(word: str) -> list[str]:
    return [one.name for one in explanations_of(word)]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("7024", ["code 7024"]),
        ("1000", ["code 1000"]),
        ("429", ["HTTP 429"]),
        ("599", ["HTTP 599"]),
        ("75", ["exit code 75"]),
        ("130", ["exit code 130"]),
        ("0", ["code 0", "exit code 0"]),
        ("unknown", ["outcome unknown"]),
        ("Pending", ["outcome pending"]),
        ("7025", []),
        ("600", []),
        ("-1", []),
        ("٣", []),
        ("", []),
    ],
)
def test_a_number_or_a_name_is_everything_that_it_can_be(word: str, names: list[str]) -> None:
    assert _names(word) == names


def test_the_explanation_is_the_advice_of_the_closing_table() -> None:
    (code,) = explanations_of("7024")
    (status,) = explanations_of("503")
    (outcome,) = explanations_of("failed")

    assert code.advice == advice_for(7024)
    assert status.advice == advice_for(None, 503)
    assert outcome.advice == advice_on_outcome(Outcome.FAILED)


def test_every_code_status_outcome_and_exit_code_is_listed_and_can_be_asked_for() -> None:
    listed = everything()

    assert [one.name for one in listed] == [
        *(f"code {code}" for code in CODES),
        *(f"HTTP {status}" for status in STATUSES),
        *(f"exit code {code}" for code in EXIT_CODES),
        *(f"outcome {outcome}" for outcome in Outcome),
    ]
    assert all(one in explanations_of(one.name.split()[-1]) for one in listed)


def test_every_way_to_end_has_an_explanation() -> None:
    signals = (InterruptedRunError("SIGINT"), InterruptedRunError("SIGTERM", exit_code=143))

    assert {0, *(end("x").exit_code for end in ENDS), *(end.exit_code for end in signals)} == set(
        EXIT_CODES
    )


def test_explanations_have_the_form_of_advice() -> None:
    for one in everything():
        assert re.fullmatch(r"[^.]{4,80}", one.advice.means)
        assert re.fullmatch(r"[A-Z].{10,110}\.", one.advice.mend)


def test_what_was_shown_can_be_given_as_it_was_shown() -> None:
    assert words_of("code 7024, HTTP 400: exit code 75") == ("7024", "400", "75")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("7025", ["about tasks", "7024 (the task does not pass", "7026 (only drafts"]),
        ("2900", ["about users", "2003 (", "2105 ("]),
        ("1001", ["about the rate limit", "1000 (too many requests"]),
        ("90011", ["about requests of any kind", "90009 (", "90010 ("]),
        ("8000", ["no code of the platform, no HTTP status and no exit code"]),
        ("42", ["no code of the platform, no HTTP status and no exit code"]),
        ("lanched", ["did you mean launched?"]),
        ("xyzzy", ["give a number, such as 7024"]),
        ("-1", ["give a number, such as 7024"]),
        ("\x1b[31m", ["'\\x1b[31m' is no code"]),
    ],
)
def test_what_nobody_knows_is_told_with_what_is_near(word: str, told: list[str]) -> None:
    assert all(part in why_unknown(word) for part in told)


@given(st.text() | st.integers().map(str))
def test_whatever_is_asked_there_is_an_answer(text: str) -> None:
    for word in words_of(text):
        assert explanations_of(word) or why_unknown(word).isprintable()
