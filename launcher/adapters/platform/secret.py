"""The token, and how it is kept out of everything that is kept."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from yarl import URL

_SHORTEST: Final = 8
"""A shorter token would be cut out of innocent text."""

_CUT: Final = "[token]"
_CUT_LOGIN: Final = "[login]"


class Secret:
    """A token that shows itself only to who asks for it by name.

    The login of a proxy goes the same way: a proxy may echo the head that it was sent.
    """

    __slots__ = ("_cuts", "_text")

    def __init__(self, text: str, *, proxy: URL | None = None) -> None:
        self._text = text
        found = ((text, _CUT), *((login, _CUT_LOGIN) for login in _logins_of(proxy)))
        self._cuts = tuple((secret, cut) for secret, cut in found if len(secret) >= _SHORTEST)

    def __repr__(self) -> str:
        return f"Secret({_CUT})"

    def reveal(self) -> str:
        """Return the token."""
        return self._text

    def cut_from(self, text: str) -> str:
        """Return `text` without what servers echo in refusals and error pages."""
        for secret, cut in self._cuts:
            text = text.replace(secret, cut)
        return text

    def cut_from_bytes(self, body: bytes) -> bytes:
        """Return `body` without it."""
        for secret, cut in self._cuts:
            body = body.replace(secret.encode(), cut.encode())
        return body


def _logins_of(proxy: URL | None) -> Iterator[str]:
    """Yield the password of a proxy, and the form in which it is sent."""
    if proxy is None or proxy.password is None:
        return
    yield b64encode(f"{proxy.user or ''}:{proxy.password}".encode("latin-1", "replace")).decode()
    yield proxy.password
