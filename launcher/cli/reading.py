"""What `runs` and `report` do; imported only when one of them runs."""

import platform as machine
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from launcher.adapters.journal import JournalReader, read_journal
from launcher.adapters.lock import named_holder, was_freed
from launcher.adapters.output import say
from launcher.adapters.reports import check_split, check_target, write_report, write_split
from launcher.adapters.screen import print_runs
from launcher.adapters.screen.words import counted
from launcher.cli.logs import open_logs
from launcher.core.drawing import report_of
from launcher.core.errors import StorageError, UsageError
from launcher.core.history import runs_of
from launcher.core.outcome import Outcome
from launcher.core.report import Report, RunFacts
from launcher.core.rerunning import LAST, PRUNED
from launcher.core.text import quoted, visible
from launcher.settings import load_settings


def show_runs(last: int, *, journal: Path | None, config: Path | None) -> None:
    """Print the last runs of the journal (0: all) to standard output."""
    reader = open_reader(journal, config)
    known = known_runs(reader)
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
    targets: Sequence[str],
    *,
    split: str | None,
    up_to_now: bool,
    journal: Path | None,
    config: Path | None,
) -> None:
    """Write the report of a run (by default the last) to every target, its ids into a folder.

    A reader of standard output that goes away has read enough.
    """
    for target in targets:
        check_target(target)
    if split is not None:
        check_split(split)
    reader = open_reader(journal, config)
    found = drawn(reader, chosen_run(reader, run), up_to_now=up_to_now)
    if split is not None:
        counts = write_split(found.rows, split)
        listed = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome)
        say(f"Lists of ids in {visible(split)}: {listed}\n")
    for target in targets:
        _write(found, target)


def _write(report: Report, target: str) -> None:
    try:
        write_report(report, target)
    except StorageError as error:
        if not isinstance(error.__cause__, BrokenPipeError):
            raise
    else:
        if target != "-":
            say(f"Report: {visible(target)}\n")


def drawn(reader: JournalReader, run: RunFacts, *, up_to_now: bool = False) -> Report:
    """Return the report of a run.

    Raises:
        UsageError: there is none.
    """
    found = report_of(reader, run.run_id, up_to_now=up_to_now)
    if found is None:
        why = PRUNED if run.is_pruned else "is not in the journal any more"
        raise UsageError(f"there is no whole report of run {run.run_id}: it {why}")
    return replace(found, run=run) if run.was_killed or run.goes_on else found


def known_runs(reader: JournalReader) -> list[RunFacts]:
    """Return all runs of the journal, in the order in which they began.

    One without an end was killed, too, where its lock is free, and goes on where it holds that.
    The lock is looked at between two reads: whoever freed it meanwhile has written the end before.
    """
    began = runs_of(reader.marks())
    told = {run.run_id: _as_its_lock_tells(run, reader.path) for run in began if run.may_go_on}
    if not told:
        return began
    return [told.get(run.run_id, run) if run.may_go_on else run for run in runs_of(reader.marks())]


def _as_its_lock_tells(run: RunFacts, journal: Path) -> RunFacts:
    """Return the run, killed or going on for certain; of other hosts a lock is not seen here."""
    if run.host != machine.node():
        return run
    try:
        holder = named_holder(journal, run.account)
        goes_on = holder is not None and holder.run == run.run_id
        return replace(run, was_killed=was_freed(journal, run.account), goes_on=goes_on)
    except StorageError:
        return run


def chosen_run(reader: JournalReader, run: str | None) -> RunFacts:
    """Return the run of that id, or the last.

    Raises:
        UsageError: there is none.
    """
    known = known_runs(reader)
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


def open_reader(journal: Path | None, config: Path | None) -> JournalReader:
    """Return what reads the journal that is named, or that of the settings."""
    given = {} if journal is None else {"journal": journal}
    settings = load_settings(given, config=config)
    open_logs(verbose=settings.verbose, log_format=settings.log_format)
    return read_journal(settings.journal_path)
