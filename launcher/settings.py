"""Settings of a run: argument before environment before file before default."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from launcher.core.errors import UsageError
from launcher.core.text import visible

PREFIX = "LAUNCHER_"
APPLICATION = "cavatica-launcher"
_CONFIG = f"{PREFIX}CONFIG"
_OWN_VARIABLES = frozenset((_CONFIG, f"{PREFIX}TEST_ALL"))
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FAILURES = re.compile(r"(\d{1,9}(?:\.\d{1,9}(?=%))?)(%?)", re.ASCII)
_WHOLE = 100
_MEMBER = re.compile(r"[a-z_][a-z0-9_]{0,63}", re.ASCII)
_MOST_MEMBERS = 50
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)", re.ASCII)


def duration_s(value: object) -> object:
    """Return the seconds of `90s`, `45m`, `6h` or a plain number."""
    if isinstance(value, bool):
        raise ValueError("expected a duration such as 90s, 45m or 6h")  # noqa: TRY004 - pydantic's way
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise ValueError("expected a duration such as 90s, 45m or 6h")
    return float(found[1]) * _UNITS_S[found[2] or "s"]


def failures(value: str) -> str:
    """Return `10` or `5%` as it is."""
    found = _FAILURES.fullmatch(value.strip())
    if found is None or (found[2] and float(found[1]) > _WHOLE):
        raise ValueError("expected a number of tasks such as 10, or a share such as 5%")
    return value.strip()


def listed(value: object) -> object:
    """Return a single text as a list of it: a variable holds one value."""
    return [value] if isinstance(value, str) else value


def split(value: object) -> object:
    """Return the parts of a text with commas as a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def members(names: list[str]) -> list[str]:
    """Return the names, each once, if they can be those of a task's members."""
    for name in names:
        if name == "_all":
            raise ValueError("_all would copy whole tasks: name the members that you need")
        if not _MEMBER.fullmatch(name):
            shown = visible(name, limit=_WHOLE)
            raise ValueError(f"'{shown}' is no name of a member, such as created_time or price")
    once = list(dict.fromkeys(names))
    if len(once) > _MOST_MEMBERS:
        raise ValueError(f"{len(once)} members are too many: name {_MOST_MEMBERS} at most")
    return once


def at_home(path: Path) -> Path:
    """Return the path with `~` resolved: no shell does it in files and variables."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise ValueError(f"there is no home folder to find {path} in") from None


def no_url(path: Path) -> Path:
    """Return the path; one that was meant as a URL would become folders named after a password."""
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(path), re.IGNORECASE):
        raise ValueError("expected the path of a file: journals are SQLite files")
    return path


def all_at_home(places: list[str]) -> list[str]:
    """Return the places, `at_home` where they begin with `~`."""
    return [str(at_home(Path(place))) if place.startswith("~") else place for place in places]


Duration = Annotated[float, BeforeValidator(duration_s)]
OwnPath = Annotated[Path, AfterValidator(at_home)]
Failures = Annotated[str, BeforeValidator(str), AfterValidator(failures)]
Members = Annotated[list[str], BeforeValidator(split), AfterValidator(members)]
Places = Annotated[list[str], BeforeValidator(listed), AfterValidator(all_at_home)]


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
    quiet: bool = False
    verbose: bool = False
    profile: str | None = None
    endpoint: str | None = None
    token_file: OwnPath | None = None
    ca_file: OwnPath | None = None

    @property
    def journal_path(self) -> Path:
        """Where the journal is; by default in the user's state folder.

        Raises:
            UsageError: none was named, and this user has no home.
        """
        if self.journal is not None:
            return self.journal
        folder = platformdirs.user_state_path(APPLICATION, appauthor=False)
        if not folder.is_absolute():
            raise UsageError("there is no home folder to keep the journal in: give --journal PATH")
        return folder / "journal.db"

    def failures_allowed(self, tasks: int) -> int | None:
        """Return how many of so many tasks may be rejected or failed; None: all of them."""
        if self.max_failures is None:
            return None
        if self.max_failures.endswith("%"):
            return int(float(self.max_failures[:-1]) * tasks / _WHOLE)
        return int(self.max_failures)


def load_settings(
    arguments: Mapping[str, object],
    *,
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Return the settings; `arguments` holds only what was given on the command line.

    An empty variable counts as not set.

    Raises:
        UsageError: a value is wrong, or a key or variable is unknown; it names the nearest.
    """
    path, table = _file_of(config, environment)
    variables = _variables_of(environment)
    try:
        return Settings(**{**table, **variables, **arguments})
    except ValidationError as error:
        raise UsageError(_complaint(error, arguments, variables, path)) from None


def _file_of(config: Path | None, environment: Mapping[str, str]) -> tuple[Path, dict[str, object]]:
    """Return the settings file and what stands in it; only one that was named has to exist."""
    named = config or environment.get(_CONFIG)
    usual = platformdirs.user_config_path(APPLICATION, appauthor=False) / "launcher.toml"
    path = Path(named or usual)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if named:
            raise UsageError(f"the settings file {path} does not exist") from None
        return path, {}
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"the settings file {path} cannot be read: {why}") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise UsageError(f"the settings file {path} is no TOML: {error}") from None
    for key in table:
        _refuse_unknown(key, known=list(Settings.model_fields), where=f" in {path}")
    return path, table


def _variables_of(environment: Mapping[str, str]) -> dict[str, str]:
    names = {PREFIX + field.upper(): field for field in Settings.model_fields}
    for name in environment:
        if name.upper().startswith(PREFIX) and name not in _OWN_VARIABLES:
            _refuse_unknown(name, known=list(names))
    return {field: environment[name] for name, field in names.items() if environment.get(name)}


def _refuse_unknown(name: str, *, known: list[str], where: str = "") -> None:
    if name in known:
        return
    alike = {one.upper(): one for one in known}
    near = difflib.get_close_matches(name.upper().replace("-", "_"), alike, n=1)
    hint = (
        f"; did you mean {alike[near[0]]}?" if near else f"; known are {', '.join(sorted(known))}"
    )
    raise UsageError(f"unknown setting {name}{where}{hint}")


def _complaint(
    error: ValidationError,
    arguments: Mapping[str, object],
    variables: Mapping[str, str],
    path: Path,
) -> str:
    lines = []
    for detail in error.errors(include_input=False, include_url=False):
        field = str(detail["loc"][0])
        if field in arguments:
            name = "--" + field.replace("_", "-")
        elif field in variables:
            name = PREFIX + field.upper()
        else:
            name = f"{field} in {path}"
        lines.append(f"{name}: {detail['msg'].removeprefix('Value error, ')}")
    return "; ".join(lines)
