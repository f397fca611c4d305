"""Messages to wherever people read them. The only place that knows Apprise.

Addresses hold secrets: what the library and those below it log may quote them, so it is not heard.
"""

import logging
from collections.abc import Sequence

from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

from launcher.core.notice import Notice

_TALKATIVE = ("apprise", "requests", "urllib3")
_ASSET = AppriseAsset(
    app_id="cavatica-launcher",
    async_mode=False,  # its threads would keep the process from ending
    storage_mode=PersistentStoreMode.MEMORY,
)


def unknown(addresses: Sequence[str]) -> list[int]:
    """Return the places, from 0, of the addresses that are of no kind it knows."""
    _hush()
    return [place for place, address in enumerate(addresses) if _opened(address) is None]


def send(address: str, notice: Notice) -> bool:
    """Send the message; say whether it was taken."""
    _hush()
    sender = Apprise(asset=_ASSET)
    return bool(
        sender.add(address)
        and sender.notify(title=notice.title, body=notice.body, body_format=NotifyFormat.TEXT)
    )


def _opened(address: str) -> object:
    return Apprise.instantiate(address, asset=_ASSET)


def _hush() -> None:
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [logging.NullHandler()]
