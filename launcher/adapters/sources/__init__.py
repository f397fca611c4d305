"""Where task ids come from: files of several forms, standard input, the command line."""

from launcher.adapters.sources.files import digests_of
from launcher.adapters.sources.reading import BAD_LINES_SHOWN, read_ids, why_no_ids

__all__ = ["BAD_LINES_SHOWN", "digests_of", "read_ids", "why_no_ids"]
