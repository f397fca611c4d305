"""Answers to run, abort and clone requests, with what faults do to the task and to the answer."""

from launcher.simulator import refusals
from launcher.simulator.asked import Asked, UnreadableError, boolean_of, json_of
from launcher.simulator.body import task_object
from launcher.simulator.faults import Effect, Somebody, Starts
from launcher.simulator.fields import parse_fields
from launcher.simulator.refusals import Refusal
from launcher.simulator.replies import Reply, json_reply, refusal_reply, spoilt
from launcher.simulator.scenario import Scenario
from launcher.simulator.world import RunOrder, World


class Runs:
    """Carries runs, aborts and clones out; a fault's effect on the task comes before its answer."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._scenario = scenario
        self._world = world

    def run(self, asked: Asked, task_id: str, *, effect: Effect, now_s: float) -> Reply:
        """Answer `POST /tasks/{id}/actions/run`."""
        order = _order_of(asked, task_id)
        if effect.somebody is Somebody.BEFORE:
            self._somebody_starts(task_id, unseen=effect.unseen, now_s=now_s)
        refusal = self._carry_out(order, effect.starts, now_s)
        if effect.somebody is Somebody.AFTER:
            self._world.start_as_somebody_else(task_id, now_s)
        if effect.hides:
            self._world.hide(task_id)
        honest = refusal_reply(refusal) if refusal else self._task_reply(asked, task_id, now_s)
        return self._spoilt(honest, effect)

    def abort(self, asked: Asked, task_id: str, *, effect: Effect, now_s: float) -> Reply:
        """Answer `POST /tasks/{id}/actions/abort`."""
        _check_body(asked)
        refusal = None
        if effect.starts is Starts.NOW:
            refusal = self._world.abort(task_id, now_s)
        elif effect.starts is Starts.LATE:
            late_s = now_s + self._scenario.late_start_s
            self._world.later(late_s, lambda at_s: self._world.abort(task_id, at_s))
        honest = refusal_reply(refusal) if refusal else self._task_reply(asked, task_id, now_s)
        return self._spoilt(honest, effect)

    def clone(self, asked: Asked, task_id: str, *, effect: Effect, now_s: float) -> Reply:
        """Answer `POST /tasks/{id}/actions/clone`, which may run what it makes."""
        _check_body(asked)
        action = asked.query.get("action")
        if action not in {None, "run"}:
            return self._spoilt(refusal_reply(refusals.BAD_ACTION), effect)
        if effect.starts is Starts.LATE:
            late_s = now_s + self._scenario.late_start_s
            self._world.later(late_s, lambda at_s: self._world.clone(task_id, at_s))
        if effect.starts is not Starts.NOW:
            return self._spoilt(self._task_reply(asked, task_id, now_s), effect)
        clone = self._world.clone(task_id, now_s)
        if isinstance(clone, Refusal):
            return self._spoilt(refusal_reply(clone), effect)
        if action == "run":
            self._world.run_new(clone, now_s)
        return self._spoilt(self._task_reply(asked, clone.id, now_s), effect)

    def _spoilt(self, honest: Reply, effect: Effect) -> Reply:
        if effect.spoiling is None:
            return honest
        return spoilt(effect.spoiling, honest, huge_bytes=self._scenario.huge_bytes)

    def _carry_out(self, order: RunOrder, starts: Starts, now_s: float) -> Refusal | None:
        match starts:
            case Starts.NOW:
                return self._world.run(order, now_s)
            case Starts.LATE:
                self._world.start_later(order.task_id, now_s + self._scenario.late_start_s)
            case Starts.NOT:
                pass
        return None if self._world.find(order.task_id, now_s) else refusals.NO_SUCH_TASK

    def _somebody_starts(self, task_id: str, *, unseen: bool, now_s: float) -> None:
        started = self._world.start_as_somebody_else(task_id, now_s)
        if started and unseen:
            self._world.blur(task_id, now_s + self._scenario.late_start_s)

    def _task_reply(self, asked: Asked, task_id: str, now_s: float) -> Reply:
        task = self._world.find(task_id, now_s)
        if task is None:
            return refusal_reply(refusals.NO_SUCH_TASK)
        selection = parse_fields(asked.query.get("fields"))
        return json_reply(task_object(task, task.view(now_s), base=asked.base, selection=selection))


def _order_of(asked: Asked, task_id: str) -> RunOrder:
    _check_body(asked)
    return RunOrder(
        task_id=task_id,
        batch=boolean_of(asked, "batch"),
        interruptible=boolean_of(asked, "use_interruptible_instances"),
    )


def _check_body(asked: Asked) -> None:
    if not isinstance(json_of(asked), dict | None):
        raise UnreadableError(refusals.UNREADABLE)
