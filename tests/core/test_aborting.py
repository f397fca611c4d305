"""What an answer to an abort request means, row by row, and what follows."""

import pytest

from launcher.core.aborting import AbortMeaning, abort_meaning_of, turn_after_abort
from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    NoAnswer,
    NotSent,
    PageWord,
    TaskView,
    Word,
)
from launcher.core.retry import Turn
from support.fake_platform import task_id

TASK = task_id(1)


def _answer(status: int, word: Word, *, location: str | None = None) -> Answer:
    return Answer(http_status=status, word=word, sent_at=0.0, received_at=0.1, location=location)


def _error(code: int) -> ErrorWord:
    return ErrorWord(code=code, message="why")


def _task(status: str, *, id_: str | None = TASK) -> TaskView:
    return TaskView(id=id_, status=status)


HTML = Alien(excerpt="<html>")

TABLE = [
    # our task, over or ending
    (200, _task("ABORTING"), AbortMeaning.ABORTED),
    (200, _task("ABORTED"), AbortMeaning.ABORTED),
    (202, _task("ABORTED", id_=TASK.upper()), AbortMeaning.ABORTED),
    (200, _task("COMPLETED"), AbortMeaning.ABORTED),
    (200, _task("FAILED"), AbortMeaning.ABORTED),
    # our task, going on for all that is said, or not our task
    (200, _task("QUEUED"), AbortMeaning.IN_DOUBT),
    (200, _task("RUNNING"), AbortMeaning.IN_DOUBT),
    (200, _task("ACTIVE"), AbortMeaning.IN_DOUBT),
    (200, _task("DRAFT"), AbortMeaning.IN_DOUBT),
    (200, _task("ABORTED", id_=task_id(2)), AbortMeaning.IN_DOUBT),
    (200, _task("ABORTED", id_=None), AbortMeaning.IN_DOUBT),
    (200, PageWord(items=(), has_next=False), AbortMeaning.IN_DOUBT),
    (200, HTML, AbortMeaning.IN_DOUBT),
    (500, _task("ABORTED"), AbortMeaning.IN_DOUBT),
    # allowed in other states only
    (400, _error(7008), AbortMeaning.NOT_ABORTABLE),
    (400, _error(7011), AbortMeaning.NOT_ABORTABLE),
    (409, _error(7011), AbortMeaning.NOT_ABORTABLE),
    (400, _error(7007), AbortMeaning.NOT_ABORTABLE),
    (400, _error(7009), AbortMeaning.NOT_ABORTABLE),
    (400, _error(7010), AbortMeaning.NOT_ABORTABLE),
    # not carried out
    (429, HTML, AbortMeaning.THROTTLED),
    (429, _error(1000), AbortMeaning.THROTTLED),
    (503, _error(0), AbortMeaning.MAINTENANCE),
    # the whole run
    (401, _error(90001), AbortMeaning.TOKEN_REFUSED),
    (401, HTML, AbortMeaning.TOKEN_REFUSED),
    (407, HTML, AbortMeaning.PROXY_LOGIN),
    # refused
    (403, _error(7001), AbortMeaning.REFUSED),
    (404, _error(7002), AbortMeaning.REFUSED),
    (400, _error(7013), AbortMeaning.REFUSED),
    (400, _error(90000), AbortMeaning.REFUSED),
    # in doubt
    (503, _error(7000), AbortMeaning.IN_DOUBT),
    (409, _error(90007), AbortMeaning.IN_DOUBT),
    (500, _error(90004), AbortMeaning.IN_DOUBT),
    (408, HTML, AbortMeaning.IN_DOUBT),
    (404, HTML, AbortMeaning.IN_DOUBT),
    (502, HTML, AbortMeaning.IN_DOUBT),
    (503, HTML, AbortMeaning.IN_DOUBT),
]


@pytest.mark.parametrize(("status", "word", "meaning"), TABLE)
def test_an_answer_means_what_the_table_says(
    status: int, word: Word, meaning: AbortMeaning
) -> None:
    assert abort_meaning_of(_answer(status, word), task=TASK) is meaning


def test_a_request_sent_elsewhere_is_refused_and_never_followed() -> None:
    answer = _answer(302, HTML, location="https://elsewhere.invalid/")

    assert abort_meaning_of(answer, task=TASK) is AbortMeaning.REFUSED


def test_no_answer_is_a_doubt_and_what_did_not_leave_is_none() -> None:
    lost = NoAnswer(why="reset", sent_at=0.0, received_at=1.0)

    assert abort_meaning_of(lost, task=TASK) is AbortMeaning.IN_DOUBT
    assert abort_meaning_of(NotSent(why="refused"), task=TASK) is AbortMeaning.NOT_SENT


@pytest.mark.parametrize("meaning", AbortMeaning)
def test_only_what_was_not_carried_out_or_is_not_known_is_asked_again(
    meaning: AbortMeaning,
) -> None:
    turns = {
        AbortMeaning.THROTTLED: Turn.AT_ONCE,
        AbortMeaning.MAINTENANCE: Turn.AT_ONCE,
        AbortMeaning.NOT_SENT: Turn.LATER,
        AbortMeaning.IN_DOUBT: Turn.LATER,
        AbortMeaning.NOT_ABORTABLE: Turn.LATER,
    }

    assert turn_after_abort(meaning) is turns.get(meaning, Turn.DONE)
    assert meaning.uses_attempt is (
        meaning
        in {
            AbortMeaning.ABORTED,
            AbortMeaning.REFUSED,
            AbortMeaning.IN_DOUBT,
            AbortMeaning.NOT_ABORTABLE,
        }
    )
