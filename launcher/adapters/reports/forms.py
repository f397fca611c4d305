"""The forms of a report: a `Report` in, pieces of text out."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from types import NoneType
from typing import Any, cast

from launcher.adapters.reports import junit
from launcher.adapters.reports.page.assets import BEGINNING as PAGE_BEGINNING
from launcher.adapters.reports.ticket.writing import markdown_of
from launcher.adapters.reports.times import iso_of
from launcher.core.outcome import ConfirmedBy, Outcome
from launcher.core.report import SCHEMA, TICKET_BEGINNING, Report, RunFacts, Summary
from launcher.core.row import COLUMNS, Row
from launcher.core.text import cell

Form = Callable[[Report], Iterator[str]]
"""Turns a report into text, piece by piece."""

_Cell = str | int | float | Decimal
_Value = _Cell | datetime | None
CELL_LIMIT = 32_767
"""Characters of a table's cell; spreadsheets break longer ones into rows, Python refuses them."""

SHOWING_FIELDS = frozenset((".json", ".jsonl"))
"""The suffixes of the forms whose rows have room for members of the task."""

PAGES = frozenset((".html",))
"""The suffixes of the forms that people look at while a run goes on."""

_ROWS_AT_ONCE = 100
_values_of = cast("Callable[[Row], tuple[_Value, ...]]", attrgetter(*COLUMNS))


def csv_of(report: Report) -> Iterator[str]:
    """Yield a header and one line a task; lines end in a bare line feed on every system.

    Text is neutralised (formulas, control characters, line ends), so a row is always one line.
    """
    return _table_of(report, delimiter=",")


def tsv_of(report: Report) -> Iterator[str]:
    """Yield the same as `csv_of`, with tabs: no cell holds one."""
    return _table_of(report, delimiter="\t")


def _table_of(report: Report, *, delimiter: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = iter(report.rows)
    while True:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        some = tuple(islice(rows, _ROWS_AT_ONCE))
        if not some:
            return
        writer.writerows([_CELLS[type(value)](value) for value in _values_of(row)] for row in some)


def _text(text: str) -> str:
    shown = cell(text)
    return shown if len(shown) <= CELL_LIMIT else shown[: CELL_LIMIT - 1] + "…"


def _as_it_is(value: _Cell) -> _Cell:
    return value


_CELLS: Mapping[type, Callable[[Any], _Cell]] = {
    NoneType: lambda _: "",
    str: _text,
    Outcome: str,
    ConfirmedBy: str,
    bool: lambda value: "true" if value else "false",
    datetime: iso_of,
    int: _as_it_is,
    float: _as_it_is,
    Decimal: _as_it_is,
}
"""How a value is written, by its very class: to try one after the other takes twice as long."""


def json_of(report: Report) -> Iterator[str]:
    """Yield one JSON object, a row a line, with raw values.

    ASCII only: what is no character (a lone surrogate), or would move a terminal's cursor, is
    written as an escape.
    """
    yield f'{{"schema": {SCHEMA},\n "run": {_dumped(_run(report.run))},\n'
    yield f' "summary": {_dumped(_summary(report.summary))},\n'
    yield f' "waits": {_dumped([asdict(wait) for wait in report.waits])},\n "tasks": ['
    rows = iter(report.rows)
    comma = "\n"
    while some := tuple(islice(rows, _ROWS_AT_ONCE)):
        yield comma + ",\n".join(map(_object_of, some))
        comma = ",\n"
    yield "\n]}\n"


def jsonl_of(report: Report) -> Iterator[str]:
    """Yield the rows of `json_of`, one object a line, and nothing of the run."""
    rows = iter(report.rows)
    while some := tuple(islice(rows, _ROWS_AT_ONCE)):
        yield "".join(f"{_object_of(row)}\n" for row in some)


def html_of(report: Report, *, live: bool = False) -> Iterator[str]:
    """Yield a page for browsers, which holds all it needs; see `page_of`."""
    from launcher.adapters.reports.page.writing import page_of  # noqa: PLC0415 - it takes jinja2

    return page_of(report, live=live)


def _object_of(row: Row) -> str:
    columns = _dumped(dict(zip(COLUMNS, _values_of(row), strict=True)))
    if not row.extra:
        return columns
    kept = ", ".join(f"{_dumped(name)}: {text}" for name, text in row.extra if text is not None)
    left_out = [name for name, text in row.extra if text is None]
    note = f', "fields_left_out": {_dumped(left_out)}' if left_out else ""
    return f'{columns[:-1]}, "fields": {{{kept}}}{note}}}'


def _run(run: RunFacts) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "endpoint": run.account.endpoint,
        "user": run.account.user,
        "host": run.host,
        "version": run.version,
        "arguments": run.arguments,
        "max_attempts": run.max_attempts,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "exit_code": run.exit_code,
        "reason": run.reason,
        "requests": None if run.requests is None else dict(run.requests),
        "throttled": run.throttled,
        "duration_s": run.duration_s,
        "ideal_s": run.ideal_s,
        **({} if run.aborts is None else {"aborts": run.aborts}),
    }


def _summary(summary: Summary) -> dict[str, object]:
    shown = {name: getattr(summary, name) for name in Summary.__dataclass_fields__}
    if summary.aborts is None:
        del shown["aborts"]
    return {**shown, "costs": [asdict(cost) for cost in summary.costs]}


def _plain(value: datetime | Decimal) -> str:
    return str(value) if isinstance(value, Decimal) else iso_of(value)


_dumped = json.JSONEncoder(default=_plain).encode


FORMS: dict[str, Form] = {
    ".csv": csv_of,
    ".tsv": tsv_of,
    ".json": json_of,
    ".jsonl": jsonl_of,
    ".html": html_of,
    ".md": markdown_of,
    ".xml": junit.junit_of,
}
BEGINNINGS = tuple(
    text.encode()
    for text in (
        ",".join(COLUMNS[:3]),
        "\t".join(COLUMNS[:3]),
        '{"schema"',
        '{"task_id"',
        PAGE_BEGINNING,
        TICKET_BEGINNING,
        junit.BEGINNING,
    )
)
"""What the first bytes of a report are, whatever its form."""
SUFFIXES = tuple(FORMS)
"""The suffixes that a report's path may have."""
