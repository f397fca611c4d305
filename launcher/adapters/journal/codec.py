"""Records as rows, and back. A body is JSON in ASCII and leaves out what has its default.

A field's default is therefore part of the stored form: it never changes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from launcher.core.entry import (
    AbortAttempted,
    AbortSettled,
    Attempted,
    CloneIntended,
    CloneSettled,
    Entry,
    Inspected,
    NewsTold,
    Pruned,
    Record,
    RunEnded,
    RunId,
    RunStarted,
    Seen,
    Settled,
    Unseen,
    Waited,
)
from launcher.core.ids import Requested

RUN_STARTED = "run_started"
RUN_ENDED = "run_ended"
REQUESTED = "requested"
WAITED = "waited"
PRUNED = "pruned"

Row = dict[str, str | None]
"""The columns run, kind, at, body, and the id of the task (None: a run's own fact)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How entries of one class are stored."""

    kind: str
    adapter: TypeAdapter[Entry]


_CLASSES: Mapping[str, type[Entry]] = {
    RUN_STARTED: RunStarted,
    REQUESTED: Requested,
    "seen": Seen,
    "unseen": Unseen,
    "inspected": Inspected,
    "attempted": Attempted,
    "settled": Settled,
    "abort_attempted": AbortAttempted,
    "abort_settled": AbortSettled,
    "clone_intended": CloneIntended,
    "clone_settled": CloneSettled,
    RUN_ENDED: RunEnded,
    "news_told": NewsTold,
    WAITED: Waited,
    PRUNED: Pruned,
}
_BY_KIND = {kind: _Form(kind=kind, adapter=TypeAdapter(entry)) for kind, entry in _CLASSES.items()}
_BY_CLASS = {_CLASSES[kind]: form for kind, form in _BY_KIND.items()}


def row_of(record: Record) -> Row:
    """Return the record as a row; its key is given by the journal."""
    entry = record.entry
    form = _BY_CLASS[type(entry)]
    return {
        "run": record.run,
        "kind": form.kind,
        "task_id": getattr(entry, "task", None),
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "body": _body_of(form, entry),
    }


def _body_of(form: _Form, entry: Entry) -> str:
    """Return the entry as JSON; a mapping in it that is no `dict` becomes one, without a word."""
    try:
        return form.adapter.dump_json(
            entry, exclude_defaults=True, ensure_ascii=True, fallback=dict, warnings=False
        ).decode()
    except PydanticSerializationError:
        # Half a surrogate pair, which text from a platform or a file name may hold: pydantic's own
        # JSON writer and reader refuse it, Python's do not.
        plain = form.adapter.dump_python(
            entry, mode="json", exclude_defaults=True, fallback=dict, warnings=False
        )
        return json.dumps(plain)


def record_of(row: Sequence[Any]) -> Record:
    """Return the record in a row of key, run, kind, at, body.

    Raises:
        ValueError: it is no row of ours, or a newer launcher's.
    """
    key, run, kind, at, body = row
    if not (type(run) is type(kind) is type(at) is type(body) is str):
        raise ValueError("it is damaged")
    form = _BY_KIND.get(kind)
    if form is None:
        raise ValueError(f"its kind {kind!r} is unknown here; a newer launcher may have written it")
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is not UTC:
        raise ValueError(f"its time {at!r} is not in UTC")
    return Record(RunId(run), moment, _entry_of(form, body), key)


def _entry_of(form: _Form, body: str) -> Entry:
    try:
        entry: Entry = form.adapter.validator.validate_json(body, strict=True)
    except ValidationError:
        if "\\ud" not in body:
            raise
    else:
        return entry
    return form.adapter.validate_python(json.loads(body))
