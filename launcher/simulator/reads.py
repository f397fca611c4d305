"""Answers to reads: one task, many, a list of them, the user and the rate limit."""

from dataclasses import replace

from launcher.simulator import refusals
from launcher.simulator.asked import Asked, UnreadableError, is_uuid, json_of
from launcher.simulator.body import details_object, task_object
from launcher.simulator.chance import Chance
from launcher.simulator.crowd import Crowd
from launcher.simulator.fields import Selection, parse_fields
from launcher.simulator.listing import links, page_url, parse_listing
from launcher.simulator.refusals import Refusal
from launcher.simulator.replies import Reply, json_reply, refusal_reply
from launcher.simulator.scenario import RequestKind, Scenario
from launcher.simulator.task import Task
from launcher.simulator.truth import Truth
from launcher.simulator.window import Rate
from launcher.simulator.world import World

_MOST_IDS = 100
_LIST_FIELDS = ("href", "id", "name", "project")
_UNLIMITED = {"limit": -1, "remaining": 2**63 - 1}


class Reads:
    """Answers reads from the world; reads change nothing, but others do between two pages."""

    def __init__(self, scenario: Scenario, world: World, *, chance: Chance, truth: Truth) -> None:
        self._scenario = scenario
        self._world = world
        self._chance = chance
        self._truth = truth
        self._crowd = Crowd(scenario, world)
        self._items = 0
        self._bulks = 0

    def get(self, asked: Asked, task_id: str, now_s: float) -> Reply:
        """Answer `GET /tasks/{id}`."""
        record = self._record(asked, task_id, now_s)
        return refusal_reply(record) if isinstance(record, Refusal) else json_reply(record)

    def bulk(self, asked: Asked, now_s: float) -> Reply:
        """Answer `POST /bulk/tasks/get`: one record an id; records of errors name no id."""
        if not self._scenario.bulk:
            return refusal_reply(refusals.NOT_FOUND)
        ids = _bulk_ids(asked)
        items = [self._item(asked, task_id, now_s) for task_id in ids]
        self._bulks += 1
        order = self._chance.order(len(items), number=self._bulks)
        return json_reply({"items": [items[place] for place in order]})

    def tasks(self, asked: Asked, now_s: float, *, project: str | None) -> Reply:
        """Answer one page of `GET /tasks`, or of a project's own list, which is the same one."""
        if project is not None:
            asked = replace(asked, query={**asked.query, "project": project})
        listing = parse_listing(asked)
        selection = parse_fields(asked.query.get("fields"), default=_LIST_FIELDS)
        ours = (
            task
            for task in self._world.tasks(now_s)
            if not task.hidden and task.listed_from_s <= now_s
        )
        matching = listing.matching(ours, lambda task: task.shown(now_s))
        page = matching[listing.offset : listing.offset + listing.limit]
        reply = json_reply(
            {
                "href": page_url(asked, listing, offset=listing.offset),
                "items": [self._shown(asked, task, selection, now_s) for task in page],
                "links": list(links(asked, listing, total=len(matching))),
            }
        )
        self._crowd.after_list(now_s)
        return reply.with_headers({"X-Total-Matching-Query": str(len(matching))})

    def user(self, asked: Asked, name: str | None) -> Reply:
        """Answer `GET /user` and `GET /users/{name}`, the latter for our user alone."""
        user = self._world.user
        if name not in {None, user}:
            return refusal_reply(refusals.UNKNOWN_USER)
        members = {
            "href": f"{asked.base}/users/{user}",
            "username": user,
            "email": "rosalind.franklin@example.org",
            "first_name": "Rosalind",
            "last_name": "Franklin",
            "affiliation": "King's College London",
            **dict.fromkeys(("phone", "address", "city", "state", "zip_code"), ""),
            "country": "United Kingdom",
            "role": "MEMBER",
        }
        return json_reply(members)

    def details(self, asked: Asked, task_id: str, now_s: float) -> Reply:
        """Answer `GET /tasks/{id}/execution_details`."""
        task = self._readable(task_id, now_s)
        if isinstance(task, Refusal):
            return refusal_reply(task)
        return json_reply(details_object(task, task.shown(now_s), base=asked.base))

    def rate_limit(self, rate: Rate, now_s: float) -> Reply:
        """Answer `GET /rate_limit`, which costs nothing."""
        reset = rate.reset_in(self._scenario.reset_unit)
        members = {"limit": rate.limit, "remaining": rate.remaining, "reset": reset}
        free = self._world.free_instances(now_s)
        if free is None:
            return json_reply({"rate": members, "instance_limit": _UNLIMITED})
        instances = {"limit": self._scenario.instance_limit, "remaining": free}
        return json_reply({"rate": members, "instance_limit": instances})

    def _item(self, asked: Asked, task_id: str, now_s: float) -> dict[str, object]:
        self._items += 1
        self._truth.note_task(RequestKind.BULK, task_id)
        if self._chance.item_fails(self._items):
            return {"error": refusals.TASK_SERVICE_UNAVAILABLE.body()}
        record = self._record(asked, task_id, now_s)
        if isinstance(record, Refusal):
            return {"error": record.body()}
        return {"resource": record}

    def _record(self, asked: Asked, task_id: str, now_s: float) -> dict[str, object] | Refusal:
        task = self._readable(task_id, now_s)
        if isinstance(task, Refusal):
            return task
        return self._shown(asked, task, parse_fields(asked.query.get("fields")), now_s)

    def _readable(self, task_id: str, now_s: float) -> Task | Refusal:
        if not is_uuid(task_id):
            return refusals.NO_UUID
        task = self._world.find(task_id, now_s)
        if task is None:
            return refusals.NO_SUCH_TASK
        return refusals.NO_PRIVILEGE if task.hidden else task

    def _shown(
        self, asked: Asked, task: Task, selection: Selection, now_s: float
    ) -> dict[str, object]:
        return task_object(task, task.shown(now_s), base=asked.base, selection=selection)


def _bulk_ids(asked: Asked) -> list[str]:
    match json_of(asked):
        case {"task_ids": list(ids)} if len(ids) <= _MOST_IDS:
            texts = [task_id.lower() for task_id in ids if isinstance(task_id, str)]
            if len(texts) == len(ids):
                return texts
    raise UnreadableError(refusals.BAD_REQUEST)
