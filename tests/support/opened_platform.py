"""The HTTP adapter with arguments that tests want: one lane, short waits, a known token."""

import ssl
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from launcher.adapters.network import find_network
from launcher.adapters.platform import HttpPlatform, open_platform
from launcher.core.ids import TaskId

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TASK = TaskId("0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")
OTHER = TaskId("1d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")


def opened(  # every argument has its name
    endpoint: str,
    *,
    concurrency: int = 1,
    timeout_s: float = 5.0,
    extra: Sequence[str] = (),
    connect_s: float = 5.0,
    tls: ssl.SSLContext | None = None,
    proxy: str | None = None,
) -> AbstractAsyncContextManager[HttpPlatform]:
    return open_platform(
        endpoint=endpoint,
        token=TOKEN,
        concurrency=concurrency,
        timeout_s=timeout_s,
        extra=extra,
        connect_s=connect_s,
        tls=tls,
        proxy=proxy,
    )


def trusting(ca_file: Path) -> ssl.SSLContext:
    """Return what trusts a CA as `--ca-file` does."""
    tls = find_network(endpoint="https://any.test/v2", ca_file=ca_file, environment={}).tls
    assert tls is not None
    return tls
