"""Where there is no way to the platform: nothing is sent, and the end says what to mend."""

import socket
import ssl
from pathlib import Path

import pytest

from launcher.adapters.clock import SystemClock
from launcher.adapters.credentials import Credentials
from launcher.adapters.network import find_network
from launcher.core.ids import Requested, TaskId
from launcher.core.outcome import Outcome
from launcher.settings import load_settings
from launcher.simulator import Scenario, Simulator
from launcher.wiring import Command, Finished, carry_out, new_run_id
from support.acceptance import assert_true
from support.certificate import Authority, Certificate, made_authority
from support.front import Front
from support.proxy import Tunnel, passing_on
from support.raw_server import Peer, http_answer, raw_server

HERE = "IP:127.0.0.1"
AFAR = "https://platform.test/v2"
SCENARIO = Scenario(tasks=12)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_authority(tmp_path_factory.mktemp("authority"))


async def launched(
    simulator: Simulator,
    folder: Path,
    *,
    endpoint: str,
    authority: Authority | None = None,
    proxy: str = "",
    **settings: object,
) -> Finished:
    command = Command(
        run=new_run_id(SystemClock()),
        wanted=tuple(
            Requested(position=position, task=TaskId(task), source=f"tasks.txt:{position + 1}")
            for position, task in enumerate(simulator.task_ids)
        ),
        settings=load_settings(
            {"journal": folder / "journal.db", "quiet": True, "settle": 0.05, **settings},
            environment={},
        ),
        credentials=Credentials(endpoint=endpoint, token=simulator.token, found_in="the test"),
        network=find_network(
            endpoint=endpoint,
            ca_file=None if authority is None else authority.file,
            environment={"HTTPS_PROXY": proxy} if proxy else {},
        ),
        arguments=("run", "tasks.txt"),
    )
    with (folder / "words").open("w") as stream:
        return await carry_out(command, approve=lambda _plan, _cost: None, stream=stream)


def words_of(finished: Finished) -> str:
    return "\n".join(str(error) for error in finished.errors)


def outcomes_of(finished: Finished) -> set[Outcome]:
    assert finished.report is not None
    return {row.outcome for row in finished.report.rows}


@pytest.mark.parametrize(
    ("names", "days", "why"),
    [
        ("DNS:platform.test", 2, "IP address mismatch"),
        (HERE, -1, "certificate has expired"),
    ],
)
async def test_a_wrong_certificate_ends_the_run_before_anything_is_sent(
    authority: Authority, tmp_path: Path, names: str, *, days: int, why: str
) -> None:
    wrong = authority.issued(names, days=days)
    async with (
        Simulator(SCENARIO) as simulator,
        raw_server(passing_on(simulator.port), tls=wrong.context) as server,
    ):
        finished = await launched(
            simulator, tmp_path, endpoint=f"{server.url}/v2", authority=authority
        )

    assert finished.exit_code == 3
    assert why in words_of(finished)
    assert server.connections <= 1
    assert not simulator.truth.requests
    assert outcomes_of(finished) == {Outcome.PENDING}


async def test_a_certificate_that_turns_wrong_in_mid_run_ends_it_and_every_row_is_true(
    authority: Authority, tmp_path: Path
) -> None:
    tls = turning(authority.issued(HERE, days=3), authority.issued(HERE, days=-1))
    async with (
        Simulator(SCENARIO) as simulator,
        raw_server(passing_on(simulator.port), tls=tls) as server,
    ):
        finished = await launched(
            simulator, tmp_path, endpoint=f"{server.url}/v2", authority=authority, concurrency=4
        )
        assert finished.report is not None
        assert_true(finished.report, simulator)

    assert finished.exit_code == 3
    assert "certificate has expired" in words_of(finished)
    assert Outcome.PENDING in outcomes_of(finished)


def turning(first: Certificate, later: Certificate) -> ssl.SSLContext:
    """Return a server's context: a good certificate for one connection, then another."""
    context, others = first.context, later.context
    shown = 0

    def show(connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        nonlocal shown
        shown += 1
        if shown > 1:
            connection.context = others

    context.sni_callback = show
    return context


async def test_a_name_that_is_not_resolved_is_named_after_the_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Simulator(SCENARIO) as simulator:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        finished = await launched(simulator, tmp_path, endpoint=AFAR, max_attempts=1)

    assert finished.exit_code == 3
    assert "the name platform.test is not resolved: Name or service not known" in words_of(finished)
    assert outcomes_of(finished) == {Outcome.PENDING}


async def test_a_proxy_that_refuses_now_and_then_costs_no_attempt_and_no_task(
    authority: Authority, tmp_path: Path
) -> None:
    """The platform closes after each answer, so that every request wants a tunnel of its own."""
    tls = authority.issued("DNS:platform.test", days=4).context
    async with (
        Simulator(SCENARIO) as simulator,
        raw_server(Front(simulator.port, once=True), tls=tls) as platform,
    ):
        tunnel = Tunnel({"platform.test:443": platform.port})
        async with raw_server(tunnel, tunnel, tunnel, refusing, refusing, tunnel) as proxy:
            finished = await launched(
                simulator, tmp_path, endpoint=AFAR, authority=authority, proxy=proxy.url
            )
        assert finished.report is not None
        assert_true(finished.report, simulator)

    assert finished.exit_code == 0
    assert {row.attempts for row in finished.report.rows} == {1}
    assert sum("CONNECT" in request.line for request in proxy.requests) > len(simulator.task_ids)


async def refusing(peer: Peer) -> None:
    await peer.request()
    await peer.send(http_answer(status=403))
