"""The head of a page: how it stands in a line, the counts, and the facts of the run."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from launcher.core.aborting import ABORTED
from launcher.core.costs import Money, total
from launcher.core.course import COMPLETED, FAILED, has_ended
from launcher.core.explanation import advice_on_exit
from launcher.core.fate import Fate
from launcher.core.hosts import platform_at
from launcher.core.outcome import Outcome
from launcher.core.report import Report, RunFacts, Summary
from launcher.core.words import counted, duration, shown

_ARGUMENTS_LIMIT = 2000
_TOLD_BELOW = "The reasons are below, with what to do about each."
_UNSURE = "The journal holds no end of this run: it goes on, or it was killed."
_KILLED = (
    "The journal holds no end of this run, and it goes on no more: it was killed. "
    "Run the same command again: it goes on from there."
)
_ICONS = {"good": "✓", "bad": "✕", "stopped": "■", "running": "●"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run stands: a line, and what else there is to say of it."""

    tone: str
    words: str
    more: str = ""

    @property
    def icon(self) -> str:
        """Say the tone once more, for those who see no colours."""
        return _ICONS[self.tone]


class Count(NamedTuple):
    """So many tasks, of an outcome or of a fate in an abort; `share` of a thousand."""

    kind: str
    tasks: int
    at: float
    share: float


class Fact(NamedTuple):
    """A name and what there is to say."""

    name: str
    words: str
    is_code: bool = False


def verdict_of(report: Report, *, now: datetime) -> Verdict:
    """Return how the run stands; one without an end goes on, as far as its journal tells."""
    run, summary = report.run, report.summary
    counts = _counts_in_words(summary)
    if run.was_killed:
        return Verdict(tone="stopped", words=f"killed: {counts}", more=_KILLED)
    if run.ended_at is None:
        as_of = now.astimezone(UTC).strftime("%H:%M:%S")
        words = f"still running, as of {as_of} UTC: {counts}"
        return Verdict(tone="running", words=words, more="" if run.goes_on else _UNSURE)
    if run.reason is not None or (run.exit_code or 0) > 1:
        return Verdict(tone="stopped", words=f"stopped early: {counts}", more=_why(run))
    if run.exit_code:
        return Verdict(tone="bad", words=_trouble(summary), more=_TOLD_BELOW)
    if summary.aborts is None and summary.ended_badly:
        return Verdict(tone="bad", words=counts)
    is_plan = summary.pending and not run.may_have_launched
    how = "nothing was started" if is_plan and summary.aborts is None else "all well"
    return Verdict(tone="good", words=f"{how}: {counts}")


def _why(run: RunFacts) -> str:
    advice = advice_on_exit(run.exit_code or 0)
    reason = "" if run.reason is None else f"{shown(run.reason, limit=1000)}. "
    return reason if advice is None else f"{reason}{advice.mend}"


def _counts_in_words(summary: Summary) -> str:
    if summary.aborts is not None:
        fates = [f"{count:,} {fate}" for fate, count in summary.aborts.items()]
        return ", ".join(fates) or "there was nothing to abort"
    words = f"{summary.launched:,} of {counted(summary.requested, 'task')} launched"
    if summary.launched_before:
        words += f" ({summary.launched_before:,} of them by earlier runs)"
    others = [
        f"{getattr(summary, outcome.value):,} {outcome}"
        for outcome in Outcome
        if outcome is not Outcome.LAUNCHED and getattr(summary, outcome.value)
    ]
    return ", ".join([words, *others, *_ends(summary)])


def _ends(summary: Summary) -> Iterator[str]:
    """Yield how the launched tasks ended, where that is known."""
    if summary.launched and summary.states.get(COMPLETED) == summary.launched:
        is_all = summary.launched == summary.requested
        yield "all completed" if is_all else "all launched ones completed"
    for state in (FAILED, ABORTED):
        if summary.states.get(state):
            yield f"{summary.states[state]:,} {state} on the platform"


def _trouble(summary: Summary) -> str:
    if summary.aborts is not None:
        return _counts_in_words(summary)
    wrong = [
        f"{count:,} {outcome}"
        for outcome in Outcome
        if outcome.is_bad and (count := getattr(summary, outcome.value))
    ]
    if wrong:
        words = f"{', '.join(wrong)} of {counted(summary.requested, 'task')}"
        return "; ".join([words, *_ends(summary)])
    undone = sum(n for state, n in summary.states.items() if state != COMPLETED)
    if undone:
        return f"{undone:,} of {counted(summary.launched, 'launched task')} did not complete"
    return _counts_in_words(summary)


def counts_of(summary: Summary) -> tuple[Count, ...]:
    """Return all outcomes of the tasks; of an abort, the fates that there are."""
    if summary.aborts is not None:
        kinds = [(fate, count) for fate, count in summary.aborts.items()]
    else:
        kinds = [(outcome.value, getattr(summary, outcome.value)) for outcome in Outcome]
    whole = max(sum(count for _, count in kinds), 1)
    counts, at = [], 0.0
    for kind, count in kinds:
        share = round(1000 * count / whole, 3)
        counts.append(Count(kind, count, round(at, 3), share))
        at += share
    return tuple(counts)


def is_fine(kind: str, *, abort: bool) -> bool:
    """Say whether tasks of that outcome, or of that fate in an abort, want no care."""
    if abort:
        return Fate(kind).is_fine
    return kind in {Outcome.LAUNCHED, Outcome.SKIPPED}


def whose(run: RunFacts) -> str:
    """Return who ran it where and when, and how it ended, in a line."""
    known = platform_at(run.account.endpoint)
    where = shown(run.account.endpoint) if known is None else known.name
    words = f"{shown(run.account.user)} at {where}, {_moment(run.started_at)}"
    if run.ended_at is None:
        return words
    day = run.started_at.astimezone(UTC).date()
    at = run.ended_at.astimezone(UTC)
    ended = f"{at:%H:%M:%S}" if at.date() == day else f"{at:%Y-%m-%d %H:%M:%S}"
    return f"{words.removesuffix(' UTC')} to {ended} UTC, exit code {run.exit_code}"


def figures_of(report: Report) -> Iterator[Fact]:
    """Yield the numbers that are asked for first."""
    summary, run = report.summary, report.run
    if summary.requests is not None:
        yield Fact("requests", f"{summary.requests:,}")
    if summary.requests_a_task is not None and summary.aborts is None:
        yield Fact("requests a task", f"{summary.requests_a_task:.2f}")
    if summary.throttled is not None:
        yield Fact("throttled", f"{summary.throttled:,}")
    if summary.duration_s is not None:
        yield Fact(f"duration{_ideal(run)}", duration(summary.duration_s))


def _ideal(run: RunFacts) -> str:
    if run.ideal_s is None or run.is_short:
        return ""
    return f" (ideal: {duration(max(run.ideal_s, 1.0))})"


def facts_of(report: Report) -> Iterator[Fact]:
    """Yield what the journal says of the run."""
    run, summary = report.run, report.summary
    yield Fact("run", shown(run.run_id), is_code=True)
    if run.aborts is not None:
        yield Fact("aborts run", shown(run.aborts), is_code=True)
    if run.reruns is not None:
        yield Fact("clones what failed in", shown(run.reruns), is_code=True)
    known = platform_at(run.account.endpoint)
    name = "" if known is None else f"{known.name}, "
    yield Fact("endpoint", f"{name}{shown(run.account.endpoint)}")
    yield Fact("user", f"{shown(run.account.user)}, on {shown(run.host)}")
    yield Fact("started", _moment(run.started_at))
    not_yet = "never: it was killed" if run.was_killed else "not yet"
    yield Fact("ended", not_yet if run.ended_at is None else _moment(run.ended_at))
    if run.exit_code is not None:
        yield Fact("exit code", _exit(run))
    if run.arguments:
        yield Fact("command", command_of(run), is_code=True)
    if run.requests is not None:
        yield Fact("requests", _requests(run, summary))
    if summary.launched and summary.states:
        yield Fact("launched tasks", _states(summary))
    if summary.costs:
        yield Fact("cost so far", _costs(summary))
    yield Fact("launcher", shown(run.version))


def command_of(run: RunFacts) -> str:
    """Return what was typed; empty where that is not known."""
    words = shlex.join(["launcher", *run.arguments]) if run.arguments else ""
    return shown(words, limit=_ARGUMENTS_LIMIT)


def _exit(run: RunFacts) -> str:
    advice = advice_on_exit(run.exit_code or 0)
    means = "" if advice is None else f": {advice.means}"
    reason = "" if run.reason is None else f"; {shown(run.reason, limit=1000)}"
    return f"{run.exit_code}{means}{reason}"


def _requests(run: RunFacts, summary: Summary) -> str:
    kinds = ", ".join(
        f"{count:,} {shown(kind.replace('_', ' '))}" for kind, count in (run.requests or {}).items()
    )
    again = f"; {summary.retries:,} sent again" if summary.retries else ""
    return f"{summary.requests:,} ({kinds}){again}" if kinds else f"{summary.requests:,}"


def _states(summary: Summary) -> str:
    states = ", ".join(f"{n:,} {shown(state, limit=20)}" for state, n in summary.states.items())
    going = sum(n for state, n in summary.states.items() if not has_ended(state))
    return f"{states}, as last read" if going else states


def _costs(summary: Summary) -> str:
    currencies = dict.fromkeys(cost.currency for cost in summary.costs)
    parts = []
    for currency in currencies:
        some = [cost for cost in summary.costs if cost.currency == currency]
        money = Money(amount=total(cost.amount for cost in some), currency=currency)
        priced = counted(sum(cost.priced for cost in some), "task")
        parts.append(f"{shown(str(money))} ({priced} with a price)")
    return ", ".join(parts)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
