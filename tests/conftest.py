"""What every test gets: a clean environment, a printed seed, and no home of its own."""

import gc
import logging
import os
import random
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support.figures import Figures, figures_of, lines_of, write

gc.set_threshold(50_000, 20, 50)
"""Tests make much and keep little of it: looking for cycles took a tenth of their time."""

for _number in (signal.SIGINT, signal.SIGHUP):  # ignored by `nohup`, and for background jobs
    if signal.getsignal(_number) is signal.SIG_IGN:
        is_ctrl_c = _number is signal.SIGINT
        signal.signal(_number, signal.default_int_handler if is_ctrl_c else signal.SIG_DFL)

SEED_VARIABLE = "TEST_SEED"
IN_CI = "CI" in os.environ
NETWORK_VARIABLES = frozenset(
    ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
)
NOTHING_IS_SKIPPED = "LAUNCHER_TEST_ALL" in os.environ

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "20"))
"""Of each property; `TEST_EXAMPLES=1000 make test` takes its time."""
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=EXAMPLES)
settings.register_profile("here", deadline=None, max_examples=EXAMPLES)
settings.load_profile("ci" if IN_CI else "here")


def _seed() -> int:
    if SEED_VARIABLE in os.environ:
        return int(os.environ[SEED_VARIABLE])
    return 20261124 if IN_CI else random.SystemRandom().randrange(2**32)


SEED = _seed()


NOTED: list[Figures] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", type=Path, help="the page that the figures of proofs go into")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed:
        NOTED.extend(figures_of(report.user_properties))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the proofs counted, and write it where that was asked for and all passed.

    A worker knows of its own tests alone.
    """
    if hasattr(terminalreporter.config, "workerinput"):
        return
    for line in lines_of(NOTED):
        terminalreporter.write_line(line)
    page: Path | None = terminalreporter.config.getoption("--figures")
    if page is not None and NOTED and not terminalreporter.stats.get("failed"):
        write(page, NOTED, head=f"Seed {SEED}.")


def pytest_report_header() -> str:
    return f"seed: {SEED} (again with {SEED_VARIABLE}={SEED})"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deal the long tests to the workers: each begins with its stretch of the list."""
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    took = {item: mark.args[0] for item in items if (mark := item.get_closest_marker("takes"))}
    others = [item for item in items if item not in took]
    long = sorted(took, key=lambda item: -took[item])
    stretch = -(-len(others) // workers)
    items[:] = [
        item
        for worker in range(workers)
        for item in (*long[worker::workers], *others[worker * stretch : (worker + 1) * stretch])
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where every real part is to be there."""
    del item, call
    report = yield
    if NOTHING_IS_SKIPPED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where LAUNCHER_TEST_ALL wants everything: {report.longrepr}"
    return report


@pytest.fixture
def seed() -> int:
    """What random tests draw from; printed in the header, fixed in CI."""
    return SEED


@pytest.fixture(autouse=True)
def _clean_environment(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in tuple(os.environ):
        if name.startswith(("LAUNCHER_", "SB_", "XDG_")) or name.upper() in NETWORK_VARIABLES:
            monkeypatch.delenv(name)
    home: Path = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(autouse=True)
def _clean_logs() -> Iterator[None]:
    """Leave nothing of a command that ran in this process to the tests after it."""
    last_resort = logging.lastResort
    yield
    ours = logging.getLogger("launcher")
    ours.handlers = []
    ours.setLevel(logging.NOTSET)
    logging.lastResort = last_resort
