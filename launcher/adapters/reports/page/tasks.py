"""The rows of a page's table: JSON that is short, and inert wherever it stands in HTML."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice

from launcher.adapters.reports.page.tally import Tally
from launcher.core.hosts import page_path_of, pages_at
from launcher.core.outcome import Outcome
from launcher.core.report import RunFacts
from launcher.core.row import Row
from launcher.core.words import shown

_ROWS_AT_ONCE = 500
_NAME_LIMIT = 200
_TEXTS_KEPT = 50_000
_OUTCOMES = {outcome: number for number, outcome in enumerate(Outcome)}
_INERT = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
_Value = str | int | float | None


def inert_json(value: object) -> str:
    """Return `value` as JSON that closes no script and opens no comment."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_INERT)


@dataclass(slots=True)
class _Texts:
    """Texts that many rows share, each once; a row holds their numbers.

    Those beyond `_TEXTS_KEPT` stand in their rows themselves.
    """

    _numbers: dict[str, int] = field(default_factory=dict)
    _shown: list[str] = field(default_factory=list)

    def number(self, text: str | None) -> int | str | None:
        """Return what stands for the text in a row."""
        if text is None:
            return None
        number = self._numbers.get(text)
        if number is not None:
            return number
        visible = shown(text)
        if len(self._shown) >= _TEXTS_KEPT:
            return visible
        self._numbers[text] = len(self._shown)
        self._shown.append(visible)
        return self._numbers[text]

    def all(self) -> list[str]:
        """Return the texts in the order of their numbers."""
        return self._shown


def tasks_json(rows: Iterable[Row], run: RunFacts, tally: Tally) -> Iterator[str]:
    """Yield the rows as one JSON object, and count them in while they pass."""
    texts = _Texts()
    projects: dict[int | str, str | None] = {}
    yield f'{{"pages":{inert_json(pages_at(run.account.endpoint))},"rows":['
    passing = iter(rows)
    comma = ""
    while some := tuple(islice(passing, _ROWS_AT_ONCE)):
        for row in some:
            tally.add(row)
            project = texts.number(row.project)
            if project is not None and project not in projects:
                projects[project] = page_path_of(row.project or "")
        values = [_values_of(row, run, texts) for row in some]
        yield f"{comma}{inert_json(values)[1:-1]}"
        comma = ",\n"
    yield f'],"texts":{inert_json(texts.all())},"paths":{inert_json(projects)}}}'


def _values_of(row: Row, run: RunFacts, texts: _Texts) -> list[_Value]:
    """Return a row in the order that table.js reads it in; `run` only where it is another one."""
    return [
        row.task_id,
        _OUTCOMES[row.outcome],
        None if row.name is None else shown(row.name, limit=_NAME_LIMIT),
        texts.number(row.status),
        row.attempts,
        row.http_status,
        row.error_code,
        texts.number(row.error_message),
        _epoch_ms(row.launched_at),
        _rounded(row.latency_s, 4),
        _rounded(row.queued_s, 1),
        _rounded(row.running_s, 1),
        _epoch_ms(row.ended_at),
        _price(row.price),
        texts.number(row.currency),
        texts.number(row.remark),
        texts.number(row.project),
        texts.number(row.app),
        texts.number(row.executed_by),
        shown(row.source, limit=_NAME_LIMIT),
        None if row.run_id == run.run_id else texts.number(row.run_id),
    ]


def _epoch_ms(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1000)


def _rounded(seconds: float | None, digits: int) -> float | None:
    return None if seconds is None else round(seconds, digits)


def _price(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"
