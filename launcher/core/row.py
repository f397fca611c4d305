"""A task of a run as reports show it."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from launcher.core.answer import Extra
from launcher.core.entry import RunId
from launcher.core.ids import TaskId
from launcher.core.outcome import ConfirmedBy, Outcome


@dataclass(slots=True, kw_only=True)  # not frozen: that takes three times as long, for millions
class Row:
    """One task of a run; the fields but the last, in this order, are the columns of every report.

    `extra` holds the members that the run asked for, in its order; a table has no room for them.
    """

    task_id: TaskId
    outcome: Outcome
    status: str | None
    status_at: datetime | None
    name: str | None
    project: str | None
    app: str | None
    batch: bool | None
    executed_by: str | None
    attempts: int
    confirmed_by: ConfirmedBy | None
    http_status: int | None
    error_code: int | None
    error_message: str | None
    request_id: str | None
    first_attempt_at: datetime | None
    launched_at: datetime | None
    latency_s: float | None
    run_id: RunId
    source: str
    ended_at: datetime | None = None
    queued_s: float | None = None
    running_s: float | None = None
    price: Decimal | None = None
    currency: str | None = None
    remark: str | None = None
    extra: Extra = ()


COLUMNS = tuple(column.name for column in fields(Row) if column.name != "extra")
