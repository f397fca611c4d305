"""What a diagnosis found, as `launcher doctor` shows it."""

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from rich.table import Table
from rich.text import Text

from launcher.adapters.screen.console import print_out
from launcher.adapters.screen.words import counted, shown
from launcher.core.finding import Finding, State, exit_code_of

_STYLES = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.TROUBLE: "bold red",
    State.SKIPPED: "dim",
}
_LIMIT = 1000
"""Characters of a finding: those that name all ways to give credentials are long."""


def print_findings(
    findings: Sequence[Finding], *, stream: TextIO, verdict: str | None = None
) -> None:
    """Print a line for each, what to do below it, and the verdict; raises as `print_out`.

    Without a `verdict` it is about a run that would begin now.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in findings:
        state = Text("-" if one.state is State.SKIPPED else one.state, style=_STYLES[one.state])
        words = Text(shown(one.finding, limit=_LIMIT))
        if one.mend is not None:
            words.append(f"\n  do: {shown(one.mend, limit=_LIMIT)}")
        table.add_row(state, Text(one.name.replace("_", " ")), words)
    print_out([table, Text(verdict or _verdict(findings), style="bold")], stream)


def _verdict(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.state for finding in findings)
    troubles, warnings = counts[State.TROUBLE], counts[State.WARNING]
    parts = [counted(troubles, "trouble")] * bool(troubles)
    parts += [counted(warnings, "warning")] * bool(warnings)
    if troubles:
        end = f"a run would end with exit code {exit_code_of(findings)}"
        return f"{', '.join(parts)}: {end}."
    return f"A run can start; {parts[0]}." if parts else "All is well: a run can start."
