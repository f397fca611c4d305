"""What `journal check` and `journal prune` do; imported only when one of them runs."""

import json
import sys
from pathlib import Path

from launcher.adapters.clock import SystemClock
from launcher.adapters.output import say, writing_out
from launcher.adapters.screen import print_findings
from launcher.adapters.screen.pruned import pruning_in_words
from launcher.adapters.screen.words import counted, size
from launcher.cli.asking import is_terminal, refusal_of
from launcher.cli.logs import open_logs
from launcher.core.errors import UsageError
from launcher.core.finding import State, document_of, exit_code_of, verdict_of
from launcher.core.pruning import moment_of
from launcher.core.text import visible
from launcher.settings import load_settings
from launcher.wiring import new_run_id
from launcher.wiring.checking import check_findings
from launcher.wiring.pruning import Prunable, all_locked, carry_out_pruning, prunable

_VERDICTS = {
    State.OK: "The journal is sound.",
    State.WARNING: "The journal is sound; see the warnings.",
    State.TROUBLE: "There is no sound journal there: exit code 5.",
}


def check_journal(*, as_json: bool, journal: Path | None, config: Path | None) -> int:
    """Say what was found on standard output, and return 0 where it is sound, else 5."""
    findings = check_findings(_path(journal, config))
    if as_json:
        with writing_out():
            sys.stdout.write(f"{json.dumps(document_of(findings), indent=2)}\n")
            sys.stdout.flush()
    else:
        verdict = _VERDICTS[verdict_of(findings)]
        print_findings(findings, stream=sys.stdout, verdict=verdict)
    return exit_code_of(findings)


def prune_journal(
    before: str, *, dry: bool, is_agreed: bool, journal: Path | None, config: Path | None
) -> None:
    """Say what goes and what stays, ask, and delete it.

    Raises:
        LauncherError: nothing was deleted; or all was, and the file did not become smaller.
    """
    at = moment_of(before, now=SystemClock().now())
    path = _path(journal, config)
    if dry:
        found = prunable(path, before=at)
        with writing_out():
            sys.stdout.write(_words(found, dry=True))
            sys.stdout.flush()
        return
    if not is_agreed and not is_terminal():
        raise UsageError(
            "without a terminal nobody can be asked: give --yes to delete, or --dry-run to see "
            "what would go"
        )
    run = new_run_id(SystemClock())
    with all_locked(path, run=run):
        found = prunable(path, before=at)
        say(_words(found, dry=False))
        if found.pruning.is_empty and not found.spare:
            return
        if not is_agreed and not found.pruning.is_empty:
            _ask(found)
        now_size = carry_out_pruning(found, run=run)
    say(f"Deleted; the file has {size(now_size)} now, {size(found.size)} before.\n")


def _words(found: Prunable, *, dry: bool) -> str:
    head = f"Journal: {visible(str(found.path))}, {size(found.size)}"
    lines = (head, *pruning_in_words(found.pruning, before=found.before, dry=dry))
    return "".join(f"{line}\n" for line in lines)


def _ask(found: Prunable) -> None:
    question = f"Delete {counted(found.pruning.facts, 'fact')} for ever?"
    refusal = refusal_of(question, nothing="nothing was deleted")
    if refusal is not None:
        raise refusal


def _path(journal: Path | None, config: Path | None) -> Path:
    given = {} if journal is None else {"journal": journal}
    settings = load_settings(given, config=config)
    open_logs(verbose=settings.verbose, log_format=settings.log_format)
    return settings.journal_path.absolute()
