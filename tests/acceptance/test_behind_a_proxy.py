"""The network that hospitals have: a proxy that wants a login, and that signs anew."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acceptance.conftest import Call
from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.network import find_network
from launcher.core.ids import Requested, TaskId
from launcher.settings import load_settings
from launcher.simulator import Scenario, Simulator, task_ids_of
from launcher.wiring import Command, Finished, carry_out, new_run_id
from support.acceptance import rows_of
from support.certificate import Authority, made_authority
from support.proxy import Tunnel, passing_on
from support.raw_server import Script, answering, http_answer, mute, raw_server

ENDPOINT = "https://platform.test/v2"
TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
PASSWORD = "s3sam"
SCENARIO = Scenario(tasks=5)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def behind_tls(authority: Authority) -> AsyncIterator[tuple[Simulator, int]]:
    """Serve five drafts behind TLS, as a proxy that signs anew does; yield the port, too."""
    tls = authority.issued("DNS:platform.test").context
    async with (
        Simulator(SCENARIO) as simulator,
        raw_server(passing_on(simulator.port), tls=tls) as front,
    ):
        yield simulator, front.port


async def _called(*words: str, cwd: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Call the launcher in a process of its own; return its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "launcher", *words),
        cwd=cwd,
        env={**os.environ, "SB_API_ENDPOINT": ENDPOINT, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_the_command_launches_through_a_proxy_that_wants_a_login_and_signs_anew(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "tasks.txt").write_text("\n".join(task_ids_of(SCENARIO)))
    async with behind_tls(authority) as (simulator, port):
        tunnel = Tunnel({"platform.test:443": port}, login=f"ann:{PASSWORD}")
        async with raw_server(tunnel) as proxy:
            exit_code, said = await _called(
                *("run", "tasks.txt", "--verbose", "--report", "report.csv"),
                *("--journal", "journal.db", "--ca-file", str(authority.file)),
                cwd=tmp_path,
                environment={
                    "SB_AUTH_TOKEN": simulator.token,
                    "HTTPS_PROXY": f"http://ann:{PASSWORD}@127.0.0.1:{proxy.port}",
                },
            )

    assert exit_code == 0, said
    assert len(simulator.truth.started) == 5
    assert [row["outcome"] for row in rows_of(tmp_path / "report.csv")] == ["launched"] * 5
    assert {request.line for request in proxy.requests} == {"CONNECT platform.test:443 HTTP/1.1"}
    assert "network found proxy=HTTPS_PROXY ca=--ca-file" in said
    kept = _kept(tmp_path)
    for secret in (PASSWORD, simulator.token):
        assert secret not in said
        assert secret.encode() not in kept
    seen_by_proxy = b"".join(request.head for request in proxy.requests) + tunnel.heard
    assert simulator.token.encode() not in seen_by_proxy


def _kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def _ended(
    folder: Path, *, proxy: str, ca_file: Path | None = None, **settings: object
) -> Finished:
    """Return how a run of one task ends that goes through `proxy`."""
    command = Command(
        run=new_run_id(SystemClock()),
        wanted=(
            Requested(
                position=0,
                task=TaskId("0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e"),
                source="tasks.txt:1",
            ),
        ),
        settings=load_settings({"journal": folder / "journal.db", **settings}, environment={}),
        credentials=Credentials(endpoint=ENDPOINT, token=TOKEN, found_in="the test"),
        network=find_network(
            endpoint=ENDPOINT, ca_file=ca_file, environment={"HTTPS_PROXY": proxy}
        ),
        arguments=("run", "tasks.txt"),
    )
    with (folder / "words").open("w") as stream:
        return await carry_out(command, approve=lambda _plan, _cost: None, stream=stream)


def _said(finished: Finished) -> str:
    return "\n".join(str(error) for error in finished.errors)


async def test_a_proxy_whose_ca_is_not_known_ends_the_run_at_once(
    authority: Authority, tmp_path: Path
) -> None:
    async with (
        behind_tls(authority) as (_, port),
        raw_server(Tunnel({"platform.test:443": port})) as proxy,
    ):
        finished = await _ended(tmp_path, proxy=proxy.url)

    assert finished.exit_code == 3
    assert proxy.connections == 1
    assert _said(finished) == (
        "the certificate of platform.test does not verify (unable to get local issuer "
        "certificate): if a proxy of your organisation signs anew, give the file of its CA with "
        "--ca-file"
    )


async def test_a_proxy_that_wants_a_login_ends_the_run_at_once(tmp_path: Path) -> None:
    async with raw_server(Tunnel({}, login=f"ann:{PASSWORD}")) as proxy:
        finished = await _ended(tmp_path, proxy=proxy.url)

    assert finished.exit_code == 3
    assert proxy.connections == 1
    assert _said(finished) == (
        "the proxy wants a login (HTTP 407, not the platform's word: it takes Basic): write it "
        "into the proxy's URL as http://USER:PASSWORD@HOST:PORT; ways other than Basic need a "
        "helper program"
    )


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (Tunnel({}), "the proxy cannot connect to platform.test: HTTP 502"),
        (
            answering(http_answer(status=403)),
            "the proxy refuses to connect to platform.test: HTTP 403; ask those who run it",
        ),
    ],
)
async def test_a_proxy_that_lets_nothing_through_is_told_with_its_refusal(
    script: Script, why: str, tmp_path: Path
) -> None:
    async with raw_server(script) as proxy:
        finished = await _ended(tmp_path, proxy=proxy.url, max_attempts=1)

    assert finished.exit_code == 3
    assert proxy.connections == 1
    assert _said(finished) == (
        f"no answer from {ENDPOINT} in 1 try: {why}; launcher doctor shows which way is taken there"
    )


async def test_a_proxy_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with raw_server(mute) as proxy:
        pass
    url = proxy.url.replace("//", f"//ann:{PASSWORD}@")

    finished = await _ended(tmp_path, proxy=url, max_attempts=1)

    assert finished.exit_code == 3
    said = _said(finished)
    assert f" in 1 try: no connection to the proxy 127.0.0.1:{proxy.port}: " in said
    assert PASSWORD not in said


def test_a_malformed_proxy_and_a_missing_ca_are_wrong_use(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SB_API_ENDPOINT", ENDPOINT)
    monkeypatch.setenv("SB_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:{PASSWORD}#@proxy.test")
    words = ("plan", "--task", "0d9e8a52-7b1c-4c39-9f57-2f3a1b6c8d4e")

    malformed = call(*words)
    monkeypatch.delenv("HTTPS_PROXY")
    missing = call(*words, "--ca-file", str(tmp_path / "ca.pem"))
    (tmp_path / "s.toml").write_text('ca_file = "ca.pem"')
    missing_of_file = call(*words, "--config", "s.toml")

    assert (malformed.exit_code, missing.exit_code, missing_of_file.exit_code) == (2, 2, 2)
    assert malformed.words.startswith("launcher: HTTPS_PROXY is no proxy URL; ")
    assert PASSWORD not in malformed.words
    assert missing.words == (
        f"launcher: the CA file {tmp_path}/ca.pem (--ca-file) cannot be read: "
        "No such file or directory\n"
    )
    assert "the CA file ca.pem (ca_file in s.toml) cannot be read: " in missing_of_file.words
