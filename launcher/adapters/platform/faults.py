"""aiohttp's exceptions turned into replies; the one question is whether the request left.

Not sent: the connection was never there (refused, no DNS, no TLS, no free connection in time, a
proxy that refuses). Everything after the first byte may have arrived: no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp

from launcher.adapters.platform.prose import shown
from launcher.adapters.platform.tls import why_no_tls, why_unverified
from launcher.core.answer import Alien, Answer, NoAnswer, NotSent, Reply
from launcher.core.meaning import HTTP_PROXY_LOGIN

FAULTS: Final = (aiohttp.ClientError, OSError, ValueError)
"""What a request may raise, time-outs included; ValueError is for headers beyond parsing."""

_WHY_LIMIT: Final = 300
_WAYS_LIMIT: Final = 100
_5XX: Final = 500


Cut = Callable[[str], str]
"""Takes secrets out of a text that is still whole: half a secret is found no more."""


@dataclass(slots=True)
class Stage:
    """How far one request has come; once it has had a connection it is never `connecting` again."""

    connecting: bool = False
    has_left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When a request began and ended; monotonic seconds."""

    sent_at: float
    received_at: float


def reply_of(error: Exception, *, stage: Stage, span: Span, cut_from: Cut) -> Reply:
    """Return what became of a request that raised `error`.

    The class of the error decides where it can, the stage where it cannot: the total time-out,
    say, may strike while the connection is still being made.
    """
    match error:
        case aiohttp.ClientHttpProxyError():
            return _refused_by_proxy(error, span, cut_from)
        case aiohttp.ClientConnectorCertificateError():
            why = shown(cut_from(why_unverified(error)), limit=_WHY_LIMIT)
            return NotSent(why=why, fatal=True)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotSent(why=why_of(error, cut_from))
        case TimeoutError() if stage.connecting:
            return NotSent(why="no connection in time")
        case _ if stage.connecting:
            return NotSent(why=why_of(error, cut_from))
        case _:
            why = why_of(error, cut_from)
            return NoAnswer(why=why, sent_at=span.sent_at, received_at=span.received_at)


def why_of(error: Exception, cut_from: Cut) -> str:
    """Return the error in words: never its `repr`, which shows the request's headers."""
    match error:
        case aiohttp.ClientConnectorSSLError():
            text = why_no_tls(error)
        case aiohttp.ClientConnectorError():
            text = f"{_unconnected(error)}: {_cause(error)}"
        case aiohttp.ConnectionTimeoutError():
            text = "no connection in time"
        case TimeoutError():
            text = "no answer in time"
        case aiohttp.ServerDisconnectedError():
            text = "the connection was closed before an answer came"
        case aiohttp.ClientPayloadError():
            text = f"the answer broke off or cannot be decoded: {error}"
        case aiohttp.ClientResponseError(message=message):
            text = f"what came back is no HTTP: {message}"
        case _:
            text = f"the connection broke: {str(error) or type(error).__name__}"
    return shown(cut_from(text), limit=_WHY_LIMIT)


def _unconnected(error: aiohttp.ClientConnectorError) -> str:
    match error:
        case aiohttp.ClientProxyConnectionError():
            return f"no connection to the proxy {error.host}:{error.port}"
        case aiohttp.ClientConnectorDNSError():
            return f"the name {error.host} is not resolved"
        case _:
            return f"no connection to {error.host}:{error.port}"


def _cause(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error.os_error, ConnectionResetError):
        return "it was cut while it was made; a firewall may not let it through"
    if isinstance(error.os_error, ConnectionRefusedError):
        return "connection refused; nothing listens there"
    return error.os_error.strerror or str(error.os_error) or type(error.os_error).__name__


def _refused_by_proxy(error: aiohttp.ClientHttpProxyError, span: Span, cut_from: Cut) -> Reply:
    """Return an answer only for 407: it ends the run, where a repeat would be refused alike."""
    if error.status == HTTP_PROXY_LOGIN:
        return Answer(
            http_status=error.status,
            word=Alien(excerpt=_logins(error, cut_from)),
            sent_at=span.sent_at,
            received_at=span.received_at,
        )
    host = error.request_info.url.host
    if error.status >= _5XX:
        return NotSent(why=f"the proxy cannot connect to {host}: HTTP {error.status}")
    return NotSent(
        why=f"the proxy refuses to connect to {host}: HTTP {error.status}; ask those who run it"
    )


def _logins(error: aiohttp.ClientHttpProxyError, cut_from: Cut) -> str:
    """Return the ways to log in that the proxy names, without their realms and challenges."""
    named = error.headers.getall("Proxy-Authenticate", []) if error.headers is not None else []
    ways = [way.split()[0] for way in named if way.strip()]
    words = f"it takes {', '.join(ways)}" if ways else "it names no way"
    return shown(cut_from(words), limit=_WAYS_LIMIT)
