"""The one table of the design, "What an answer means", row by row over all statuses and codes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.replies import (
    OTHER,
    TASK,
    alien,
    answer,
    error,
    maintenance,
    no_answer,
    not_sent,
    rate,
    started,
    tasks_read,
    throttled,
    user,
)
from launcher.core.answer import (
    Alien,
    ErrorWord,
    Limits,
    NoAnswer,
    NotSent,
    RateWord,
    Reply,
    TasksWord,
    TaskView,
    UserWord,
    Word,
    describe,
)
from launcher.core.meaning import (
    Meaning,
    is_failing,
    is_maintenance,
    is_proxy_login,
    is_refusal,
    is_refused_token,
    is_throttle,
    meaning_of,
)

ALL = range(200, 600)
CODE_THROTTLED, CODE_TOKEN = 1000, 90001
CODES_IN_DOUBT = (7000, 90007)
CODES_NEED_DRAFT = (7007, 7009, 7010)
CODES_REJECTED = (7001, 7002, 7005, 7012, 7021, 7022, 7024)
CODES_WITH_ROW = (
    CODE_THROTTLED,
    CODE_TOKEN,
    *CODES_IN_DOUBT,
    *CODES_NEED_DRAFT,
    *CODES_REJECTED,
)
CODES_WITHOUT_ROW = (0, -1, 1, 2000, 7003, 7099, 9001, 90000, 90002, 90004, 90005)
STATES = (
    "CREATING",
    "QUEUED",
    "RUNNING",
    "ABORTING",
    "COMPLETED",
    "FAILED",
    "ABORTED",
    "HIBERNATING",
)
DRAFT_TASK = TaskView(id=TASK, status="DRAFT")
INVALID_TASK = TaskView(id=TASK, status="DRAFT", errors=("input x is missing",))
QUEUED_TASK = TaskView(id=TASK, status="QUEUED")
NO_WORDS: Mapping[str, Word] = {
    "html": Alien(excerpt="<html>"),
    "nothing": Alien(excerpt=""),
    "a user": UserWord(name="ann"),
    "tasks": TasksWord(items=(QUEUED_TASK,)),
    "a rate": RateWord(limits=Limits(remaining=1)),
}
TASKS: Mapping[str, Word] = {
    "a draft": DRAFT_TASK,
    "a draft with errors": INVALID_TASK,
    "a queued task": QUEUED_TASK,
}


def meanings(word: Word, statuses: Iterable[int] = ALL) -> dict[int, Meaning]:
    return {status: meaning_of(answer(status, word), task=TASK) for status in statuses}


def all_of(meaning: Meaning, statuses: Iterable[int] = ALL) -> dict[int, Meaning]:
    return dict.fromkeys(statuses, meaning)


def coded(code: int) -> ErrorWord:
    return ErrorWord(code=code, message="no")


with_any_word_without_a_row = pytest.mark.parametrize(
    "word",
    [*NO_WORDS.values(), *TASKS.values(), *map(coded, CODES_WITHOUT_ROW)],
    ids=[*NO_WORDS, *TASKS, *map(str, CODES_WITHOUT_ROW)],
)


# ---------------------------------------------------------------- the rows, one after the other


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("errors", [(), ("an error",)])
@pytest.mark.parametrize("warnings", [(), ("a warning",)])
def test_a_2xx_with_any_state_other_than_draft_is_launched(
    state: str, errors: tuple[str, ...], warnings: tuple[str, ...]
) -> None:
    task = TaskView(id=TASK, status=state, errors=errors, warnings=warnings)

    assert meanings(task, range(200, 300)) == all_of(Meaning.LAUNCHED, range(200, 300))


def test_a_2xx_with_a_draft_and_errors_is_rejected() -> None:
    assert meanings(INVALID_TASK, range(200, 300)) == all_of(Meaning.REJECTED, range(200, 300))


def test_a_2xx_with_a_draft_without_errors_is_in_doubt() -> None:
    assert meanings(DRAFT_TASK, range(200, 300)) == all_of(Meaning.IN_DOUBT, range(200, 300))


@pytest.mark.parametrize("word", NO_WORDS.values(), ids=NO_WORDS)
def test_a_2xx_that_is_no_task_is_in_doubt(word: Word) -> None:
    assert meanings(word, range(200, 300)) == all_of(Meaning.IN_DOUBT, range(200, 300))


@pytest.mark.parametrize("code", CODES_WITHOUT_ROW)
def test_a_2xx_with_a_code_without_a_row_is_in_doubt(code: int) -> None:
    assert meanings(coded(code), range(200, 300)) == all_of(Meaning.IN_DOUBT, range(200, 300))


@pytest.mark.parametrize("state", ["DRAFT", *STATES])
@pytest.mark.parametrize("errors", [(), ("an error",)])
def test_another_task_tells_nothing_of_ours(state: str, errors: tuple[str, ...]) -> None:
    task = TaskView(id=OTHER, status=state, errors=errors)

    assert meanings(task, range(200, 300)) == all_of(Meaning.IN_DOUBT, range(200, 300))


@pytest.mark.parametrize("state", ["DRAFT", *STATES])
def test_a_task_without_an_id_tells_nothing_of_ours(state: str) -> None:
    assert meaning_of(answer(200, TaskView(id=None, status=state)), task=TASK) is Meaning.IN_DOUBT


def test_an_id_in_capitals_is_the_same_task() -> None:
    task = TaskView(id=TASK.upper(), status="RUNNING")

    assert meaning_of(answer(200, task), task=TASK) is Meaning.LAUNCHED


def test_code_1000_is_throttled_whatever_the_status() -> None:
    assert meanings(coded(CODE_THROTTLED)) == all_of(Meaning.THROTTLED)


@with_any_word_without_a_row
def test_a_429_is_throttled_whatever_it_says_unless_its_code_has_a_row(word: Word) -> None:
    assert meanings(word, [429]) == {429: Meaning.THROTTLED}


def test_code_0_is_maintenance_only_together_with_503() -> None:
    found = {status for status, meaning in meanings(coded(0)).items() if meaning == "maintenance"}

    assert found == {503}


@pytest.mark.parametrize("fatal", [False, True])
def test_a_request_that_did_not_leave_is_not_sent(*, fatal: bool) -> None:
    assert meaning_of(NotSent(why="no route", fatal=fatal), task=TASK) is Meaning.NOT_SENT


def test_no_answer_is_in_doubt() -> None:
    assert meaning_of(no_answer(), task=TASK) is Meaning.IN_DOUBT


@pytest.mark.parametrize("code", CODES_IN_DOUBT)
def test_codes_7000_and_90007_are_in_doubt_whatever_the_status(code: int) -> None:
    assert meanings(coded(code)) == all_of(Meaning.IN_DOUBT)


@with_any_word_without_a_row
def test_a_5xx_is_in_doubt_unless_its_code_has_a_row(word: Word) -> None:
    broken = [status for status in range(500, 600) if (status, word) != (503, coded(0))]

    assert meanings(word, broken) == all_of(Meaning.IN_DOUBT, broken)


@with_any_word_without_a_row
def test_a_408_or_409_is_in_doubt_unless_its_code_has_a_row(word: Word) -> None:
    assert meanings(word, [408, 409]) == all_of(Meaning.IN_DOUBT, [408, 409])


@pytest.mark.parametrize("word", [*NO_WORDS.values(), *TASKS.values()], ids=[*NO_WORDS, *TASKS])
def test_a_4xx_that_is_not_the_platform_s_word_is_in_doubt_and_never_rejected(word: Word) -> None:
    others = [status for status in range(400, 500) if status not in {401, 407, 429}]

    assert meanings(word, others) == all_of(Meaning.IN_DOUBT, others)


def test_code_90001_is_a_refused_token_whatever_the_status() -> None:
    assert meanings(coded(CODE_TOKEN)) == all_of(Meaning.TOKEN_REFUSED)


@with_any_word_without_a_row
def test_a_401_is_a_refused_token_unless_its_code_has_a_row(word: Word) -> None:
    assert meanings(word, [401]) == {401: Meaning.TOKEN_REFUSED}


@with_any_word_without_a_row
def test_a_407_is_a_proxy_that_wants_a_login_unless_its_code_has_a_row(word: Word) -> None:
    assert meanings(word, [407]) == {407: Meaning.PROXY_LOGIN}


@pytest.mark.parametrize("code", CODES_NEED_DRAFT)
def test_codes_7007_7009_and_7010_need_a_draft_whatever_the_status(code: int) -> None:
    assert meanings(coded(code)) == all_of(Meaning.NEEDS_DRAFT)


@pytest.mark.parametrize("code", CODES_REJECTED)
def test_a_code_that_trying_again_cannot_mend_is_rejected_whatever_the_status(code: int) -> None:
    assert meanings(coded(code)) == all_of(Meaning.REJECTED)


@pytest.mark.parametrize("code", CODES_WITHOUT_ROW)
def test_any_other_4xx_of_the_platform_is_rejected(code: int) -> None:
    others = [status for status in range(400, 500) if status not in {401, 407, 408, 409, 429}]

    assert meanings(coded(code), others) == all_of(Meaning.REJECTED, others)


@with_any_word_without_a_row
def test_a_3xx_that_sends_the_request_elsewhere_is_rejected(word: Word) -> None:
    found = {
        status: meaning_of(answer(status, word, location="https://else.invalid/"), task=TASK)
        for status in range(300, 400)
    }

    assert found == all_of(Meaning.REJECTED, range(300, 400)) | {303: Meaning.IN_DOUBT}


@with_any_word_without_a_row
def test_a_3xx_that_says_no_place_to_go_may_have_come_after_the_start(word: Word) -> None:
    assert meanings(word, range(300, 400)) == all_of(Meaning.IN_DOUBT, range(300, 400))


def test_a_task_is_launched_by_a_2xx_only() -> None:
    found = {status for status, meaning in meanings(QUEUED_TASK).items() if meaning == "launched"}

    assert found == set(range(200, 300))


@pytest.mark.parametrize("meaning", Meaning)
def test_an_attempt_is_used_where_the_platform_may_have_looked_at_the_task(
    meaning: Meaning,
) -> None:
    looked_at = {Meaning.LAUNCHED, Meaning.REJECTED, Meaning.IN_DOUBT, Meaning.NEEDS_DRAFT}

    assert meaning.uses_attempt == (meaning in looked_at)


# ---------------------------------------------------------------- questions agree with the table

statuses = st.integers(200, 599)
words: st.SearchStrategy[Word] = st.one_of(
    st.sampled_from([*NO_WORDS.values(), *TASKS.values()]),
    st.sampled_from([*CODES_WITH_ROW, *CODES_WITHOUT_ROW]).map(coded),
    st.integers(-(2**31), 2**31 - 1).map(coded),
)
replies: st.SearchStrategy[Reply] = st.one_of(
    st.builds(answer, statuses, words, location=st.none() | st.just("https://else.invalid/")),
    st.sampled_from([not_sent(), no_answer(), NotSent(why="certificate", fatal=True)]),
)


@pytest.mark.parametrize(
    ("question", "meaning"),
    [
        (is_throttle, Meaning.THROTTLED),
        (is_maintenance, Meaning.MAINTENANCE),
        (is_refused_token, Meaning.TOKEN_REFUSED),
        (is_proxy_login, Meaning.PROXY_LOGIN),
    ],
)
def test_a_question_about_any_reply_is_answered_as_by_the_table(
    question: Callable[[Reply], bool], meaning: Meaning
) -> None:
    words = [*NO_WORDS.values(), *TASKS.values(), *map(coded, CODES_WITH_ROW + CODES_WITHOUT_ROW)]
    every: list[Reply] = [not_sent(), no_answer()]
    every += [answer(status, word) for status in ALL for word in words]

    differing = [
        reply for reply in every if question(reply) is not (meaning_of(reply, task=TASK) is meaning)
    ]

    assert differing == []


@given(statuses, st.sampled_from([*CODES_WITH_ROW, *CODES_WITHOUT_ROW]).map(coded))
def test_the_platform_refuses_exactly_where_the_table_says_rejected_or_needs_a_draft(
    status: int, word: ErrorWord
) -> None:
    refuses = {Meaning.REJECTED, Meaning.NEEDS_DRAFT}

    assert is_refusal(word, http_status=status) is (meanings(word, [status])[status] in refuses)


@given(replies)
def test_what_is_launched_or_throttled_is_no_sign_of_an_outage(reply: Reply) -> None:
    meaning = meaning_of(reply, task=TASK)

    assert meaning not in {Meaning.LAUNCHED, Meaning.THROTTLED} or not is_failing(reply)


@given(replies)
def test_no_reply_means_launched_unless_it_is_our_task_in_a_2xx(reply: Reply) -> None:
    launched = meaning_of(reply, task=TASK) is Meaning.LAUNCHED

    assert launched is (
        not isinstance(reply, NotSent | NoAnswer)
        and 200 <= reply.http_status < 300
        and reply.word == QUEUED_TASK
    )


@given(replies)
def test_a_rejection_is_the_platform_s_word_or_a_redirect(reply: Reply) -> None:
    assert meaning_of(reply, task=TASK) is not Meaning.REJECTED or (
        not isinstance(reply, NotSent | NoAnswer)
        and (
            reply.location is not None
            or isinstance(reply.word, ErrorWord)
            or reply.word == INVALID_TASK
        )
    )


@pytest.mark.parametrize(
    ("reply", "fails"),
    [
        (not_sent(), True),
        (no_answer(), True),
        (alien(200), True),
        (alien(302), True),
        (alien(404), True),
        (alien(502), True),
        (alien(429), False),
        (error(500, 90004), True),
        (error(503, 7000), True),
        (error(404, 7002), False),
        (error(400, 7007), False),
        (throttled(), False),
        (error(503, 1000), False),
        (started(), False),
        (answer(500, QUEUED_TASK), True),
        (tasks_read(), False),
        (user(), False),
        (rate(Limits(remaining=1)), False),
    ],
)
def test_a_reply_without_the_platform_s_word_or_in_5xx_is_a_sign_of_an_outage(
    reply: Reply, *, fails: bool
) -> None:
    assert is_failing(reply) is fails


@pytest.mark.parametrize(
    "reply", [error(401, CODE_TOKEN), error(403, CODE_TOKEN), error(401, 90000), alien(401)]
)
def test_a_401_or_code_90001_to_any_request_is_a_refused_token(reply: Reply) -> None:
    assert is_refused_token(reply)


@pytest.mark.parametrize(
    "reply", [error(403, 7001), alien(403), started(), not_sent(), no_answer(), maintenance()]
)
def test_nothing_else_is_a_refused_token(reply: Reply) -> None:
    assert not is_refused_token(reply)


# ---------------------------------------------------------------- in words


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (not_sent(), "no connection"),
        (no_answer(), "connection reset"),
        (error(403, 7001), "HTTP 403, code 7001: no"),
        (alien(502, "Bad Gateway"), "HTTP 502, not the platform's word: Bad Gateway"),
        (alien(200, ""), "HTTP 200, not the platform's word, empty"),
        (
            replace(alien(302, ""), location="https://login.example.org/"),
            "HTTP 302, redirected to https://login.example.org/ (not followed)",
        ),
        (started(), "HTTP 200, a task in state QUEUED"),
        (user(), "HTTP 200"),
    ],
)
def test_a_reply_is_told_in_one_line(reply: Reply, line: str) -> None:
    assert describe(reply) == line
