"""Whose token, for which endpoint: found where the platform's own clients look.

Source: docs.cavatica.org, "Store credentials to access Seven Bridges client applications".
"""

import os
import re
import stat
from collections.abc import Mapping
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from launcher.adapters.ini import at_home, read_ini, why_unreadable
from launcher.core.errors import UsageError
from launcher.core.hosts import is_loopback
from launcher.core.text import quoted

ENDPOINT_OPTION = "--endpoint"
ENDPOINT_VARIABLE = "SB_API_ENDPOINT"
TOKEN_VARIABLE = "SB_AUTH_TOKEN"  # noqa: S105 - the name of a variable
_QUOTES = ('"', "'")
_USUAL = "~/.sevenbridges/credentials"
EXAMPLE = "https://cavatica-api.sbgenomics.com/v2"
_TOKEN = _VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An endpoint and the token that goes to its host alone; the token is never shown."""

    endpoint: str
    token: str = field(repr=False)
    found_in: str
    file: Path | None = None
    """The file that holds the token, if one does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What was found together; any part may be missing."""

    endpoint: str | None = None
    token: str | None = field(default=None, repr=False)
    found_in: str = ""
    file: Path | None = None


def find_credentials(
    *,
    endpoint: str | None = None,
    endpoint_named_by: str = ENDPOINT_OPTION,
    token_file: Path | None = None,
    profile: str | None = None,
    environment: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Credentials:
    """Return the credentials: explicit, then the environment, then the credentials file.

    A profile, where named, is read from the file whatever the environment says. Messages say that
    `endpoint` was named by `endpoint_named_by`.

    Raises:
        UsageError: they are missing, incomplete or unusable; the token is never shown.
    """
    stored = _stored(profile, environment, file)
    where = f" in {stored.found_in}" if stored.found_in else ""
    subject = f"the endpoint ({endpoint_named_by})"
    if endpoint is None:
        endpoint, subject = stored.endpoint, f"the endpoint{where}"
    if endpoint is None:
        raise UsageError(f"no endpoint{where}: give {ENDPOINT_OPTION}, say {EXAMPLE}, {_hint()}")
    endpoint = checked_endpoint(endpoint, subject=subject)
    if token_file is not None:
        stored = _Stored(token=_token_of(token_file), found_in=str(token_file), file=token_file)
    elif stored.token and stored.endpoint:
        own = checked_endpoint(stored.endpoint, subject=f"the endpoint{where}")
        if _host(own) != _host(endpoint):
            raise UsageError(_other_platform(own, f"{endpoint} ({endpoint_named_by})", where))
    if not stored.token:
        raise UsageError(f"no token for {endpoint}{where}: give --token-file FILE, {_hint()}")
    if not _TOKEN.fullmatch(stored.token):
        why = f"holds blanks or characters no token has: {_mend_of(stored.token)}"
        raise UsageError(f"the token from {stored.found_in} {why}")
    return Credentials(
        endpoint=endpoint, token=stored.token, found_in=stored.found_in, file=stored.file
    )


def others_can_read(path: Path) -> bool:
    """Say whether other users of this machine may read the file."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _host(endpoint: str) -> str:
    return urlsplit(endpoint).netloc


def _other_platform(own: str, endpoint: str, where: str) -> str:
    """Return why a token that was stored with one endpoint does not go to another one's host."""
    return (
        f"the token{where} belongs to {own}, not to {endpoint}: choose a --profile of "
        "that endpoint, or give its token with --token-file FILE"
    )


def checked_endpoint(endpoint: str, *, subject: str = "the endpoint") -> str:
    """Return the endpoint, the `subject` of messages, without a slash at its end.

    What is no URL is not repeated in the message: it may be a token in the wrong place.

    Raises:
        UsageError: it is no https URL (http for the loopback), or carries more than a path.
    """
    try:
        url = urlsplit(endpoint.strip())
        host, _ = url.hostname, url.port
    except ValueError:
        host = None
    if endpoint.strip().startswith(_QUOTES):
        raise UsageError(f"{subject} stands in quotes: take the quotes away")
    if not host or url.scheme not in {"http", "https"} or not _VISIBLE.fullmatch(url.geturl()):
        raise UsageError(f"{subject} is no URL; expected {EXAMPLE} or alike")
    if "@" in url.netloc or url.query or url.fragment:
        raise UsageError(f"{subject} carries a login, a query or a fragment: leave it away")
    if url.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"{subject} {endpoint} is plain http, the token would travel in clear: use https"
        )
    return url._replace(netloc=url.netloc.lower()).geturl().rstrip("/")


def _stored(profile: str | None, environment: Mapping[str, str], file: Path | None) -> _Stored:
    if profile is None:
        endpoint = environment.get(ENDPOINT_VARIABLE) or None
        token = environment.get(TOKEN_VARIABLE) or None
        if endpoint or token:
            return _Stored(endpoint=endpoint, token=token, found_in="the environment")
    path = file or at_home(_USUAL)
    parser = None if path is None else read_ini(path, kind="credentials", section="default")
    if parser is None:
        if profile is not None:
            raise UsageError(f"no profile {quoted(profile)}: there is no file {path or _USUAL}")
        return _Stored()
    return _profile_of(parser, profile, path=path)


def _profile_of(parser: ConfigParser, profile: str | None, *, path: Path | None) -> _Stored:
    name = "default" if profile is None else profile
    if parser.has_section(name):
        section = parser[name]
        return _Stored(
            endpoint=section.get("api_endpoint"),
            token=section.get("auth_token"),
            found_in=f"{path} [{name}]",
            file=path,
        )
    known = ", ".join(parser.sections()) or "none"
    if profile is None:
        words = f"{path}, which has no [default] (for --profile there are: {known})"
        return _Stored(found_in=words)
    raise UsageError(f"no profile {quoted(name)} in {path}; profiles there: {known}")


def _token_of(path: Path) -> str:
    try:
        words = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {path} cannot be read: {why_unreadable(error)}") from None
    if len(words) != 1:
        mend = f": {_mend_of(words[0])}" if words else ""
        raise UsageError(f"the token file {path} must hold the token and nothing else{mend}")
    return words[0]


def _mend_of(token: str) -> str:
    """Return what to do about a token that is none; it may be what the docs put in its place."""
    if token.startswith("<"):
        return "put your token in the place of <…>"
    return "copy it again from the platform's Developer page"


def _hint() -> str:
    return (
        f"or set {ENDPOINT_VARIABLE} and {TOKEN_VARIABLE}, or write them to "
        f"{_USUAL} ([default], api_endpoint = …, auth_token = …)"
    )
