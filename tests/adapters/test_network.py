"""Which proxy for which host, which CA beside the system's, and that no login is ever shown."""

import os
import shutil
import ssl
from pathlib import Path
from typing import Any

import pytest

from launcher.adapters.network import CA_VARIABLES, Network, find_network
from launcher.core.errors import UsageError
from support.certificate import Authority, made_authority
from support.opened_platform import TOKEN

AFAR = "https://platform.test/v2"
OF_FILE = "http://of-file.test:3128"
NOWHERE = Path("/nowhere/config")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return made_authority(tmp_path_factory.mktemp("authority"))


def _file(folder: Path, text: str) -> Path:
    path = folder / "config"
    path.write_text(text)
    return path


def _proxy(endpoint: str = AFAR, *, file: Path = NOWHERE, **environment: str) -> str | None:
    return find_network(endpoint=endpoint, environment=environment, file=file).proxy


def _refusal(
    *,
    file: Path = NOWHERE,
    ca_file: Path | None = None,
    ca_named_by: str = "--ca-file",
    **environment: str,
) -> str:
    with pytest.raises(UsageError) as refused:
        find_network(
            endpoint=AFAR,
            ca_file=ca_file,
            ca_named_by=ca_named_by,
            environment=environment,
            file=file,
        )
    return str(refused.value)


def test_where_nothing_is_named_the_way_is_direct_and_the_systems_cas_are_trusted() -> None:
    assert find_network(endpoint=AFAR, environment={}, file=NOWHERE) == Network()


def test_the_environment_wins_over_the_clients_own_file(tmp_path: Path) -> None:
    file = _file(tmp_path, f"[proxies]\nhttp_proxy = http://x:1\nhttps_proxy = {OF_FILE}\n")

    of_file = find_network(endpoint=AFAR, environment={"HTTPS_PROXY": ""}, file=file)
    of_environment = find_network(endpoint=AFAR, environment={"HTTPS_PROXY": "http://e"}, file=file)

    assert of_file == Network(proxy=OF_FILE, proxy_found_in=f"https_proxy in [proxies] of {file}")
    assert of_environment == Network(proxy="http://e", proxy_found_in="HTTPS_PROXY")


def test_small_letters_win_over_capitals_as_in_other_programs() -> None:
    assert _proxy(https_proxy="http://small:1", HTTPS_PROXY="http://capital:1") == "http://small:1"
    assert _proxy(https_proxy="http://small:1", no_proxy="x.test", NO_PROXY="*") is not None


def test_the_file_of_the_users_home_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".sevenbridges" / "sevenbridges-python"
    folder.mkdir(parents=True)
    _file(folder, f"[mode]\nadvance_access = True\n[proxies]\nhttps_proxy={OF_FILE}\n")

    assert find_network(endpoint=AFAR, environment={}).proxy == OF_FILE


def test_without_a_home_and_a_proxy_the_way_is_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)

    assert find_network(endpoint=AFAR, environment={}) == Network()


@pytest.mark.parametrize("text", ["", "[proxies]\n", "[proxies]\nhttps_proxy =\n", "[x]\ny = 1\n"])
def test_a_file_without_a_proxy_names_none(text: str, tmp_path: Path) -> None:
    assert _proxy(file=_file(tmp_path, text)) is None


def test_percent_signs_of_the_file_are_left_alone(tmp_path: Path) -> None:
    file = _file(tmp_path, "[proxies]\nhttps_proxy = http://ann:p%40ss%25@proxy.test:3128\n")

    assert _proxy(file=file) == "http://ann:p%40ss%25@proxy.test:3128"


def test_a_spoilt_file_is_named_without_its_content(tmp_path: Path) -> None:
    said = _refusal(file=_file(tmp_path, "[proxies]\nhttps_proxy\nsesame\n"))

    assert said == f"{tmp_path / 'config'} is no settings file (ParsingError)"


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:8080/v2",
        "http://localhost:8080/v2",
        "https://127.0.0.1/v2",
        "https://localhost:8443/v2",
        "https://[::1]:8443/v2",
    ],
)
def test_the_loopback_never_goes_through_a_proxy(endpoint: str, tmp_path: Path) -> None:
    file = _file(tmp_path, f"[proxies]\nhttps_proxy = {OF_FILE}\nhttp_proxy = {OF_FILE}\n")
    every = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://proxy.test:3128")

    assert _proxy(endpoint, file=file, **every) is None


def test_proxies_for_plain_http_and_for_everything_are_not_for_the_platform() -> None:
    assert (
        _proxy(HTTP_PROXY="http://p:1", http_proxy="http://p:1", ALL_PROXY="socks5://p:1") is None
    )


@pytest.mark.parametrize(
    "no_proxy",
    [
        "*",
        "other.test, *",
        "platform.test",
        "PLATFORM.TEST",
        ".platform.test",
        "test",
        ".test",
        "*.test",
        "x,y,platform.test,z",
        "x y  platform.test",
        " platform.test ",
        "platform.test:443",
        ".test:443",
    ],
)
def test_no_proxy_excepts_a_host_as_people_know_it(no_proxy: str, tmp_path: Path) -> None:
    file = _file(tmp_path, f"[proxies]\nhttps_proxy = {OF_FILE}\n")

    assert _proxy(HTTPS_PROXY="http://proxy.test:3128", NO_PROXY=no_proxy) is None
    assert _proxy(file=file, no_proxy=no_proxy) is None


@pytest.mark.parametrize(
    "no_proxy",
    [
        "",
        ",",
        ".",
        "*.",
        "form.test",
        "platform",
        "x.platform.test",
        "platform.test:8443",
        "plat*",
        "10.0.0.0/8",
    ],
)
def test_no_proxy_excepts_nothing_that_it_does_not_name(no_proxy: str) -> None:
    assert _proxy(HTTPS_PROXY="http://p:1", NO_PROXY=no_proxy) == "http://p:1"


@pytest.mark.parametrize(
    ("endpoint", "no_proxy", "is_direct"),
    [
        ("https://10.1.2.3/v2", "10.0.0.0/8", True),
        ("https://10.1.2.3/v2", "10.1.2.3", True),
        ("https://10.1.2.3/v2", "10.1.2.0/24,x", True),
        ("https://11.1.2.3/v2", "10.0.0.0/8", False),
        ("https://[fd00::7]/v2", "fd00::/8", True),
        ("https://[fd00::7]/v2", "[fd00::7]", True),
        ("https://[fd00::7]/v2", "10.0.0.0/8", False),
        ("https://platform.test:8443/v2", "platform.test:8443", True),
        ("https://platform.test:8443/v2", "platform.test:443", False),
    ],
)
def test_no_proxy_knows_addresses_networks_and_ports(
    endpoint: str, no_proxy: str, *, is_direct: bool
) -> None:
    assert (_proxy(endpoint, HTTPS_PROXY="http://p:1", NO_PROXY=no_proxy) is None) == is_direct


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("proxy.test:3128", "http://proxy.test:3128"),
        ("proxy.test", "http://proxy.test"),
        ("10.0.0.1:3128", "http://10.0.0.1:3128"),
        ("ann:sesame@proxy.test:3128", "http://ann:sesame@proxy.test:3128"),
        (" http://proxy.test:3128/ ", "http://proxy.test:3128"),
        ("HTTP://proxy.test:3128", "HTTP://proxy.test:3128"),
        ("https://proxy.test:3128", "https://proxy.test:3128"),
        ("http://[fd00::7]:3128", "http://[fd00::7]:3128"),
    ],
)
def test_a_proxy_without_a_scheme_is_http_as_everywhere(written: str, meant: str) -> None:
    assert _proxy(HTTPS_PROXY=written) == meant


MALFORMED = {
    "no host": "http://",
    "no host but a port": "http://:3128",
    "a port in words": "http://proxy.test:port",
    "a port too large": "http://proxy.test:99999",
    "a blank": "http://proxy.test 3128",
    "a hash sign in the password": "http://ann:ses#ame@proxy.test:3128",
    "a slash in the password": "http://ann:12/ame@proxy.test:3128",
    "a question mark in the password": "http://ann:12?ame@proxy.test:3128",
    "a bracket in the password": "http://ann:ses[ame@proxy.test:3128",
    "a letter beyond ASCII": "http://ann:sésame@proxy.test:3128",
    "a letter that no login can carry": "http://ann:ses%E2%82%ACame@proxy.test:3128",
    "a path": "http://proxy.test:3128/proxy.pac",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_proxy_is_refused_by_the_place_it_stands_in_and_never_shown(
    text: str, tmp_path: Path
) -> None:
    file = _file(tmp_path, f"[proxies]\nhttps_proxy = {text}\n")
    mend = (
        "is no proxy URL; expected http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, "
        "with %40 for @ and alike in the login"
    )

    assert _refusal(HTTPS_PROXY=text) == f"HTTPS_PROXY {mend}"
    assert _refusal(https_proxy=text) == f"https_proxy {mend}"
    assert _refusal(file=file) == f"https_proxy in [proxies] of {file} {mend}"


def test_a_kind_of_proxy_that_does_not_work_is_named() -> None:
    assert _refusal(HTTPS_PROXY="socks5h://ann:sesame@proxy.test:1080") == (
        "HTTPS_PROXY names a socks5h proxy: only http and https proxies work"
    )


def test_a_malformed_proxy_that_is_not_used_is_nobodys_business() -> None:
    assert _proxy("http://127.0.0.1:1/v2", HTTPS_PROXY="http://") is None
    assert _proxy(HTTPS_PROXY="http://", NO_PROXY="*") is None


def test_the_login_is_not_in_the_repr() -> None:
    found = find_network(
        endpoint=AFAR, environment={"HTTPS_PROXY": f"http://ann:{TOKEN}@proxy.test"}, file=NOWHERE
    )

    assert TOKEN not in repr(found)


def test_the_first_ca_that_is_named_is_taken(authority: Authority) -> None:
    variables = {"SSL_CERT_FILE": str(authority.file), "REQUESTS_CA_BUNDLE": "/nowhere/b.pem"}

    named = find_network(endpoint=AFAR, ca_file=authority.root_file, environment=variables)
    first = find_network(endpoint=AFAR, environment=variables)
    second = find_network(
        endpoint=AFAR,
        environment={"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": str(authority.root_file)},
    )

    assert [one.ca_found_in for one in (named, first, second)] == [
        "--ca-file",
        "SSL_CERT_FILE",
        "REQUESTS_CA_BUNDLE",
    ]
    assert _held(named) - _held(first) == {_der(authority.root_file)}
    assert _held(first) - _held(named) == {_der(authority.file)}
    assert _held(second) == _held(named)


def _held(network: Network) -> set[bytes]:
    assert network.tls is not None
    return set(network.tls.get_ca_certs(binary_form=True))


def _der(file: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(file.read_text())


@pytest.mark.parametrize(
    "name", ["--ca-file", "LAUNCHER_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"]
)
@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"\x30\x82\x01\x0a"])
def test_a_ca_file_of_no_use_is_refused_by_the_place_that_named_it(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    named: Any = (
        {name: str(path)} if name in CA_VARIABLES else {"ca_file": path, "ca_named_by": name}
    )

    said = _refusal(**named)

    if content is None:
        assert said == f"the CA file {path} ({name}) cannot be read: No such file or directory"
    else:
        assert said == (
            f"the CA file {path} ({name}) holds no certificate that begins with -----BEGIN "
            "CERTIFICATE-----; make one of a binary file by: "
            f"openssl x509 -inform der -in {path} -out ca.pem"
        )


def test_a_ca_folder_has_to_be_one_that_openssl_finds_something_in(
    authority: Authority, tmp_path: Path
) -> None:
    shutil.copy(authority.file, tmp_path / "ca.pem")

    assert _refusal(REQUESTS_CA_BUNDLE=str(tmp_path)) == (
        f"the CA folder {tmp_path} (REQUESTS_CA_BUNDLE) holds no certificates under the names "
        "that OpenSSL looks for: name a file, or run openssl rehash"
    )
    (tmp_path / "ca.pem").rename(tmp_path / "0a1b2c3d.0")
    assert find_network(endpoint=AFAR, ca_file=tmp_path, environment={}).tls is not None
