"""The members of the platform's JSON that are read, and any bytes turned into a `Word`.

Liberal in what it takes: unknown members are ignored, optional members of an odd type are
missing. Strict in two things: an error's `code` is an integer (and no boolean), a task's `status`
is text. What is neither is `Alien`, never an exception.
"""

import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from launcher.adapters.platform.courses import course_of, time_of
from launcher.adapters.platform.headers import instance_limit_of, limits_of
from launcher.adapters.platform.members import extra_of
from launcher.adapters.platform.parsing import parsed
from launcher.adapters.platform.prose import clean, excerpt_of, problems
from launcher.core.answer import (
    Alien,
    ErrorWord,
    JobsWord,
    Limits,
    PageWord,
    RateWord,
    TasksWord,
    TaskView,
    UserWord,
    Word,
)

TASK_FIELDS: Final = (
    "id",
    "name",
    "status",
    "project",
    "app",
    "batch",
    "parent",
    "executed_by",
    "errors",
    "warnings",
)
"""The members that rows need; asked for with `fields`."""

_INT32: Final = 2**31
_STATE_LIMIT: Final = 100
_HTTP_FIRST, _HTTP_LAST = 100, 599


def _state(value: object) -> str:
    text = clean(value.strip(), limit=_STATE_LIMIT) if isinstance(value, str) else None
    if text is None:
        raise ValueError("no status")
    return sys.intern(text.upper())


def _flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _http_status(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if _HTTP_FIRST <= value <= _HTTP_LAST else None


def _message(value: object) -> str:
    return clean(value) or ""


def _repeated(value: object) -> str | None:
    """Return text that many tasks have in common, as one object for all of them."""
    text = clean(value)
    return None if text is None else sys.intern(text)


_Text = Annotated[str | None, BeforeValidator(clean)]
_Repeated = Annotated[str | None, BeforeValidator(_repeated)]
_Problems = Annotated[tuple[str, ...], BeforeValidator(problems)]


class _Member(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Error(_Member):
    code: Annotated[int, Field(strict=True, ge=-_INT32, lt=_INT32)]
    message: Annotated[str, BeforeValidator(_message)] = ""
    status: Annotated[int | None, BeforeValidator(_http_status)] = None


class _Task(_Member):
    id: _Text = None
    status: Annotated[str, BeforeValidator(_state)]
    name: _Text = None
    project: _Repeated = None
    app: _Repeated = None
    batch: Annotated[bool, BeforeValidator(_flag)] = False
    parent: _Text = None
    executed_by: _Repeated = None
    errors: _Problems = ()
    warnings: _Problems = ()


class _Record(_Member):
    resource: Any = None
    error: Any = None


def read_task(body: bytes, *, extra: Iterable[str] = ()) -> Word:
    """Return what an answer says about one task, the `extra` members of it too."""
    value = parsed(body)
    return _error(value) or _view(value, extra) or _alien(body)


def read_tasks(body: bytes, *, extra: Iterable[str] = ()) -> Word:
    """Return what a bulk answer says: one item for each of its records, in its order."""
    value = parsed(body)
    error = _error(value)
    if error is not None:
        return error
    match value:
        case {"items": list(records)}:
            return TasksWord(items=tuple(_item(record, extra) for record in records))
        case _:
            return _alien(body)


def read_page(body: bytes) -> Word:
    """Return what a page of a list of tasks says."""
    value = parsed(body)
    error = _error(value)
    if error is not None:
        return error
    match value:
        case {"items": list(tasks), **more}:
            items = tuple(_listed(task) for task in tasks)
            return PageWord(items=items, has_next=_leads_on(more.get("links")))
        case _:
            return _alien(body)


def _listed(value: JsonValue) -> TaskView | None:
    view = _view(value, ())
    if view is None or not isinstance(value, dict):
        return view
    return replace(
        view,
        created_at=time_of(value.get("created_time")),
        created_by=_repeated(value.get("created_by")),
    )


def _leads_on(links: object) -> bool:
    """Say whether one of the links leads to a next page."""
    return isinstance(links, list) and any(
        isinstance(link, dict) and str(link.get("rel")).lower() == "next" for link in links
    )


def read_details(body: bytes) -> Word:
    """Return how many jobs the execution details of a task list."""
    value = parsed(body)
    error = _error(value)
    if error is not None:
        return error
    match value:
        case {"jobs": list(jobs)}:
            return JobsWord(jobs=len(jobs))
        case _:
            return _alien(body)


def read_user(body: bytes) -> Word:
    """Return who the platform says that the token belongs to."""
    value = parsed(body)
    name = clean(value.get("username")) if isinstance(value, dict) else None
    return _error(value) or (UserWord(name=name) if name else _alien(body))


def read_rate(body: bytes) -> Word:
    """Return what `/rate_limit` says; it may be silent on two of its three numbers."""
    value = parsed(body)
    error = _error(value)
    if error is not None:
        return error
    match value:
        case {"rate": {**rate}, **more}:
            limits = limits_of(rate.get("limit"), rate.get("remaining"), rate.get("reset"))
            instances = instance_limit_of(more.get("instance_limit"))
            said = RateWord(limits=limits, instances=instances)
            return said if limits != Limits() else _alien(body)
        case _:
            return _alien(body)


def _error(value: JsonValue) -> ErrorWord | None:
    if not isinstance(value, dict) or "code" not in value:
        return None
    try:
        error = _Error.model_validate(value)
    except ValidationError:
        return None
    return ErrorWord(code=error.code, message=error.message, http_status=error.status)


def _view(value: JsonValue, extra: Iterable[str]) -> TaskView | None:
    try:
        task = _Task.model_validate(value)
    except ValidationError:
        return None
    members = value if isinstance(value, dict) else {}
    return TaskView(
        **task.__dict__,  # its fields; `dict(task)` took as long as all the validators
        extra=extra_of(members, extra),
        course=course_of(members, status=task.status),
    )


def _item(value: JsonValue, extra: Iterable[str]) -> TaskView | ErrorWord | None:
    try:
        record = _Record.model_validate(value)
    except ValidationError:
        return None
    return _view(record.resource, extra) or _error(record.error)


def _alien(body: bytes) -> Alien:
    return Alien(excerpt=excerpt_of(body))
