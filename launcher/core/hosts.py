"""What is known of a host by its name alone."""

import ipaddress
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class KnownPlatform:
    """A platform, the host of its API, and the host of its pages."""

    name: str
    api: str
    pages: str


PLATFORMS = (
    KnownPlatform("CAVATICA", "cavatica-api.sbgenomics.com", "cavatica.sbgenomics.com"),
    KnownPlatform("Seven Bridges (US)", "api.sbgenomics.com", "igor.sbgenomics.com"),
    KnownPlatform("Seven Bridges (EU)", "eu-api.sbgenomics.com", "eu.sbgenomics.com"),
    KnownPlatform("Seven Bridges (China)", "api.sevenbridges.cn", "platform.sevenbridges.cn"),
    KnownPlatform("Cancer Genomics Cloud", "cgc-api.sbgenomics.com", "cgc.sbgenomics.com"),
    KnownPlatform(
        "BioData Catalyst",
        "api.sb.biodatacatalyst.nhlbi.nih.gov",
        "platform.sb.biodatacatalyst.nhlbi.nih.gov",
    ),
)
"""Sources: the hosts of the APIs are those of docs.cavatica.org and the vendor's SDKs; those of the
pages are the vendor's Rabix Composer's and the SDKs' docs'.
"""

PLATFORM_OF_HOST = {
    host: platform for platform in PLATFORMS for host in (platform.api, platform.pages)
}


def is_loopback(host: str) -> bool:
    """Say whether `host` is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


_VERSION = "/v2"


def platform_at(endpoint: str) -> KnownPlatform | None:
    """Return the platform whose API is right there."""
    known = PLATFORM_OF_HOST.get(urlsplit(endpoint).hostname or "")
    return known if known is not None and endpoint == _address_of(known) else None


def pages_at(endpoint: str) -> str | None:
    """Return where the pages are of the platform whose API is there; None: it is not known."""
    known = platform_at(endpoint)
    return None if known is None else f"https://{known.pages}"


def page_path_of(project: str) -> str | None:
    """Return the path of a project's pages, safe in any link; None: that is no owner/project."""
    parts = project.split("/")
    if len(parts) != len(("owner", "project")) or not all(part.strip(".") for part in parts):
        return None
    return "/".join(quote(part, safe="", errors="replace") for part in parts)


def page_of_task(endpoint: str, project: str | None, task: str) -> str | None:
    """Return the address of a task's page; None: the platform or the project is not known."""
    pages, path = pages_at(endpoint), page_path_of(project or "")
    return None if pages is None or path is None else f"{pages}/u/{path}/tasks/{task}"


def better_endpoint(endpoint: str) -> str | None:
    """Return, as a hint, where an API is that was probably meant; None: nothing better is known."""
    url = urlsplit(endpoint)
    host = url.hostname or ""
    if platform_at(endpoint) is not None:
        return None
    near = get_close_matches(host, PLATFORM_OF_HOST, n=1, cutoff=0.85)
    if near:
        meant = PLATFORM_OF_HOST[near[0]]
        return f"the API of {meant.name} is at {_address_of(meant)}"
    if url.path != _VERSION:
        return f"the address of an API ends in {_VERSION}"
    return None


def _address_of(platform: KnownPlatform) -> str:
    return f"https://{platform.api}{_VERSION}"
