"""Where each setting comes from; the one place that knows the order of precedence."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from launcher.core.errors import UsageError
from launcher.core.text import visible
from launcher.settings.expected import expected
from launcher.settings.model import APPLICATION, Settings

PREFIX = "LAUNCHER_"
_CONFIG = f"{PREFIX}CONFIG"
_OWN_VARIABLES = frozenset((_CONFIG, f"{PREFIX}TEST_ALL"))
_OPTIONS_OF_NO = {"interruptible": "--on-demand"}


class Source(StrEnum):
    """Who can name a setting, in the order in which they win."""

    ARGUMENT = "argument"
    VARIABLE = "variable"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who named a setting, and where: the option, the variable, or the path of the file."""

    source: Source
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting as a settings file would hold it, and its origin; it holds no secret."""

    name: str
    value: object
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The settings, where each comes from, and the file that was looked for."""

    settings: Settings
    origins: Mapping[str, Origin]
    file: Path
    file_exists: bool

    def named_by(self, name: str) -> str:
        """Return which option, variable or key of the file named a setting."""
        return _place(name, self.origins[name])

    def each(self) -> tuple[Setting, ...]:
        """Return every setting, in the order of `Settings`; the journal's usual place is told."""
        shown = self.settings.model_dump(mode="json")
        usual = self.settings.usual_journal
        if self.settings.journal is None and usual is not None:
            shown["journal"] = str(usual)
        return tuple(
            Setting(name=name, value=value, origin=self.origins[name])
            for name, value in shown.items()
        )


def load_settings(
    arguments: Mapping[str, object],
    *,
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """Return what `find_settings` finds, without the origins."""
    return find_settings(arguments, config=config, environment=environment).settings


def find_settings(
    arguments: Mapping[str, object],
    *,
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Found:
    """Return the settings; `arguments` holds only what was given on the command line.

    An empty variable counts as not set.

    Raises:
        UsageError: a value is wrong, or a key or variable is unknown; it names the nearest.
    """
    path, table = _file_of(config, environment)
    in_file = {} if table is None else table
    variables = _variables_of(environment)
    origins = {
        **dict.fromkeys(Settings.model_fields, Origin(source=Source.DEFAULT)),
        **{key: Origin(source=Source.FILE, where=str(path)) for key in in_file},
        **{name: Origin(source=Source.VARIABLE, where=PREFIX + name.upper()) for name in variables},
        **{
            name: Origin(source=Source.ARGUMENT, where=_option(name, value))
            for name, value in arguments.items()
        },
    }
    try:
        settings = Settings(**{**in_file, **variables, **arguments})
    except ValidationError as error:
        raise UsageError(_complaint(error, origins)) from None
    return Found(settings=settings, origins=origins, file=path, file_exists=table is not None)


def _option(name: str, value: object) -> str:
    """Return the option as it was given."""
    usual = "--" + name.replace("_", "-")
    return _OPTIONS_OF_NO.get(name, usual) if value is False else usual


def _file_of(
    config: Path | None, environment: Mapping[str, str]
) -> tuple[Path, dict[str, object] | None]:
    """Return the settings file and what stands in it; only one that was named has to exist."""
    named = config or environment.get(_CONFIG)
    usual = platformdirs.user_config_path(APPLICATION, appauthor=False) / "launcher.toml"
    path = Path(named or usual)
    shown = visible(str(path))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if named:
            raise UsageError(f"the settings file {shown} does not exist") from None
        return path, None
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"the settings file {shown} cannot be read: {why}") from error
    except ValueError as error:  # no UTF-8, or no TOML
        raise UsageError(f"the settings file {shown} is no TOML: {error}") from None
    for key in table:
        _refuse_unknown(key, known=list(Settings.model_fields), where=f" in {shown}")
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
    raise UsageError(f"unknown setting {visible(name, limit=100)}{where}{hint}")


def _complaint(error: ValidationError, origins: Mapping[str, Origin]) -> str:
    lines = []
    for detail in error.errors(include_input=False, include_url=False):
        name = str(detail["loc"][0])
        place = _place(name, origins[name])
        field = Settings.model_fields[name]
        lines.append(f"{place}: {expected(field, error=detail['type'], message=detail['msg'])}")
    return "; ".join(lines)


def _place(name: str, origin: Origin) -> str:
    return f"{name} in {origin.where}" if origin.source is Source.FILE else str(origin.where)
