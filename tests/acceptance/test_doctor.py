"""`launcher doctor`: what a run needs, checked without launching or leaving anything."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acceptance.conftest import Call, Said
from launcher.adapters.clock import SystemClock
from launcher.adapters.lock import hold_lock
from launcher.core.entry import Account, RunId
from launcher.core.finding import Finding, State
from launcher.settings import find_settings
from launcher.simulator import RequestKind, Scenario, Simulator
from launcher.wiring.diagnosis import diagnose
from support.certificate import made_certificate
from support.proxy import Tunnel
from support.raw_server import Script, answering, http_answer, raw_server, silent
from support.served import served

NAMES = (
    *("settings", "credentials", "endpoint", "network"),
    *("tls", "platform", "account", "clock", "budget", "instances"),
    *("journal", "lock", "file_system", "disk", "reports"),
)
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
JOURNAL = ("--journal", "state/journal.db")


@pytest.fixture
def with_token(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the environment name an endpoint, and a token with it."""

    def one(endpoint: str) -> None:
        monkeypatch.setenv("SB_API_ENDPOINT", endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", TOKEN)

    return one


def _examined(said: Said) -> dict[str, Any]:
    """Return the checks of the JSON by their names."""
    document = json.loads(said.out)
    assert set(document) == {"schema", "verdict", "checks"}
    for check in document["checks"]:
        assert list(check) == ["name", "state", "finding", "mend", "facts"]
    assert tuple(check["name"] for check in document["checks"]) == NAMES
    return {check["name"]: check for check in document["checks"]}


def _not_ok(said: Said) -> dict[str, str]:
    return {
        name: check["state"] for name, check in _examined(said).items() if check["state"] != "ok"
    }


async def _diagnosed(**settings: object) -> dict[str, Finding]:
    found = find_settings({"timeout": 5, **settings}, environment={})
    findings = await asyncio.to_thread(diagnose, found, clock=SystemClock())
    return {finding.name: finding for finding in findings}


def test_where_all_is_well_two_requests_say_so_and_nothing_is_left(
    call: Call, simulator: Simulator
) -> None:
    said = call("doctor", *JOURNAL)

    assert (said.exit_code, said.words) == (0, "")
    lines = said.out.splitlines()
    assert [line.split("  ")[0] for line in lines[:-1]] == ["ok"] * len(NAMES)
    assert lines[-1] == "All is well: a run can start."
    assert f"the token is accepted; its user is {simulator.user}" in said.out
    assert simulator.truth.requests == {RequestKind.RATE_LIMIT: 1, RequestKind.USER: 1}
    assert simulator.truth.requests.total() <= 3
    assert list(Path().iterdir()) == []


def test_the_findings_are_there_for_programs(call: Call, simulator: Simulator) -> None:
    said = call("doctor", "--json", *JOURNAL)

    document = json.loads(said.out)
    checks = _examined(said)
    assert (said.exit_code, document["schema"], document["verdict"]) == (0, 1, "ok")
    assert checks["account"]["facts"] == {"user": simulator.user}
    assert checks["endpoint"]["facts"]["endpoint"] == simulator.endpoint
    assert checks["budget"]["facts"].items() >= {"limit": 1000, "remaining": 1000}.items()
    assert checks["instances"]["facts"] == {"limit": None, "remaining": None}


def test_a_journal_with_runs_is_read_and_left_as_it_is(call: Call, simulator: Simulator) -> None:
    call("run", "--task", simulator.task_ids[0], "--report", "r.csv", *JOURNAL)
    before = {path.name: path.read_bytes() for path in Path("state").iterdir()}

    checks = _examined(call("doctor", "--json", *JOURNAL))

    assert checks["journal"]["facts"] == {
        "path": "state/journal.db",
        "version": 1,
        "runs": 1,
        "in_doubt": 0,
        "active": False,
    }
    assert {path.name: path.read_bytes() for path in Path("state").iterdir()} == before


def test_an_active_run_is_named_and_a_second_one_would_be_exit_75(
    call: Call, simulator: Simulator
) -> None:
    account = Account(endpoint=simulator.endpoint, user=simulator.user)
    path, run = Path("state/journal.db"), RunId("20261124-032141507-9f3c")
    with hold_lock(path, account, run=run, file="tasks.txt", now=SystemClock().now()):
        said = call("doctor", *JOURNAL)

    assert said.exit_code == 75
    assert f"a run is active now: run {run}, process {os.getpid()} on " in said.out


def test_a_wrong_token_is_exit_3_and_the_user_is_not_asked(
    call: Call, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SB_AUTH_TOKEN", TOKEN)

    said = call("doctor", "--json", *JOURNAL)

    assert said.exit_code == 3
    assert _not_ok(said) == {
        "account": "trouble",
        **dict.fromkeys(("budget", "instances", "lock"), "skipped"),
    }
    assert "Make a new token" in _examined(said)["account"]["mend"]
    assert simulator.truth.requests == {RequestKind.RATE_LIMIT: 1}


def test_a_damaged_journal_is_exit_5_and_the_rest_is_checked(
    call: Call, simulator: Simulator
) -> None:
    Path("journal.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 9000)

    said = call("doctor", "--json", "--journal", "journal.db")

    assert said.exit_code == 5
    assert _not_ok(said) == {"journal": "trouble"}
    assert _examined(said)["account"]["facts"] == {"user": simulator.user}
    assert [path.name for path in Path().iterdir()] == ["journal.db"]


@pytest.mark.parametrize(("skew_s", "side"), [(3600.0, "behind"), (-3600.0, "ahead of")])
def test_a_clock_that_is_an_hour_off_is_a_warning(
    call: Call, monkeypatch: pytest.MonkeyPatch, skew_s: float, side: str
) -> None:
    with served(Scenario(clock_skew_s=skew_s)) as simulator:
        monkeypatch.setenv("SB_API_ENDPOINT", simulator.endpoint)
        monkeypatch.setenv("SB_AUTH_TOKEN", simulator.token)

        said = call("doctor", *JOURNAL)

    assert said.exit_code == 0
    assert f" s {side} the server's\n" in said.out
    assert "waits by the server's clock" in said.out
    assert said.out.endswith("A run can start; 1 warning.\n")


def test_without_credentials_nothing_is_asked_and_places_are_checked_all_the_same(
    call: Call,
) -> None:
    said = call("doctor", "--json", *JOURNAL)

    assert said.exit_code == 2
    assert _not_ok(said) == {
        "credentials": "trouble",
        **dict.fromkeys((*NAMES[2:10], "lock"), "skipped"),
    }
    assert list(Path().iterdir()) == []


def test_a_malformed_proxy_is_exit_2_and_nothing_is_asked(
    call: Call, with_token: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_token("https://cavatica-api.sbgenomics.com/v2")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://ann:s3sam@proxy.test")

    said = call("doctor", "--json", *JOURNAL)

    assert said.exit_code == 2
    assert _not_ok(said) == {
        "network": "trouble",
        **dict.fromkeys((*NAMES[4:10], "lock"), "skipped"),
    }
    assert "s3sam" not in said.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--timeout", "soon"), "--timeout: expected a duration"),
        (("--config", "no.toml"), "the settings file no.toml does not exist"),
    ],
)
def test_settings_that_cannot_be_read_are_exit_2_and_nothing_else_is_checked(
    call: Call, simulator: Simulator, words: tuple[str, ...], told: str
) -> None:
    said = call("doctor", "--json", *words)

    assert said.exit_code == 2
    assert _examined(said)["settings"]["finding"].startswith(told)
    assert _not_ok(said) == {"settings": "trouble", **dict.fromkeys(NAMES[1:], "skipped")}
    assert simulator.truth.requests == {}


def test_the_settings_file_that_is_read_is_named(call: Call, simulator: Simulator) -> None:
    del simulator
    Path("my.toml").write_text('journal = "mine/journal.db"\n')

    checks = _examined(call("doctor", "--json", "--config", "my.toml"))

    assert checks["settings"]["facts"] == {"file": "my.toml", "exists": True}
    assert checks["journal"]["facts"]["path"] == "mine/journal.db"


def test_a_token_file_that_others_can_read_is_a_warning(call: Call, simulator: Simulator) -> None:
    file = Path("my token")
    file.write_text(simulator.token)
    found = []
    for mode in (0o644, 0o600):
        file.chmod(mode)
        found.append(_examined(call("doctor", "--json", "--token-file", "my token"))["credentials"])

    assert [check["state"] for check in found] == ["warning", "ok"]
    assert found[0]["mend"] == "Keep it to yourself: chmod 600 'my token'"


@pytest.mark.parametrize(
    ("endpoint", "state", "words"),
    [
        ("https://cavatica-api.sbgenomics.com/v2", "ok", "CAVATICA"),
        ("https://cavatica-api.sbgenomics.com", "warning", "that is not where an API is"),
        ("https://cavatica.sbgenomics.com/v2", "warning", "that is not where an API is"),
        ("https://platform.test/v2", "warning", "no platform that the launcher knows"),
    ],
)
def test_an_endpoint_is_compared_with_the_platforms_that_are_known(  # it leads nowhere here
    call: Call,
    with_token: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    *,
    endpoint: str,
    state: str,
    words: str,
) -> None:
    with_token(endpoint)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")

    said = call("doctor", "--json", *JOURNAL)

    check = _examined(said)["endpoint"]
    assert (said.exit_code, check["state"]) == (3, state)
    assert words in check["finding"]
    assert (check["mend"] is None) == (state == "ok")


def test_where_nobody_listens_one_try_is_exit_3(
    call: Call, with_token: Callable[[str], None]
) -> None:
    with_token("http://127.0.0.1:9/v2")

    said = call("doctor", "--json", "--verbose", *JOURNAL)

    check = _examined(said)["platform"]
    assert said.exit_code == 3
    assert check["finding"].startswith("no answer: no connection to 127.0.0.1:9: ")
    assert check["mend"].startswith("Check the endpoint and the way to it")
    assert said.words.count("request ended") == 1


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (
            answering(http_answer(b"<title>Hospital login</title>")),
            "what answers is not the platform (HTTP 200, not the platform's word: Hospital login)",
        ),
        (silent, "no answer: no answer in time"),
    ],
)
async def test_what_is_not_the_platform_is_asked_once(
    with_token: Callable[[str], None], tmp_path: Path, script: Script, words: str
) -> None:
    async with raw_server(script) as server:
        with_token(f"{server.url}/v2")
        found = await _diagnosed(journal=tmp_path / "j.db", timeout=0.2)

    assert (found["platform"].exit_code, found["platform"].finding) == (3, words)
    assert found["account"].state is State.SKIPPED
    assert len(server.requests) == 1


async def test_a_certificate_that_does_not_verify_is_told_and_its_ca_mends_it(
    with_token: Callable[[str], None], tmp_path: Path
) -> None:
    certificate = made_certificate(tmp_path)
    refusal = http_answer({"status": 401, "code": 90001, "message": "no"}, status=401)
    async with raw_server(answering(refusal), tls=certificate.context) as server:
        with_token(f"{server.url}/v2")
        unknown = await _diagnosed(journal=tmp_path / "j.db")
        received = len(server.requests)
        trusted = await _diagnosed(journal=tmp_path / "j.db", ca_file=certificate.file)

    assert received == 0
    assert unknown["tls"].exit_code == 3
    assert "does not verify (self-signed certificate)" in unknown["tls"].finding
    assert "--ca-file" in unknown["tls"].finding
    assert unknown["platform"].state is State.SKIPPED
    assert trusted["tls"].finding == "the certificate verifies"
    assert trusted["network"].facts == {"proxy": None, "ca": "--ca-file"}
    assert "the token is refused" in trusted["account"].finding


async def test_a_proxy_is_named_by_its_place_and_its_login_wanted(
    with_token: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with raw_server(Tunnel({}, login="ann:s3sam")) as proxy:
        with_token("https://platform.test/v2")
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//bob:0therw1se@"))
        found = await _diagnosed(journal=tmp_path / "j.db")

    assert found["network"].finding.startswith("through the proxy that HTTPS_PROXY names, ")
    assert found["platform"].finding.startswith("the proxy wants a login (HTTP 407")
    assert found["platform"].exit_code == 3
    assert proxy.connections == 1
    assert "0therw1se" not in str(found)


@pytest.mark.parametrize("words", [(), ("--json",), ("--verbose",), ("--json", "--verbose")])
@pytest.mark.parametrize("is_right", [True, False])
def test_the_token_is_never_shown(
    call: Call,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    words: tuple[str, ...],
    is_right: bool,
) -> None:
    token = simulator.token if is_right else TOKEN
    monkeypatch.delenv("SB_AUTH_TOKEN")
    Path("token").write_text(token)

    said = call("doctor", "--token-file", "token", *JOURNAL, *words)

    assert said.exit_code == (0 if is_right else 3)
    assert token not in said.out + said.words
    assert ("request ended" in said.words) == ("--verbose" in words)


async def test_ctrl_c_ends_it_in_one_line(
    with_token: Callable[[str], None], tmp_path: Path
) -> None:
    async with raw_server(silent) as server:
        with_token(f"{server.url}/v2")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "launcher", "doctor", *JOURNAL),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await server.received(1)
        process.send_signal(signal.SIGINT)
        out, words = await process.communicate()

    assert (process.returncode, out) == (130, b"")
    assert words == b"launcher: interrupted by SIGINT before all was checked\n"


def test_findings_that_standard_output_does_not_take_are_exit_5(
    simulator: Simulator, tmp_path: Path
) -> None:
    del simulator
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "launcher", "doctor", *JOURNAL, "--json"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=30,
        )

    assert ended.returncode == 5
    assert ended.stderr.startswith("launcher: cannot write to standard output: ")
