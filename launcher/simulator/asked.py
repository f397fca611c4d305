"""A request as a value, and where its path leads."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from launcher.simulator import refusals
from launcher.simulator.refusals import Refusal
from launcher.simulator.scenario import RequestKind

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_BOOLEANS = {"true": True, "false": False}
_ROUTES = {
    "": ("GET", RequestKind.ROOT),
    "rate_limit": ("GET", RequestKind.RATE_LIMIT),
    "user": ("GET", RequestKind.USER),
    "users/*": ("GET", RequestKind.USER),
    "tasks": ("GET", RequestKind.LIST),
    "tasks/*": ("GET", RequestKind.GET),
    "tasks/*/execution_details": ("GET", RequestKind.DETAILS),
    "tasks/*/actions/run": ("POST", RequestKind.RUN),
    "tasks/*/actions/abort": ("POST", RequestKind.ABORT),
    "tasks/*/actions/clone": ("POST", RequestKind.CLONE),
    "bulk/tasks/get": ("POST", RequestKind.BULK),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: `path` decoded, header names in lower case, `base` as the client wrote it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = "http://127.0.0.1/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a request is about; `refusal` where the path or method leads nowhere.

    `subject` is the task's id, the user's name, or the project whose tasks are listed.
    """

    kind: RequestKind
    subject: str | None = None
    refusal: Refusal | None = None


class UnreadableError(Exception):
    """What was sent cannot be understood; carries the platform's refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def token_of(asked: Asked) -> str | None:
    """Return the token of either kind of authentication."""
    token = asked.headers.get("x-sbg-auth-token")
    if token is not None:
        return token
    scheme, _, credentials = asked.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else None


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID in its usual form."""
    return _UUID.fullmatch(text) is not None


def route_of(asked: Asked) -> Route:
    """Find out what a request under /v2 is about."""
    parts = asked.path.removeprefix("/v2").strip("/").split("/")
    known = _ROUTES.get("/".join(parts))
    if known is not None:
        return _route(asked, *known)
    if parts[0] == "projects" and parts[3:] == ["tasks"]:
        return _route(asked, "GET", RequestKind.LIST, subject="/".join(parts[1:3]))
    subject = parts[1] if len(parts) > 1 else ""
    known = _ROUTES.get("/".join([parts[0], "*", *parts[2:]]))
    if known is None or not subject:
        return Route(kind=RequestKind.OTHER, refusal=refusals.NOT_FOUND)
    if parts[0] == "users":
        return _route(asked, *known, subject=subject)
    return _task_route(asked, *known, task_id=subject)


def json_of(asked: Asked) -> object:
    """Return the decoded body, None for an empty one; raises UnreadableError."""
    if not asked.body.strip():
        return None
    content_type = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in {"", "application/json"}:
        raise UnreadableError(refusals.WRONG_MEDIA_TYPE)
    try:
        return json.loads(asked.body)
    except ValueError as error:
        raise UnreadableError(refusals.UNREADABLE) from error


def boolean_of(asked: Asked, name: str) -> bool | None:
    """Return a boolean of the query, in any case of letters; raises UnreadableError."""
    text = asked.query.get(name)
    if text is None:
        return None
    if text.lower() not in _BOOLEANS:
        raise UnreadableError(refusals.BAD_REQUEST)
    return _BOOLEANS[text.lower()]


def whole_of(asked: Asked, name: str, *, default: int, least: int) -> int:
    """Return a whole number of the query; raises UnreadableError."""
    text = asked.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise UnreadableError(refusals.BAD_REQUEST)
    return int(text)


def _route(asked: Asked, method: str, kind: RequestKind, *, subject: str | None = None) -> Route:
    if asked.method != method:
        return Route(kind=RequestKind.OTHER, refusal=refusals.METHOD_NOT_ALLOWED)
    return Route(kind=kind, subject=subject)


def _task_route(asked: Asked, method: str, kind: RequestKind, *, task_id: str) -> Route:
    if asked.method == method and not is_uuid(task_id):
        return Route(kind=kind, refusal=refusals.NO_UUID)
    return _route(asked, method, kind, subject=task_id.lower())
