"""Task ids in JSON: texts, or objects with a member that holds the id."""

import json
from collections.abc import Iterator

from launcher.adapters.sources.columns import id_column
from launcher.adapters.sources.lines import Lines
from launcher.adapters.sources.text import TOO_LONG
from launcher.core.ids import BadLine, Written
from launcher.core.text import quoted

_decode = json.JSONDecoder().decode


def written_in(record: object, *, source: str, column: str | None) -> Written | BadLine:
    """Return what a record names as its task."""
    if isinstance(record, str):
        return Written(source, record.strip())
    if not isinstance(record, dict):
        return BadLine(source=source, text="", why="neither a text nor an object")
    members = tuple(record)
    try:
        member = members[id_column(members, column)]
    except LookupError as error:
        return BadLine(source=source, text="", why=str(error))
    text = record[member]
    if not isinstance(text, str):
        return BadLine(source=source, text="", why=f"{quoted(member, limit=60)} is no text")
    return Written(source, text.strip())


def records_of(lines: Lines, *, name: str, column: str | None) -> Iterator[Written | BadLine]:
    """Yield what the record on each line (JSON Lines) names; blank lines are passed over."""
    for number, line in lines:
        source = f"{name}:{number}"
        if line is None:
            yield BadLine(source=source, text="", why=TOO_LONG)
            continue
        text = line.strip()
        try:
            if text:
                yield written_in(_decode(text), source=source, column=column)
        except (ValueError, RecursionError) as error:
            yield BadLine(source=source, text=text, why=f"no JSON record: {why_no_json(error)}")


def why_no_json(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a JSON text, in a few words."""
    match error:
        case json.JSONDecodeError():
            return error.msg
        case RecursionError():
            return "nested too deeply"
        case _:  # a number of thousands of digits
            return str(error)
