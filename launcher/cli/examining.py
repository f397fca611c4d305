"""What `doctor` does; imported only when it runs."""

import json
import sys
from collections.abc import Mapping

from launcher.adapters.clock import SystemClock
from launcher.adapters.output import writing_out
from launcher.adapters.screen import print_findings
from launcher.adapters.signals import keyboard_interrupts
from launcher.cli.given import settings_of
from launcher.cli.logs import open_logs
from launcher.core.errors import InterruptedRunError, UsageError
from launcher.core.finding import document_of, exit_code_of
from launcher.settings import Found
from launcher.wiring.diagnosis import diagnose


def examine(given: Mapping[str, object], *, as_json: bool) -> int:
    """Say what was found on standard output, and return the exit code that a run would end with.

    Raises:
        InterruptedRunError: by Ctrl-C.
    """
    found = _found(given)
    if isinstance(found, Found):
        open_logs(verbose=found.settings.verbose, log_format=found.settings.log_format)
    try:
        with keyboard_interrupts():
            findings = diagnose(found, clock=SystemClock())
    except KeyboardInterrupt:
        raise InterruptedRunError("interrupted by SIGINT before all was checked") from None
    if as_json:
        with writing_out():
            sys.stdout.write(f"{json.dumps(document_of(findings), indent=2)}\n")
            sys.stdout.flush()
    else:
        print_findings(findings, stream=sys.stdout)
    return exit_code_of(findings)


def _found(given: Mapping[str, object]) -> Found | UsageError:
    try:
        return settings_of(given)
    except UsageError as error:
        return error
