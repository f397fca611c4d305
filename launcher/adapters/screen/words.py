"""Numbers, times, plans and snapshots in words; text in, text out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from math import isfinite

from launcher.adapters.screen.costs import estimates_in_words
from launcher.core.ids import TaskId
from launcher.core.outcome import Outcome
from launcher.core.plan import Forecast, Plan, Share
from launcher.core.words import counted as counted  # noqa: PLC0414 - known from here, too
from launcher.core.words import duration as duration  # noqa: PLC0414 - known from here, too
from launcher.core.words import shown as shown  # noqa: PLC0414 - known from here, too
from launcher.ports import Feeding, Snapshot, Waited

NAMES = {outcome: outcome.value for outcome in Outcome} | {Outcome.UNKNOWN: "under way"}
"""Outcomes while the run goes on: an attempt without its end is what `unknown` means then."""

SHARES_SHOWN = 6
"""Apps that are named in a line; the others are counted."""

_DAY_S = 86400
_STATE_LIMIT = 20
_UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_SOON_S = 5.0


def size(size_bytes: int) -> str:
    """Return `12 bytes`, `36.9 kB`, `3.4 GB`."""
    for unit, name in _UNITS:
        if size_bytes >= unit:
            return f"{size_bytes / unit:.1f} {name}"
    return f"{size_bytes} bytes"


def to_go_in_words(seconds: float) -> str:
    """Return `about 40 s to go`; what is being settled at the end is in no forecast."""
    return f"about {duration(seconds)} to go" if seconds >= _SOON_S else "a few seconds to go"


def time_of_day(now: datetime, *, in_s: float = 0.0, zone: tzinfo | None = None) -> str:
    """Return the local time of day `in_s` seconds after `now`; `zone` instead of the local one."""
    ahead_s = min(max(in_s, 0.0), _DAY_S) if isfinite(in_s) else 0.0
    return (now + timedelta(seconds=ahead_s)).astimezone(zone).strftime("%H:%M:%S")


def day_and_time(at: datetime, *, zone: tzinfo | None = None) -> str:
    """Return the local date and time of day, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def plan_in_words(plan: Plan, forecast: Forecast) -> str:
    """Return what a run is going to do."""
    parts = [_drafts_in_words(plan)] if plan.drafts or not plan.to_clone else []
    if plan.to_clone:
        starts_many = _batch_in_words(plan.to_clone, plan)
        parts.append(f"{len(plan.to_clone):,} to clone and launch{starts_many}")
    if plan.in_doubt:
        starts_many = _batch_in_words(plan.in_doubt, plan)
        doubts = f"{len(plan.in_doubt):,} in doubt since an earlier run{starts_many}"
        parts.append(f"{doubts}, to be settled first")
    if plan.beyond:
        parts.append(f"{plan.beyond:,} left for later (--limit)")
    if plan.skipped:
        parts.append(f"{plan.skipped:,} skipped (not drafts any more)")
    if plan.rejected:
        parts.append(f"{plan.rejected:,} rejected")
    if plan.launched_before:
        runs = "an earlier run" if len(plan.earlier_runs) == 1 else "earlier runs"
        parts.append(f"{plan.launched_before:,} launched by {runs}")
    if plan.unread:
        parts.append(f"{plan.unread:,} not read")
    words = f"{counted(plan.requested, 'task')}: {', '.join(parts)}."
    shares = shares_in_words(plan.shares)
    words = f"{words} To start: {shares}." if shares else words
    cost = estimates_in_words(forecast.estimates)
    words = f"{words} {cost}" if cost else words
    return words if not forecast.requests else f"{words} {_forecast_in_words(forecast)}"


def shares_in_words(shares: Sequence[Share]) -> str:
    """Return `800 of align/3, 400 of call/7`, bounded; nothing where no app is known.

    An app is named by its last two words, with its project where there are several.
    """
    if not any(share.app for share in shares):
        return ""
    projects = {share.project for share in shares}
    named = [
        f"{share.count:,} of {_app_in_words(share.app, shares)}"
        + (f" in {shown(share.project or 'no project', limit=60)}" if len(projects) > 1 else "")
        for share in shares[:SHARES_SHOWN]
    ]
    rest = shares[SHARES_SHOWN:]
    if rest:
        named.append(f"{sum(share.count for share in rest):,} of {counted(len(rest), 'other')}")
    return ", ".join(named)


def _app_in_words(app: str | None, shares: Sequence[Share]) -> str:
    """Return the short name of an app, or the whole one where another app has the same."""
    if app is None:
        return "an app that is not shown"
    short = _short(app)
    alike = {share.app for share in shares if share.app and _short(share.app) == short}
    return shown(short if len(alike) == 1 else app, limit=80)


def _short(app: str) -> str:
    return "/".join(app.rsplit("/", 2)[-2:])


def _drafts_in_words(plan: Plan) -> str:
    if not plan.drafts:
        return "no drafts to launch"
    return f"{counted(len(plan.drafts), 'draft')} to launch{_batch_in_words(plan.drafts, plan)}"


def _batch_in_words(tasks: Sequence[TaskId], plan: Plan) -> str:
    batch = frozenset(plan.batch)
    match sum(task in batch for task in tasks):
        case 0:
            return ""
        case 1:
            one = "a batch task" if len(tasks) == 1 else "1 of them a batch task"
            return f" ({one}; {'run as a single one' if plan.unbatch else 'it starts many'})"
        case count:
            many = "each run as a single one" if plan.unbatch else "each starts many"
            return f" ({count:,} of them batch tasks; {many})"


def _forecast_in_words(forecast: Forecast) -> str:
    windows = counted(forecast.windows, "window")
    size = "" if forecast.limit is None else f" of {forecast.limit:,}"
    requests = counted(forecast.requests, "request")
    words = f"{requests} in {windows}{size}, {{}}{duration(max(forecast.seconds, 1.0))}"
    if forecast.is_least:
        return f"At least {words.format('')}; how long the tasks take comes on top."
    return f"About {words.format('about ')}."


def why_closed(snapshot: Snapshot) -> tuple[str, float | None] | None:
    """Return why no request leaves just now, and the seconds until the next look; None: open."""
    if snapshot.closed is not None:
        return shown(snapshot.closed), snapshot.closed_for_s
    if snapshot.budget.available <= 0 and is_unfinished(snapshot):
        return "the budget of this window is used up", snapshot.window_ends_in_s
    return None


def why_waiting(snapshot: Snapshot) -> tuple[str, float | None] | None:
    """Return, as `why_closed`, why no task is started just now; None: one may be."""
    closed, feeding = why_closed(snapshot), snapshot.feeding
    if closed is not None or feeding is None or feeding.waiting is None:
        return closed
    return shown(feeding.waiting), None


def running_in_words(feeding: Feeding) -> str:
    """Return `48 of 50 running`; tasks in doubt and requests in flight are among them."""
    most = "" if feeding.max_running is None else f" of {feeding.max_running:,}"
    others = f", {feeding.others:,} of others" if feeding.others else ""
    return f"{feeding.running:,}{most} running{others}"


def is_unfinished(snapshot: Snapshot) -> bool:
    """Say whether some task has no final outcome yet."""
    return bool(
        snapshot.counts.get(Outcome.PENDING, 0)
        + snapshot.counts.get(Outcome.UNKNOWN, 0)
        + snapshot.in_doubt
    )


def waited_in_words(waited: Waited) -> str:
    """Return `12 RUNNING, 30 COMPLETED; the oldest for 2 h; about 40 min to go`."""
    states = ", ".join(
        f"{count:,} {shown(status, limit=_STATE_LIMIT)}" for status, count in waited.states.items()
    )
    parts = [states or "none has started yet"]
    if waited.left and waited.oldest_s is not None:
        parts.append(f"the oldest for {duration(waited.oldest_s)}")
    if waited.mean_s is not None:
        parts.append(f"{duration(waited.mean_s)} each so far")
    if waited.left and waited.ends_in_s:
        parts.append(to_go_in_words(waited.ends_in_s))
    return "; ".join(parts)


def budget_in_words(snapshot: Snapshot, *, now: datetime, zone: tzinfo | None = None) -> str:
    """Return `786 of 1,000 left until 14:05:00`."""
    left = f"{max(snapshot.budget.available, 0):,} of {snapshot.budget.limit:,} left"
    ends_in_s = snapshot.window_ends_in_s
    if ends_in_s is None or ends_in_s <= 0:
        return left
    return f"{left} until {time_of_day(now, in_s=ends_in_s, zone=zone)}"


def requests_in_words(requests: int, *, launched: int) -> str:
    """Return `214 requests, 1.02 a task`; `launched` counts the tasks that they launched."""
    words = counted(requests, "request")
    return f"{words}, {a_task_in_words(requests, launched=launched)}" if launched > 0 else words


def a_task_in_words(requests: int, *, launched: int) -> str:
    """Return `1.02 a task`."""
    return f"{requests / launched:.2f} a task"


def counts_in_words(counts: Mapping[Outcome, int]) -> str:
    """Return `120 of 312 launched, 8 skipped, 184 pending`; outcomes of no task are left out."""
    others = [
        f"{counts[outcome]:,} {NAMES[outcome]}"
        for outcome in Outcome
        if outcome is not Outcome.LAUNCHED and counts.get(outcome)
    ]
    launched = f"{counts.get(Outcome.LAUNCHED, 0):,} of {sum(counts.values()):,} launched"
    return ", ".join((launched, *others))
