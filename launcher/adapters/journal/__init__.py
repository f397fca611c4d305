"""The journal on SQLite: facts that only grow, written by one thread that commits in groups.

open_journal ─▶ SqliteJournal ─▶ Writer (thread) ─▶ sqlite (file, pragmas) ─▶ schema (steps)
read_journal ─▶ JournalReader ─────────────────────▲
                     codec: records ↔ rows
"""

from launcher.adapters.journal.reader import JournalReader, read_journal
from launcher.adapters.journal.sqlite import check_journal
from launcher.adapters.journal.store import SqliteJournal, open_journal
from launcher.adapters.journal.writer import Committed, tell_nobody

__all__ = [
    "Committed",
    "JournalReader",
    "SqliteJournal",
    "check_journal",
    "open_journal",
    "read_journal",
    "tell_nobody",
]
