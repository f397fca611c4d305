"""What one call of the command line asks of the engine."""

import platform as machine

from launcher import __version__
from launcher.core.retry import RetryPolicy
from launcher.engine.orders import Orders
from launcher.wiring.command import Command


def orders_of(command: Command) -> Orders:
    """Return what the command asks of the engine."""
    settings, aborts, selection = command.settings, command.aborts, command.selection
    return Orders(
        endpoint=command.credentials.endpoint,
        wanted=command.wanted,
        host=machine.node(),
        version=__version__,
        arguments=command.arguments,
        concurrency=settings.concurrency,
        policy=RetryPolicy(max_attempts=settings.max_attempts),
        settle_s=settings.settle,
        reserve_share=settings.reserve_share,
        limit=settings.limit,
        deadline_s=settings.deadline,
        max_failures=settings.failures_allowed(len(command.wanted)),
        max_outage_s=settings.max_outage,
        grace_s=settings.grace,
        unbatch=settings.unbatch,
        interruptible=settings.interruptible,
        recheck=settings.recheck,
        fields=tuple(settings.fields),
        strict=settings.strict,
        dry=command.dry,
        listed=command.listed,
        max_running=settings.max_running,
        poll_s=settings.poll,
        wait=settings.wait and not command.watch,
        watch=command.watch,
        has_dial=settings.max_running_file is not None,
        counts_project=settings.running_scope == "project",
        stagger_s=settings.stagger,
        canary=settings.canary,
        waits=not settings.once,
        max_cost=settings.cost_allowed,
        costs_of=() if selection is None or settings.max_cost is None else selection.words,
        estimate=settings.estimate,
        aborts=None if aborts is None else aborts.run_id,
    )
