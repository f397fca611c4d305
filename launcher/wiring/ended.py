"""How a run ended that its journal does not tell, or not wholly."""

from launcher.adapters.journal import JournalReader
from launcher.core.drawing import report_of
from launcher.core.entry import Account
from launcher.core.errors import LauncherError, StorageError
from launcher.core.history import History
from launcher.core.report import Report
from launcher.engine.run import Run
from launcher.wiring.beside import report_beside
from launcher.wiring.command import Command, Finished


def drawn(
    command: Command, run: Run, account: Account, *, history: History, reader: JournalReader
) -> Report | None:
    """Return the report of a run that has ended, beside a journal that did not take all of it.

    None: the journal cannot be read: no row of it could be known to be true.
    """
    stop = run.parts.stop
    try:
        report = report_of(history, command.run)
        if report is not None and _is_whole(report, run):
            return report
        return _report_beside(command, run, account, stop.foremost, reader=reader)
    except StorageError as error:
        stop.set(error)
        return None


def _is_whole(report: Report, run: Run) -> bool:
    """Say whether the journal took all that the run was asked for, and its end."""
    return report.run.exit_code is not None and report.summary.requested == len(run.orders.rows)


def unopened(
    command: Command,
    run: Run,
    error: LauncherError,
    *,
    reader: JournalReader,
    account: Account | None = None,
) -> Finished:
    """Return the end of a run that did not begin; its rows are what the journal knows.

    Where nothing was named but projects, there is none: an older report keeps its rows.
    """
    if not command.wanted:
        return Finished(exit_code=error.exit_code, errors=(error,), report=None)
    try:
        report = _report_beside(command, run, account, error, reader=reader)
    except StorageError as broken:
        return Finished(exit_code=error.exit_code, errors=(error, broken), report=None)
    return Finished(exit_code=error.exit_code, errors=(error,), report=report)


def _report_beside(
    command: Command,
    run: Run,
    account: Account | None,
    error: LauncherError | None,
    *,
    reader: JournalReader,
) -> Report | None:
    exit_code = 0 if error is None else error.exit_code
    return report_beside(
        run.orders,
        command.run,
        reader=reader,
        ended=run.ended(exit_code, error),
        account=account,
        digest=command.digest,
    )
