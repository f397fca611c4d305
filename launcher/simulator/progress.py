"""What a started task tells of its life: how far it is, since when, its jobs and its price.

Source: `platform-api.md`, sections 2.1, 2.5 and 2.8. The unit of the durations is not documented;
milliseconds are a guess. A batch task ends FAILED where a child does: a guess, too.
"""

from collections import Counter
from collections.abc import Mapping

from launcher.simulator.task import Status, Task, View

_MESSAGES = {
    Status.CREATING: "Creating batch tasks",
    Status.QUEUED: "In queue",
    Status.RUNNING: "Initializing...",
    Status.COMPLETED: "Completed",
    Status.ABORTING: "Aborting",
    Status.ABORTED: "Aborted",
    Status.FAILED: "Failed",
}
_COUNTED = {
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "aborted": Status.ABORTED,
}
_STORED_SHARE = 0.1


def execution_status(task: Task, view: View) -> Mapping[str, object] | None:
    """Return the member of that name, None for a draft; a batch task counts its children."""
    if view.status is Status.DRAFT:
        return None
    message = {"message": _MESSAGES[view.status]}
    if task.batch:
        counts = Counter(child.view(view.at_s).status for child in task.children)
        return {**message, **{name: counts[status] for name, status in _COUNTED.items()}}
    return {
        **message,
        "steps_completed": int(view.status is Status.COMPLETED),
        "steps_total": 1,
        "account_limit": view.limited,
        "instance_init": view.status is Status.RUNNING and task.life.plan.jobless,
        **_durations_ms(view),
    }


def cents_of(task: Task, view: View) -> int:
    """Return what a task has cost so far; a batch task costs what its children do."""
    if task.batch:
        return sum(cents_of(child, child.view(view.at_s)) for child in task.children)
    if task.life.plan.priceless or view.status is Status.DRAFT:
        return 0
    return round(task.cents_per_s * view.seconds_in(Status.RUNNING))


def price(task: Task, view: View) -> Mapping[str, object] | None:
    """Return the member of that name, None until there is a cost."""
    cents = cents_of(task, view)
    if not cents:
        return None
    stored = round(cents * _STORED_SHARE)
    return {
        "currency": "USD",
        "amount": money_text(cents),
        "breakdown": {
            "storage": money_text(stored),
            "computation": money_text(cents - stored),
            "data_transfer": money_text(0),
        },
    }


def money_text(cents: int) -> str:
    """Return an amount as the platform writes it."""
    return f"{cents // 100}.{cents % 100:02}"


def jobs_started_s(task: Task, view: View) -> tuple[float, ...]:
    """Return when the one job of a task that computes or has computed began, if it shows any."""
    started_s = view.first_s(Status.RUNNING)
    if task.batch or started_s is None or view.status is Status.QUEUED:
        return ()
    if task.life.plan.jobless and view.status is Status.RUNNING:
        return ()
    return (started_s,)


def message(view: View) -> str | None:
    """Return what the platform says of a state, None for a draft."""
    return _MESSAGES.get(view.status)


def _durations_ms(view: View) -> Mapping[str, int]:
    queued_s, running_s = view.seconds_in(Status.QUEUED), view.seconds_in(Status.RUNNING)
    end_s = view.at_s if view.ended_s is None else view.ended_s
    since_s = end_s if view.started_s is None else view.started_s
    first_s = view.first_s(Status.RUNNING)
    spans_s = {
        "queued_duration": queued_s,
        "running_duration": running_s,
        "execution_duration": 0.0 if first_s is None else end_s - first_s,
        "duration": end_s - since_s,
    }
    return {name: round(1000 * span_s) for name, span_s in spans_s.items()}
