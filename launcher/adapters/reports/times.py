"""Times as reports write them."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=8)  # several times of a task are often one
def iso_of(at: datetime) -> str:
    """Return `at` as `2026-11-24T03:21:41.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
