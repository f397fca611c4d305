"""How a run ends for whoever called it: its reports, its last words, its exit code."""

import asyncio
import logging
import shlex
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, replace
from typing import Any

from launcher.adapters.output import say
from launcher.adapters.reports import is_stream
from launcher.adapters.screen import print_aborted, print_closing, print_plan
from launcher.adapters.signals import Noted
from launcher.cli.ending import say_error
from launcher.cli.living import live_pages
from launcher.cli.logs import is_json
from launcher.core.errors import (
    InterruptedRunError,
    LauncherError,
    StorageError,
    UsageError,
    foremost,
)
from launcher.core.report import Report
from launcher.core.text import visible
from launcher.wiring import (
    Command,
    End,
    Finished,
    Written,
    is_silent,
    open_machines,
    write_reports,
)

log = logging.getLogger(__name__)

CarryOut = Callable[[Command, Noted], Coroutine[Any, Any, Finished]]
"""Carries out a command; from its end on, signals are noted."""


def carried_to_its_end(command: Command, targets: Sequence[str], carry_out: CarryOut) -> int:
    """Carry out the command, tell people and programs how it ended, and return the exit code."""
    signals = Noted()
    endpoint = command.credentials.endpoint
    with open_machines(command.settings, targets, endpoint=endpoint) as machines:
        command = replace(command, machines=machines)
        pages = () if command.dry else targets
        with live_pages(pages, journal=command.settings.journal_path, run=command.run):
            finished = asyncio.run(carry_out(command, signals))
        return close(command, finished, targets, signals=signals)


def close(command: Command, finished: Finished, targets: Sequence[str], *, signals: Noted) -> int:
    """Write the reports, say how it ended, and return the exit code.

    Words come before what goes to a pipe, whose reader may let us wait.
    """
    streams = [target for target in targets if is_stream(target)]
    finished, written = _written(finished, [one for one in targets if one not in streams])
    report, errors = finished.report, list(finished.errors)
    paths: list[str] = []
    said: set[str | None] = set()
    exit_code = finished.exit_code
    if report is not None and exit_code != UsageError.exit_code:
        errors += written.errors
        exit_code = _foremost_code(errors, otherwise=exit_code)
        in_words = _is_in_words(command, finished, exit_code)
        if finished.news is not None:  # told already, or by an earlier tick
            said.add(report.run.reason)
            if in_words:
                _say_reports(written.paths)
        elif in_words:
            said |= _say_end(command, finished, written.paths, targets=targets)
        poured = _pour(report, streams, signals=signals)
        errors += poured.errors
        if in_words:
            _say_reports([path for path in poured.paths if path != "-"])
        paths += [*written.paths, *poured.paths]
    errors += signals.errors
    for text, error in {str(error): error for error in errors}.items():  # each lane had its own
        if text not in said or (is_json() and finished.news is None):
            say_error(error)
    exit_code = _foremost_code(errors, otherwise=exit_code)
    is_quiet = finished.news is not None and not finished.news
    _tell_machines(command, finished, exit_code=exit_code, paths=paths)
    _log_end(report, exit_code, paths, is_bad=exit_code != 0 and not is_quiet)
    return exit_code


def _written(finished: Finished, targets: Sequence[str]) -> tuple[Finished, Written]:
    """Write the report; there is none where the journal cannot be read: no row is known to be true.

    Its rows are read while they are written, so that whatever else is told takes no more reading.
    """
    written, report = Written(paths=(), errors=()), finished.report
    if report is None:
        return finished, written
    if finished.exit_code != UsageError.exit_code:
        written = write_reports(report, targets)
    try:
        report.check_readable()  # known by now, or read for this
    except StorageError as error:
        errors = (*finished.errors, *written.errors, error)
        return replace(finished, errors=errors, report=None, news=None), written
    return finished, written


def _tell_machines(
    command: Command, finished: Finished, *, exit_code: int, paths: Sequence[str]
) -> None:
    command.machines.ended(
        End(
            run=command.run,
            source=command.source,
            exit_code=exit_code,
            report=finished.report,
            paths=paths,
            is_tick=command.contents is not None,
            news=finished.news,
        )
    )


def _is_in_words(command: Command, finished: Finished, exit_code: int) -> bool:
    """Say whether people are told, besides what went wrong with the run itself."""
    if finished.news is not None:
        return not is_silent(command.settings, sys.stderr)
    return not command.settings.quiet or (exit_code != 0 and not is_json())


def _pour(report: Report, streams: Sequence[str], *, signals: Noted) -> Written:
    """Write the report to streams, unless a signal breaks that off."""
    try:
        with signals.impatient():
            return write_reports(report, streams)
    except InterruptedRunError:  # noted already
        return Written(paths=(), errors=())


def _foremost_code(errors: Sequence[LauncherError], *, otherwise: int) -> int:
    last = foremost(errors)
    return otherwise if last is None else last.exit_code


def _log_end(report: Report | None, exit_code: int, paths: Sequence[str], *, is_bad: bool) -> None:
    """Log the end; for programs that read the log it is the last word, and told unasked if bad."""
    counts = {} if report is None else asdict(report.summary)
    level = logging.ERROR if is_bad and is_json() else logging.DEBUG
    log.log(level, "run ended", extra={"exit_code": exit_code, "reports": paths, **counts})


def _say_end(
    command: Command, finished: Finished, paths: Sequence[str], *, targets: Sequence[str]
) -> set[str | None]:
    """Return the reason that has been said, if any."""
    report = finished.report
    if report is None:
        return set()
    if not command.dry or command.watch:
        if command.aborts is not None:
            print_aborted(report, stream=sys.stderr, report_paths=paths, go_on=_again())
        else:
            print_closing(
                report,
                stream=sys.stderr,
                report_paths=paths,
                go_on=_again() if not command.watch or report.run.reason is not None else None,
                followed=command.watch or command.settings.wait,
                watched=command.watch,
            )
        return {report.run.reason}
    if finished.plan is not None:
        plan, forecast = finished.plan
        stream = sys.stderr if "-" in targets else sys.stdout
        print_plan(plan, forecast, report, stream=stream)
        if plan.batch and not command.settings.allow_batch and not command.settings.unbatch:
            say(
                "A run asks about batch tasks; without a terminal it wants --allow-batch, or "
                "--unbatch to run each as a single task.\n"
            )
    _say_reports(paths)
    return set()


def _say_reports(paths: Sequence[str]) -> None:
    for path in paths:
        say(f"Report: {visible(path)}\n")


def _again() -> str:
    """Return the command that goes on: the same one, as the journal and the account must be."""
    return visible(shlex.join(["launcher", *sys.argv[1:]]), limit=2000)
