"""Links to tasks: of their pages and of the API, and whose tasks they name."""

import re

from launcher.core.hosts import PLATFORM_OF_HOST
from launcher.core.ids import ID_LIMIT, BadLine, TaskId, Written, holds_id, task_id_of, why_no_id

_LINK = re.compile(
    r"https?://(?P<host>[a-z0-9.-]+(?::[0-9]+)?|\[[0-9a-f:]+\](?::[0-9]+)?)"
    r"(?:/u/[^/?#\s]+/[^/?#\s]+|(?:/[\w.~-]+)*/v2)"
    r"/tasks/(?P<id>[0-9a-f-]{36})(?P<rest>(?:/[\w.~-]*)*)(?:[?#]\S*)?",
    re.ASCII | re.IGNORECASE,
)
_USUAL_PORT = ":443"


def task_in(written: Written, *, endpoint: str | None) -> TaskId | BadLine:
    """Return the task that an id or a link names, or why it names none.

    A link has to belong to the platform of `endpoint`; None takes those of all platforms.
    """
    source, text = written
    task = task_id_of(text)
    if task is not None:
        return task
    link = _LINK.fullmatch(text) if len(text) < ID_LIMIT else None
    task = None if link is None else task_id_of(link["id"])
    if link is None or task is None:
        return BadLine(source=source, text=text, why=why_no_id(text))
    if holds_id(link["rest"]) or ".." in link["rest"]:
        return BadLine(source=source, text=text, why="cannot tell which task this link names")
    why = _why_elsewhere(_host_in(link["host"]), endpoint)
    return task if why is None else BadLine(source=source, text=text, why=why)


def _host_in(netloc: str) -> str:
    return netloc.lower().removesuffix(_USUAL_PORT)


def _why_elsewhere(host: str, endpoint: str | None) -> str | None:
    """Return why a link to `host` names no task of the endpoint; None where it may.

    An endpoint that is not in the table has its pages where the vendor's naming puts them:
    `x-api.example.org` serves `x.example.org`.
    """
    if endpoint is None:
        return None
    own = _host_in(endpoint.split("://", 1)[-1].split("/", 1)[0])
    there, here = PLATFORM_OF_HOST.get(host), PLATFORM_OF_HOST.get(own)
    if host in {own, own.replace("-api.", ".", 1)} or (there is not None and there == here):
        return None
    ours = own if here is None else f"{here.name} ({own})"
    if there is None:
        return f"{host} is not known to show tasks of the endpoint {ours}; put the bare id there"
    return f"a task of {there.name} ({host}), but the endpoint is {ours}"
