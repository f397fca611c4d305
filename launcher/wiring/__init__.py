"""Puts the parts together, for one run or for a diagnosis; the only place that knows them all."""

from launcher.wiring.access import credentials_of, network_of
from launcher.wiring.command import Command, Finished
from launcher.wiring.end import End
from launcher.wiring.machines import Machines, open_machines
from launcher.wiring.others import tasks_of_run
from launcher.wiring.reporting import Written, report_targets, write_reports
from launcher.wiring.running import carry_out, new_run_id
from launcher.wiring.ticking import is_silent
from launcher.wiring.words import Tell

__all__ = [
    "Command",
    "End",
    "Finished",
    "Machines",
    "Tell",
    "Written",
    "carry_out",
    "credentials_of",
    "is_silent",
    "network_of",
    "new_run_id",
    "open_machines",
    "report_targets",
    "tasks_of_run",
    "write_reports",
]
