"""Records as rows, and back. A body is JSON in ASCII and leaves out what has its default.

A field's default is therefore part of the stored form: it never changes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from pydantic import TypeAdapter, ValidationError

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
    names: tuple[str, ...]
    defaults: tuple[object, ...]
    values: Callable[[Entry], tuple[object, ...]]
    adapter: TypeAdapter[Entry]


def _default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _form(kind: str, entry: type[Entry]) -> _Form:
    names = tuple(field.name for field in fields(entry))
    return _Form(
        kind=kind,
        names=names,
        defaults=tuple(_default(field) for field in fields(entry)),
        values=attrgetter(*names),
        adapter=TypeAdapter(entry),
    )


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
_BY_KIND = {kind: _form(kind, entry) for kind, entry in _CLASSES.items()}
_BY_CLASS = {_CLASSES[kind]: form for kind, form in _BY_KIND.items()}


def _plain(value: object) -> dict[str, object] | str:
    """Return what json has no form for: values within entries, and mappings that are no dict."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime | Decimal):
        return str(value)
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"no JSON form for {type(value).__name__}")


_to_json = json.JSONEncoder(separators=(",", ":"), default=_plain).encode


def row_of(record: Record) -> Row:
    """Return the record as a row; its key is given by the journal."""
    entry = record.entry
    form = _BY_CLASS[type(entry)]
    columns = zip(form.names, form.values(entry), form.defaults, strict=True)
    return {
        "run": record.run,
        "kind": form.kind,
        "task_id": getattr(entry, "task", None),
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "body": _to_json({name: value for name, value, default in columns if value != default}),
    }


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
    # Half a surrogate pair, which text from a platform or a file name may hold: pydantic's own
    # JSON reader refuses it, Python's does not.
    return form.adapter.validate_python(json.loads(body))
