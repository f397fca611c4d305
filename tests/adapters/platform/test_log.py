"""The one log line of a request: what support asks for, and no secret."""

import logging
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses
from yarl import URL

from support.aioresponses_repair import RepairedResponses
from support.opened_platform import TASK, TOKEN, opened

BASE = "https://cavatica-api.sbgenomics.com/v2"
FIELDS = "id,name,status,project,app,batch,parent,executed_by,errors,warnings"
RUN_URL = URL(f"{BASE}/tasks/{TASK}/actions/run").with_query(fields=FIELDS)
KEY = ConnectionKey("h", 443, True, True, None, None, None)  # noqa: FBT003 - aiohttp's own order
NO_CONNECTION = aiohttp.ClientConnectorError(KEY, OSError(111, "Connection refused"))


@pytest.fixture
def web() -> Iterator[aioresponses]:
    with RepairedResponses() as responses:
        yield responses


async def _run() -> None:
    async with opened(BASE) as platform:
        await platform.run(TASK, query={})


def _logged(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    """Return the facts of the one line about a request; never a query, a body or a token."""
    (record,) = (one for one in caplog.records if one.name == "launcher.adapters.platform.channel")
    usual = vars(logging.makeLogRecord({}))
    facts = {name: value for name, value in vars(record).items() if name not in usual}
    assert record.getMessage() == "request ended"
    assert TOKEN not in str(facts)
    return {name: value for name, value in facts.items() if name not in {"message", "asctime"}}


async def test_an_answer_is_logged_with_the_id_that_support_asks_for(
    web: aioresponses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="launcher")
    headers = {"X-Request-Id": "abc-1", "X-RateLimit-Remaining": "7"}
    web.post(RUN_URL, payload={"id": TASK, "status": "QUEUED"}, headers=headers)

    await _run()

    facts = _logged(caplog)
    assert isinstance(facts.pop("latency_s"), float)
    assert facts == {
        "method": "POST",
        "path": f"/v2/tasks/{TASK}/actions/run",
        "http_status": 200,
        "request_id": "abc-1",
        "remaining": 7,
    }


async def test_a_refusal_is_logged_with_the_platforms_words_less_the_token(
    web: aioresponses, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="launcher")
    web.post(RUN_URL, status=403, payload={"code": 7002, "message": f"not with {TOKEN}"})

    await _run()

    facts = _logged(caplog)
    assert (facts["http_status"], facts["why"]) == (403, "HTTP 403, code 7002: not with [token]")


@pytest.mark.parametrize(
    ("error", "is_timed"), [(aiohttp.ServerDisconnectedError(), True), (NO_CONNECTION, False)]
)
async def test_what_brought_no_answer_is_logged_with_the_reason(
    web: aioresponses, caplog: pytest.LogCaptureFixture, error: Exception, *, is_timed: bool
) -> None:
    caplog.set_level(logging.DEBUG, logger="launcher")
    web.post(RUN_URL, exception=error)

    await _run()

    facts = _logged(caplog)
    assert facts["why"]
    assert ("latency_s" in facts) is is_timed
    assert "http_status" not in facts
