"""What a run would find, looked at without launching, writing or holding anything."""

import asyncio
import shlex
from dataclasses import dataclass
from urllib.parse import urlsplit

from launcher.adapters.credentials import Credentials, others_can_read
from launcher.adapters.network import Network
from launcher.adapters.platform import open_platform
from launcher.core.advice import FOREIGN
from launcher.core.answer import Answer, UserWord
from launcher.core.diagnosis import Heard, is_word, platform_findings
from launcher.core.entry import Account
from launcher.core.errors import UsageError
from launcher.core.finding import Finding, ok, refused, skipped, warning
from launcher.core.hosts import better_endpoint, is_loopback, platform_at
from launcher.ports import Clock
from launcher.settings import Found, Settings
from launcher.wiring.access import credentials_of, network_of
from launcher.wiring.places import PLACES, place_findings

_ACCESS = ("credentials", "endpoint", "network")
_PLATFORM = ("tls", "platform", "account", "clock", "budget", "instances")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """What requests can be made with, if they can, and what was found on the way."""

    findings: tuple[Finding, ...]
    credentials: Credentials | None = None
    network: Network | None = None


def diagnose(found: Found | UsageError, *, clock: Clock) -> tuple[Finding, ...]:
    """Return what was found, in the order of a run; the platform is asked twice at most.

    Ctrl-C raises `KeyboardInterrupt` at once, whatever is just looked at.
    """
    if isinstance(found, UsageError):
        unknown = (*_ACCESS, *_PLATFORM, *PLACES)
        why = "the settings cannot be read"
        return (refused("settings", found), *(skipped(name, why) for name in unknown))
    access = _access(found)
    heard = asyncio.run(_heard(access, found.settings, clock))
    asked = _not_asked() if heard is None else platform_findings(heard)
    places = place_findings(found.settings, account=_account(access, heard))
    return (_settings(found), *access.findings, *asked, *places)


def _settings(found: Found) -> Finding:
    path = found.file
    words = f"read from {path}" if found.file_exists else f"defaults; there is no file {path}"
    return ok("settings", words, file=str(path), exists=found.file_exists)


def _access(found: Found) -> _Access:
    try:
        credentials = credentials_of(found)
    except UsageError as error:
        why = "the credentials cannot be used"
        rest = (skipped(name, why) for name in _ACCESS[1:])
        return _Access(findings=(refused("credentials", error), *rest))
    told = (_credentials(credentials), _endpoint(credentials.endpoint))
    try:
        network = network_of(found, credentials)
    except UsageError as error:
        return _Access(findings=(*told, refused("network", error)), credentials=credentials)
    return _Access(findings=(*told, _network(network)), credentials=credentials, network=network)


def _credentials(credentials: Credentials) -> Finding:
    found_in, file = credentials.found_in, credentials.file
    words = f"a token from {found_in}"
    if file is None or not others_can_read(file):
        return ok("credentials", words, found_in=found_in)
    return warning(
        "credentials",
        f"{words}, which others on this machine can read",
        f"Keep it to yourself: chmod 600 {shlex.quote(str(file))}",
        found_in=found_in,
    )


def _endpoint(endpoint: str) -> Finding:
    url = urlsplit(endpoint)
    here = is_loopback(url.hostname or "")
    known = platform_at(endpoint)
    platform = "this machine" if here else None if known is None else known.name
    better = better_endpoint(endpoint)
    facts = {"endpoint": endpoint, "platform": platform}
    if better is not None:
        words = f"{endpoint}: that is not where an API is"
        return warning("endpoint", words, f"Check it: {better}.", **facts)
    if platform is None:
        words = f"{endpoint}: no platform that the launcher knows"
        return warning("endpoint", words, FOREIGN.mend, **facts)
    return ok("endpoint", f"{endpoint}: {platform}", **facts)


def _network(network: Network) -> Finding:
    proxy, authority = network.proxy_found_in, network.ca_found_in
    way = "directly" if proxy is None else f"through the proxy that {proxy} names"
    more = "" if authority is None else f" and those of {authority}"
    return ok("network", f"{way}, trusting the system's CAs{more}", proxy=proxy, ca=authority)


async def _heard(access: _Access, settings: Settings, clock: Clock) -> Heard | None:
    """Ask the platform once for the budget and, where it answers, once for the user."""
    credentials, network = access.credentials, access.network
    if credentials is None or network is None:
        return None
    async with open_platform(
        endpoint=credentials.endpoint,
        token=credentials.token,
        concurrency=1,
        timeout_s=settings.timeout,
        tls=network.tls,
        proxy=network.proxy,
        monotonic=clock.monotonic,
    ) as platform:
        rate = await platform.rate_limit()
        user = await platform.user() if is_word(rate) else None
    return Heard(
        rate=rate,
        user=user,
        is_tls=urlsplit(credentials.endpoint).scheme == "https",
        wall_at=clock.now().timestamp(),
        now=clock.monotonic(),
    )


def _not_asked() -> tuple[Finding, ...]:
    why = "no request can be made"
    return tuple(skipped(name, why) for name in _PLATFORM)


def _account(access: _Access, heard: Heard | None) -> Account | None:
    """Return whose runs the lock is about, if the platform told."""
    if access.credentials is None or heard is None:
        return None
    match heard.user:
        case Answer(word=UserWord(name=user)):
            return Account(endpoint=access.credentials.endpoint, user=user)
        case _:
            return None
