"""Reports as files of several forms, private, and either whole or not there."""

from launcher.adapters.reports.files import (
    check_target,
    is_page,
    is_stream,
    shows_fields,
    write_report,
)
from launcher.adapters.reports.forms import SUFFIXES
from launcher.adapters.reports.split import check_split, write_split

__all__ = [
    "SUFFIXES",
    "check_split",
    "check_target",
    "is_page",
    "is_stream",
    "shows_fields",
    "write_report",
    "write_split",
]
