"""What `config show` does; imported only when it runs."""

import json
import sys
from collections.abc import Mapping

from launcher.adapters.output import writing_out
from launcher.adapters.screen import print_settings
from launcher.cli.given import settings_of
from launcher.settings import USUAL_REPORT, Found, Setting, Source

SCHEMA = 1
"""Of the JSON; members may be added to it without a new number."""

_FOOT = (
    "Where endpoint and token are not set here, they are found where the platform's own clients "
    "look: launcher doctor says where."
)


def show_settings(given: Mapping[str, object], *, as_json: bool) -> None:
    """Print every setting that `run` would use with the options `given` to standard output."""
    found = settings_of(given)
    if as_json:
        with writing_out():
            sys.stdout.write(json.dumps(_document(found), indent=2) + "\n")
            sys.stdout.flush()
        return
    state = "" if found.file_exists else " (does not exist)"
    print_settings(
        ((one.name, _value(one), _origin(one)) for one in found.each()),
        head=f"Settings file: {found.file}{state}",
        foot=_FOOT,
        stream=sys.stdout,
    )


def _document(found: Found) -> dict[str, object]:
    settings = [
        {
            "name": one.name,
            "value": one.value,
            "origin": one.origin.source.value,
            "where": one.origin.where,
        }
        for one in found.each()
    ]
    file = {"path": str(found.file), "exists": found.file_exists}
    return {"schema": SCHEMA, "file": file, "settings": settings}


def _value(setting: Setting) -> str:
    """Return the value in the words of a settings file; a report cannot be mistaken for `-`."""
    match setting.value:
        case [] if setting.name == "report":
            return USUAL_REPORT.format(run="RUN")
        case None | []:
            return "not set"
        case bool():
            return str(setting.value).lower()
        case list():
            return ", ".join(str(one) for one in setting.value)
        case _:
            return str(setting.value)


def _origin(setting: Setting) -> str:
    match setting.origin.source:
        case Source.ARGUMENT | Source.VARIABLE:
            return str(setting.origin.where)
        case Source.FILE:
            return "the settings file"
        case Source.DEFAULT:
            return "default"
