"""What needs a library that is an extra: refused without it, and not imported unasked."""

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from acceptance.conftest import Call
from launcher.simulator import Kind, RequestKind, Scenario, Simulator
from support.acceptance import environment_for
from support.served import served

QUICK = ("--journal", "j.db", "--settle", "0.05s", "--report", "out.csv", "--quiet")
NEEDS = {
    "--metrics": ("prometheus_client", "launcher.adapters.prometheus", "m.prom"),
    "--notify-file": ("apprise", "launcher.adapters.apprise", "addresses"),
}


@pytest.mark.parametrize("option", NEEDS)
def test_without_its_library_an_option_is_refused_with_the_mend_and_nothing_is_sent(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    library, door, value = NEEDS[option]
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, door, raising=False)

    said = call("run", "--task", simulator.task_ids[0], *QUICK, option, value)

    assert said.exit_code == 2
    assert f"pip install {library.replace('_', '-')}" in said.words
    assert not simulator.truth.requests
    assert not Path("out.csv").exists()


def test_a_run_that_does_not_ask_for_them_imports_none_of_them(
    simulator: Simulator, tmp_path: Path
) -> None:
    program = (
        "import atexit, sys\n"
        "from launcher.cli import main\n"
        f"names = {[library for library, _, _ in NEEDS.values()]!r}\n"
        "atexit.register(lambda: print(sorted(set(names) & set(sys.modules))))\n"
        "main()\n"
    )
    words = ("run", "--task", simulator.task_ids[0], *QUICK, "--events", "e.jsonl")
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=tmp_path,
        env=environment_for(simulator),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")


def test_figures_for_prometheus_are_those_of_the_run(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Scenario(tasks=5, special={Kind.NO_EXECUTE: 2})) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)
        Path("tasks.txt").write_text("\n".join(simulator.task_ids))
        said = call("run", "tasks.txt", *QUICK, "--metrics", "m.prom")
        requests = (
            sum(simulator.truth.requests.values())
            - simulator.truth.requests[RequestKind.RATE_LIMIT]
        )

    values = {
        (sample.name, sample.labels.get("outcome")): sample.value
        for family in text_string_to_metric_families(Path("m.prom").read_text())
        for sample in family.samples
    }
    assert said.exit_code == 1
    assert values["launcher_tasks", "launched"] == 5
    assert values["launcher_tasks", "rejected"] == 2
    assert values["launcher_requests", None] == requests
    assert values["launcher_last_exit_code", None] == 1
    assert values["launcher_going", None] == 0


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("m.txt", "end the name in .prom"),
        ("folder.prom", "name a file in it"),
        ("other.prom", "holds no metrics of the launcher"),
    ],
)
def test_a_place_for_figures_that_is_none_is_refused(
    call: Call, simulator: Simulator, place: str, why: str
) -> None:
    Path("folder.prom").mkdir()
    Path("other.prom").write_text("# HELP node_cpu\n")

    said = call("run", "--task", simulator.task_ids[0], *QUICK, "--metrics", place)

    assert (said.exit_code, why in said.words) == (2, True)
    assert Path("other.prom").read_text() == "# HELP node_cpu\n"
    assert not simulator.truth.requests
