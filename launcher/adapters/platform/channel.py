"""One request over HTTP: a bounded answer, every fault a reply, no secret in what comes back."""

import logging
import platform
from collections.abc import Callable
from typing import Final

import aiohttp

from launcher import __version__
from launcher.adapters.platform.faults import FAULTS, Span, Stage, reply_of
from launcher.adapters.platform.headers import read_headers
from launcher.adapters.platform.request import Request, bounded, facts_of, too_large
from launcher.adapters.platform.secret import Secret
from launcher.adapters.platform.session import STAGE
from launcher.core.answer import Answer, Reply, Word

log = logging.getLogger(__name__)

_3XX, _4XX = 300, 400
_HEADERS: Final = {
    "Accept": "application/json",
    "Content-Type": "application/json",
    "User-Agent": (
        f"cavatica-launcher/{__version__} ({platform.system()}; Python/{platform.python_version()})"
    ),
}


class Channel:
    """Sends requests with the token, each once, and reads their answers."""

    __slots__ = ("_monotonic", "_secret", "_session")

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        secret: Secret,
        monotonic: Callable[[], float],
    ) -> None:
        self._session = session
        self._secret = secret
        self._monotonic = monotonic

    async def ask(self, request: Request) -> Reply:
        """Send the request; a reply, never an exception."""
        stage = Stage()
        STAGE.set(stage)
        sent_at = self._monotonic()
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=request.body,
                headers={**_HEADERS, "X-SBG-Auth-Token": self._secret.reveal()},
                allow_redirects=False,
            ) as response:
                body = await bounded(response, limit=request.limit)
                span = Span(sent_at=sent_at, received_at=self._monotonic())
        except FAULTS as error:
            span = Span(sent_at=sent_at, received_at=self._monotonic())
            cut_from = self._secret.cut_from
            reply: Reply = reply_of(error, stage=stage, span=span, cut_from=cut_from)
        else:
            reply = self._answer(request, response, body=body, span=span)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("request ended", extra=facts_of(request, reply))
        return reply

    def _answer(
        self, request: Request, response: aiohttp.ClientResponse, *, body: bytes | None, span: Span
    ) -> Answer:
        told = read_headers(response.headers, cut_from=self._secret.cut_from)
        if body is None:
            word: Word = too_large(request.limit)
        else:
            word = request.read(self._secret.cut_from_bytes(body))
        return Answer(
            http_status=response.status,
            word=word,
            sent_at=span.sent_at,
            received_at=span.received_at,
            request_id=told.request_id,
            limits=told.limits,
            date_at=told.date_at,
            retry_after_s=told.retry_after_s,
            location=told.location if _3XX <= response.status < _4XX else None,
            total=told.total,
        )
