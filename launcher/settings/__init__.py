"""Settings of a run: argument before environment before file before default."""

from launcher.settings.kinds import duration_s
from launcher.settings.loading import (
    PREFIX,
    Found,
    Origin,
    Setting,
    Source,
    find_settings,
    load_settings,
)
from launcher.settings.model import USUAL_REPORT, Settings

__all__ = [
    "PREFIX",
    "USUAL_REPORT",
    "Found",
    "Origin",
    "Setting",
    "Settings",
    "Source",
    "duration_s",
    "find_settings",
    "load_settings",
]
