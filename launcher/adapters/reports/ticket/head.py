"""What a ticket begins with: which run it is about, its verdict, its counts, its costs."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from launcher.adapters.reports.ticket.spans import prose, span, table
from launcher.adapters.reports.times import iso_of
from launcher.core.advice import advice_on_outcome
from launcher.core.costs import Cost, plain, total
from launcher.core.explanation import advice_on_exit
from launcher.core.outcome import Outcome
from launcher.core.reasons import Digest
from launcher.core.report import Report, RunFacts, Summary, Wait
from launcher.core.words import counted, duration

_APPS_SHOWN = 20
_CURRENCIES_SHOWN = 4
_STATUSES_SHOWN = 4
_NAME_LIMIT = 80
_WORD_LIMIT = 20
_REASON_LIMIT = 500


def head_of(report: Report) -> str:
    """Return the title, the verdict in a line, and a table of what is known of the run."""
    facts = table(("", ""), _facts(report))
    return f"# Launcher run `{report.run.run_id}`\n\n**{_verdict(report)}**\n\n{facts}\n"


def _verdict(report: Report) -> str:
    summary, aborts = report.summary, report.run.aborts
    if aborts is not None:
        fates = ", ".join(f"{count:,} {fate}" for fate, count in (summary.aborts or {}).items())
        return f"Abort of run `{aborts}`: {fates or 'nothing to abort'}."
    if not summary.requested:
        return "No task was asked for."
    others = [outcome for outcome in Outcome if outcome is not Outcome.LAUNCHED]
    counts = [(getattr(summary, outcome.value), outcome.value) for outcome in others]
    counts += [(summary.ended_badly, "launched and FAILED or ABORTED on the platform")]
    launched = f"{summary.launched:,} of {counted(summary.requested, 'task')} launched"
    told = ", ".join((launched, *(f"{count:,} {word}" for count, word in counts if count)))
    return f"{_in_short(report.run, summary)}: {told}."


def _in_short(run: RunFacts, summary: Summary) -> str:
    """Return the verdict; what the counts do not tell (a watch that was stopped) the code does."""
    is_bad = (
        any(getattr(summary, outcome.value) for outcome in Outcome if outcome.is_bad)
        or summary.ended_badly
    )
    if is_bad or run.exit_code == 1:
        return "Not all well"
    is_cut_short = summary.pending or run.ended_at is None or run.exit_code != 0
    return "Not finished" if is_cut_short else "All well"


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    run, summary = report.run, report.summary
    yield "run", span(run.run_id, limit=_NAME_LIMIT)
    yield "endpoint", span(run.account.endpoint, limit=_NAME_LIMIT)
    yield "user", span(run.account.user, limit=_NAME_LIMIT)
    yield "host", span(run.host, limit=_NAME_LIMIT)
    yield "launcher", span(run.version, limit=_WORD_LIMIT)
    yield "started", iso_of(run.started_at)
    if run.ended_at is not None:
        yield "ended", iso_of(run.ended_at)
    if run.duration_s is not None:
        yield "took", f"{duration(run.duration_s)}{_ideal(run)}"
    yield "exit code", _exit(run)
    if run.reason is not None:
        yield "stopped early", span(run.reason, limit=_REASON_LIMIT)
    yield "requests", _requests(run, summary)
    if report.waits:
        yield "waits", _waits(report.waits)


def _ideal(run: RunFacts) -> str:
    """Return what the run would have taken at best, where that is known and fits."""
    if run.ideal_s is None or run.is_short:
        return ""
    return f"; {duration(run.ideal_s)} on a healthy platform with nobody else at its budget"


def _exit(run: RunFacts) -> str:
    """Return the exit code and its meaning; of 0 and 1 the counts tell more, of a plan too."""
    if run.exit_code is None:
        return f"none: {_endless(run)}"
    advice = advice_on_exit(run.exit_code) if run.exit_code > 1 else None
    return f"{run.exit_code}: {prose(advice.means)}" if advice else str(run.exit_code)


def _endless(run: RunFacts) -> str:
    """Return why the journal holds no end of the run."""
    if run.goes_on:
        return "the run still goes on"
    return "the run was killed, or still goes on" if run.may_go_on else "the run was killed"


def _requests(run: RunFacts, summary: Summary) -> str:
    if summary.requests is None:
        return f"not known: {_endless(run)}"
    throttled = f"{summary.throttled:,} throttled" if summary.throttled else "none throttled"
    a_task = summary.requests_a_task
    each = "" if a_task is None else f"{a_task:.2f} a launched task"
    again = f"{summary.retries:,} sent again" if summary.retries else ""
    return ", ".join(filter(None, (f"{summary.requests:,}", each, throttled, again)))


def _waits(waits: Sequence[Wait]) -> str:
    longest = max(waits, key=lambda wait: wait.for_s)
    whole = duration(sum(wait.for_s for wait in waits))
    why = span(longest.why, limit=_NAME_LIMIT)
    return f"{counted(len(waits), 'wait')}, {whole} in all; {duration(longest.for_s)} for {why}"


def counts_of(report: Report, digest: Digest) -> str:
    """Return a table of the outcomes, or of what became of an abort."""
    fates = report.summary.aborts
    if fates is not None:
        lines = table(("became", "tasks"), ((fate, f"{count:,}") for fate, count in fates.items()))
    else:
        lines = table(("outcome", "tasks", ""), _outcomes(report.summary, digest))
    return f"## Tasks\n\n{lines}\n"


def _outcomes(summary: Summary, digest: Digest) -> Iterator[tuple[str, str, str]]:
    for outcome in Outcome:
        count = getattr(summary, outcome.value)
        if count or outcome is Outcome.LAUNCHED:
            yield outcome.value, f"{count:,}", _note(outcome, summary, digest)


def _note(outcome: Outcome, summary: Summary, digest: Digest) -> str:
    advice = advice_on_outcome(outcome)
    means = "" if advice is None else prose(advice.means)
    match outcome:
        case Outcome.LAUNCHED if summary.launched_before:
            return f"{summary.launched_now:,} now, {summary.launched_before:,} by earlier runs"
        case Outcome.SKIPPED:
            most = digest.skipped.most_common(_STATUSES_SHOWN)
            statuses = [f"{count:,} {span(status, limit=_WORD_LIMIT)}" for status, count in most]
            rest = digest.skipped.total() - sum(count for _, count in most)
            others = [counted(rest, "other")] if rest else []
            return f"{means}: {', '.join((*statuses, *others))}"
        case _:
            return means


def costs_of(costs: Sequence[Cost]) -> str:
    """Return a table of what the tasks have cost, the dearest first; nothing where none shows."""
    if not costs:
        return ""
    dearest = sorted(costs, key=lambda cost: (cost.currency or "", -cost.amount))
    lines = [
        (
            span(cost.app, limit=_NAME_LIMIT),
            span(cost.project, limit=_NAME_LIMIT),
            f"{cost.priced:,} of {counted(cost.tasks, 'task')}",
            _money(cost.amount, cost.currency),
        )
        for cost in dearest[:_APPS_SHOWN]
    ]
    more = len(dearest) - _APPS_SHOWN
    rest = f"\nand {more:,} more\n" if more > 0 else ""
    heads = ("app", "project", "with a price", "cost so far")
    return f"## Costs\n\n{table(heads, (*lines, *_sums(costs)))}{rest}\n"


def _sums(costs: Sequence[Cost]) -> Iterator[tuple[str, str, str, str]]:
    """Yield a line for each currency, where there is more to add up than one amount."""
    amounts: defaultdict[str | None, list[Decimal]] = defaultdict(list)
    for cost in costs:
        amounts[cost.currency].append(cost.amount)
    if len(costs) > 1:
        for currency in sorted(amounts, key=lambda one: one or "")[:_CURRENCIES_SHOWN]:
            yield "in all", "", "", _money(total(amounts[currency]), currency)


def _money(amount: Decimal, currency: str | None) -> str:
    return f"{span(currency, limit=_WORD_LIMIT)} {plain(amount)}".strip()
