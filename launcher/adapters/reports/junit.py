"""A report as JUnit XML, for continuous integration: a suite a run, a case a task."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import islice
from typing import Final, NamedTuple

from launcher.adapters.reports.times import iso_of
from launcher.core.course import BAD_ENDS
from launcher.core.fate import Fate, fate_in
from launcher.core.outcome import Outcome
from launcher.core.reasons import advice_on
from launcher.core.report import Report, RunFacts, Summary
from launcher.core.row import Row
from launcher.core.text import visible

BEGINNING: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- A report of the launcher, as JUnit -->\n'
)
"""What such a report begins with, and no other file."""

_ROWS_AT_ONCE = 500
_NAME_LIMIT = 200
_MESSAGE_LIMIT = 2000
_NO_CHARACTERS = {0xFFFE: r"\ufffe", 0xFFFF: r"\uffff"}
"""What XML 1.0 forbids beside the controls and halves of characters that are never shown."""


class _Verdict(NamedTuple):
    """The element in a case that does not pass."""

    element: str
    kind: str
    message: str


def junit_of(report: Report) -> Iterator[str]:
    """Yield a document with one suite, some cases at a time.

    Source: the schema junit-10.xsd of Jenkins' xUnit plugin.
    """
    yield f"{BEGINNING}{_opened(report)}"
    rows = iter(report.rows)
    is_abort = report.run.aborts is not None
    while some := tuple(islice(rows, _ROWS_AT_ONCE)):
        yield "".join(_case_of(row, is_abort=is_abort) for row in some)
    yield "</testsuite>\n</testsuites>\n"


def _opened(report: Report) -> str:
    run, counts = report.run, _counts(report.summary)
    suite = {
        "name": f"launcher {run.run_id}",
        **counts,
        "time": _seconds(run.duration_s),
        "timestamp": iso_of(run.started_at),
        "hostname": run.host,
    }
    properties = "".join(
        f"  {_element('property', {'name': name, 'value': value})}\n"
        for name, value in _properties(run, report.summary).items()
        if value
    )
    suites = f"<testsuites{_attributes({'name': 'launcher'})}>\n<testsuite{_attributes(suite)}>\n"
    return f"{suites} <properties>\n{properties} </properties>\n"


def _counts(summary: Summary) -> dict[str, str]:
    """Return how many cases there are of each kind, as `_verdict_on` judges."""
    fates = summary.aborts
    if fates is not None:
        failures = fates.get(Fate.REFUSED, 0) + fates.get(Fate.FAILED, 0)
        errors, skipped = fates.get(Fate.UNKNOWN, 0), fates.get(Fate.PENDING, 0)
    else:
        failures = summary.rejected + summary.failed + summary.ended_badly
        errors, skipped = summary.unknown, summary.skipped + summary.pending
    counts = {
        "tests": summary.requested,
        "failures": failures,
        "errors": errors,
        "skipped": skipped,
    }
    return {name: str(count) for name, count in counts.items()}


def _properties(run: RunFacts, summary: Summary) -> dict[str, str]:
    """Return what there is to say of the run; what is empty is not known."""
    known: Mapping[str, object] = {
        "run_id": run.run_id,
        "endpoint": run.account.endpoint,
        "user": run.account.user,
        "version": run.version,
        "aborts": run.aborts,
        "reruns": run.reruns,
        "started_at": iso_of(run.started_at),
        "ended_at": None if run.ended_at is None else iso_of(run.ended_at),
        "exit_code": run.exit_code,
        "reason": run.reason,
        **{outcome.value: getattr(summary, outcome.value) for outcome in Outcome},
        "launched_before": summary.launched_before,
        "requests": summary.requests,
        "throttled": summary.throttled,
        "retries": summary.retries,
        "duration_s": run.duration_s,
        "ideal_s": run.ideal_s,
    }
    return {name: "" if value is None else str(value) for name, value in known.items()}


def _case_of(row: Row, *, is_abort: bool) -> str:
    case = {
        "classname": visible(row.app or row.project or "task", limit=_NAME_LIMIT),
        "name": visible(f"{row.task_id} {row.name or ''}".rstrip(), limit=_NAME_LIMIT),
        "time": _seconds(row.latency_s),
    }
    verdict = _verdict_on_abort(row) if is_abort else _verdict_on(row)
    if verdict is None:
        return f" {_element('testcase', case)}\n"
    told = {"type": verdict.kind, "message": verdict.message}
    inner = _element(verdict.element, told, "\n".join(_more(row)))
    return f" {_element('testcase', case, inner)}\n"


def _verdict_on(row: Row) -> _Verdict | None:
    """Return what a case is that does not pass; a launched task does, unless it then failed."""
    match row.outcome:
        case Outcome.LAUNCHED if row.status in BAD_ENDS:
            return _Verdict("failure", f"{row.status}", row.remark or "")
        case Outcome.LAUNCHED:
            return None
        case Outcome.SKIPPED:
            return _Verdict("skipped", row.outcome, f"{_words_on(row)}: {row.status or 'unread'}")
        case Outcome.PENDING:
            return _Verdict("skipped", row.outcome, _words_on(row))
        case Outcome.REJECTED | Outcome.FAILED:
            return _Verdict("failure", _kind_of(row), _words_on(row))
        case Outcome.UNKNOWN:
            return _Verdict("error", _kind_of(row), _words_on(row))


def _verdict_on_abort(row: Row) -> _Verdict | None:
    """Return the same of a task that was to be ended: its remark begins with what became of it."""
    remark = row.remark or ""
    match fate_in(remark) or Fate.UNKNOWN:
        case Fate.REFUSED | Fate.FAILED as fate:
            return _Verdict("failure", fate, remark)
        case Fate.UNKNOWN as fate:
            return _Verdict("error", fate, remark)
        case Fate.PENDING as fate:
            return _Verdict("skipped", fate, remark)
        case _:
            return None


def _kind_of(row: Row) -> str:
    if row.error_code is not None:
        return f"code {row.error_code}"
    return row.outcome.value if row.http_status is None else f"HTTP {row.http_status}"


def _words_on(row: Row) -> str:
    advice = advice_on(row)
    return ": ".join(filter(None, (advice.means if advice else "", row.error_message)))


def _more(row: Row) -> Iterator[str]:
    """Yield what helps to mend it, a line each."""
    advice = advice_on(row) if row.outcome is not Outcome.LAUNCHED else None
    known = {
        "do": advice.mend if advice else "",
        "source": row.source,
        "status": row.status,
        "request id": row.request_id,
    }
    for name, text in known.items():
        if text:
            yield _text(f"{name}: {text}")


def _element(name: str, attributes: Mapping[str, str], inner: str = "") -> str:
    """Return an element; `inner` is XML already, the attributes are not."""
    opened = f"<{name}{_attributes(attributes)}"
    return f"{opened}>{inner}</{name}>" if inner else f"{opened}/>"


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_text(value)}"' for name, value in attributes.items() if value)


def _text(text: str) -> str:
    """Return foreign text as XML on one line, with what XML cannot hold written visibly."""
    return escape(visible(text, limit=_MESSAGE_LIMIT).translate(_NO_CHARACTERS))


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{max(seconds, 0.0):.3f}"
