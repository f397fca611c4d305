"""Times as reports write them."""

from datetime import UTC, datetime


def iso_of(at: datetime) -> str:
    """Return `at` as `2026-11-24T03:21:41.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
