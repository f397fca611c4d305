"""The settings that the options of a command line come to."""

from collections.abc import Mapping
from pathlib import Path

from launcher.settings import Found, find_settings


def settings_of(given: Mapping[str, object]) -> Found:
    """Return the settings with the shared options `given`; `config` among them names the file."""
    arguments = {name: value for name, value in given.items() if name != "config"}
    config = given.get("config")
    return find_settings(arguments, config=config if isinstance(config, Path) else None)
