"""Requests as they are written, and statuses, bodies and exceptions as they are read."""

import ssl
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aioresponses import aioresponses
from aioresponses.compat import normalize_url
from yarl import URL

from launcher.adapters.platform import HttpPlatform, open_platform
from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    Limits,
    NoAnswer,
    NotSent,
    RateWord,
    Reply,
    TasksWord,
    TaskView,
    UserWord,
)
from launcher.core.course import Course
from launcher.core.errors import UsageError
from launcher.core.ids import TaskId
from launcher.core.meaning import Meaning, meaning_of
from support.aioresponses_repair import RepairedResponses
from support.opened_platform import OTHER, TASK, TOKEN, opened

BASE = "https://cavatica-api.sbgenomics.com/v2"
FIELDS = "id,name,status,project,app,batch,parent,executed_by,errors,warnings"
READ_URL = URL(f"{BASE}/tasks/{TASK}").with_query(
    fields=f"{FIELDS},start_time,end_time,price,execution_status"
)
RUN_URL = URL(f"{BASE}/tasks/{TASK}/actions/run").with_query(fields=FIELDS)
CALLS: dict[str, Callable[[HttpPlatform], Awaitable[Reply]]] = {
    "run": lambda platform: platform.run(TASK, query={}),
    "read": lambda platform: platform.read(TASK),
    "read_many": lambda platform: platform.read_many([TASK, OTHER]),
    "rate_limit": lambda platform: platform.rate_limit(),
    "user": lambda platform: platform.user(),
}


@pytest.fixture
def web() -> Iterator[aioresponses]:
    with RepairedResponses() as responses:
        yield responses


def sent(web: aioresponses, method: str, url: URL) -> dict[str, object]:
    (call,) = web.requests[(method, normalize_url(url))]
    kwargs: dict[str, object] = call.kwargs
    return kwargs


async def run() -> Reply:
    async with opened(BASE) as platform:
        return await platform.run(TASK, query={})


async def test_a_run_request_names_the_members_that_it_wants_and_the_query(
    web: aioresponses,
) -> None:
    url = RUN_URL.update_query(batch="false")
    web.post(url, payload={"id": TASK, "status": "QUEUED"})

    async with opened(f"{BASE}/") as platform:
        reply = await platform.run(TASK, query={"batch": "false"})

    assert isinstance(reply, Answer)
    assert reply.word == TaskView(id=TASK, status="QUEUED")
    assert sent(web, "POST", url)["data"] == b"{}"
    assert sent(web, "POST", url)["allow_redirects"] is False


async def test_further_members_are_kept_and_their_names_never_sent(web: aioresponses) -> None:
    task = {"id": TASK, "status": "QUEUED", "price": {"amount": "0.44"}}
    web.post(RUN_URL.with_query({}), payload=task)
    web.get(READ_URL.with_query({}), payload=task)
    web.post(URL(f"{BASE}/bulk/tasks/get"), payload={"items": [{"resource": task}]})

    async with opened(BASE, extra=("price", "status", "inputs")) as platform:
        replies = [
            await platform.run(TASK, query={}),
            await platform.read(TASK),
            await platform.read_many([TASK]),
        ]

    extra = (("price", '{"amount":"0.44"}'), ("status", '"QUEUED"'), ("inputs", "null"))
    view = TaskView(id=TASK, status="QUEUED", extra=extra, course=Course(price=Decimal("0.44")))
    words = [reply.word for reply in replies if isinstance(reply, Answer)]
    assert words == [view, view, TasksWord(items=(view,))]


async def test_a_bulk_read_lists_the_ids_and_asks_for_no_fields(web: aioresponses) -> None:
    url = URL(f"{BASE}/bulk/tasks/get")
    web.post(url, payload={"items": []})

    async with opened(BASE) as platform:
        reply = await platform.read_many([TASK, OTHER])

    assert isinstance(reply, Answer)
    assert reply.word == TasksWord(items=())
    assert sent(web, "POST", url)["data"] == f'{{"task_ids": ["{TASK}", "{OTHER}"]}}'.encode()


@pytest.mark.parametrize(
    ("call", "url", "payload", "word"),
    [
        ("read", READ_URL, {"id": TASK, "status": "DRAFT"}, TaskView(id=TASK, status="DRAFT")),
        (
            "rate_limit",
            URL(f"{BASE}/rate_limit"),
            {"rate": {"limit": 1000, "remaining": 3, "reset": 1669804026}},
            RateWord(limits=Limits(limit=1000, remaining=3, reset_at=1669804026.0)),
        ),
        ("user", URL(f"{BASE}/user"), {"username": "ann"}, UserWord(name="ann")),
    ],
)
async def test_what_is_read_is_read_with_get_and_no_body(
    web: aioresponses, call: str, url: URL, *, payload: object, word: object
) -> None:
    web.get(url, payload=payload)

    async with opened(BASE) as platform:
        reply = await CALLS[call](platform)

    assert isinstance(reply, Answer)
    assert reply.word == word
    assert sent(web, "GET", url)["data"] is None


async def test_every_request_carries_the_token_and_says_who_asks(web: aioresponses) -> None:
    web.post(RUN_URL, payload={})

    await run()

    headers = sent(web, "POST", RUN_URL)["headers"]
    assert isinstance(headers, dict)
    assert headers["X-SBG-Auth-Token"] == TOKEN
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert headers["User-Agent"].startswith("cavatica-launcher/")


@pytest.mark.parametrize("odd", ["", "../user", f"{TASK}/x", f"{{{TASK}}}", "%2e%2e"])
async def test_what_is_no_task_id_never_becomes_part_of_a_url(odd: str) -> None:
    async with opened(BASE) as platform:
        for call in (
            platform.run(TaskId(odd), query={}),
            platform.read(TaskId(odd)),
            platform.read_many([TaskId(odd)]),
        ):
            with pytest.raises(ValueError, match="no task id"):
                await call


async def test_an_answer_keeps_what_its_headers_tell(web: aioresponses) -> None:
    web.post(
        RUN_URL,
        status=429,
        payload={"code": 1000, "message": "slow down", "status": 429},
        headers={
            "x-ratelimit-limit": "1000",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": "1669804026",
            "date": "Wed, 30 Nov 2022 10:23:22 GMT",
            "retry-after": "9",
            "x-request-id": "abc",
            "location": "https://elsewhere.example/",
        },
    )
    times = iter((10.0, 12.5))

    async with open_platform(
        endpoint=BASE, token=TOKEN, concurrency=1, timeout_s=5, monotonic=lambda: next(times)
    ) as platform:
        reply = await platform.run(TASK, query={})

    assert reply == Answer(
        http_status=429,
        word=ErrorWord(code=1000, message="slow down", http_status=429),
        sent_at=10.0,
        received_at=12.5,
        request_id="abc",
        limits=Limits(limit=1000, remaining=0, reset_at=1669804026.0),
        date_at=1669803802.0,
        retry_after_s=9.0,
        location=None,
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["run", "read"])
async def test_a_redirect_is_reported_and_never_followed(
    web: aioresponses, call: str, status: int
) -> None:
    away = "https://elsewhere.example/login?next=%2Ftasks"
    method = web.post if call == "run" else web.get
    method(RUN_URL if call == "run" else READ_URL, status=status, headers={"Location": away})

    async with opened(BASE) as platform:
        reply = await CALLS[call](platform)

    assert isinstance(reply, Answer)
    assert (reply.http_status, reply.location) == (status, "https://elsewhere.example/login")
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, '{"status": "QUEUED"}', Meaning.IN_DOUBT),
        (200, f'{{"id": "{TASK}", "status": "QUEUED"}}', Meaning.LAUNCHED),
        (202, f'{{"id": "{TASK}", "status": "creating"}}', Meaning.LAUNCHED),
        (200, '{"status": "DRAFT"}', Meaning.IN_DOUBT),
        (200, f'{{"id": "{TASK}", "status": "DRAFT", "errors": ["e"]}}', Meaning.REJECTED),
        (200, "", Meaning.IN_DOUBT),
        (204, "", Meaning.IN_DOUBT),
        (200, "<html>portal</html>", Meaning.IN_DOUBT),
        (302, "", Meaning.IN_DOUBT),
        (400, '{"code": 7007}', Meaning.NEEDS_DRAFT),
        (400, '{"code": 7024}', Meaning.REJECTED),
        (400, "<html>bad request</html>", Meaning.IN_DOUBT),
        (401, '{"code": 90001}', Meaning.TOKEN_REFUSED),
        (401, "<html>who?</html>", Meaning.TOKEN_REFUSED),
        (404, '{"code": 7002}', Meaning.REJECTED),
        (404, "<html>nothing here</html>", Meaning.IN_DOUBT),
        (407, "<html>proxy</html>", Meaning.PROXY_LOGIN),
        (409, '{"code": 90007}', Meaning.IN_DOUBT),
        (429, '{"code": 1000}', Meaning.THROTTLED),
        (429, "<html>slow</html>", Meaning.THROTTLED),
        (500, '{"code": 7000}', Meaning.IN_DOUBT),
        (502, "<html>nginx</html>", Meaning.IN_DOUBT),
        (503, '{"code": 0}', Meaning.MAINTENANCE),
        (503, "<html>nginx</html>", Meaning.IN_DOUBT),
        (504, "", Meaning.IN_DOUBT),
    ],
)
async def test_an_answer_is_passed_on_so_that_the_one_table_can_read_it(
    web: aioresponses, status: int, body: str, meaning: Meaning
) -> None:
    web.post(RUN_URL, status=status, body=body)

    reply = await run()

    assert isinstance(reply, Answer)
    assert reply.http_status == status
    assert meaning_of(reply, task=TASK) is meaning


KEY = ConnectionKey("h", 443, True, True, None, None, None)  # noqa: FBT003 - aiohttp's own order
CERTIFICATE = ssl.SSLCertVerificationError(1, "certificate verify failed")
NEVER_LEFT = (
    aiohttp.ClientConnectorError(KEY, OSError(111, "Connection refused")),
    aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "Name or service not known")),
    aiohttp.ClientProxyConnectionError(KEY, OSError(111, "Connection refused")),
    aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "wrong version number")),
    aiohttp.ConnectionTimeoutError("Connection timeout to host https://h"),
)
MAY_HAVE_ARRIVED = (
    aiohttp.ServerDisconnectedError(),
    aiohttp.ClientOSError(104, "Connection reset by peer"),
    aiohttp.ClientPayloadError("not enough data"),
    aiohttp.ClientConnectionResetError("Cannot write to closing transport"),
    aiohttp.SocketTimeoutError("Timeout on reading data from socket"),
    aiohttp.ServerTimeoutError(),
    TimeoutError(),
    ConnectionResetError(),
    OSError(5, "Input/output error"),
    ValueError("odd header"),
    aiohttp.ClientConnectionError("Connection closed"),
)


@pytest.mark.parametrize("error", NEVER_LEFT, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", ["run", "read"])
async def test_without_a_connection_nothing_was_sent(
    web: aioresponses, call: str, error: Exception
) -> None:
    web.post(RUN_URL, exception=error)
    web.get(READ_URL, exception=error)

    async with opened(BASE) as platform:
        reply = await CALLS[call](platform)

    assert isinstance(reply, NotSent)
    assert not reply.fatal


@pytest.mark.parametrize("error", MAY_HAVE_ARRIVED, ids=lambda error: type(error).__name__)
async def test_a_fault_after_the_connection_is_no_answer(
    web: aioresponses, error: Exception
) -> None:
    web.post(RUN_URL, exception=error)

    reply = await run()

    assert isinstance(reply, NoAnswer)
    assert reply.sent_at <= reply.received_at
    assert reply.why


async def test_a_certificate_that_does_not_verify_is_fatal_and_says_whose_it_is(
    web: aioresponses,
) -> None:
    web.post(RUN_URL, exception=aiohttp.ClientConnectorCertificateError(KEY, CERTIFICATE))

    reply = await run()

    assert isinstance(reply, NotSent)
    assert reply.fatal
    assert "certificate of h " in reply.why


async def test_a_bug_is_not_taken_for_a_fault_of_the_network(web: aioresponses) -> None:
    web.post(RUN_URL, exception=KeyError("bug"))

    with pytest.raises(KeyError):
        await run()


async def test_a_token_that_is_echoed_is_cut_out(web: aioresponses) -> None:
    web.post(
        RUN_URL,
        status=401,
        payload={"code": 90001, "message": f"{TOKEN} is unknown"},
        headers={"X-Request-Id": f"id-{TOKEN}"},
    )
    web.get(READ_URL, exception=aiohttp.ClientPayloadError(f"X-SBG-Auth-Token: {TOKEN}"))

    async with opened(BASE) as platform:
        replies = [await CALLS["run"](platform), await CALLS["read"](platform)]

    assert TOKEN not in f"{replies!r} {platform!r}"
    assert "[token] is unknown" in repr(replies)


@pytest.mark.parametrize("token", ["", " ", "a\nb", "tök", "a\x00"])
async def test_a_token_that_no_header_can_hold_is_refused_before_any_request(token: str) -> None:
    with pytest.raises(UsageError) as refused:
        async with open_platform(endpoint=BASE, token=token, concurrency=1, timeout_s=1):
            pytest.fail("opened")

    assert not token.strip() or token not in str(refused.value)


@pytest.mark.parametrize(
    "endpoint",
    ["", "cavatica", "ftp://h/v2", "https://", "http://[::1/v2", "https://xn--/v2"],
)
async def test_an_endpoint_that_is_no_web_address_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="endpoint"):
        async with opened(endpoint):
            pytest.fail("opened")


async def test_an_answer_in_no_known_words_is_alien(web: aioresponses) -> None:
    web.post(RUN_URL, body="<html><title>Log in to the hotel</title>")

    reply = await run()

    assert isinstance(reply, Answer)
    assert reply.word == Alien(excerpt="Log in to the hotel")
