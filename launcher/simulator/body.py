"""Task objects as the platform writes them.

Source: `platform-api.md`, sections 1.3, 2.5, 2.7 and 7.1.
"""

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from launcher.simulator import progress
from launcher.simulator.fields import Selection
from launcher.simulator.task import Status, Task, View, start_shown_s

_PORTS = ("aligned_reads", "alignment_metrics", "insert_size_histogram", "flagstat")
_LANES = 8
_KEPT = 512  # each is some kilobytes
_BATCH_BY = {"type": "CRITERIA", "criteria": ["metadata.sample_id"]}


def task_object(task: Task, view: View, *, base: str, selection: Selection) -> dict[str, object]:
    """Return the selected members of a task; absent ones (None) are left out, as on the wire."""
    members: dict[str, object] = {}
    for name, member in _MEMBERS.items():
        if selection.takes(name):
            value = f"{base}/tasks/{task.id}" if name == "href" else member(task, view)
            if value is not None:
                members[name] = value
    return selection.of(members)


def time_text(at_s: float) -> str:
    """Return a time as the platform writes it, whole seconds in UTC."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def details_object(task: Task, view: View, *, base: str) -> dict[str, object]:
    """Return the execution details of a task; the members of jobs are those of the R client."""
    times = {"start_time": start_shown_s(task, view), "end_time": view.ended_s}
    return {
        "href": f"{base}/tasks/{task.id}/execution_details",
        **{name: None if at_s is None else time_text(at_s) for name, at_s in times.items()},
        "status": view.status,
        "message": progress.message(view),
        "jobs": [_job_object(view, started_s) for started_s in progress.jobs_started_s(task, view)],
    }


def _job_object(view: View, started_s: float) -> dict[str, object]:
    return {
        "name": "align",
        "start_time": time_text(started_s),
        "end_time": None if view.ended_s is None else time_text(view.ended_s),
        "status": "RUNNING" if view.ended_s is None else view.status,
        "command_line": "bwa-mem2 mem -t 16",
        "retried": False,
        "instance": {"id": "i-0", "type": "c5.4xlarge", "provider": "AWS"},
        "docker": {"checksum": None},
        "logs": {},
    }


@lru_cache(maxsize=_KEPT)
def _inputs_of(task_id: str, name: str) -> Mapping[str, object]:
    chance = random.Random(task_id)

    def file(file_name: str) -> dict[str, object]:
        path = f"{chance.getrandbits(96):024x}"
        return {"class": "File", "path": path, "name": file_name, "size": chance.randrange(2**36)}

    return {
        "reads": [
            file(f"{name}.L{lane:03}_R{mate}.fastq.gz")
            for lane in range(1, _LANES + 1)
            for mate in (1, 2)
        ],
        "reference": file("GRCh38.primary_assembly.fa"),
        "index": file("GRCh38.primary_assembly.bwa-mem2.tar"),
        "known_sites": [file(f"known-sites-{number}.vcf.gz") for number in range(1, 4)],
        "threads": 16,
        "adapter": None,
    }


def _outputs(task: Task, view: View) -> Mapping[str, object]:
    if view.status is not Status.COMPLETED or task.life.plan.outputless:
        return dict.fromkeys(_PORTS)
    return {port: {"class": "File", "path": "0" * 24, "name": port} for port in _PORTS}


_MEMBERS: Mapping[str, Callable[[Task, View], object]] = {
    "href": lambda task, _: task.id,
    "id": lambda task, _: task.id,
    "name": lambda task, _: task.name,
    "description": lambda _, __: "Alignment of one sample to GRCh38.",
    "status": lambda _, view: view.status,
    "project": lambda task, _: task.project,
    "app": lambda task, _: task.app,
    "type": lambda _, __: "v2",
    "created_by": lambda task, _: task.created_by,
    "executed_by": lambda _, view: view.executed_by,
    "created_time": lambda task, _: time_text(task.created_s),
    "start_time": lambda task, view: time_text(start_shown_s(task, view)),
    "end_time": lambda _, view: None if view.ended_s is None else time_text(view.ended_s),
    "batch": lambda task, _: task.batch,
    "batch_by": lambda task, _: _BATCH_BY if task.batch else None,
    "batch_input": lambda task, _: "reads" if task.batch else None,
    "batch_group": lambda task, _: (
        {"value": task.batch_value, "fields": {"metadata.sample_id": task.batch_value}}
        if task.batch_value
        else None
    ),
    "parent": lambda task, _: task.parent,
    "origin_id": lambda task, _: task.origin_id,
    "use_interruptible_instances": lambda task, _: task.interruptible,
    "execution_settings": lambda _, __: {
        "instance_type": "c5.4xlarge;ebs-gp2;1024",
        "max_parallel_instances": 1,
        "use_memoization": False,
        "use_elastic_disk": False,
    },
    "output_location": lambda _, __: {
        "main_location": "volumes://RFranklin/results/align",
        "nodes_override": False,
    },
    "execution_status": progress.execution_status,
    "errors": lambda task, _: list(task.errors),
    "warnings": lambda _, __: [],
    "inputs": lambda task, _: _inputs_of(task.inputs_of, task.name),
    "outputs": _outputs,
    "price": progress.price,
}
