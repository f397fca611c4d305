"""What an answer to an abort request means, read in the order of `launcher.core.meaning`.

Answers, and what they mean:

    answer                                        meaning
    2xx, a task ABORTING or in an end             aborted
    2xx, in another state, or not our task        in doubt
    7007 … 7011 (allowed in other states)         not abortable: a read tells which state it is in
    everything else                               as after a run request; its "rejected" is refused
"""

from typing import Final

from launcher.core.answer import Answer, ErrorWord, Reply, TaskView
from launcher.core.course import has_ended
from launcher.core.ids import TaskId
from launcher.core.meaning import AnswerMeaning, Meaning, meaning_of
from launcher.core.retry import Turn

ABORTING: Final = "ABORTING"
ABORTED: Final = "ABORTED"

_OK = range(200, 300)
_NOT_ABORTABLE = frozenset(range(7007, 7012))


class AbortMeaning(AnswerMeaning):
    """What an answer to an abort request means for its task."""

    ABORTED = "aborted"
    NOT_ABORTABLE = "not_abortable"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    THROTTLED = "throttled"
    MAINTENANCE = "maintenance"
    NOT_SENT = "not_sent"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name, no secret
    PROXY_LOGIN = "proxy_login"


_OTHERWISE = {
    Meaning.LAUNCHED: AbortMeaning.IN_DOUBT,
    Meaning.REJECTED: AbortMeaning.REFUSED,
    Meaning.NEEDS_DRAFT: AbortMeaning.NOT_ABORTABLE,
}
"""Where it means something else than after a run request."""


def abort_meaning_of(reply: Reply, *, task: TaskId) -> AbortMeaning:
    """Return what the answer to an abort request for `task` means."""
    match reply:
        case Answer(word=ErrorWord(code=code)) if code in _NOT_ABORTABLE:
            return AbortMeaning.NOT_ABORTABLE
        case Answer(http_status=status, word=TaskView() as view) if status in _OK:
            is_over = view.id is not None and view.id.lower() == task and is_ending(view.status)
            return AbortMeaning.ABORTED if is_over else AbortMeaning.IN_DOUBT
        case _:
            meaning = meaning_of(reply, task=task)
            return _OTHERWISE.get(meaning) or AbortMeaning(meaning.value)


def is_ending(status: str | None) -> bool:
    """Say whether a task in that state is over, or is being ended: there is nothing to abort."""
    return status == ABORTING or has_ended(status)


def turn_after_abort(meaning: AbortMeaning) -> Turn:
    """Return what follows an abort request of that meaning, a doubt or a state read before."""
    match meaning:
        case AbortMeaning.THROTTLED | AbortMeaning.MAINTENANCE:
            return Turn.AT_ONCE
        case AbortMeaning.NOT_SENT | AbortMeaning.IN_DOUBT | AbortMeaning.NOT_ABORTABLE:
            return Turn.LATER
        case _:
            return Turn.DONE
