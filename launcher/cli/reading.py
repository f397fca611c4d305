"""What `runs` and `report` do; imported only when one of them runs."""

import sys
from pathlib import Path

from launcher.adapters.journal import JournalReader, read_journal
from launcher.adapters.output import say
from launcher.adapters.reports import check_target, write_report
from launcher.adapters.screen import print_runs
from launcher.adapters.screen.words import counted
from launcher.cli.logs import open_logs
from launcher.core.drawing import report_of, runs_of
from launcher.core.errors import StorageError, UsageError
from launcher.core.report import RunFacts
from launcher.core.rerunning import LAST, PRUNED
from launcher.core.text import quoted, visible
from launcher.settings import load_settings


def show_runs(last: int, *, journal: Path | None, config: Path | None) -> None:
    """Print the last runs of the journal (0: all) to standard output."""
    reader = _reader(journal, config)
    known = runs_of(reader)
    if not known:
        say(f"{no_runs(reader)}\n")
        return
    shown = known[-last:] if last else known
    if len(shown) < len(known):
        older = len(known) - len(shown)
        older_runs = f"{counted(older, 'older run')} {'is' if older == 1 else 'are'} not shown"
        say(f"{older_runs}; all of them: launcher runs --last 0\n")
    drawn = ((facts, report_of(reader, facts.run_id)) for facts in shown)
    print_runs(
        [(facts, None if report is None else report.summary) for facts, report in drawn],
        stream=sys.stdout,
    )


def show_report(
    run: str | None,
    targets: list[str],
    *,
    up_to_now: bool,
    journal: Path | None,
    config: Path | None,
) -> None:
    """Write the report of a run (by default the last) to every target.

    A reader of standard output that goes away has read enough.
    """
    for target in targets:
        check_target(target)
    reader = _reader(journal, config)
    chosen = _chosen(reader, run)
    found = report_of(reader, chosen.run_id, up_to_now=up_to_now)
    if found is None:
        why = PRUNED if chosen.is_pruned else "is not in the journal any more"
        raise UsageError(f"there is no whole report of run {chosen.run_id}: it {why}")
    for target in targets:
        try:
            write_report(found, target)
        except StorageError as error:
            if not isinstance(error.__cause__, BrokenPipeError):
                raise
        else:
            if target != "-":
                say(f"Report: {visible(target)}\n")


def _chosen(reader: JournalReader, run: str | None) -> RunFacts:
    known = runs_of(reader)
    if not known:
        raise UsageError(no_runs(reader))
    if run in {None, LAST}:
        return known[-1]
    for facts in known:
        if facts.run_id == run:
            return facts
    raise UsageError(
        f"no run {quoted(run)}; the last one is {known[-1].run_id} (see: launcher runs)"
    )


def no_runs(reader: JournalReader) -> str:
    """Return why there is nothing to choose from."""
    return f"no runs yet in the journal {reader.path} (name another one with --journal PATH)"


def _reader(journal: Path | None, config: Path | None) -> JournalReader:
    given = {} if journal is None else {"journal": journal}
    settings = load_settings(given, config=config)
    open_logs(verbose=settings.verbose, log_format=settings.log_format)
    return read_journal(settings.journal_path)
