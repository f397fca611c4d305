"""Every setting, its default and its bounds."""

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from launcher.core.costs import Money, money_of
from launcher.core.errors import UsageError
from launcher.settings.kinds import (
    WHOLE,
    Address,
    Amount,
    Duration,
    Failures,
    Members,
    OwnPath,
    Place,
    Places,
    no_url,
)

APPLICATION = "cavatica-launcher"
USUAL_REPORT = "launcher-reports/{run}.csv"
"""Where the report of a run goes if none was named."""


class Settings(BaseModel):
    """Every option of `run` that is not its input; times in seconds."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, frozen=True, allow_inf_nan=False
    )

    report: Places = Field(default_factory=list)
    fields: Members = Field(default_factory=list)
    journal: Annotated[OwnPath, AfterValidator(no_url)] | None = None
    concurrency: int = Field(default=16, ge=1, le=1000)
    max_attempts: int = Field(default=6, ge=1, le=100)
    timeout: Duration = Field(default=60.0, gt=0, le=3600)
    settle: Duration = Field(default=2.0, ge=0, le=3600)
    reserve_share: float = Field(default=0.0, ge=0, lt=1)
    limit: int | None = Field(default=None, ge=0)
    deadline: Duration | None = Field(default=None, gt=0)
    max_running: int | None = Field(default=None, ge=1)
    max_running_file: OwnPath | None = None
    running_scope: Literal["input", "project"] = "input"
    poll: Duration = Field(default=30.0, gt=0, le=86400)
    wait: bool = False
    stagger: Duration = Field(default=0.0, ge=0, le=86400)
    canary: int = Field(default=0, ge=0)
    once: bool = False
    retry_rejected: bool = False
    if_locked: Literal["exit", "wait"] = "exit"
    max_cost: Amount | None = None
    estimate: bool = False
    max_failures: Failures | None = None
    max_outage: Duration = Field(default=1800.0, ge=0)
    grace: Duration = Field(default=20.0, ge=0)
    unbatch: bool = False
    allow_batch: bool = False
    interruptible: bool | None = None
    recheck: bool = False
    strict: bool = False
    allow_empty: bool = False
    yes: bool = False
    column: str | None = Field(default=None, min_length=1)
    profile: str | None = None
    endpoint: Address | None = None
    token_file: OwnPath | None = None
    ca_file: OwnPath | None = None
    quiet: bool = False
    verbose: bool = False
    log_format: Literal["text", "json"] = "text"
    events: Place | None = None
    metrics: OwnPath | None = None
    notify_file: OwnPath | None = None
    on_finish: str | None = Field(default=None, min_length=1)

    @property
    def usual_journal(self) -> Path | None:
        """Where the journal is if none was named: in the user's state folder; None: no home."""
        folder = platformdirs.user_state_path(APPLICATION, appauthor=False)
        return folder / "journal.db" if folder.is_absolute() else None

    @property
    def journal_path(self) -> Path:
        """Where the journal is.

        Raises:
            UsageError: none was named, and this user has no home.
        """
        path = self.journal or self.usual_journal
        if path is None:
            raise UsageError("there is no home folder to keep the journal in: give --journal PATH")
        return path

    @property
    def cost_allowed(self) -> Money | None:
        """What the tasks may cost; None: whatever they do."""
        return None if self.max_cost is None else money_of(self.max_cost)

    def failures_allowed(self, tasks: int) -> int | None:
        """Return how many of so many tasks may be rejected or failed; None: all of them."""
        if self.max_failures is None:
            return None
        if self.max_failures.endswith("%"):
            return int(float(self.max_failures[:-1]) * tasks / WHOLE)
        return int(self.max_failures)
