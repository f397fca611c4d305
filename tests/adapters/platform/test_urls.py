"""What of a task stands in a request's first line, wherever the endpoint is."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from launcher.adapters.platform.http import HttpPlatform
from launcher.adapters.platform.wire import TASK_FIELDS
from launcher.core.answer import Reply
from launcher.core.ids import TaskId
from support.opened_platform import TASK, opened
from support.raw_server import answering, http_answer, raw_server

FIELDS = f"fields={','.join(TASK_FIELDS)}"
QUEUED = http_answer({"id": TASK, "status": "QUEUED"})

Call = Callable[[HttpPlatform], Coroutine[Any, Any, Reply]]


@pytest.mark.parametrize("path", ["", "/v2", "/a%20b/v2", "/a%2Fb", "/caf%C3%A9"])
@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda platform: platform.run(TASK, query={}), f"POST {{}}/actions/run?{FIELDS}"),
        (
            lambda platform: platform.run(TASK, query={"batch": "false", "a b": "é&="}),
            f"POST {{}}/actions/run?{FIELDS}&batch=false&a+b=%C3%A9%26%3D",
        ),
        (lambda platform: platform.abort(TASK), f"POST {{}}/actions/abort?{FIELDS}"),
        (lambda platform: platform.clone(TASK), f"POST {{}}/actions/clone?{FIELDS}"),
        (lambda platform: platform.details(TASK), "GET {}/execution_details"),
    ],
)
async def test_a_task_stands_after_the_path_of_the_endpoint(
    path: str, call: Call, line: str
) -> None:
    async with raw_server(answering(QUEUED)) as server, opened(server.url + path) as platform:
        await call(platform)

    (request,) = server.requests
    assert request.line == line.format(f"{path}/tasks/{TASK}") + " HTTP/1.1"


async def test_a_query_is_that_of_its_own_request() -> None:
    async with raw_server(answering(QUEUED, QUEUED, QUEUED)) as server, opened(server.url) as first:
        for query in ({"batch": "false"}, {}, {"batch": "false"}):
            await first.run(TASK, query=query)

    queries = [request.line.partition("?")[2] for request in server.requests]
    assert queries == [f"{FIELDS}{more} HTTP/1.1" for more in ("&batch=false", "", "&batch=false")]


async def test_an_id_in_capitals_is_sent_in_small_letters() -> None:
    async with raw_server(answering(QUEUED)) as server, opened(server.url) as platform:
        await platform.details(TaskId(TASK.upper()))

    assert server.requests[0].line.startswith(f"GET /tasks/{TASK}/")
