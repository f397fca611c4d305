"""What `watch` does with its words; imported only when it runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from launcher.adapters.reports import check_target
from launcher.adapters.sources import read_ids, why_no_ids
from launcher.cli.closing import carried_to_its_end
from launcher.cli.given import logged_settings_of
from launcher.cli.launching import (
    carried_out,
    command_of,
    endpoint_of_links,
    refuse_input_as_report,
    without_idle_fields,
)
from launcher.cli.told import told_if_asked
from launcher.core.errors import UsageError
from launcher.core.rerunning import LAST
from launcher.wiring import credentials_of, tasks_of_run

_RUN_ID = re.compile(r"\d{8}-\d{6,9}-[0-9a-f]{4}", re.ASCII)


def watch_tasks(words: Sequence[str], tasks: Sequence[str], *, given: Mapping[str, object]) -> int:
    """Follow the tasks of a run or of files, say how they ended, and return the exit code."""
    found = told_if_asked(without_idle_fields(logged_settings_of(given), dry=True))
    settings = found.settings
    credentials = credentials_of(found)
    run, files = _meant(words, tasks)
    by_run = run is not None or not (files or tasks)
    choose = tasks_of_run(settings.journal_path, run) if by_run else None
    endpoint = endpoint_of_links(credentials)
    wanted = () if by_run else read_ids(files, tasks, endpoint=endpoint, column=settings.column)
    if not (by_run or wanted):
        raise UsageError(why_no_ids(files))
    for target in settings.report:
        refuse_input_as_report(target, files)
        check_target(target)
    command = replace(command_of(wanted, found, credentials, dry=True), watch=True, choose=choose)
    targets = tuple(dict.fromkeys(settings.report))
    return carried_to_its_end(command, targets, carried_out)


def _meant(words: Sequence[str], tasks: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the run that is meant, and the files; a file of that name is a file.

    Raises:
        UsageError: a run, and other things as well.
    """
    runs = [word for word in words if _is_run(word)]
    if not runs:
        return None, words
    if len(words) > 1 or tasks:
        raise UsageError(f"one run is watched at a time, and nothing else: {runs[0]}")
    return None if runs == [LAST] else runs[0], ()


def _is_run(word: str) -> bool:
    return bool(word == LAST or _RUN_ID.fullmatch(word)) and not Path(word).exists()
