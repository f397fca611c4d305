"""What is known of a host by its name alone."""

import ipaddress
from dataclasses import dataclass


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
