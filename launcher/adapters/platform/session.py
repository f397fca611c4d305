"""The one aiohttp session of a run: its limits, its time-outs and what it must not do."""

import socket
import ssl
import struct
from contextvars import ContextVar
from typing import Any, Final

import aiohttp
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from launcher.adapters.platform.faults import Stage
from launcher.core.errors import UsageError

_SPARE_CONNECTIONS: Final = 4
"""The engine holds one semaphore for all; these keep it from ever waiting at the pool too."""

STAGE: Final[ContextVar[Stage]] = ContextVar("stage")
"""The stage of the request that is about to be sent, for the connector that it goes through.

aiohttp's own way to tell, a trace, costs each request a fifth of its time.
"""

_NO_LINGER: Final = struct.pack("ii", 1, 0)


def session_for(
    *,
    concurrency: int,
    timeout_s: float,
    connect_s: float,
    tls: ssl.SSLContext | None,
    proxy: URL | None,
) -> aiohttp.ClientSession:
    """Return a session that follows nothing, keeps no cookie and reads no environment.

    It holds no token: aiohttp would show a session's own headers to the proxy, in the clear.
    """
    connector = _CleanConnector(
        limit=concurrency + _SPARE_CONNECTIONS,
        ssl=True if tls is None else tls,
        socket_factory=_socket,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s, connect=connect_s, sock_connect=connect_s),
        trust_env=False,
        raise_for_status=False,
        proxy=proxy,
    )
    # aiohttp sends a GET again by itself where a kept-alive connection is gone; its own test
    # client knows no other way to forbid it. One call is one request here.
    session._retry_connection = False  # noqa: SLF001
    return session


class _CleanConnector(aiohttp.TCPConnector):
    """Keeps each request's `Stage`; gives out no connection on which something has come unasked.

    aiohttp would take it (a gateway's 408 for idleness, a second copy of an answer) for the answer
    to the next request, and each answer after it for that of the request before.
    """

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the overridden method's name for it
    ) -> Connection:
        stage = STAGE.get()
        stage.connecting = not stage.has_left
        connection = await super().connect(req, traces, timeout)
        if connection.protocol is not None and connection.protocol.should_close:
            connection.close()
            raise aiohttp.ClientConnectionError("something came unasked; connection closed")
        stage.connecting, stage.has_left = False, True
        return connection


def address(text: str, *, name: str) -> URL:
    """Return an absolute URL; the message leaves the text out, which may hold a login."""
    try:
        url = URL(text.rstrip("/"))
        host = url.host  # decoded: a host such as xn-- cannot be
    except ValueError:
        url, host = URL(), None
    if url.scheme not in {"http", "https"} or not host:
        raise UsageError(f"the {name} is no http or https address")
    return url


def _socket(address: tuple[Any, ...]) -> socket.socket:
    """Return a socket whose close is final: what the kernel still holds is dropped.

    A plain close lets the kernel go on delivering a request whose time is over, for minutes
    after the network is back: a task would start long after it was read as a draft.
    """
    family, kind, protocol, *_ = address
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    return made
