"""What `run` and `plan` do with their words; imported only when one of them runs."""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from launcher import __version__
from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.journal import read_journal
from launcher.adapters.reports import check_target, shows_fields
from launcher.adapters.screen import estimates_in_words, shares_in_words
from launcher.adapters.signals import Noted
from launcher.adapters.sources import digests_of, read_ids, why_no_ids
from launcher.cli.asking import is_terminal, refusal_of
from launcher.cli.closing import carried_to_its_end
from launcher.cli.given import logged_settings_of
from launcher.cli.logs import name_run
from launcher.cli.ticking import telling_news
from launcher.cli.told import told_of_no_plan
from launcher.core.entry import RunId
from launcher.core.errors import LauncherError, UsageError
from launcher.core.hosts import is_loopback
from launcher.core.ids import Requested, TaskId
from launcher.core.plan import Forecast, Plan
from launcher.core.rerunning import run_named
from launcher.core.selection import selection_of
from launcher.core.text import quoted, visible
from launcher.settings import Found, Settings, Source
from launcher.wiring import (
    Command,
    Finished,
    carry_out,
    credentials_of,
    network_of,
    new_run_id,
    report_targets,
)

log = logging.getLogger(__name__)

LARGE = 50
"""Tasks that a person at a terminal is asked about before they start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Which tasks are meant, in the words of the command line."""

    files: Sequence[str]
    tasks: Sequence[str]
    selected: Mapping[str, Any]
    reruns: str | None


def launch(words: Words, *, given: Mapping[str, object], dry: bool) -> int:
    """Carry out `run` or `plan`, say how it ended, and return the exit code."""
    found = without_idle_fields(logged_settings_of(given), dry=dry)
    found = told_of_no_plan(found) if dry else found
    settings = found.settings
    selection = selection_of(**words.selected)
    if "-" in words.files and not dry:
        _refuse_question_on_stdin(settings)
    if settings.once:
        _refuse_long_tick(words, settings)
    if words.reruns is not None:
        _refuse_rerun(words.reruns, words, settings)
    credentials = _credentials_of(found)
    wanted = _wanted(words, credentials, settings)
    if not wanted and selection is None and words.reruns is None:
        if settings.allow_empty:
            return 0
        raise UsageError(why_no_ids(words.files))
    if isinstance(credentials, UsageError):
        raise credentials
    contents = digests_of(words.files) if settings.once else None
    command = replace(
        command_of(wanted, found, credentials, dry=dry),
        selection=selection,
        reruns=words.reruns,
        contents=contents,
    )
    targets = report_targets(settings, command.run) if not dry or settings.report else ()
    for target in targets:
        refuse_input_as_report(target, words.files)
        _refuse_journal_as_report(target, settings)
        check_target(target)
    return carried_to_its_end(command, targets, carried_out)


def _wanted(
    words: Words, credentials: Credentials | UsageError, settings: Settings
) -> Sequence[Requested]:
    if words.reruns is not None:
        return ()
    endpoint = endpoint_of_links(credentials)
    return read_ids(words.files, words.tasks, endpoint=endpoint, column=settings.column)


async def carried_out(command: Command, signals: Noted) -> Finished:
    """Return how the run ended; from its end on, signals are noted."""
    approve = _approval(command.settings)
    tell = telling_news(command.settings)
    finished = await carry_out(command, approve=approve, stream=sys.stderr, tell=tell)
    signals.listen()
    return finished


def without_idle_fields(found: Found, *, dry: bool) -> Found:
    """Return the settings without `fields` where no report has room for them.

    Raises:
        UsageError: they were asked for on the command line.
    """
    settings = found.settings
    targets = settings.report if dry else report_targets(settings, RunId(""))
    if not settings.fields or any(map(shows_fields, targets)):
        return found
    if found.origins["fields"].source is Source.ARGUMENT:
        raise UsageError("--fields goes into .json and .jsonl reports: add --report out.json")
    return replace(found, settings=settings.model_copy(update={"fields": []}))


def _refuse_rerun(run: str, words: Words, settings: Settings) -> None:
    """Refuse to launch again what nobody has launched, before anything is sent."""
    beside = [*words.files, *words.tasks, *(words.selected.get("project") or ())]
    if beside:
        raise UsageError(f"--rerun-failed takes no ids beside it (found {quoted(beside[0])})")
    run_named(read_journal(settings.journal_path), run)


def _refuse_long_tick(words: Words, settings: Settings) -> None:
    if settings.wait or words.reruns is not None:
        raise UsageError(
            "a tick waits for no end and clones nothing: leave --wait, --rerun-failed or --once out"
        )


def _refuse_question_on_stdin(settings: Settings) -> None:
    if sys.stderr.isatty() and not settings.yes:
        raise UsageError("with - as input nothing can be asked on the terminal: give --yes")


def refuse_input_as_report(target: str, files: Sequence[str]) -> None:
    """Refuse a report that would take the place of the input.

    Raises:
        UsageError: it would.
    """
    for file in files:
        if target != "-" and file != "-" and os.path.realpath(target) == os.path.realpath(file):
            raise UsageError(f"the report {target} would take the place of the input: name another")


def _refuse_journal_as_report(target: str, settings: Settings) -> None:
    if target != "-" and os.path.realpath(target) == os.path.realpath(settings.journal_path):
        raise UsageError(f"the report {target} would take the place of the journal: name another")


def _credentials_of(found: Found) -> Credentials | UsageError:
    """Return the credentials, or why there are none: what is wrong with the input is told first."""
    try:
        return credentials_of(found)
    except UsageError as error:
        return error


def endpoint_of_links(credentials: Credentials | UsageError) -> str | None:
    """Return the endpoint that links have to belong to; a simulator on this machine takes all."""
    if isinstance(credentials, UsageError):
        return None
    host = urlsplit(credentials.endpoint).hostname
    return None if host is None or is_loopback(host) else credentials.endpoint


def command_of(
    wanted: Sequence[Requested], found: Found, credentials: Credentials, *, dry: bool
) -> Command:
    """Return the call of this process, under a new run id."""
    run = new_run_id(SystemClock())
    name_run(run)
    log.debug("settings found", extra=_facts_of(found))
    log.debug(
        "credentials found",
        extra={"endpoint": credentials.endpoint, "found_in": credentials.found_in},
    )
    network = network_of(found, credentials)
    log.debug(
        "network found",
        extra={"proxy": network.proxy_found_in, "ca": network.ca_found_in},
    )
    return Command(
        run=run,
        wanted=wanted,
        settings=found.settings,
        credentials=credentials,
        network=network,
        arguments=tuple(visible(word, limit=500) for word in sys.argv[1:]),
        dry=dry,
    )


def _facts_of(found: Found) -> dict[str, object]:
    """Return which launcher this is, and what it was told otherwise than usual."""
    named = {one.name: one.value for one in found.each() if one.origin.source is not Source.DEFAULT}
    return {"version": __version__, "file": found.file if found.file_exists else None, **named}


def _approval(settings: Settings) -> Callable[[Plan, Forecast], LauncherError | None]:
    has_terminal = is_terminal()

    def approve(plan: Plan, forecast: Forecast) -> LauncherError | None:
        batch = bool(plan.batch) and not settings.allow_batch and not settings.unbatch
        if batch and not has_terminal:
            return UsageError(why_batch_is_refused(plan.batch))
        large = has_terminal and plan.run_requests > LARGE and not settings.yes
        cost = estimates_in_words(forecast.estimates)
        return _asked(plan, batch=batch, cost=cost) if batch or large else None

    return approve


def why_batch_is_refused(batch: Sequence[TaskId]) -> str:
    """Return why batch tasks are not launched unasked, and the options that agree to it."""
    one, which = "each", f"s, each of which starts many (the first is {batch[0]})"
    if len(batch) == 1:
        one, which = "it", f", which starts many ({batch[0]})"
    mend = f"give --allow-batch, or --unbatch to run {one} as a single task"
    return f"{len(batch):,} batch task{which}: {mend}"


def _asked(plan: Plan, *, batch: bool, cost: str = "") -> LauncherError | None:
    tasks = "1 task" if plan.run_requests == 1 else f"{plan.run_requests:,} tasks"
    more = f", {len(plan.batch):,} of them batch (each starts many)" if batch else ""
    shares = f" {told}" if (told := shares_in_words(plan.shares)) else ""
    told = f" {cost}" if cost else ""
    verb = "Clone and launch" if plan.to_clone else "Launch"
    return refusal_of(f"{verb} {tasks}{more}?{shares}{told}", nothing="nothing was launched")
