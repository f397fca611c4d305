"""With which token, and on which way, the settings say that the platform is reached."""

from launcher.adapters.credentials import Credentials, find_credentials
from launcher.adapters.network import Network, find_network
from launcher.settings import Found


def credentials_of(found: Found) -> Credentials:
    """Return the credentials that the settings name, or those found where others look.

    Raises:
        UsageError: there are none, or they are unusable.
    """
    settings = found.settings
    return find_credentials(
        endpoint=settings.endpoint,
        endpoint_named_by=found.named_by("endpoint"),
        token_file=settings.token_file,
        profile=settings.profile,
    )


def network_of(found: Found, credentials: Credentials) -> Network:
    """Return the way to the endpoint.

    Raises:
        UsageError: what is named as proxy or CA is none.
    """
    return find_network(
        endpoint=credentials.endpoint,
        ca_file=found.settings.ca_file,
        ca_named_by=found.named_by("ca_file"),
    )
