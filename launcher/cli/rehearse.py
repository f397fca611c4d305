"""`launcher simulate` and `launcher demo`."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def _seconds(text: str) -> float:
    from launcher.settings import duration_s  # noqa: PLC0415 - help pays for no library

    try:
        found = duration_s(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if not isinstance(found, float) or found <= 0:
        raise typer.BadParameter("expected more than no time")
    return found


def _window_seconds(text: str) -> float:
    found = _seconds(text)
    if found < SHORTEST_WINDOW_S:
        raise typer.BadParameter(f"expected {SHORTEST_WINDOW_S:g}s or more")
    return found


SHORTEST_WINDOW_S = 0.1
_FLIPS_PER_RUN = 5  # put back in the queue, a task waits about a fifth of a run
Folder = Annotated[Path, typer.Option(metavar="FOLDER", help="Where everything is kept.")]
IdsFile = Annotated[
    Path | None, typer.Option("--ids", metavar="PATH", help="Write the task ids there.")
]
Count = Annotated[int, typer.Option("--tasks", min=0, metavar="N", help="Draft tasks.")]
Batches = Annotated[int, typer.Option(min=0, metavar="N", help="Draft batch tasks.")]
Share = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="Of run requests hit by faults.")
]
RunMedian = Annotated[
    float | None,
    typer.Option(parser=_seconds, metavar="DURATION", help="Tasks end; half of them within that."),
]
Instances = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="So many tasks RUNNING at once, at most.")
]
FlipShare = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="Of tasks put back in the queue.")
]
FailedShare = Annotated[
    float, typer.Option(min=0, max=1, metavar="SHARE", help="Of tasks that end FAILED.")
]
Window = Annotated[
    float,
    typer.Option(
        parser=_window_seconds,
        metavar="DURATION",
        help="Length of a window; forecasts assume 300s. [default: 300s]",
        show_default=False,
    ),
]
Lenient = Annotated[
    bool, typer.Option("--lenient", help="A second run request starts a task a second time.")
]


def simulate(
    *,
    tasks: Count = 20,
    batch_tasks: Batches = 0,
    run_median: RunMedian = None,
    instances: Instances = None,
    flip_share: FlipShare = 0.0,
    failed_share: FailedShare = 0.0,
    fault_share: Share = 0.0,
    lenient: Lenient = False,
    limit: Annotated[int, typer.Option(min=1, help="Requests in a window.")] = 1000,
    window: Window = 300.0,
    seed: Annotated[int, typer.Option(help="Draws ids and faults.")] = 0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 0,
    ids: IdsFile = None,
) -> None:
    """Serve a platform on this machine. To rehearse against; Ctrl-C ends it."""
    from launcher.cli.rehearsing import serve_simulation  # noqa: PLC0415 - help pays for no library
    from launcher.simulator import Scenario  # noqa: PLC0415

    scenario = Scenario(
        tasks=tasks,
        batch_tasks=batch_tasks,
        run_median_s=run_median,
        instance_limit=instances,
        flip_share=flip_share,
        flip_queued_s=(run_median or 1.0) / _FLIPS_PER_RUN,
        failed_share=failed_share,
        fault_share=fault_share,
        lenient=lenient,
        limit=limit,
        window_s=window,
        seed=seed,
    )
    serve_simulation(scenario, port=port, ids=ids)


def demo(*, folder: Folder = Path("demo"), tasks: Count = 60, seed: int = 7) -> None:
    """Rehearse on a simulated platform. The main job, a few misbehaving tasks among them."""
    from launcher.cli.rehearsing import run_demo  # noqa: PLC0415

    sys.exit(run_demo(folder, tasks=tasks, seed=seed))
