"""What an answer means: the one table of the launcher about answers.

An answer is read in this order: an integer `code` is the platform's word and decides; a string
`status` makes it a task; anything else is not the platform's word and never a refusal.
"""

from enum import StrEnum
from typing import Final

from launcher.core.answer import Alien, Answer, ErrorWord, NoAnswer, NotSent, Reply, TaskView
from launcher.core.course import DRAFT
from launcher.core.ids import TaskId

HTTP_SEE_OTHER: Final = 303
HTTP_UNAUTHORISED: Final = 401
HTTP_PROXY_LOGIN: Final = 407
HTTP_TIMEOUT: Final = 408
HTTP_CONFLICT: Final = 409
HTTP_TOO_MANY: Final = 429
HTTP_MAINTENANCE: Final = 503
_2XX, _3XX, _4XX, _5XX = 200, 300, 400, 500


class AnswerMeaning(StrEnum):
    """What an answer to a request that changes a task means; each kind of request has its own."""

    @property
    def uses_attempt(self) -> bool:
        """Whether the platform may have looked at the task."""
        return self.value not in _NOT_LOOKED_AT


_NOT_LOOKED_AT = frozenset(
    ("throttled", "maintenance", "not_sent", "token_refused", "proxy_login"),
)


class Meaning(AnswerMeaning):
    """What an answer to a run request means for its task."""

    LAUNCHED = "launched"
    REJECTED = "rejected"
    IN_DOUBT = "in_doubt"
    NEEDS_DRAFT = "needs_draft"
    THROTTLED = "throttled"
    MAINTENANCE = "maintenance"
    NOT_SENT = "not_sent"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name, no secret
    PROXY_LOGIN = "proxy_login"


_BY_CODE = {
    1000: Meaning.THROTTLED,
    7000: Meaning.IN_DOUBT,
    90007: Meaning.IN_DOUBT,
    90001: Meaning.TOKEN_REFUSED,
    **dict.fromkeys((7007, 7009, 7010), Meaning.NEEDS_DRAFT),
    **dict.fromkeys((7001, 7002, 7005, 7012, 7021, 7022, 7024), Meaning.REJECTED),
}

_BY_STATUS = {
    HTTP_UNAUTHORISED: Meaning.TOKEN_REFUSED,
    HTTP_PROXY_LOGIN: Meaning.PROXY_LOGIN,
    HTTP_TIMEOUT: Meaning.IN_DOUBT,
    HTTP_CONFLICT: Meaning.IN_DOUBT,
    HTTP_TOO_MANY: Meaning.THROTTLED,
}


def meaning_of(reply: Reply, *, task: TaskId) -> Meaning:
    """Return what the answer to a run request for `task` means."""
    match reply:
        case NotSent():
            return Meaning.NOT_SENT
        case NoAnswer():
            return Meaning.IN_DOUBT
        case Answer(http_status=status, word=ErrorWord() as error):
            return _meaning_of_error(error, status, elsewhere=_is_elsewhere(reply))
        case Answer(http_status=status, word=TaskView() as view) if _2XX <= status < _3XX:
            return _meaning_of_task(view, task)
        case Answer(http_status=status) if _is_elsewhere(reply):
            return Meaning.REJECTED
        case Answer(http_status=status):
            return _BY_STATUS.get(status, Meaning.IN_DOUBT)


def _is_elsewhere(answer: Answer) -> bool:
    """Say whether the request was sent on; never followed, because the token would go along.

    A 303 tells where the result of a request that was carried out lies, and a 3xx without
    `Location` tells nothing. Source: RFC 9110, section 15.4.
    """
    sent_on = _3XX <= answer.http_status < _4XX and answer.location is not None
    return sent_on and answer.http_status != HTTP_SEE_OTHER


def _meaning_of_error(error: ErrorWord, status: int, *, elsewhere: bool = False) -> Meaning:
    if error.code == 0 and status == HTTP_MAINTENANCE:
        return Meaning.MAINTENANCE
    named = _BY_CODE.get(error.code)
    if named is not None:
        return named
    refused = _4XX <= status < _5XX or elsewhere
    return _BY_STATUS.get(status, Meaning.REJECTED if refused else Meaning.IN_DOUBT)


def _meaning_of_task(view: TaskView, task: TaskId) -> Meaning:
    if view.id is None or view.id.lower() != task:
        return Meaning.IN_DOUBT  # somebody else's task tells nothing of ours
    if view.status != DRAFT:
        return Meaning.LAUNCHED
    return Meaning.REJECTED if view.errors else Meaning.IN_DOUBT


def is_maintenance(reply: Reply) -> bool:
    """Say whether the platform says that it is under maintenance."""
    match reply:
        case Answer(http_status=503, word=ErrorWord(code=0)):
            return True
        case _:
            return False


def is_throttle(reply: Reply) -> bool:
    """Say whether the request was refused for its rate, not carried out."""
    return _by_status_or_code(reply, status=HTTP_TOO_MANY, code=1000)


def is_failing(reply: Reply) -> bool:
    """Say whether a request ended without the platform's word or in a 5xx: a sign of an outage."""
    match reply:
        case NotSent() | NoAnswer():
            return True
        case Answer(http_status=status, word=word):
            return not is_throttle(reply) and (status >= _5XX or isinstance(word, Alien))


def is_refused_token(reply: Reply) -> bool:
    """Say whether the platform (or whatever answers) does not take the token."""
    return _by_status_or_code(reply, status=HTTP_UNAUTHORISED, code=90001)


def is_refusal(error: ErrorWord, *, http_status: int) -> bool:
    """Say whether the platform's word is a refusal that asking again cannot mend."""
    meaning = _meaning_of_error(error, http_status)
    return meaning in {Meaning.REJECTED, Meaning.NEEDS_DRAFT}


def is_proxy_login(reply: Reply) -> bool:
    """Say whether a proxy on the way wants a login."""
    return _by_status_or_code(reply, status=HTTP_PROXY_LOGIN)


def _by_status_or_code(reply: Reply, *, status: int, code: int | None = None) -> bool:
    match reply:
        case Answer(word=ErrorWord(code=said)) if said == code or said in _BY_CODE:
            return said == code
        case Answer(http_status=answered):
            return answered == status
        case _:
            return False
