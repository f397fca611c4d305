"""The settings that the options of a command line come to."""

import os
from collections.abc import Mapping
from pathlib import Path

from launcher.cli.logs import open_logs
from launcher.settings import Found, find_settings


def settings_of(given: Mapping[str, object]) -> Found:
    """Return the settings with the shared options `given`; `config` among them names the file."""
    arguments = {name: value for name, value in given.items() if name != "config"}
    config = given.get("config")
    return find_settings(arguments, config=config if isinstance(config, Path) else None)


def logged_settings_of(given: Mapping[str, object]) -> Found:
    """Return the settings, and log as they say; what is wrong with them is told in that form."""
    asked_format = given.get("log_format") or os.environ.get("LAUNCHER_LOG_FORMAT")
    open_logs(verbose=False, log_format=str(asked_format))
    found = settings_of(given)
    open_logs(verbose=found.settings.verbose, log_format=found.settings.log_format)
    return found
