"""What `simulate` and `demo` do; imported only when one of them runs."""

import asyncio
import contextlib
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.output import say
from launcher.adapters.reports import check_target
from launcher.adapters.screen import print_closing
from launcher.adapters.signals import keyboard_interrupts
from launcher.adapters.sources import read_ids
from launcher.cli.ending import say_error
from launcher.core.errors import UsageError, foremost
from launcher.settings import Settings
from launcher.simulator import Kind, Scenario, Simulator, serve
from launcher.simulator.serving import write_ids
from launcher.wiring import Command, Finished, carry_out, new_run_id, write_reports

DEMO_SPECIALS: Mapping[str, int] = {
    Kind.FORBIDDEN: 1,
    Kind.INVALID_4XX: 2,
    Kind.INVALID_ERRORS: 1,
    Kind.RUNNING: 2,
    Kind.NOT_FOUND: 1,
}


def serve_simulation(scenario: Scenario, *, port: int, ids: Path | None) -> None:
    """Serve until Ctrl-C; how to use it goes to standard output."""

    def say(simulator: Simulator) -> None:
        if ids is not None:
            _write_ids(ids, simulator.task_ids)
        name = "a file of the ids below" if ids is None else shlex.quote(str(ids))
        lines = (
            f"export SB_API_ENDPOINT={simulator.endpoint}",
            f"export SB_AUTH_TOKEN={simulator.token}",
            f"# then, in another terminal: launcher run {name}",
            f"# the truth: {simulator.endpoint.removesuffix('/v2')}/truth",
            *(simulator.task_ids if ids is None else ()),
        )
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()

    try:
        with contextlib.suppress(KeyboardInterrupt), keyboard_interrupts():
            asyncio.run(serve(scenario, port=port, ready=say))
    except BrokenPipeError:
        raise
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"cannot serve on port {port}: {why}; try --port 0") from error


def run_demo(folder: Path, *, tasks: int, seed: int) -> int:
    """Rehearse in `folder` against a simulator of this process; return 0 when all went as meant."""
    scenario = Scenario(
        tasks=tasks, seed=seed, special=DEMO_SPECIALS, fault_share=0.15, latency_s=0.05
    )
    targets = (str(folder / "report.csv"), str(folder / "report.json"))
    for target in targets if folder.is_dir() else ():
        check_target(target)
    finished, started, doubles = asyncio.run(_rehearse(folder, scenario))
    errors = list(finished.errors)
    launched = 0
    if finished.report is not None:
        written = write_reports(finished.report, targets)
        errors += written.errors
        print_closing(finished.report, stream=sys.stderr, report_paths=written.paths)
        launched = finished.report.summary.launched
        say(
            f"The simulator's own count: {started:,} of {tasks:,} drafts started, "
            f"{doubles:,} started twice. A real run would exit with {finished.exit_code} here.\n"
        )
    for error in errors:
        say_error(error)
    last = foremost(errors)
    if last is not None:
        return last.exit_code
    return 0 if launched == started == tasks and not doubles else 1


def _write_ids(path: Path, task_ids: tuple[str, ...]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_ids(path, task_ids)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"cannot write the task ids to {path}: {why}") from error


async def _rehearse(folder: Path, scenario: Scenario) -> tuple[Finished, int, int]:
    async with Simulator(scenario) as simulator:
        ids = folder / "tasks.txt"
        _write_ids(ids, simulator.task_ids)
        say(f"A simulated platform at {simulator.endpoint}; its tasks: {ids}\n")
        command = Command(
            run=new_run_id(SystemClock()),
            wanted=read_ids([str(ids)], []),
            settings=Settings(journal=folder / "journal.db", yes=True),
            credentials=Credentials(
                endpoint=simulator.endpoint, token=simulator.token, found_in="the demo"
            ),
            arguments=("demo",),
        )
        finished = await carry_out(
            command, approve=lambda _plan, _forecast: None, stream=sys.stderr
        )
        return finished, len(simulator.truth.started), len(simulator.truth.doubles)
