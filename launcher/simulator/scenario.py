"""What a simulated platform is asked to be: plain values, fixed before it starts."""

import random
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Literal

from launcher.simulator.faults import ACTION_FAULTS, READ_FAULTS, RECOVERABLE, Fault

PROJECT = "RFranklin/my-project"
APP = "RFranklin/my-project/align/3"
SOMEBODY_ELSE = "LPauling"
PROCESS_USER = f"RFranklin-{secrets.token_hex(4)}"
"""Drawn once a process, so that what was launched here is never taken for launched elsewhere."""


class Kind(StrEnum):
    """What sort of task it is: the first two are launchable, all others are special."""

    HEALTHY = auto()
    BATCH = auto()
    FORBIDDEN = auto()
    NO_EXECUTE = auto()
    INVALID_4XX = auto()
    INVALID_ERRORS = auto()
    FAILING = auto()
    QUEUED = auto()
    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    ABORTED = auto()
    CHILD = auto()
    NOT_FOUND = auto()


class RequestKind(StrEnum):
    """What a request asks for."""

    RUN = auto()
    ABORT = auto()
    CLONE = auto()
    GET = auto()
    DETAILS = auto()
    LIST = auto()
    BULK = auto()
    RATE_LIMIT = auto()
    USER = auto()
    ROOT = auto()
    OTHER = auto()


def _equally(faults: Sequence[Fault]) -> Mapping[Fault, float]:
    return dict.fromkeys(faults, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All that can be chosen about a simulated platform; times in seconds, shares from 0 to 1.

    Tasks: `special` counts further ones by `Kind`; `names`, `origin_ids` (automation runs), `apps`
    and `projects` are given to the tasks in turn.

    Faults: `scripts` gives, by task id, the fault of the first, second, … run request (None is
    healthy, and so is everything after the end); `read_scripts` the same by `RequestKind`. Where
    no script is, chance decides. `item_fault_share` is the share of 503 records in bulk answers.
    What a fault says of starting a task means for aborts and clones that the task is aborted or
    cloned.

    Time: latency is half before the request is carried out and half after, and a client that goes
    away meanwhile changes nothing. `read_lag_s`: reads show a draft that long after its start.
    `completes_after_s`: None lets tasks run for ever.

    Lives: with `run_median_s`, tasks compute for lognormal times (`run_sigma`) of at most `run_cap`
    medians, and those that others had started end too; without it, all of them for the rest of
    `completes_after_s`. The `flip_share` is put back to QUEUED once or more in between, each time
    for about `flip_queued_s`; the `failed_share` ends FAILED. Of the others, the `outputless_share`
    completes without any output; the `jobless_share` is RUNNING without jobs, and the
    `priceless_share` never has a price. At most `instance_limit` tasks are RUNNING at once.
    `abort_refusal` is the code by which what cannot be aborted is refused.

    Lists: after the first, second, … list answer that many drafts of somebody else appear
    (`newcomers`), or of the oldest drafts are deleted (`leavers`); or one each so long after the
    beginning. `list_lag_s`: lists know of new drafts, clones too, that much later than other reads.
    """

    seed: int = 0
    tasks: int = 0
    batch_tasks: int = 0
    children_per_batch: int = 3
    special: Mapping[str, int] = field(default_factory=dict)
    names: Sequence[str] = ()
    origin_ids: Sequence[str] = ()
    apps: Sequence[str] = (APP,)
    projects: Sequence[str] = (PROJECT,)

    fault_share: float = 0.0
    fault_weights: Mapping[Fault, float] = field(default_factory=lambda: _equally(RECOVERABLE))
    max_faults_per_task: int | None = None
    read_fault_share: float = 0.0
    read_fault_weights: Mapping[Fault, float] = field(default_factory=lambda: _equally(READ_FAULTS))
    item_fault_share: float = 0.0
    abort_fault_share: float = 0.0
    abort_fault_weights: Mapping[Fault, float] = field(
        default_factory=lambda: _equally(ACTION_FAULTS)
    )
    clone_fault_share: float = 0.0
    clone_fault_weights: Mapping[Fault, float] = field(
        default_factory=lambda: _equally(ACTION_FAULTS)
    )
    scripts: Mapping[str, Sequence[Fault | None]] = field(default_factory=dict)
    read_scripts: Mapping[str, Sequence[Fault | None]] = field(default_factory=dict)
    hang_s: float = 90.0
    huge_bytes: int = 9 * 2**20
    late_start_s: float = 1.0

    limit: int = 1000
    window_s: float = 300.0
    reset_unit: Literal["s", "ms"] = "s"
    rate_headers: Literal["all", "none", "no_reset", "odd"] = "all"
    retry_after: bool = False

    latency_s: float = 0.0
    run_latency_s: float | None = None
    latency_by_task_s: Mapping[str, float] = field(default_factory=dict)

    read_lag_s: float = 0.0
    creating_s: float = 0.2
    queued_s: float = 0.2
    aborting_s: float = 0.2
    completes_after_s: float | None = None

    run_median_s: float | None = None
    run_sigma: float = 0.6
    run_cap: float = 6.0
    flip_share: float = 0.0
    flip_queued_s: float = 0.2
    failed_share: float = 0.0
    outputless_share: float = 0.0
    jobless_share: float = 0.0
    priceless_share: float = 0.0
    instance_limit: int | None = None
    abort_refusal: Literal[7008, 7011] = 7011

    newcomers: Sequence[int] = ()
    leavers: Sequence[int] = ()
    newcomers_after_s: Sequence[float] = ()
    leavers_after_s: Sequence[float] = ()
    list_lag_s: float = 0.0

    lenient: bool = False
    bulk: bool = True
    bulk_order: Literal["request", "shuffled"] = "request"
    clock_skew_s: float = 0.0
    gzip: bool = False
    user: str | None = None
    token: str | None = None


def ids_of(scenario: Scenario, kind: Kind) -> tuple[str, ...]:
    """Return the ids of one kind of task; known before anything runs, so scripts can name them."""
    return draw_ids(f"{scenario.seed}/{kind}", count=_count_of(scenario, kind))


def task_ids_of(scenario: Scenario) -> tuple[str, ...]:
    """Return all ids: healthy drafts first, then batch parents, then the others by `Kind`."""
    return tuple(task_id for kind in Kind for task_id in ids_of(scenario, kind))


def draw_ids(seed: str, *, count: int) -> tuple[str, ...]:
    """Draw version 4 UUIDs that depend on nothing but the seed."""
    chance = random.Random(seed)
    return tuple(str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(count))


def _count_of(scenario: Scenario, kind: Kind) -> int:
    ordinary = {Kind.HEALTHY: scenario.tasks, Kind.BATCH: scenario.batch_tasks}
    return ordinary.get(kind, 0) + scenario.special.get(kind, 0)
