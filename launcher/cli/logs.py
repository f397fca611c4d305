"""Where log lines go: to standard error, harmless, with their facts, as text or as JSON."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite

from launcher.core.text import visible

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


def open_logs(*, verbose: bool, log_format: str = "text") -> None:
    """Show the launcher's warnings, or with `verbose` everything that it logs.

    What libraries warn of takes the same form.
    """
    handler = _ToStandardError()
    text = _WithFacts("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(AsJson() if log_format == "json" else text)
    ours = logging.getLogger("launcher")
    ours.handlers = [handler]
    ours.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logging.lastResort = handler


def name_run(run: str) -> None:
    """Let every line from here on name the run."""

    def named(record: logging.LogRecord) -> bool:
        record.run = run
        return True

    for handler in logging.getLogger("launcher").handlers:
        handler.addFilter(named)


def is_json() -> bool:
    """Say whether log lines are JSON, so that errors have to be lines of the log too."""
    handlers = logging.getLogger("launcher").handlers
    return any(isinstance(handler.formatter, AsJson) for handler in handlers)


class AsJson(logging.Formatter):
    """One object a line, in ASCII: whatever a fact holds, it neither breaks nor spoils a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return `at`, `level`, `logger`, `message`, then the facts, then what was raised."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        facts = {name: _fact(value) for name, value in _facts_of(record) if name not in line}
        raised = {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        return json.dumps({**line, **facts, **raised}, allow_nan=False)


class _WithFacts(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        facts = "".join(f" {name}={visible(str(value))}" for name, value in _facts_of(record))
        return super().formatMessage(record) + facts


class _ToStandardError(logging.Handler):
    """Writes to what standard error is by then: a live display may stand in between."""

    def emit(self, record: logging.LogRecord) -> None:
        lines = (visible(line) for line in self.format(record).split("\n"))
        try:
            sys.stderr.write("\n".join((*lines, "")))
            sys.stderr.flush()
        except (OSError, ValueError):  # logs may be lost
            return


def _facts_of(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [pair for pair in vars(record).items() if pair[0] not in _OF_EVERY_RECORD]


def _fact(value: object) -> object:
    """Return what JSON has a form for; all else as text."""
    match value:
        case None | bool() | int():
            return value
        case float() if isfinite(value):
            return value
        case Mapping():
            return {str(key): _fact(one) for key, one in value.items()}
        case list() | tuple():
            return [_fact(one) for one in value]
        case _:
            return str(value)
