"""What `abort` does with its words; imported only when it runs."""

import sys
from collections.abc import Mapping
from dataclasses import replace

from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.journal import JournalReader, read_journal
from launcher.adapters.output import say
from launcher.adapters.reports import check_target
from launcher.adapters.screen.words import counted, shown
from launcher.adapters.signals import Noted
from launcher.adapters.stopping import Waiting, ask_to_stop, is_active
from launcher.cli.asking import is_terminal, refusal_of
from launcher.cli.closing import carried_to_its_end
from launcher.cli.given import logged_settings_of
from launcher.cli.logs import name_run
from launcher.cli.reading import no_runs
from launcher.cli.told import told_if_asked
from launcher.core.errors import UsageError
from launcher.core.history import runs_of
from launcher.core.report import RunFacts
from launcher.core.scope import Scope, scope_of
from launcher.core.text import quoted, visible
from launcher.settings import Found, Source
from launcher.wiring import (
    Command,
    Finished,
    carry_out,
    credentials_of,
    network_of,
    new_run_id,
    report_targets,
)

LAST = "last"
_PROJECTS_SHOWN = 5
_LONGER_THAN_GRACE_S = 40.0
"""What a run may need beside its grace: the request in flight, and its report."""


def abort_run(word: str, *, given: Mapping[str, object]) -> int:
    """Abort what a run launched, say how that ended, and return the exit code."""
    found = told_if_asked(_own_settings(logged_settings_of(given)))
    settings = found.settings
    journal = settings.journal_path
    reader = read_journal(journal)
    aborted = _chosen(reader, word)
    credentials = _credentials_of(found, aborted)
    command = _command(found, credentials, aborted)
    targets = report_targets(settings, command.run)
    for target in targets:
        check_target(target)
    goes_on = is_active(journal, aborted.account, aborted.run_id)
    _agree(scope_of(reader, aborted), aborted, goes_on=goes_on, is_agreed=settings.yes)
    ask_to_stop(
        journal,
        aborted.account,
        aborted.run_id,
        waiting=Waiting(at_most_s=settings.grace + _LONGER_THAN_GRACE_S),
        say=lambda words: None if settings.quiet else say(f"{words}\n"),
    )
    command = replace(command, wanted=scope_of(reader, aborted).wanted)
    return carried_to_its_end(command, targets, _carried_out)


async def _carried_out(command: Command, signals: Noted) -> Finished:
    """Return how the abort ended; from its end on, signals are noted."""
    finished = await carry_out(command, approve=lambda _plan, _cost: None, stream=sys.stderr)
    signals.listen()
    return finished


def _own_settings(found: Found) -> Found:
    """Return the settings without what is meant for launches alone.

    A report's place in the settings file is that of launches, whose report is not to be replaced;
    and their `yes` agrees to no abort.
    """
    changes: dict[str, object] = {"fields": []}
    if found.origins["report"].source is not Source.ARGUMENT:
        changes["report"] = []
    if found.origins["yes"].source is not Source.ARGUMENT:
        changes["yes"] = False
    return replace(found, settings=found.settings.model_copy(update=changes))


def _chosen(reader: JournalReader, word: str) -> RunFacts:
    known = runs_of(reader.marks())
    launches = [facts for facts in known if facts.aborts is None]
    if not launches:
        raise UsageError(no_runs(reader))
    if word == LAST:
        began = (facts for facts in reversed(launches) if facts.may_have_launched)
        return next(began, launches[-1])
    for facts in known:
        if facts.run_id == word and facts.aborts is None:
            return facts
        if facts.run_id == word:
            raise UsageError(
                f"run {word} launched nothing: it aborted run {facts.aborts} "
                f"(to go on with that: launcher abort {facts.aborts})"
            )
    raise UsageError(
        f"no run {quoted(word)}; the last one is {launches[-1].run_id} (see: launcher runs)"
    )


def _credentials_of(found: Found, aborted: RunFacts) -> Credentials:
    credentials = credentials_of(found)
    if credentials.endpoint != aborted.account.endpoint:
        raise UsageError(
            f"run {aborted.run_id} launched at {aborted.account.endpoint}, and the credentials "
            f"are for {credentials.endpoint}: give --endpoint or --profile; nothing was aborted"
        )
    return credentials


def _command(found: Found, credentials: Credentials, aborted: RunFacts) -> Command:
    run = new_run_id(SystemClock())
    name_run(run)
    return Command(
        run=run,
        wanted=(),
        settings=found.settings,
        credentials=credentials,
        network=network_of(found, credentials),
        arguments=tuple(visible(word, limit=500) for word in sys.argv[1:]),
        aborts=aborted,
    )


def _agree(scope: Scope, aborted: RunFacts, *, goes_on: bool, is_agreed: bool) -> None:
    """Return if it is agreed to, or there is nothing to agree to.

    Raises:
        UsageError: nobody can be asked.
        InterruptedRunError: the answer is no.
    """
    if is_agreed:
        return
    if not is_terminal():
        raise UsageError("without a terminal nobody can be asked: give --yes to abort")
    if not scope.active and not goes_on:
        return
    refusal = refusal_of(_question(scope, aborted, goes_on=goes_on), nothing="nothing was aborted")
    if refusal is not None:
        raise refusal


def _question(scope: Scope, aborted: RunFacts, *, goes_on: bool) -> str:
    words = f"Abort {counted(scope.active, 'task')} launched by run {shown(aborted.run_id)}"
    names = [shown(name, limit=80) for name in scope.projects]
    if names:
        more = len(names) - _PROJECTS_SHOWN
        others = f" and {counted(more, 'other')}" if more > 0 else ""
        words += f" in {', '.join(names[:_PROJECTS_SHOWN])}{others}"
    notes = []
    if scope.batch:
        notes.append(f"{scope.batch:,} batch, with their children")
    if scope.in_doubt:
        notes.append(f"{scope.in_doubt:,} in doubt, to be settled first")
    if scope.ended:
        notes.append(f"{scope.ended:,} more have ended")
    if goes_on:
        notes.append("that run goes on: it is asked to stop first")
    return f"{words} ({'; '.join(notes)})?" if notes else f"{words}?"
