"""The options that `run` and `plan` share: one table, in the order of the help page."""

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE|-", help="Task ids, one a line; CSV, TSV, JSON, JSON Lines; - is stdin."
    ),
]
Tasks = Annotated[
    list[str] | None, typer.Option("--task", metavar="ID", help="A task's id or link; repeatable.")
]
RerunFailed = Annotated[
    str | None,
    typer.Option(
        "--rerun-failed",
        metavar="RUN|last",
        help="Instead of ids: clone and launch what failed or was aborted of a run's tasks.",
    ),
]
Journal = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="The journal. [default: in your state folder]",
        readable=False,  # whoever opens it says what is wrong, with an exit code of its own
    ),
]
Config = Annotated[Path | None, typer.Option(metavar="PATH", help="A settings file (TOML).")]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATH",
        help="Where the report goes: .csv, .tsv, .json, .jsonl, .html, .md, .xml; repeatable. "
        "[default: launcher-reports/RUN.csv]",
    ),
]


def _text(metavar: str, help_text: str) -> object:
    return Annotated[str | None, typer.Option(metavar=metavar, help=help_text)]


def _flag(help_text: str, *names: str) -> object:
    return Annotated[bool | None, typer.Option(*names, help=help_text)]


SHARED: Mapping[str, object] = {
    "report": Reports,
    "fields": _text("LIST", "Members of the tasks for .json and .jsonl: created_time,price"),
    "journal": Journal,
    "concurrency": _text("N", "Requests in flight at most. [default: 16]"),
    "max_attempts": _text("N", "Run requests for a task, a run, at most. [default: 6]"),
    "timeout": _text("DURATION", "For one request in all. [default: 60s]"),
    "settle": _text("DURATION", "Before a task in doubt is read. [default: 2s]"),
    "reserve_share": _text("SHARE", "Of the budget, left to others. [default: 0]"),
    "limit": _text("N", "Launch at most N of the drafts; the rest stays. [default: all]"),
    "deadline": _text("DURATION", "Start no task after that time. [default: none]"),
    "max_running": _text("N", "Of the input's tasks, at most N active at once. [default: all]"),
    "max_running_file": _text("PATH", "A file that holds N, read again while it runs; 0 pauses."),
    "running_scope": _text("input|project", "Whose tasks count. [default: input]"),
    "poll": _text("DURATION", "Between reads of what runs, at least. [default: 30s]"),
    "wait": _flag("Wait until what was launched has ended; exit 1 if one failed.", "--wait"),
    "stagger": _text("DURATION", "Between two run requests, at least. [default: 0s]"),
    "canary": _text("N", "Launch N, wait until they run, then the rest. [default: 0]"),
    "once": _flag("A tick, for cron: start what may start now, wait for no slot, tell only news."),
    "retry_rejected": _flag("With --once: ask again for what was refused."),
    "if_locked": _text("exit|wait", "While another run holds the journal. [default: exit, 75]"),
    "max_cost": _text("AMOUNT[ CURRENCY]", "Halt before the tasks cost more. [default: never]"),
    "estimate": _flag("Say before what the tasks may cost, by earlier ones.", "--estimate"),
    "max_failures": _text("N|P%", "Halt when more tasks are rejected or failed. [default: never]"),
    "max_outage": _text("DURATION", "Halt when nothing works so long. [default: 30m]"),
    "grace": _text("DURATION", "After a signal, to settle doubts. [default: 20s]"),
    "unbatch": _flag("Run batch tasks as single tasks.", "--unbatch"),
    "allow_batch": _flag("Let batch tasks start their children, many each.", "--allow-batch"),
    "interruptible": _flag(
        "Use spot instances, or none. [default: as each task says]", "--interruptible/--on-demand"
    ),
    "recheck": _flag("Read again what earlier runs launched.", "--recheck"),
    "strict": _flag("Exit 1 when a task was no draft any more.", "--strict"),
    "allow_empty": _flag("Exit 0 when there is no task id at all.", "--allow-empty"),
    "yes": _flag("No question before more than 50 tasks.", "--yes", "-y"),
    "column": _text("NAME", "The column with the ids. [default: task_id, else id]"),
    "profile": _text("NAME", "A profile of ~/.sevenbridges/credentials."),
    "endpoint": _text("URL", "Such as https://cavatica-api.sbgenomics.com/v2"),
    "token_file": _text("PATH", "A file that holds the token and nothing else."),
    "ca_file": _text("PATH", "A CA (PEM) to trust beside the system's."),
    "quiet": _flag("Say nothing while all is well.", "--quiet", "-q"),
    "verbose": _flag("Log every request (to standard error).", "--verbose", "-v"),
    "log_format": _text("text|json", "What log lines are. [default: text]"),
    "events": _text("FILE|-", "Add a line of JSON for each event, as it goes on; - is stdout."),
    "metrics": _text("PATH.prom", "Figures for Prometheus' node exporter, each 10 s."),
    "notify_file": _text("PATH", "Addresses that are told when a run ends otherwise than before."),
    "on_finish": _text("COMMAND", "For the shell, after the reports; RUN_EXIT_CODE tells it."),
    "config": Config,
}


SELECTORS: Mapping[str, object] = {
    "project": Annotated[
        list[str] | None,
        typer.Option(
            metavar="OWNER/NAME", help="All drafts of a project, besides the others; repeatable."
        ),
    ],
    "name": _text("GLOB", "Of the projects: only tasks of such a name, as 'align-*'."),
    "created_from": _text("DATE", "Of the projects: only tasks made then or later, UTC."),
    "only_batch": _flag("Of the projects: only batch tasks.", "--only-batch"),
    "skip_batch": _flag("Of the projects: no batch tasks.", "--skip-batch"),
}
"""What tasks of projects are selected by: input, no settings, so that no file widens it unseen."""


def with_shared_options(
    function: Callable[..., None],
    *,
    of: Mapping[str, object] = SHARED,
    under: str = "given",
) -> Callable[..., None]:
    """Give a command the shared options, or some; it receives those that were given as `under`."""

    @functools.wraps(function)
    def command(**arguments: Any) -> None:  # noqa: ANN401 - typer's values, checked by Settings
        given = {name: arguments.pop(name) for name in of}
        arguments[under] = {name: value for name, value in given.items() if _is_given(value)}
        function(**arguments)

    own = inspect.signature(function).parameters.values()
    shared = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=kind,
        )
        for name, kind in of.items()
    ]
    kept = [parameter for parameter in own if parameter.name != under]
    command.__signature__ = inspect.Signature([*kept, *shared])  # type: ignore[attr-defined]  # typer reads it
    command.__annotations__ = {
        parameter.name: parameter.annotation for parameter in (*kept, *shared)
    }
    return command


with_selectors = functools.partial(with_shared_options, of=SELECTORS, under="selected")


def _is_given(value: object) -> bool:
    """Say whether it was on the command line; an empty text was, and is refused later."""
    return value is not None and value != []
