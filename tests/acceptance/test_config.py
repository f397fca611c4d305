"""`launcher config`: which settings a run would use, and where each comes from."""

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call
from launcher.cli.options import SHARED
from launcher.settings import Settings

TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"


def _shown(call: Call, *words: str) -> Any:  # noqa: ANN401 - foreign JSON
    said = call("config", "show", "--json", *words)
    assert (said.exit_code, said.words) == (0, "")
    return json.loads(said.out)


def _lines(call: Call, *words: str) -> list[str]:
    said = call("config", "show", *words)
    assert (said.exit_code, said.words) == (0, "")
    return said.out.splitlines()


def test_without_a_command_there_is_help_and_exit_2(call: Call) -> None:
    said = call("config")

    assert said.exit_code == 2
    assert "\n  show " in said.out + said.words


def test_each_setting_is_told_with_its_value_and_who_named_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHER_CONFIG", "s.toml")
    monkeypatch.setenv("LAUNCHER_GRACE", "90")
    monkeypatch.setenv("LAUNCHER_CONCURRENCY", "4")
    Path("s.toml").write_text('max_outage = "2h"\ngrace = 5\nreport = ["a.csv", "b.json"]\n')

    shown = _shown(call, "--concurrency", "3", "--on-demand")

    told = {one.pop("name"): one for one in shown["settings"]}
    assert shown["schema"] == 1
    assert shown["file"] == {"path": "s.toml", "exists": True}
    assert list(told) == list(Settings.model_fields)
    assert {name: one for name, one in told.items() if one["origin"] != "default"} == {
        "report": {"value": ["a.csv", "b.json"], "origin": "file", "where": "s.toml"},
        "concurrency": {"value": 3, "origin": "argument", "where": "--concurrency"},
        "max_outage": {"value": "2h", "origin": "file", "where": "s.toml"},
        "grace": {"value": "90s", "origin": "variable", "where": "LAUNCHER_GRACE"},
        "interruptible": {"value": False, "origin": "argument", "where": "--on-demand"},
    }
    assert told["limit"] == {"value": None, "origin": "default", "where": None}
    assert told["journal"] == {
        "value": str(Path.home() / ".local/state/cavatica-launcher/journal.db"),
        "origin": "default",
        "where": None,
    }


def test_people_get_a_line_for_each_setting_below_the_file_that_was_looked_for(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCHER_STRICT", "yes")
    Path("s.toml").write_text('timeout = "5m"\n')

    usual = _lines(call)
    lines = _lines(call, "--config", "s.toml", "--report", "a.csv", "--report", "-")

    file = Path.home() / ".config/cavatica-launcher/launcher.toml"
    cells = [[cell.strip() for cell in line.split("  ") if cell] for line in lines[2:-1]]
    assert lines[-1].startswith("Where endpoint and token are not set here, ")
    assert usual[2].split() == ["report", "launcher-reports/RUN.csv", "default"]
    assert usual[0] == f"Settings file: {file} (does not exist)"
    assert lines[0] == "Settings file: s.toml"
    assert [name for name, _, _ in cells] == list(Settings.model_fields)
    assert ["report", "a.csv, -", "--report"] in cells
    assert ["timeout", "5m", "the settings file"] in cells
    assert ["strict", "true", "LAUNCHER_STRICT"] in cells
    assert ["deadline", "not set", "default"] in cells
    assert len({line.index(cell[2]) for line, cell in zip(lines[2:-1], cells, strict=True)}) == 1


def test_it_takes_every_option_of_a_run(call: Call) -> None:
    said = call("config", "show", "--help").out

    assert not [name for name in SHARED if f"--{name.replace('_', '-')}" not in said]


@pytest.mark.parametrize(
    "endpoint", [f"https://ann:{TOKEN}@host/v2", f"https://host/v2?token={TOKEN}", TOKEN]
)
def test_no_secret_is_shown_not_even_one_in_the_wrong_place(
    call: Call, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("SB_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{TOKEN}@proxy.test:3128")
    monkeypatch.setenv("LAUNCHER_ENDPOINT", endpoint)

    said = [call("config", "show"), call("config", "show", "--json")]

    assert [one.exit_code for one in said] == [0, 0]
    assert all("not shown" in one.out and "LAUNCHER_ENDPOINT" in one.out for one in said)
    assert not [one for one in said if TOKEN in one.out + one.words]


def test_what_a_run_would_refuse_is_refused(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = call("config", "show", "--concurrency", "many")
    missing = call("config", "show", "--config", "no.toml", "--json")
    monkeypatch.setenv("LAUNCHER_GARCE", "1")
    unknown = call("config", "show")

    assert [one.exit_code for one in (wrong, missing, unknown)] == [2, 2, 2]
    assert wrong.words.startswith("launcher: --concurrency: ")
    assert missing.words == "launcher: the settings file no.toml does not exist\n"
    assert unknown.words == (
        "launcher: unknown setting LAUNCHER_GARCE; did you mean LAUNCHER_GRACE?\n"
    )


def test_without_a_home_the_journal_has_no_usual_place(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nowhere")
    monkeypatch.setattr(
        "launcher.settings.model.platformdirs.user_state_path", lambda *_, **__: Path("~")
    )

    (journal,) = (one for one in _shown(call)["settings"] if one["name"] == "journal")

    assert journal == {"name": "journal", "value": None, "origin": "default", "where": None}
