"""Reports as files: .csv, .tsv, .json, .jsonl and .html, private, and either whole or not there."""

from launcher.adapters.reports.files import check_target, is_stream, shows_fields, write_report
from launcher.adapters.reports.forms import SUFFIXES

__all__ = ["SUFFIXES", "check_target", "is_stream", "shows_fields", "write_report"]
