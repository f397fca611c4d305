"""What a proxy on the way gets to see, what it may refuse, and what is said then."""

import base64
from pathlib import Path

import pytest

from launcher.core.answer import Answer, NoAnswer, NotSent, TaskView, describe
from launcher.core.meaning import Meaning, meaning_of
from support.certificate import Certificate, made_certificate
from support.opened_platform import TASK, TOKEN, opened, trusting
from support.proxy import Tunnel
from support.raw_server import Peer, Script, answering, http_answer, mute, raw_server

QUEUED = http_answer({"id": TASK, "status": "QUEUED"})
AFAR = "https://platform.test/v2"
LAUNCHED = TaskView(id=TASK, status="QUEUED")
LOGIN = "ann:sesame"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    names = "DNS:platform.test,IP:127.0.0.1"
    return made_certificate(tmp_path_factory.mktemp("certificate"), names=names)


async def test_https_goes_through_a_tunnel_whose_proxy_never_sees_the_token(
    certificate: Certificate,
) -> None:
    async with raw_server(answering(QUEUED, QUEUED), tls=certificate.context) as server:
        tunnel = Tunnel({"platform.test:443": server.port})
        async with (
            raw_server(tunnel) as proxy,
            opened(AFAR, tls=trusting(certificate.file), proxy=proxy.url) as platform,
        ):
            replies = [await platform.run(TASK, query={}) for _ in range(2)]

    assert [isinstance(reply, Answer) and reply.word for reply in replies] == [LAUNCHED] * 2
    (connect,) = proxy.requests
    assert connect.line == "CONNECT platform.test:443 HTTP/1.1"
    assert server.requests[0].headers["x-sbg-auth-token"] == TOKEN
    assert tunnel.heard
    assert TOKEN.encode() not in connect.head + tunnel.heard


async def test_a_proxy_may_be_reached_over_tls_itself(certificate: Certificate) -> None:
    async with raw_server(answering(QUEUED), tls=certificate.context) as server:
        tunnel = Tunnel({"platform.test:443": server.port})
        async with (
            raw_server(tunnel, tls=certificate.context) as proxy,
            opened(AFAR, tls=trusting(certificate.file), proxy=proxy.url) as platform,
        ):
            reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.word == LAUNCHED
    assert TOKEN.encode() not in proxy.requests[0].head


async def test_a_proxys_login_goes_to_the_proxy_only_and_into_no_message(
    certificate: Certificate,
) -> None:
    async with raw_server(answering(QUEUED), tls=certificate.context) as server:
        tunnel = Tunnel({"platform.test:443": server.port}, login=LOGIN)
        async with raw_server(tunnel, tunnel, answering(http_answer(status=403))) as proxy:
            url = proxy.url.replace("//", f"//{LOGIN}@")
            tls = trusting(certificate.file)
            async with opened(AFAR, tls=tls, proxy=url) as platform:
                reply = await platform.run(TASK, query={})
            async with opened("https://other.test/v2", proxy=url) as platform:
                unknown = await platform.run(TASK, query={})
                refused = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    login = base64.b64encode(LOGIN.encode()).decode()
    assert proxy.requests[0].headers["proxy-authorization"] == f"Basic {login}"
    assert "proxy-authorization" not in server.requests[0].headers
    assert unknown == NotSent(why="the proxy cannot connect to other.test: HTTP 502")
    assert refused == NotSent(
        why="the proxy refuses to connect to other.test: HTTP 403; ask those who run it"
    )


@pytest.mark.parametrize(
    ("headers", "excerpt"),
    [
        ([("Proxy-Authenticate", 'Basic realm="ann"')], "it takes Basic"),
        (
            [("Proxy-Authenticate", "Negotiate"), ("Proxy-Authenticate", "NTLM")],
            "it takes Negotiate, NTLM",
        ),
        ([("Proxy-Authenticate", "")], "it names no way"),
        ([], "it names no way"),
    ],
)
async def test_a_proxy_that_wants_a_login_is_an_answer_that_ends_the_run(
    headers: list[tuple[str, str]], excerpt: str
) -> None:
    answer = http_answer(status=407, headers=headers)
    async with raw_server(answering(answer)) as server, opened(AFAR, proxy=server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert reply.sent_at <= reply.received_at
    assert meaning_of(reply, task=TASK) is Meaning.PROXY_LOGIN
    assert describe(reply) == f"HTTP 407, not the platform's word: {excerpt}"


def echoing(before: bytes, after: bytes) -> Script:
    """Return a script that answers with the login it was sent, between these bytes."""

    async def script(peer: Peer) -> None:
        sent = (await peer.request()).headers["proxy-authorization"].encode()
        await peer.send(before + sent + after)

    return script


@pytest.mark.parametrize(
    "script",
    [
        echoing(b"", b"\r\n\r\n"),
        echoing(b"HTTP/1.1 200 OK\r\n", b"\x00\x01bad\r\n\r\n"),
        echoing(b"HTTP/1.1 407 ", b"\r\nContent-Length: 0\r\n\r\n"),
        echoing(b"HTTP/1.1 407 Login\r\nProxy-Authenticate: ", b"\r\nContent-Length: 0\r\n\r\n"),
        echoing(b"HTTP/1.1 403 ", b"\r\nContent-Length: 0\r\n\r\n"),
    ],
)
async def test_a_login_that_a_proxy_echoes_is_in_no_reply(script: Script) -> None:
    async with raw_server(script) as server:
        proxy = server.url.replace("//", "//ann:open%20sesame@")
        async with opened(AFAR, proxy=proxy) as platform:
            reply = await platform.run(TASK, query={})

    assert base64.b64encode(b"ann:open sesame").decode() not in repr(reply)
    assert "open sesame" not in repr(reply)


async def test_a_password_that_a_proxy_tells_decoded_is_in_no_reply() -> None:
    garbage = b"HTTP/1.1 200 OK\r\nno colon: ann, open sesame\x01\r\n\r\n"
    async with raw_server(answering(garbage)) as server:
        proxy = server.url.replace("//", "//ann:open%20sesame@")
        async with opened(AFAR, proxy=proxy) as platform:
            reply = await platform.run(TASK, query={})

    assert "[login]" in repr(reply)
    assert "open sesame" not in repr(reply)


@pytest.mark.parametrize("before", range(150, 320, 10))
async def test_no_part_of_a_token_is_left_where_a_message_is_cut(before: int) -> None:
    async def echo(peer: Peer) -> None:
        token = (await peer.request()).headers["x-sbg-auth-token"]
        await peer.send(b"HTTP/1.1 200 OK\r\nno colon " + b"." * before + token.encode())
        await peer.send(b"\r\n\r\n")

    async with raw_server(echo) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NoAnswer)
    assert TOKEN[:4] not in reply.why


async def close_after_connect(peer: Peer) -> None:
    await peer.request()


async def reset_after_connect(peer: Peer) -> None:
    await peer.request()
    peer.reset()


@pytest.mark.parametrize(
    "script",
    [
        mute,
        close_after_connect,
        reset_after_connect,
        answering(http_answer(status=502)),
        answering(b"SSH-2.0-OpenSSH_9\r\n\r\n"),
        answering(b"HTTP/1.1 200 Connection established\r\n\r\nno TLS"),
    ],
)
async def test_whatever_a_proxy_does_before_the_tunnel_stands_nothing_was_sent(
    script: Script,
) -> None:
    async with (
        raw_server(script) as server,
        opened(AFAR, proxy=server.url, timeout_s=0.05) as platform,
    ):
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NotSent)
    assert not reply.fatal


async def test_a_proxy_that_is_not_there_was_sent_nothing_and_is_named_without_its_login() -> None:
    async with raw_server(mute) as server:
        pass
    async with opened(AFAR, proxy=server.url.replace("//", f"//{LOGIN}@")) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, NotSent)
    assert reply.why.startswith(f"no connection to the proxy 127.0.0.1:{server.port}: ")
    assert "sesame" not in reply.why


async def test_a_plain_proxy_that_is_spoken_to_in_tls_is_recognised() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(http_answer(status=400))
        await peer.ending()

    async with raw_server(script) as server:
        url = f"https://{LOGIN}@127.0.0.1:{server.port}"
        async with opened(AFAR, proxy=url) as platform:
            reply = await platform.run(TASK, query={})

    assert isinstance(reply, NotSent)
    assert reply.why.startswith(f"no TLS connection to 127.0.0.1:{server.port} (")
    assert reply.why.endswith("(the URL of a proxy usually begins with http://, even for https)")
    assert "sesame" not in reply.why


async def test_proxies_and_logins_of_the_environment_are_not_taken_by_the_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password sesame\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async with raw_server(answering(QUEUED)) as server, opened(server.url) as platform:
        reply = await platform.run(TASK, query={})

    assert isinstance(reply, Answer)
    assert "authorization" not in server.requests[0].headers
