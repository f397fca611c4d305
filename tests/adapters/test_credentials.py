"""Whose token for which endpoint, and that no message ever shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.adapters.credentials import (
    Credentials,
    checked_endpoint,
    find_credentials,
    others_can_read,
)
from launcher.core.errors import UsageError

TOKEN = "0123456789abcdef0123456789abcdef"
HERE = "https://cavatica-api.sbgenomics.com/v2"
OTHER = "of-environment"
THERE = "https://cgc-api.sbgenomics.com/v2"
STORED = f"""\
[default]
api_endpoint = {HERE}
auth_token = {TOKEN}

[cgc]
api_endpoint = {THERE}
auth_token = of-cgc
"""


def _file(folder: Path, text: str | bytes) -> Path:
    path = folder / "credentials"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _find(
    file: Path | None = None, /, *, environment: object = None, **more: object
) -> Credentials:
    return find_credentials(
        file=file or Path("/nowhere/credentials"),
        environment=environment or {},  # type: ignore[arg-type]  # a table of tests
        **more,  # type: ignore[arg-type]  # the same
    )


def _refusal(file: Path | None = None, /, **more: object) -> str:
    with pytest.raises(UsageError) as refused:
        _find(file, **more)
    return str(refused.value)


def _both(*, endpoint: str = THERE, token: str = OTHER) -> dict[str, str]:
    return {"SB_API_ENDPOINT": endpoint, "SB_AUTH_TOKEN": token}


def test_explicit_wins_over_the_environment_over_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED)
    token_file = tmp_path / "token"
    token_file.write_text("of-token-file\n")

    of_file = _find(file)
    of_environment = _find(file, environment=_both())
    explicit = _find(
        file, environment=_both(), endpoint="https://x.example/v2", token_file=token_file
    )

    assert of_file == Credentials(
        endpoint=HERE, token=TOKEN, found_in=f"{file} [default]", file=file
    )
    assert of_environment == Credentials(
        endpoint=THERE, token="of-environment", found_in="the environment"
    )
    assert explicit == Credentials(
        endpoint="https://x.example/v2",
        token="of-token-file",
        found_in=str(token_file),
        file=token_file,
    )


def test_a_profile_is_read_from_the_file_whatever_the_environment_says(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED)

    found = _find(file, environment=_both(endpoint="https://other/v2"), profile="cgc")

    assert found == Credentials(endpoint=THERE, token="of-cgc", found_in=f"{file} [cgc]", file=file)


def test_whether_others_can_read_the_token_is_known(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED)
    found = {}
    for mode in (0o600, 0o400, 0o640, 0o604):
        file.chmod(mode)
        found[mode] = others_can_read(file)

    assert found == {0o600: False, 0o400: False, 0o640: True, 0o604: True}
    assert not others_can_read(tmp_path / "missing")


def test_a_half_set_environment_is_not_filled_from_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED)

    no_token = _refusal(file, environment={"SB_API_ENDPOINT": THERE, "SB_AUTH_TOKEN": ""})
    no_endpoint = _refusal(file, environment={"SB_AUTH_TOKEN": TOKEN})

    assert no_token.startswith(f"no token for {THERE} in the environment: give --token-file")
    assert no_endpoint.startswith("no endpoint in the environment: give --endpoint")
    assert TOKEN not in no_token + no_endpoint


def test_an_explicit_endpoint_completes_the_environment() -> None:
    found = _find(environment={"SB_AUTH_TOKEN": TOKEN}, endpoint=HERE)

    assert (found.endpoint, found.token) == (HERE, TOKEN)


def test_a_stored_token_goes_to_no_other_host_than_the_one_it_was_stored_with(
    tmp_path: Path,
) -> None:
    file = _file(tmp_path, f"[cgc]\napi_endpoint = {THERE}\nauth_token = {TOKEN}\n")

    own = {"SB_AUTH_TOKEN": TOKEN, "SB_API_ENDPOINT": THERE}
    said = [
        _refusal(file, profile="cgc", endpoint=HERE),
        _refusal(environment=own, endpoint=HERE, endpoint_named_by="LAUNCHER_ENDPOINT"),
    ]

    assert said[0].startswith(
        f"the token in {file} [cgc] belongs to {THERE}, not to {HERE} (--endpoint): "
    )
    assert said[1].startswith(
        f"the token in the environment belongs to {THERE}, not to {HERE} (LAUNCHER_ENDPOINT): "
    )
    assert all("--token-file" in words and TOKEN not in words for words in said)


def test_an_endpoint_on_the_host_that_the_token_was_stored_with_is_taken(tmp_path: Path) -> None:
    file = _file(tmp_path, f"[default]\napi_endpoint = {THERE}\nauth_token = {TOKEN}\n")
    elsewhere = tmp_path / "token"
    elsewhere.write_text("f00dfeed")

    assert _find(file, endpoint=f"{THERE}/").endpoint == THERE
    assert _find(file, endpoint=HERE, token_file=elsewhere).token == "f00dfeed"


@pytest.mark.parametrize(
    "token",
    ["a%b", "%(x)s", "%%", "a=b", "a:b", "#a", ";a", "a#b;c", "$HOME", "a[b]", '"a"', "\\n", "{a}"],
)
def test_odd_characters_of_a_token_are_left_alone(token: str, tmp_path: Path) -> None:
    file = _file(tmp_path, f"[default]\napi_endpoint={HERE}\nauth_token = {token}\n")

    assert _find(file).token == token
    assert _find(environment=_both(token=token)).token == token


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_every_visible_token_is_taken_as_it_is(token: str) -> None:
    assert _find(environment=_both(token=token)).token == token


@pytest.mark.parametrize(
    "token", ["a b", "a\nb", "a\r\nX-Header: b", "a\tb", "tökén", "a\x00b", " "]
)
def test_a_token_that_would_break_a_header_is_refused_and_not_shown(token: str) -> None:
    said = _refusal(environment=_both(token=token))

    assert said == (
        "the token from the environment holds blanks or characters no token has: "
        "copy it again from the platform's Developer page"
    )


def test_what_the_docs_put_in_the_place_of_a_token_is_told(tmp_path: Path) -> None:
    example = "<your token, from the Developer page>"
    token_file = tmp_path / "token"
    token_file.write_text(example)
    mend = ": put your token in the place of <…>"

    of_file = _refusal(_file(tmp_path, f"[default]\napi_endpoint={HERE}\nauth_token={example}\n"))
    of_token_file = _refusal(endpoint=HERE, token_file=token_file)

    assert of_file.endswith(f"[default] holds blanks or characters no token has{mend}")
    assert of_token_file.endswith(f"must hold the token and nothing else{mend}")


@pytest.mark.parametrize("quote", ['"', "'"])
def test_an_endpoint_in_quotes_is_told_with_the_mend(quote: str, tmp_path: Path) -> None:
    stored = f"[default]\napi_endpoint = {quote}{HERE}{quote}\nauth_token = {TOKEN}\n"
    file = _file(tmp_path, stored)

    assert _refusal(file) == (
        f"the endpoint in {file} [default] stands in quotes: take the quotes away"
    )


def test_a_token_over_two_lines_of_the_file_is_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, f"[default]\napi_endpoint={HERE}\nauth_token = {TOKEN}\n  more\n")

    said = _refusal(file)

    assert "[default] holds blanks" in said
    assert TOKEN not in said


SPOILT = {
    "a section twice": STORED + STORED,
    "a key twice": STORED + f"auth_token = {TOKEN}\n",
    "no section": f"auth_token = {TOKEN}\n",
    "no value": f"[default]\n{TOKEN}\n",
    "an open bracket": f"[default\nauth_token = {TOKEN}\n",
}


@pytest.mark.parametrize("text", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_file_is_named_with_the_line_and_without_its_content(
    text: str, tmp_path: Path
) -> None:
    file = _file(tmp_path, text)

    said = _refusal(file)

    assert said.startswith((f"{file} is no credentials file (", f"{file} is no credentials file: "))
    assert TOKEN not in said


def test_a_file_without_a_section_is_told_which_it_needs(tmp_path: Path) -> None:
    file = _file(tmp_path, f"# mine\nauth_token = {TOKEN}\n")

    assert _refusal(file) == (
        f"{file} is no credentials file: its first line has to be a section, such as [default]"
    )


def test_missing_profiles_are_told_with_those_there_are(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED)

    assert _refusal(file, profile="cavatica") == (
        f"no profile 'cavatica' in {file}; profiles there: default, cgc"
    )
    assert _refusal(file, profile="") == f"no profile '' in {file}; profiles there: default, cgc"
    assert _refusal(profile="cgc") == ("no profile 'cgc': there is no file /nowhere/credentials")


def test_a_file_without_default_names_the_profiles_to_choose_from(tmp_path: Path) -> None:
    file = _file(tmp_path, STORED[STORED.index("[cgc]") :])

    assert _refusal(file).startswith(
        f"no endpoint in {file}, which has no [default] (for --profile there are: cgc): give"
    )


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (f"[default]\nauth_token = {TOKEN}\n", "no endpoint"),
        (f"[default]\napi_endpoint = {HERE}\n", f"no token for {HERE}"),
        (f"[default]\napi_endpoint = {HERE}\nauth_token =\n", f"no token for {HERE}"),
    ],
)
def test_what_a_profile_lacks_is_told_with_its_place(
    text: str, missing: str, tmp_path: Path
) -> None:
    file = _file(tmp_path, text)

    said = _refusal(file)

    assert said.startswith(f"{missing} in {file} [default]: give")
    assert TOKEN not in said


def test_a_section_called_default_in_capitals_does_not_leak_into_the_others(
    tmp_path: Path,
) -> None:
    file = _file(tmp_path, f"[DEFAULT]\nauth_token = {TOKEN}\n[cgc]\napi_endpoint = {THERE}\n")

    assert _refusal(file, profile="cgc").startswith(f"no token for {THERE}")


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    file = _file(tmp_path, b"\xef\xbb\xbf" + STORED.replace("\n", "\r\n").encode())
    token_file = tmp_path / "token"
    token_file.write_bytes(b"\xef\xbb\xbfabc\r\n")

    assert _find(file).token == TOKEN
    assert _find(file, token_file=token_file).token == "abc"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must hold the token and nothing else"),
        (b" \n\n", "must hold the token and nothing else"),
        (b"s3cr3t s3cr3t\n", "must hold the token and nothing else"),
        (b"s3cr3t\nmore\n", "must hold the token and nothing else"),
        (b"auth_token = s3cr3t\n", "must hold the token and nothing else"),
        (b"s3cr3t\xff\xfe", "cannot be read: it is no text in UTF-8"),
        ("s3cr3t".encode("utf-16"), "cannot be read: it is no text in UTF-8"),
        ("s3cr3té".encode(), "holds blanks or characters no token has"),
        (b"s3cr3t\x00", "holds blanks or characters no token has"),
    ],
)
def test_a_token_file_holds_the_token_alone(content: bytes, words: str, tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_bytes(content)

    said = _refusal(endpoint=HERE, token_file=token_file)

    assert words in said
    assert str(token_file) in said
    assert "s3cr3t" not in said


def test_a_token_file_that_is_a_folder_or_missing_is_told_in_words(tmp_path: Path) -> None:
    assert _refusal(endpoint=HERE, token_file=tmp_path) == (
        f"the token file {tmp_path} cannot be read: Is a directory"
    )
    assert _refusal(endpoint=HERE, token_file=tmp_path / "x") == (
        f"the token file {tmp_path / 'x'} cannot be read: No such file or directory"
    )


def test_a_credentials_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == f"{tmp_path} cannot be read: Is a directory"
    assert "it is no text in UTF-8" in _refusal(_file(tmp_path, b"\xff"))


def test_a_token_file_may_be_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"of-a-pipe\n")
    os.close(writer)

    found = _find(endpoint=HERE, token_file=Path(f"/dev/fd/{reader}"))
    os.close(reader)

    assert found.token == "of-a-pipe"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (HERE, HERE),
        (HERE + "/", HERE),
        (f"  {HERE}//\n", HERE),
        ("HTTPS://Cavatica-API.SBGenomics.com/v2", HERE),
        ("https://host:8443/v2?", "https://host:8443/v2"),
        ("http://127.0.0.1:8080/v2", "http://127.0.0.1:8080/v2"),
        ("http://127.255.0.7/v2", "http://127.255.0.7/v2"),
        ("http://[::1]:80/v2", "http://[::1]:80/v2"),
        ("http://LOCALHOST/v2", "http://localhost/v2"),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(endpoint: str, expected: str) -> None:
    assert checked_endpoint(endpoint) == expected


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://cavatica-api.sbgenomics.com/v2",
        "http://localhost.example.com/v2",
        "http://127.0.0.1.example.com/v2",
        "http://128.0.0.1/v2",
        "http://0.0.0.0/v2",
        "http://[::2]/v2",
        "http://2130706433/v2",
        "http://0x7f.0.0.1/v2",
        "http://127.1/v2",
        "http://10.0.0.1/v2",
    ],
)
def test_plain_http_elsewhere_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="plain http, the token would travel in clear"):
        checked_endpoint(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://user:s3cr3t@host/v2",
        "https://s3cr3t@host/v2",
        "https://good.example@s3cr3t.example/v2",
        "http://s3cr3t@127.0.0.1/v2",
        "https://host/v2?token=s3cr3t",
        "https://host/v2#s3cr3t",
    ],
)
def test_a_login_a_query_and_a_fragment_are_refused_and_not_shown(endpoint: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_endpoint(endpoint)

    assert str(refused.value) == (
        "the endpoint carries a login, a query or a fragment: leave it away"
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        TOKEN,
        "cavatica-api.sbgenomics.com/v2",
        "//host/v2",
        "https:///v2",
        "https://",
        "https://[::1/v2",
        "https://host:port/v2",
        "https://host:99999/v2",
        "https://ho st/v2",
        "https://höst/v2",
        "https://host/v2\x1b[31m",
        "ftp://host/v2",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_url_is_refused_and_not_shown_as_it_may_be_the_token(endpoint: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_endpoint(endpoint)

    assert str(refused.value) == f"the endpoint is no URL; expected {HERE} or alike"


def test_an_empty_explicit_endpoint_does_not_fall_back_to_another_one() -> None:
    assert _refusal(environment=_both(), endpoint="").startswith(
        "the endpoint (--endpoint) is no URL"
    )


@pytest.mark.parametrize("wrong", [TOKEN, f"https://{TOKEN}@host/v2", f"http://host/v2#{TOKEN}"])
def test_a_wrong_endpoint_is_refused_by_the_place_that_named_it(wrong: str, tmp_path: Path) -> None:
    file = _file(tmp_path, f"[default]\napi_endpoint = {wrong}\nauth_token = {OTHER}\n")

    of_file = _refusal(file)
    of_environment = _refusal(environment=_both(endpoint=wrong))
    of_settings = _refusal(endpoint=wrong, endpoint_named_by="endpoint in launcher.toml")

    assert of_file.startswith(f"the endpoint in {file} [default] ")
    assert of_environment.startswith("the endpoint in the environment ")
    assert of_settings.startswith("the endpoint (endpoint in launcher.toml) ")
    assert not [said for said in (of_file, of_environment, of_settings) if TOKEN in said]


def test_swapped_variables_do_not_show_the_token() -> None:
    said = _refusal(environment=_both(endpoint=TOKEN, token=HERE))

    assert TOKEN not in said


def test_the_token_is_not_in_the_repr() -> None:
    found = _find(environment=_both(token=TOKEN))

    assert TOKEN not in repr(found)
    assert TOKEN not in f"{found}"


def test_the_token_is_in_no_traceback_of_a_refusal(tmp_path: Path) -> None:
    file = _file(tmp_path, SPOILT["no section"])
    code = (
        "from launcher.adapters.credentials import find_credentials\n"
        "from pathlib import Path\n"
        f"find_credentials(file=Path({str(file)!r}), environment={{}})\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )

    assert "UsageError" in ended.stderr
    assert TOKEN not in ended.stderr


def test_the_file_of_the_users_home_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".sevenbridges").mkdir()
    _file(tmp_path / ".sevenbridges", STORED)

    found = find_credentials(environment={})

    assert found.endpoint == HERE


def test_without_a_home_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")

    assert find_credentials(environment=_both()).endpoint == THERE


def test_without_anything_all_three_ways_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(UsageError) as refused:
        find_credentials(environment={})

    assert all(
        way in str(refused.value)
        for way in ("--endpoint", "SB_API_ENDPOINT", "SB_AUTH_TOKEN", "~/.sevenbridges/credentials")
    )
