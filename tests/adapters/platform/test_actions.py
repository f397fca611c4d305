"""Aborts, clones and lists over HTTP: which request leaves, and what its answer says."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from aioresponses import aioresponses
from aioresponses.compat import normalize_url
from yarl import URL

from launcher.core.answer import Alien, Answer, ErrorWord, JobsWord, PageWord, TaskView
from support.aioresponses_repair import RepairedResponses
from support.opened_platform import OTHER, TASK, opened

MADE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BASE = "https://cavatica-api.sbgenomics.com/v2"
FIELDS = "id,name,status,project,app,batch,parent,executed_by,errors,warnings"
LIST_FIELDS = f"{FIELDS},created_time,created_by,start_time,end_time,price,execution_status,outputs"
LIST_URL = URL(f"{BASE}/tasks").with_query(fields=LIST_FIELDS, project="o/p", limit="100")


@pytest.fixture
def web() -> Iterator[aioresponses]:
    with RepairedResponses() as responses:
        yield responses


@pytest.mark.parametrize(("action", "status"), [("abort", "ABORTING"), ("clone", "DRAFT")])
async def test_an_action_is_one_post_with_an_empty_object(
    web: aioresponses, action: str, status: str
) -> None:
    url = URL(f"{BASE}/tasks/{TASK}/actions/{action}").with_query(fields=FIELDS)
    web.post(url, payload={"id": OTHER, "status": status})

    async with opened(BASE) as platform:
        reply = await (platform.abort(TASK) if action == "abort" else platform.clone(TASK))

    assert isinstance(reply, Answer)
    assert reply.word == TaskView(id=OTHER, status=status)
    (call,) = web.requests[("POST", normalize_url(url))]
    assert call.kwargs["data"] == b"{}"


@pytest.mark.parametrize(("jobs", "count"), [([], 0), ([{"name": "align"}, "odd"], 2)])
async def test_execution_details_tell_how_many_jobs_there_are(
    web: aioresponses, jobs: list[object], count: int
) -> None:
    web.get(f"{BASE}/tasks/{TASK}/execution_details", payload={"status": "RUNNING", "jobs": jobs})

    async with opened(BASE) as platform:
        reply = await platform.details(TASK)

    assert isinstance(reply, Answer)
    assert reply.word == JobsWord(jobs=count)


@pytest.mark.parametrize("body", ["", "[]", '{"jobs": null}', '{"jobs": 3}', "<html>"])
async def test_details_without_a_list_of_jobs_are_not_the_word(
    web: aioresponses, body: str
) -> None:
    web.get(f"{BASE}/tasks/{TASK}/execution_details", body=body)

    async with opened(BASE) as platform:
        reply = await platform.details(TASK)

    assert isinstance(reply, Answer)
    assert isinstance(reply.word, Alien)


async def test_a_page_tells_its_tasks_how_many_match_and_whether_there_is_another(
    web: aioresponses,
) -> None:
    web.get(
        LIST_URL,
        payload={
            "items": [
                {
                    "id": TASK,
                    "status": "DRAFT",
                    "created_time": "2026-11-24T03:21:41Z",
                    "created_by": "RFranklin",
                },
                {"id": OTHER, "status": "DRAFT", "created_time": 7, "created_by": ["x"]},
                "odd",
            ],
            "links": [{"href": "x", "rel": "PREV"}, {"href": "y", "rel": "Next"}],
        },
        headers={"X-Total-Matching-Query": "230"},
    )

    async with opened(BASE) as platform:
        reply = await platform.list_tasks({"project": "o/p", "limit": "100"})

    assert isinstance(reply, Answer)
    assert reply.total == 230
    made = TaskView(
        id=TASK,
        status="DRAFT",
        created_at=datetime(2026, 11, 24, 3, 21, 41, tzinfo=UTC),
        created_by="RFranklin",
    )
    hazy = TaskView(id=OTHER, status="DRAFT")
    assert reply.word == PageWord(items=(made, hazy, None), has_next=True)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-24T08:30:00Z", MADE),
        ("2026-11-24T08:30:00", MADE),
        ("2026-11-24T10:30:00.000+02:00", MADE),
        ("yesterday", None),
        (None, None),
        (7, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
async def test_a_page_tells_when_its_tasks_were_made(
    web: aioresponses, *, text: object, at: datetime | None
) -> None:
    web.get(LIST_URL, payload={"items": [{"id": TASK, "status": "DRAFT", "created_time": text}]})

    async with opened(BASE) as platform:
        reply = await platform.list_tasks({"project": "o/p", "limit": "100"})

    assert isinstance(reply, Answer)
    item = TaskView(id=TASK, status="DRAFT", created_at=at)
    assert reply.word == PageWord(items=(item,), has_next=False)


@pytest.mark.parametrize(
    ("links", "has_next"),
    [([], False), (None, False), ("next", False), ([{"rel": None}, 7], False), ([{}], False)],
)
async def test_without_a_link_to_a_next_page_there_is_none(
    web: aioresponses, *, links: object, has_next: bool
) -> None:
    web.get(LIST_URL, payload={"items": [], "links": links})

    async with opened(BASE) as platform:
        reply = await platform.list_tasks({"project": "o/p", "limit": "100"})

    assert isinstance(reply, Answer)
    assert reply.word == PageWord(items=(), has_next=has_next)
    assert reply.total is None


async def test_a_refused_list_and_a_page_of_a_gateway_are_no_pages(web: aioresponses) -> None:
    web.get(LIST_URL, status=403, payload={"code": 3001, "message": "no"})
    web.get(LIST_URL, body="<html><title>Bad Gateway</title></html>")

    async with opened(BASE) as platform:
        replies = [await platform.list_tasks({"project": "o/p", "limit": "100"}) for _ in range(2)]

    words = [reply.word for reply in replies if isinstance(reply, Answer)]
    assert words == [ErrorWord(code=3001, message="no"), Alien(excerpt="Bad Gateway")]
