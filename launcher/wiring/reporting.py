"""Where the reports of a run go, and what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from launcher.adapters.reports import write_report
from launcher.core.entry import RunId
from launcher.core.errors import LauncherError, StorageError, UsageError
from launcher.core.report import Report
from launcher.settings import USUAL_REPORT, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Which reports were written, and why the others were not."""

    paths: tuple[str, ...]
    errors: tuple[LauncherError, ...]


def write_reports(report: Report, targets: Iterable[str]) -> Written:
    """Write the report to every target; what could not be written is returned, not raised."""
    paths: list[str] = []
    errors: list[LauncherError] = []
    for target in targets:
        try:
            write_report(report, target)
        except StorageError as error:
            errors.append(error)
        except UsageError as error:  # it was no wrong use when the run began
            errors.append(StorageError(f"cannot write the report: {error}"))
        else:
            paths.append(target)
    return Written(paths=tuple(paths), errors=tuple(errors))


def report_targets(settings: Settings, run: RunId) -> tuple[str, ...]:
    """Return where the reports of a run go, each place once.

    That of a tick takes the place of the one before: they are many.
    """
    usual = USUAL_REPORT.format(run="once" if settings.once else run)
    return tuple(dict.fromkeys(settings.report)) or (usual,)
