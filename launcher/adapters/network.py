"""The way to the platform: through which proxy, and which CA is trusted beside the system's.

Both are found where the other programs of an organisation's machines find them, and passed on
explicitly: aiohttp's own reading of the environment would send logins of `~/.netrc` as well.
"""

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from launcher.adapters.ini import at_home, read_ini
from launcher.core.errors import UsageError
from launcher.core.hosts import is_loopback

CA_OPTION = "--ca-file"
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_HTTPS_PORT = 443
_USUAL = "~/.sevenbridges/sevenbridges-python/config"
_PROXY = re.compile(r"https?://[\x21-\x7e]+", re.ASCII | re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)
_HASHED = "[0-9a-f]" * 8 + ".[0-9]"
"""How OpenSSL looks for a certificate in a folder; `openssl rehash` makes these names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How the platform is reached; without anything: directly, trusting the system's CAs.

    `proxy` may hold a login and is never shown; what was found where is for logs.
    """

    proxy: str | None = field(default=None, repr=False)
    proxy_found_in: str | None = None
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    ca_found_in: str | None = None


def find_network(
    *,
    endpoint: str,
    ca_file: Path | None = None,
    ca_named_by: str = CA_OPTION,
    environment: Mapping[str, str] = os.environ,
    file: Path | None = None,
) -> Network:
    """Return the proxy for the endpoint, if any, and the CA that is trusted as well, if any.

    The environment wins over `file`, the settings of the platform's own Python client. Messages
    say that `ca_file` was named by `ca_named_by`.

    Raises:
        UsageError: what is named there is no proxy, or no CA; a login is never shown.
    """
    proxy, proxy_found_in = _proxy_for(urlsplit(endpoint), environment, file)
    named, ca_found_in = _authority(environment) if ca_file is None else (ca_file, ca_named_by)
    return Network(
        proxy=proxy,
        proxy_found_in=proxy_found_in,
        tls=None if named is None else _trusting(named, ca_found_in),
        ca_found_in=ca_found_in,
    )


def _proxy_for(
    endpoint: SplitResult, environment: Mapping[str, str], file: Path | None
) -> tuple[str | None, str | None]:
    """Return the proxy and where it was named; the loopback, so all plain http, never has one."""
    host = endpoint.hostname or ""
    if is_loopback(host):
        return None, None
    _, exceptions = _variable("no_proxy", environment)
    if _is_excepted(host, endpoint.port or _HTTPS_PORT, exceptions):
        return None, None
    found_in, text = _variable("https_proxy", environment)
    if not text:
        found_in, text = _stored_proxy(file)
    return (_checked_proxy(text, found_in), found_in) if text else (None, None)


def _variable(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and the value of a variable; in small letters it wins, as in curl."""
    for spelt in (name, name.upper()):
        value = environment.get(spelt, "").strip()
        if value:
            return spelt, value
    return name, ""


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    """Say whether NO_PROXY names the host: by suffix, address, network, or `*` for all."""
    names = exceptions.replace(",", " ").split()
    return "*" in names or any(
        _ends_with(name, host, port) or _is_in_network(host, name) for name in names
    )


def _ends_with(name: str, host: str, port: int) -> bool:
    """Say whether it is the host or a domain of it, with `*.`, a dot or nothing before it."""
    suffix = name.lower().removeprefix("*").lstrip(".")
    return any(f".{one}".endswith(f".{suffix}") for one in (host, f"{host}:{port}"))


def _is_in_network(host: str, name: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name.strip("[]"), strict=False)
    except ValueError:
        return False


def _stored_proxy(file: Path | None) -> tuple[str, str]:
    path = file or at_home(_USUAL)
    parser = None if path is None else read_ini(path, kind="settings", section="proxies")
    text = "" if parser is None else parser.get("proxies", "https_proxy", fallback="")
    return f"https_proxy in [proxies] of {path}", text.strip()


def _checked_proxy(text: str, found_in: str) -> str:
    """Return the proxy's URL; one without a scheme is http, as everywhere."""
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() not in {"http", "https"}:
        raise UsageError(f"{found_in} names a {scheme[1]} proxy: only http and https proxies work")
    url = text if scheme is not None else f"http://{text}"
    if not _is_proxy(url):
        raise UsageError(
            f"{found_in} is no proxy URL; expected http://HOST:PORT or "
            "http://USER:PASSWORD@HOST:PORT, with %40 for @ and alike in the login"
        )
    return url.rstrip("/")


def _is_proxy(text: str) -> bool:
    """Say whether it is a URL of a host, perhaps with a port and a login, and nothing more.

    More is a login whose special characters cut the URL short: what comes before is no host.
    """
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
        unquote(url.netloc).encode("latin-1")  # what aiohttp sends a login in
    except ValueError:
        return False
    only_host = url.path in {"", "/"} and not url.query and not url.fragment
    return bool(host) and only_host and _PROXY.fullmatch(text) is not None


def _authority(environment: Mapping[str, str]) -> tuple[Path | None, str | None]:
    for name in CA_VARIABLES:
        if environment.get(name):
            return Path(environment[name]), name
    return None, None


def _trusting(named: Path, found_in: str | None) -> ssl.SSLContext:
    """Return a context that trusts what `named` (a file, or a folder) holds and the system's CAs.

    Certificates of organisations often miss what RFC 5280 wants, and the file often holds only
    the CA that signs, not its root: Python 3.13 is strict in the first and lenient in the second.
    """
    context = ssl.create_default_context()
    try:
        if named.is_dir():
            _refuse_unhashed(named, found_in)
            context.load_verify_locations(capath=named)
        else:
            context.load_verify_locations(cafile=named)
    except ssl.SSLError as error:
        raise UsageError(
            f"the CA file {named} ({found_in}) holds no certificate that begins with "
            "-----BEGIN CERTIFICATE-----; make one of a binary file by: "
            f"openssl x509 -inform der -in {named} -out ca.pem"
        ) from error
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"the CA file {named} ({found_in}) cannot be read: {why}") from error
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    return context


def _refuse_unhashed(folder: Path, found_in: str | None) -> None:
    if not any(folder.glob(_HASHED)):
        raise UsageError(
            f"the CA folder {folder} ({found_in}) holds no certificates under the names that "
            "OpenSSL looks for: name a file, or run openssl rehash"
        )
