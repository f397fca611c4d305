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

    None: the journal cannot be read. Most rows are read by whoever wants them, and may be refused
    then.
    """
    stop = run.parts.stop
    try:
        report = report_of(history, command.run)
        if report is None or not _is_whole(report, run, history):
            report = _report_beside(command, run, account, stop.foremost, reader=reader)
        if run.orders.tick is not None and report is not None:
            report.check_readable()  # what is told of them is noted, and never told again
    except StorageError as error:
        stop.set(error)
        return None
    return report


def _is_whole(report: Report, run: Run, history: History) -> bool:
    """Say whether the journal took all that the run was asked for, and its end."""
    if report.run.exit_code is None:
        return False
    return sum(1 for _ in history.requested(report.run.run_id)) == len(run.orders.rows)


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
