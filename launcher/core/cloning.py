"""What an answer to a clone request means, read in the order of `launcher.core.meaning`.

answer                                              meaning
2xx, a DRAFT with an id that is not the original's  cloned
2xx, the original itself, no draft, or no id        in doubt: a clone may have been made
needs a state (7007 …) as after a run request       refused
everything else                                     as after a run request; "rejected" is refused

A doubt is settled by a list of drafts: adopted (cloned), or none on two lists (not there).
"""

from typing import Final

from launcher.core.answer import Answer, Reply, TaskView
from launcher.core.course import DRAFT
from launcher.core.ids import TaskId, task_id_of
from launcher.core.meaning import AnswerMeaning, Meaning, meaning_of
from launcher.core.retry import Turn

CLONED_WHEN: Final = frozenset({"FAILED", "ABORTED"})
"""The ends after which a task is launched again."""

_OK = range(200, 300)


class CloneMeaning(AnswerMeaning):
    """What an answer to a clone request, or the lists after it, mean for the original."""

    CLONED = "cloned"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    NOT_THERE = "not_there"
    THROTTLED = "throttled"
    MAINTENANCE = "maintenance"
    NOT_SENT = "not_sent"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a name, no secret
    PROXY_LOGIN = "proxy_login"


_OTHERWISE = {
    Meaning.LAUNCHED: CloneMeaning.IN_DOUBT,
    Meaning.REJECTED: CloneMeaning.REFUSED,
    Meaning.NEEDS_DRAFT: CloneMeaning.REFUSED,
}
"""Where it means something else than after a run request."""


def clone_meaning_of(reply: Reply, *, original: TaskId) -> CloneMeaning:
    """Return what the answer to a request for a clone of `original` means."""
    match reply:
        case Answer(http_status=status, word=TaskView() as view) if status in _OK:
            clone = clone_in(view)
            is_new = clone is not None and clone != original and view.status == DRAFT
            return CloneMeaning.CLONED if is_new else CloneMeaning.IN_DOUBT
        case _:
            meaning = meaning_of(reply, task=original)
            return _OTHERWISE.get(meaning) or CloneMeaning(meaning.value)


def clone_in(view: TaskView) -> TaskId | None:
    """Return the id that an answer names; None: it is none that a task could have."""
    return None if view.id is None else task_id_of(view.id)


def turn_after_clone(meaning: CloneMeaning) -> Turn:
    """Return what follows a clone request of that meaning, its doubts settled."""
    match meaning:
        case CloneMeaning.THROTTLED | CloneMeaning.MAINTENANCE:
            return Turn.AT_ONCE
        case CloneMeaning.NOT_SENT | CloneMeaning.NOT_THERE:
            return Turn.LATER
        case _:
            return Turn.DONE
