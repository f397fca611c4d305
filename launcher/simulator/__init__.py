"""A platform on this machine: the opponent of the launcher, of which it imports nothing."""

from launcher.simulator.faults import (
    ACTION_FAULTS,
    AFTER_START,
    BEFORE_START,
    READ_FAULTS,
    RECOVERABLE,
    Fault,
)
from launcher.simulator.occupancy import Occupancy
from launcher.simulator.scenario import (
    SOMEBODY_ELSE,
    Kind,
    RequestKind,
    Scenario,
    ids_of,
    task_ids_of,
)
from launcher.simulator.server import Simulator
from launcher.simulator.service import Service
from launcher.simulator.serving import serve
from launcher.simulator.task import Start
from launcher.simulator.truth import Truth

__all__ = [
    "ACTION_FAULTS",
    "AFTER_START",
    "BEFORE_START",
    "READ_FAULTS",
    "RECOVERABLE",
    "SOMEBODY_ELSE",
    "Fault",
    "Kind",
    "Occupancy",
    "RequestKind",
    "Scenario",
    "Service",
    "Simulator",
    "Start",
    "Truth",
    "ids_of",
    "serve",
    "task_ids_of",
]
