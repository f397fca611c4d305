"""One page of a list of tasks, asked until the platform has said its word."""

from collections.abc import Mapping

from launcher.core.answer import Answer, PageWord, Reply
from launcher.engine.asking import Asker, refuses
from launcher.engine.gate import Kind
from launcher.ports import Lister

_OK = range(200, 300)


async def ask_for_page(
    lister: Lister, asker: Asker, query: Mapping[str, str], *, max_tries: int | None = None
) -> tuple[Reply, PageWord | None]:
    """Return the answer and the page in it; None: the platform refuses, or `max_tries` are over.

    Raises:
        StoppedError: the run is ending, and nothing can be read any more.
    """
    reply = await asker.ask(
        Kind.LIST,
        lambda: lister.list_tasks(query),
        is_word=lambda reply: _page_in(reply) is not None or refuses(reply),
        max_tries=max_tries,
    )
    return reply, _page_in(reply)


def _page_in(reply: Reply) -> PageWord | None:
    match reply:
        case Answer(http_status=status, word=PageWord() as page) if status in _OK:
            return page
        case _:
            return None
