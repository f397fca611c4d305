"""What an answer to a clone request means: the table, row by row."""

from dataclasses import replace

import pytest

from core.replies import OTHER, TASK, alien, answer, error, maintenance, no_answer, not_sent
from launcher.core.answer import Alien, ErrorWord, Reply, TaskView
from launcher.core.cloning import CloneMeaning, clone_meaning_of, turn_after_clone
from launcher.core.meaning import Meaning, meaning_of
from launcher.core.retry import Turn

DRAFT = TaskView(id=OTHER, status="DRAFT", name="align", errors=("input x is missing",))
RUN_MEANINGS = {
    Meaning.REJECTED: CloneMeaning.REFUSED,
    Meaning.NEEDS_DRAFT: CloneMeaning.REFUSED,
    Meaning.IN_DOUBT: CloneMeaning.IN_DOUBT,
    Meaning.THROTTLED: CloneMeaning.THROTTLED,
    Meaning.MAINTENANCE: CloneMeaning.MAINTENANCE,
    Meaning.NOT_SENT: CloneMeaning.NOT_SENT,
    Meaning.TOKEN_REFUSED: CloneMeaning.TOKEN_REFUSED,
    Meaning.PROXY_LOGIN: CloneMeaning.PROXY_LOGIN,
}


@pytest.mark.parametrize("status", [200, 201, 202, 203])
def test_a_draft_with_a_new_id_is_the_clone_whatever_is_wrong_with_it(status: int) -> None:
    assert clone_meaning_of(answer(status, DRAFT), original=TASK) is CloneMeaning.CLONED


@pytest.mark.parametrize(
    "view",
    [
        replace(DRAFT, id=TASK),
        replace(DRAFT, id=TASK.upper()),
        replace(DRAFT, id=None),
        replace(DRAFT, id="7"),
        replace(DRAFT, status="QUEUED"),
        TaskView(id=TASK, status="FAILED"),
    ],
)
def test_the_original_no_draft_and_no_id_leave_a_doubt(view: TaskView) -> None:
    assert clone_meaning_of(answer(200, view), original=TASK) is CloneMeaning.IN_DOUBT


@pytest.mark.parametrize("status", range(300, 600))
def test_a_task_that_comes_with_another_status_is_never_a_clone(status: int) -> None:
    meaning = clone_meaning_of(answer(status, DRAFT), original=TASK)

    assert meaning not in {CloneMeaning.CLONED, CloneMeaning.REFUSED}


def _others() -> list[Reply]:
    codes = (0, 1000, 7000, 7001, 7002, 7005, 7007, 7009, 7010, 7012, 7024, 90001, 90007, 12345)
    errors = [error(status, code) for status in (400, 403, 404, 429, 500, 503) for code in codes]
    return [
        *errors,
        *(alien(status) for status in range(200, 600)),
        answer(302, Alien(excerpt=""), location="https://elsewhere.invalid/"),
        answer(303, Alien(excerpt=""), location="https://elsewhere.invalid/"),
        answer(204, Alien(excerpt="")),
        answer(409, ErrorWord(code=4000, message="conflict")),
        maintenance(),
        no_answer(),
        not_sent(),
    ]


@pytest.mark.parametrize("reply", _others())
def test_every_other_answer_means_what_it_means_after_a_run_request(reply: Reply) -> None:
    expected = RUN_MEANINGS[meaning_of(reply, task=TASK)]

    assert clone_meaning_of(reply, original=TASK) is expected


@pytest.mark.parametrize("meaning", CloneMeaning)
def test_only_what_is_known_to_have_made_no_clone_is_followed_by_another_request(
    meaning: CloneMeaning,
) -> None:
    again = {
        CloneMeaning.THROTTLED: Turn.AT_ONCE,
        CloneMeaning.MAINTENANCE: Turn.AT_ONCE,
        CloneMeaning.NOT_SENT: Turn.LATER,
        CloneMeaning.NOT_THERE: Turn.LATER,
    }

    assert turn_after_clone(meaning) is again.get(meaning, Turn.DONE)
    assert meaning.uses_attempt == (
        meaning
        in {
            CloneMeaning.CLONED,
            CloneMeaning.REFUSED,
            CloneMeaning.IN_DOUBT,
            CloneMeaning.NOT_THERE,
        }
    )
