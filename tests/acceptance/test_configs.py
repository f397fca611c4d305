"""The files in configs/ work as they stand."""

import configparser
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from launcher.settings import Settings, load_settings
from launcher.simulator import Kind, Scenario, Simulator, ids_of
from support.served import served

CONFIGS = Path(__file__).parents[2] / "configs"


def _crontab_command(name: str = "crontab") -> str:
    lines = (CONFIGS / name).read_text().splitlines()
    (line,) = (line for line in lines if line and not line.startswith("#"))
    return line.split(maxsplit=5)[5]


def _service(key: str, name: str = "cavatica-launcher") -> str:
    """Return the value of a key of the service, as systemd expands it."""
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd tells capitals apart
    unit.read(CONFIGS / f"systemd/{name}.service")
    return unit["Service"][key]


def _home(folder: Path, simulator: Simulator | None = None) -> Path:
    """Make the home of a user who has done what the files in configs/ want."""
    (folder / "launcher/bin").mkdir(parents=True)
    program = folder / "launcher/bin/launcher"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m launcher "$@"\n')
    program.chmod(0o755)
    (folder / "launches").mkdir()
    if simulator is not None:
        (folder / "launches/tasks.txt").write_text("\n".join(simulator.task_ids))
        (folder / ".sevenbridges").mkdir()
        (folder / ".sevenbridges/credentials").write_text(
            f"[default]\napi_endpoint = {simulator.endpoint}\nauth_token = {simulator.token}\n"
        )
    return folder


def _carried_out(home: Path, words: Sequence[str], *, cwd: Path) -> tuple[int, str, str]:
    ended = subprocess.run(
        words,
        cwd=cwd,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_the_crontab_line_launches_in_crons_bare_environment(tmp_path: Path) -> None:
    with served(Scenario(tasks=7)) as simulator:
        home = _home(tmp_path, simulator)

        said = _carried_out(home, ["/bin/sh", "-c", _crontab_command()], cwd=home)

        assert said == (0, "", "")
        assert len(simulator.truth.started) == 7
        assert (home / "launches/report.csv").exists()


def test_the_service_launches_as_systemd_calls_it(tmp_path: Path) -> None:
    with served(Scenario(tasks=7)) as simulator:
        home = _home(tmp_path, simulator)
        words = shlex.split(_service("ExecStart").replace("%h", str(home)))
        folder = Path(_service("WorkingDirectory").replace("%h", str(home)))

        said = _carried_out(home, words, cwd=folder)

        assert said == (0, "", "")
        assert len(simulator.truth.started) == 7
        assert (home / "launches/report.csv").exists()


def test_the_crontab_line_of_ticks_says_once_what_is_wrong(tmp_path: Path) -> None:
    scenario = Scenario(tasks=7, special={Kind.FORBIDDEN: 1}, completes_after_s=3600)
    (refused,) = ids_of(scenario, Kind.FORBIDDEN)
    with served(scenario) as simulator:
        home = _home(tmp_path, simulator)
        words = ["/bin/sh", "-c", _crontab_command("crontab-ticks")]

        first = _carried_out(home, words, cwd=home)
        second = _carried_out(home, words, cwd=home)

        assert (first[0], first[1], first[2].count(refused)) == (1, "", 1)
        assert second == (0, "", "")
        assert len(simulator.truth.started) == 7
        assert (home / "launches/report.csv").exists()


def test_the_tick_service_keeps_50_going_as_systemd_calls_it(tmp_path: Path) -> None:
    name = "cavatica-launcher-tick"
    with served(Scenario(tasks=60, completes_after_s=3600)) as simulator:
        home = _home(tmp_path, simulator)
        words = shlex.split(_service("ExecStart", name).replace("%h", str(home)))
        folder = Path(_service("WorkingDirectory", name).replace("%h", str(home)))

        said = [_carried_out(home, words, cwd=folder) for _ in range(2)]

        assert said == [(0, "", "")] * 2
        assert len(simulator.truth.started) == 50


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    home = _home(tmp_path)
    units = sorted(str(path) for path in (CONFIGS / "systemd").iterdir())

    ended = subprocess.run(
        ["systemd-analyze", "--user", "verify", *units],  # noqa: S607 - as a user would
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert len(units) == 4
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_example_settings_are_the_defaults_and_name_every_one() -> None:
    text = (CONFIGS / "launcher.toml").read_text()
    from_file = load_settings({}, config=CONFIGS / "launcher.toml", environment={})
    named = {line.removeprefix("# ").split(" = ")[0] for line in text.splitlines() if " = " in line}

    assert from_file.model_dump() == load_settings({}, environment={}).model_dump()
    assert named == set(Settings.model_fields)
    assert set(tomllib.loads(text)) <= named
