"""Why a started task is slow, or what is odd about it, in a line.

The words change only with what they tell: a duration that grows with each read is in none of them,
so that a journal is told of a remark once.
"""

from collections.abc import Sequence
from typing import Final

from launcher.core.course import COMPLETED, Course

LONG_QUEUED_S: Final = 3600.0
"""A task that waits so long wants a remark, even where nothing says why."""

ACCOUNT_LIMIT: Final = "queued: the account's limit of instances is reached"
SYSTEM_LIMIT: Final = "queued: the platform itself is at its limit"
LONG_QUEUED: Final = "queued for more than an hour, and the platform does not say why"
INSTANCE_INIT: Final = "waits for an instance to start"
NO_JOBS: Final = "RUNNING for long, and had no jobs when looked at"
NO_JOBS_YET: Final = "RUNNING for long without jobs: waits for an instance to start"
NO_OUTPUTS: Final = "completed without outputs"
ABORTING: Final = "is being aborted"

_NO_COURSE: Final = Course()
_FAILURES: Final = {"FAILED": "failed on the platform", "ABORTED": "aborted"}
_SAYS_NOTHING: Final = frozenset({"failed", "aborted", "completed", "running", "in queue"})
"""Messages that only repeat a state."""


def remark_of(
    status: str | None,
    course: Course | None,
    *,
    batch: bool = False,
    errors: Sequence[str] = (),
) -> str | None:
    """Return what there is to say of a task in that state; None: nothing.

    The outputs and jobs of a `batch` task are those of its children.
    """
    course = course or _NO_COURSE
    match status:
        case "QUEUED":
            return _why_queued(course)
        case "RUNNING" if not batch and course.jobs == 0:
            return NO_JOBS_YET if course.instance_init else NO_JOBS
        case "RUNNING" | "CREATING" if course.instance_init:
            return INSTANCE_INIT
        case "ABORTING":
            return ABORTING
        case str() if status in _FAILURES:
            return _why_failed(_FAILURES[status], course, errors)
        case str() if status == COMPLETED and course.outputs is False and not batch:
            return NO_OUTPUTS
        case _:
            return None


def _why_queued(course: Course) -> str | None:
    if course.account_limit:
        return ACCOUNT_LIMIT
    if course.system_limit:
        return SYSTEM_LIMIT
    if course.instance_init:
        return INSTANCE_INIT
    return LONG_QUEUED if (course.queued_s or 0.0) >= LONG_QUEUED_S else None


def _why_failed(what: str, course: Course, errors: Sequence[str]) -> str:
    message = (course.message or "").strip()
    if message.rstrip(".!").lower() in _SAYS_NOTHING:
        message = ""
    why = message or "; ".join(errors)
    return f"{what}: {why}" if why else what
