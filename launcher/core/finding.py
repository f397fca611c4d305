"""What a look at one thing that a run needs came to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from launcher.core.errors import LauncherError, foremost_code

SCHEMA = 1


class State(StrEnum):
    """How it stands; `skipped`: not checked, because of what another finding says."""

    OK = "ok"
    WARNING = "warning"
    TROUBLE = "trouble"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: what was found, and what to do where the finding does not say so itself."""

    name: str
    state: State
    finding: str
    mend: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    """For programs; values that JSON has."""
    exit_code: int = 0
    """What a run would end with; 0 unless it is a trouble."""


def ok(name: str, finding: str, **facts: object) -> Finding:
    """Return that all is well."""
    return Finding(name=name, state=State.OK, finding=finding, facts=facts)


def warning(name: str, finding: str, mend: str, **facts: object) -> Finding:
    """Return what a run can live with."""
    return Finding(name=name, state=State.WARNING, finding=finding, mend=mend, facts=facts)


def refused(name: str, error: LauncherError, mend: str | None = None, **facts: object) -> Finding:
    """Return what would end a run; most errors say themselves what to do."""
    return Finding(
        name=name,
        state=State.TROUBLE,
        finding=str(error),
        mend=mend,
        facts=facts,
        exit_code=error.exit_code,
    )


def skipped(name: str, why: str) -> Finding:
    """Return that it makes no sense to look."""
    return Finding(name=name, state=State.SKIPPED, finding=f"not checked: {why}")


def verdict_of(findings: Iterable[Finding]) -> State:
    """Return the worst of them; what was not checked has its reason in another one."""
    states = {finding.state for finding in findings}
    worst = (state for state in (State.TROUBLE, State.WARNING) if state in states)
    return next(worst, State.OK)


def exit_code_of(findings: Iterable[Finding]) -> int:
    """Return what a run would end with before it began."""
    return foremost_code(finding.exit_code for finding in findings)


def document_of(findings: Iterable[Finding]) -> dict[str, object]:
    """Return the findings for programs; members are only ever added."""
    known = tuple(findings)
    return {
        "schema": SCHEMA,
        "verdict": verdict_of(known).value,
        "checks": [
            {
                "name": finding.name,
                "state": finding.state.value,
                "finding": finding.finding,
                "mend": finding.mend,
                "facts": dict(finding.facts),
            }
            for finding in known
        ],
    }
