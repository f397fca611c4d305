"""Whether people are told of a run by a message, and which."""

import shlex
from itertools import islice
from pathlib import Path

from launcher.adapters.journal import JournalReader, read_journal
from launcher.core.entry import RunId
from launcher.core.errors import StorageError
from launcher.core.notice import Before, Ending, Notice, ended_before, is_change, notice_of
from launcher.core.report import Report
from launcher.wiring.end import End

_LOOKS = 100
"""Runs that are looked at for one of the same source."""


def notice_for(end: End, *, journal: Path) -> Notice | None:
    """Return what people are told of the end; None: nothing that they do not know."""
    if not end.is_of_a_run:
        return None
    is_alone = end.is_tick or end.report is None
    ending = Ending(
        run=end.run,
        source=end.source,
        exit_code=end.exit_code,
        report=end.report,
        before=None if is_alone or end.report is None else _before(end.report, end.source, journal),
        look=shlex.join(["launcher", "report", end.run, "--journal", str(journal.absolute())]),
        is_tick=end.is_tick,
        news=end.news,
    )
    return notice_of(ending) if is_change(ending) else None


def _before(report: Report, source: str, journal: Path) -> Before | None:
    """Return the run before it of the same source; None: there is none, as far as can be read.

    The source is that of the first task, which of several projects shows itself only in the end.
    """
    reader = read_journal(journal)
    try:
        if report.run.reruns is None:
            source = _source_of(reader, report.run.run_id) or source
        for before in islice(ended_before(reader.runs(), report), _LOOKS):
            if _source_of(reader, before.run) == source:
                return before
    except StorageError:  # it was told already
        return None
    return None


def _source_of(reader: JournalReader, run: RunId) -> str | None:
    asked = next(reader.requested(run), None)
    return None if asked is None else asked.source.rsplit(":", 1)[0]
