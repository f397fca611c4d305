"""What the platform's codes mean and what a person can do: one table, in our own words.

Source: `api-status-codes` of the platform's documentation, and the tables of its R client.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from launcher.core.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What something means, without a full stop, and what to do about it, in sentences."""

    means: str
    mend: str


_LATER = "Nothing to mend: run the same command again later."
_AGAIN = "Run the same command again: it reads the task first and never starts it twice."
_ACCESS = "Ask an admin of the project for the permission to execute tasks there."
_WHICH = "Compare the id with the address of the task's page; it may have been deleted."
_MEND = "Open the task on the platform, mend what its page complains about, and run again."
_INPUTS = "Open the task on the platform, fill in the inputs it asks for, and run again."
_ACTIVE = "Nothing: `launcher abort` reads such a task, and asks again while it is active."
_STARTED = "Look at the task's page: somebody, or another run, started it."
_PROJECT = "Look at the project on the platform: name, owner, members and settings."
_BILLING = "Choose a billing group of yours, with funds, in the settings of the project."
_APP = "Look at the task's app: it may have been deleted, moved, or not shared with you."
_FILES = "Look at the task's input files: one may have been deleted, moved, or not shared with you."
_BATCH = "Open the task on the platform, mend its batch settings, and run again."
_UNBATCH = "Run again without --unbatch."
_TOKEN = (
    "Make a new token on the platform's Developer page, and check that it belongs to this endpoint."  # noqa: S105 - words
)
_ENDPOINT = "Check the endpoint: its address ends in /v2."
_REPORT = "Run again; if it stays, tell the launcher's maintainers the code and the request id."
_SUPPORT = "Run again later; if it stays, tell the platform's support the request id."
_PROXY = "Write the login into the proxy's URL as http://USER:PASSWORD@HOST:PORT."
_MALFORMED_PROJECT = "the owner, a member, the id, name or type of the project is malformed"

_CODES: dict[int, tuple[str, str]] = {
    0: ("the platform is under maintenance", _LATER),
    1000: ("too many requests in this window", _LATER),
    2000: ("the platform's user service is down", _LATER),
    2001: ("your user has not the privileges for this", _ACCESS),
    2002: ("the platform does not know this user", _TOKEN),
    2003: ("this user exists already", _REPORT),
    2105: ("the platform wants to know the division", _ENDPOINT),
    3000: ("the platform's project service is down", _LATER),
    3001: ("you may not do this in the project", _ACCESS),
    3002: ("there is no such project or member", _PROJECT),
    3003: ("this project or member exists already", _PROJECT),
    **dict.fromkeys(range(3004, 3014), (_MALFORMED_PROJECT, _PROJECT)),
    3012: ("the project's id has not the form owner/project", _PROJECT),
    4000: ("the platform's billing service is down", _LATER),
    4001: ("you may not use this billing group", _BILLING),
    4002: ("there is no such billing group or invoice", _BILLING),
    4003: ("this billing group exists already", _BILLING),
    **dict.fromkeys((4004, 4005, 4007), ("the id of a billing group is malformed", _BILLING)),
    4006: ("you are not a member of the billing group", _BILLING),
    5000: ("the platform's file service is down", _LATER),
    5001: ("you may not use one of the task's files", _FILES),
    5002: ("one of the task's files is gone", _FILES),
    5003: ("this file exists already", _FILES),
    6000: ("the platform's app service is down", _LATER),
    6001: ("you may not use the task's app", _APP),
    6002: ("the task's app is gone", _APP),
    6003: ("this app exists already", _APP),
    6011: ("the app's id is malformed", _APP),
    7000: ("the platform's task service is down", _AGAIN),
    7001: ("you may not start this task", _ACCESS),
    7002: ("there is no such task", _WHICH),
    7003: ("this task exists already", _REPORT),
    7004: ("the task id is empty", _REPORT),
    7005: ("the platform does not take this for a task id", _WHICH),
    7006: ("no status that tasks can be listed by", _REPORT),
    7007: ("only a draft can be started, and this task is none", _STARTED),
    7008: ("only a running task allows this", _ACTIVE),
    7009: ("only a draft or a running task allows this", _STARTED),
    7010: ("only a draft allows this, and this task is none", _STARTED),
    7011: ("only a task that is created, queued or running can be aborted", _ACTIVE),
    7012: ("the task misses inputs", _INPUTS),
    7013: ("the platform does not know this action", _REPORT),
    7014: ("the action is empty", _REPORT),
    7015: ("the task names no app", _APP),
    7016: ("the address of the task's app is malformed", _APP),
    7017: ("only CWL apps can be run", _APP),
    7018: ("the batch task names no input to batch by", _BATCH),
    7019: ("the batch task has no criteria", _BATCH),
    7020: ("the batch task's type is neither criteria nor item", _BATCH),
    7021: ("batching can be turned off only when a task is started", _UNBATCH),
    7022: ("the task is no batch task, so batching cannot be turned off", _UNBATCH),
    7023: ("a batch task needs both its input and its criteria", _BATCH),
    7024: ("the task does not pass the platform's validation", _MEND),
    7026: ("only drafts can be edited", _STARTED),
    90000: ("the platform calls the request bad", _REPORT),
    90001: ("the token is refused", _TOKEN),
    90002: ("forbidden", _ACCESS),
    90003: ("not found", _WHICH),
    90004: ("the platform failed unexpectedly", _AGAIN),
    90005: ("the platform is not available", _AGAIN),
    90006: ("the platform does not allow this method here", _ENDPOINT),
    90007: ("conflict with another request", _AGAIN),
    90008: ("the platform does not take this content type", _REPORT),
    90009: ("the platform could not read the request", _REPORT),
    90010: ("the platform cannot do this", _ENDPOINT),
}

_STATUSES: dict[int, tuple[str, str]] = {
    400: ("the platform calls the request bad", _MEND),
    401: ("the token is refused", _TOKEN),
    402: ("payment required", _BILLING),
    403: ("forbidden", _ACCESS),
    404: ("not found", _WHICH),
    405: ("the platform does not allow this method here", _ENDPOINT),
    407: ("the proxy wants a login", _PROXY),
    408: ("the platform gave up waiting", _AGAIN),
    409: ("conflict with another request", _AGAIN),
    415: ("the platform does not take this content type", _REPORT),
    429: ("too many requests", _LATER),
    501: ("the platform cannot do this", _ENDPOINT),
    502: ("a gateway lost the request", _AGAIN),
    503: ("the platform is not available", _AGAIN),
    504: ("a gateway lost the answer", _AGAIN),
}

_RANGES: dict[int, tuple[str, str]] = {
    2: ("the platform answered, and the task is still a draft with problems", _MEND),
    3: ("redirected; the launcher does not follow, the token would go along", _ENDPOINT),
    4: ("the platform refuses this task", _MEND),
    5: ("the platform failed", _SUPPORT),
}

_OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.SKIPPED: ("no draft any more, and not started by this journal", _STARTED),
    Outcome.REJECTED: ("the platform refuses this task", _MEND),
    Outcome.FAILED: ("still a draft after all attempts", _AGAIN),
    Outcome.UNKNOWN: ("it could not be learnt whether it started", _AGAIN),
    Outcome.PENDING: ("not started: the run ended before its turn", _AGAIN),
}

_5XX = 500

CHILD_OF_BATCH = Advice(
    means="a child of a batch task",
    mend="Put its parent's id into the input instead: the parent starts all its children.",
)

UNCLONED: Mapping[Outcome, Advice] = {
    Outcome.FAILED: Advice(means="no clone of it could be made", mend=_AGAIN),
    Outcome.PENDING: Advice(means="not cloned: the run ended before its turn", mend=_AGAIN),
    Outcome.UNKNOWN: Advice(
        means="a clone of it may have been made, and none was launched",
        mend="Do what its row says, and run the same command again: nothing is cloned twice.",
    ),
}
"""About tasks that failed on the platform, and have no clone that could be launched."""

UNREACHABLE = Advice(
    means="no answer comes from there",
    mend="Check the endpoint and the way to it (network, VPN, proxy), and try again.",
)

FOREIGN = Advice(
    means="what answers is not the platform",
    mend="Check the endpoint, and whether the network asks for a login in a browser first.",
)

WRONG_CLOCK = Advice(
    means="this machine's clock is wrong",
    mend="Set it, say by NTP; the launcher itself waits by the server's clock.",
)

NETWORK_DISK = Advice(
    means="the journal is on a network file system",
    mend="Better name a file on a local disk with --journal PATH.",
)

SCARCE_DISK = Advice(
    means="the disk is nearly full",
    mend="Make room there, or name another place with --journal PATH or --report PATH.",
)

WAITING_INSTANCES = Advice(
    means="no instance is free just now",
    mend="Nothing to mend: tasks that are launched wait as QUEUED, without charge.",
)

CODES = tuple(sorted(_CODES))
"""Every platform code that has advice."""

STATUSES = tuple(sorted(_STATUSES))
"""Every HTTP status that has advice of its own; the others go by their hundred."""


def advice_for(
    code: int | None, http_status: int | None = None, *, outcome: Outcome | None = None
) -> Advice | None:
    """Return the advice on a platform code; without one that we know, on the HTTP status.

    Code 0 means maintenance only together with 503 (or no status). An answer without a code tells
    of a refusal only where the task was rejected: else it was not the platform's word.
    """
    known = code is not None and (code != 0 or http_status in {None, 503})
    if known and code in _CODES:
        return _advice(_CODES[code])
    if http_status is None:
        return None
    is_word = code is not None or outcome in {None, Outcome.REJECTED} or http_status >= _5XX
    found = (_STATUSES.get(http_status) or _RANGES.get(http_status // 100)) if is_word else None
    return None if found is None else _advice(found)


def advice_on_outcome(outcome: Outcome) -> Advice | None:
    """Return the advice on an outcome where no code and no status tell more; None: all is well."""
    found = _OUTCOMES.get(outcome)
    return None if found is None else _advice(found)


def _advice(words: tuple[str, str]) -> Advice:
    means, mend = words
    return Advice(means=means, mend=mend)
