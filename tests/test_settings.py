"""Where settings come from, and what is said about wrong ones."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.core.errors import UsageError
from launcher.settings import Origin, Settings, Source, duration_s, find_settings, load_settings
from launcher.settings.kinds import duration_text

LONG = "a duration such as 90s, 45m or 6h"

# field: default, then (what is written, what it means) for file, variable and argument
FIELDS: dict[
    str, tuple[object, tuple[object, object], tuple[str, object], tuple[object, object]]
] = {
    "report": (
        [],
        (["a.csv", "b.json"], ["a.csv", "b.json"]),
        ("v.csv", ["v.csv"]),
        (["c.csv"],) * 2,
    ),
    "fields": (
        [],
        (["created_time", "price"], ["created_time", "price"]),
        ("inputs, price,inputs", ["inputs", "price"]),
        ("batch_by", ["batch_by"]),
    ),
    "journal": (None, ("f.db", Path("f.db")), ("v.db", Path("v.db")), (Path("a.db"),) * 2),
    "concurrency": (16, (2, 2), ("3", 3), ("4", 4)),
    "max_attempts": (6, (2, 2), ("3", 3), ("4", 4)),
    "timeout": (60.0, ("2m", 120.0), ("3", 3.0), ("4s", 4.0)),
    "settle": (2.0, (1.5, 1.5), ("3s", 3.0), ("0", 0.0)),
    "reserve_share": (0.0, (0.1, 0.1), ("0.2", 0.2), ("0.3", 0.3)),
    "limit": (None, (2, 2), ("3", 3), ("0", 0)),
    "deadline": (None, ("45m", 2700.0), ("90s", 90.0), ("6h", 21600.0)),
    "max_running": (None, (2, 2), ("3", 3), ("4", 4)),
    "max_running_file": (None, ("f", Path("f")), ("v", Path("v")), ("a", Path("a"))),
    "running_scope": ("input", ("project", "project"), ("input", "input"), ("project",) * 2),
    "poll": (30.0, ("1m", 60.0), ("90s", 90.0), ("5", 5.0)),
    "wait": (False, (True, True), ("0", False), (True, True)),
    "stagger": (0.0, ("1m", 60.0), ("90s", 90.0), ("0.5", 0.5)),
    "canary": (0, (2, 2), ("3", 3), ("4", 4)),
    "once": (False, (True, True), ("0", False), (True, True)),
    "retry_rejected": (False, (True, True), ("no", False), (True, True)),
    "if_locked": ("exit", ("wait", "wait"), ("exit", "exit"), ("wait",) * 2),
    "max_cost": (None, (500, "500 USD"), ("12.50 eur", "12.50 EUR"), ("7", "7 USD")),
    "estimate": (False, (True, True), ("0", False), (True, True)),
    "max_failures": (None, (10, "10"), ("5%", "5%"), ("0", "0")),
    "max_outage": (1800.0, ("1h", 3600.0), ("2h", 7200.0), ("1d", 86400.0)),
    "grace": (20.0, (1, 1.0), ("2", 2.0), ("3s", 3.0)),
    "unbatch": (False, (True, True), ("0", False), (True, True)),
    "allow_batch": (False, (True, True), ("no", False), (True, True)),
    "interruptible": (None, (True, True), ("no", False), (False, False)),
    "recheck": (False, (True, True), ("off", False), (True, True)),
    "strict": (False, (True, True), ("false", False), (True, True)),
    "allow_empty": (False, (True, True), ("FALSE", False), (True, True)),
    "column": (None, ("f", "f"), ("v", "v"), ("a", "a")),
    "yes": (False, (True, True), ("n", False), (True, True)),
    "quiet": (False, (True, True), ("0", False), (True, True)),
    "verbose": (False, (True, True), ("0", False), (True, True)),
    "log_format": ("text", ("json", "json"), ("text", "text"), ("json",) * 2),
    "events": (None, ("f.jsonl", "f.jsonl"), ("-", "-"), ("a.jsonl", "a.jsonl")),
    "metrics": (None, ("f.prom", Path("f.prom")), ("v", Path("v")), (Path("a.prom"),) * 2),
    "notify_file": (None, ("f", Path("f")), ("v", Path("v")), ("a", Path("a"))),
    "on_finish": (None, ("f", "f"), ("v", "v"), ("a", "a")),
    "profile": (None, ("file", "file"), ("variable", "variable"), ("argument",) * 2),
    "endpoint": (None, ("https://f", "https://f"), ("https://v", "https://v"), ("https://a",) * 2),
    "token_file": (None, ("f", Path("f")), ("v", Path("v")), ("a", Path("a"))),
    "ca_file": (None, ("f", Path("f")), ("v", Path("v")), ("a", Path("a"))),
}


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def _file(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _refusal(
    arguments: dict[str, object] | None = None,
    *,
    environment: dict[str, str] | None = None,
    config: Path | None = None,
) -> str:
    with pytest.raises(UsageError) as refused:
        load_settings(arguments or {}, config=config, environment=environment or {})
    return str(refused.value)


def test_every_setting_is_in_the_table_of_precedence() -> None:
    assert set(FIELDS) == set(Settings.model_fields)


@pytest.mark.parametrize("field", FIELDS)
def test_an_argument_wins_over_a_variable_over_the_file_over_the_default(
    field: str, tmp_path: Path
) -> None:
    default, in_file, in_variable, in_argument = FIELDS[field]
    config = _file(tmp_path, f"{field} = {_toml(in_file[0])}\n")
    variables = {f"LAUNCHER_{field.upper()}": in_variable[0]}

    of_default = load_settings({}, environment={})
    of_file = load_settings({}, config=config, environment={})
    of_variable = load_settings({}, config=config, environment=variables)
    of_argument = load_settings({field: in_argument[0]}, config=config, environment=variables)

    found = [getattr(one, field) for one in (of_default, of_file, of_variable, of_argument)]
    assert found == [default, in_file[1], in_variable[1], in_argument[1]]


def test_the_environment_of_the_process_does_not_leak_into_another_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAUNCHER_CONCURRENCY", "abc")

    assert load_settings({}, environment={}).concurrency == 16
    assert Settings().concurrency == 16


@pytest.mark.parametrize("url", ["postgresql://ann:secret@host/db", "sqlite:///journal.db"])
def test_a_journal_is_no_url_and_its_password_is_not_shown(url: str) -> None:
    said = _refusal({"journal": url})

    assert said == "--journal: expected the path of a file: journals are SQLite files"


@pytest.mark.parametrize(
    ("text", "allowed"),
    [("0", 0), ("10", 10), ("0%", 0), ("5%", 12), ("0.5%", 1), ("100%", 250), (None, None)],
)
def test_failures_are_a_number_of_tasks_or_a_share_of_them(
    text: str | None, allowed: int | None
) -> None:
    settings = load_settings({} if text is None else {"max_failures": text}, environment={})

    assert settings.failures_allowed(250) == allowed


@pytest.mark.parametrize("text", ["-1", "101%", "1.5", "five", "%", "5 %", "", "1e3"])
def test_failures_that_are_neither_are_refused(text: str) -> None:
    said = _refusal({"max_failures": text})

    assert said == "--max-failures: expected a number of tasks such as 10, or a share such as 5%"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("created_time,Price,X", "Price"),
        ("inputs.reads", "inputs.reads"),
        ("!inputs", "!inputs"),
        ("price,", ""),
        ("", ""),
        ("1st", "1st"),
        ("pr\u0131ce\x1b[31m", "pr\u0131ce\\x1b[31m"),
        ("a" * 65, "a" * 65),
        ("a\nb", "a\\nb"),
    ],
)
def test_what_is_no_name_of_a_member_is_refused_by_its_name(text: str, wrong: str) -> None:
    said = _refusal({"fields": text})

    assert said == f"--fields: '{wrong}' is no name of a member, such as created_time or price"


def test_all_members_are_not_to_be_had_without_naming_them() -> None:
    assert _refusal(environment={"LAUNCHER_FIELDS": "price,_all"}) == (
        "LAUNCHER_FIELDS: _all would copy whole tasks: name the members that you need"
    )


def test_fifty_members_can_be_named_and_no_more() -> None:
    names = [f"member_{number}" for number in range(51)]

    assert load_settings({"fields": [*names[:50], *names[:9]]}, environment={}).fields == names[:50]
    assert _refusal({"fields": ",".join(names)}) == (
        "--fields: 51 members are too many: name 50 at most"
    )


def test_an_empty_variable_is_not_set() -> None:
    found = load_settings(
        {}, environment={"LAUNCHER_REPORT": "", "LAUNCHER_TIMEOUT": "", "LAUNCHER_CONFIG": ""}
    )

    assert found == load_settings({}, environment={})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("45m", 2700),
        ("6h", 21600),
        ("1.5", 1.5),
        (" 2 m ", 120),
        ("0", 0),
        ("1d", 86400),
    ],
)
def test_a_duration_is_a_number_with_a_unit(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "s", "-1", "1 hour", "1h30m", "1e3", "nan", "inf", "1,5", "0x10", "٣", "5x", ".5", "1_0"],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    assert _refusal({"timeout": text}).startswith(f"--timeout: expected {LONG} ")


@given(st.integers(0, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3600), ("d", 86400)]))
def test_durations_are_their_number_times_their_unit(number: int, unit: tuple[str, int]) -> None:
    expected = timedelta(seconds=number * unit[1]).total_seconds()

    assert duration_s(f"{number}{unit[0]}") == expected


WRONG = {
    "concurrency": "many",
    "max_attempts": "0",
    "timeout": "0",
    "settle": "2h",
    "reserve_share": "1",
    "max_outage": "soon",
    "grace": "-1s",
    "strict": "perhaps",
}


@pytest.mark.parametrize(("field", "wrong"), WRONG.items())
def test_a_wrong_value_is_refused_by_the_name_it_came_under_and_is_not_repeated(
    field: str, wrong: str, tmp_path: Path
) -> None:
    config = _file(tmp_path, f'{field} = "{wrong}"\n')
    variable = f"LAUNCHER_{field.upper()}"

    of_argument = _refusal({field: wrong}, environment={variable: wrong}, config=config)
    of_variable = _refusal(environment={variable: wrong}, config=config)
    of_file = _refusal(config=config)

    assert of_argument.startswith(f"--{field.replace('_', '-')}: ")
    assert of_variable.startswith(f"{variable}: ")
    assert of_file.startswith(f"{field} in {config}: ")
    assert f"{wrong!r}" not in of_argument + of_variable + of_file


EXPECTED: dict[str, tuple[tuple[object, ...], str]] = {
    "concurrency": (("x", "1.5", "9" * 5000, "0", "1001", []), "a whole number from 1 to 1000"),
    "max_attempts": (("0", "101"), "a whole number from 1 to 100"),
    "limit": (("x", "-1"), "a whole number, 0 or more"),
    "reserve_share": (("x", "-0.1", "1", "nan"), "a number from 0 to less than 1"),
    "timeout": (("0", "2h", "soon", True, [], "inf"), f"{LONG} above 0s and up to 60m"),
    "settle": (("2h", "x"), f"{LONG} from 0s to 60m"),
    "deadline": (("0", "x"), f"{LONG} above 0s"),
    "grace": (("-1s", -1), f"{LONG}, 0s or more"),
    "strict": (("perhaps", [], 7), "true or false"),
    "interruptible": (("perhaps",), "true or false"),
    "column": (("",), "a text that is not empty"),
    "profile": ((7,), "a text, in quotes"),
    "endpoint": ((7,), "a text, in quotes"),
    "journal": ((7,), "a text, in quotes"),
    "report": ((7,), 'a list of texts, such as ["a", "b"]'),
    "fields": (([7],), "a text, in quotes"),
    "log_format": (("xml", 7), "'text' or 'json'"),
    "max_cost": (
        ("0", "0.00", "-5", "x", "5 dollars", "USD 5", "5USD", "1e3", "inf", "9" * 5000, True, []),
        "an amount above 0 and perhaps a currency, such as 500 or '500 EUR'",
    ),
    "max_failures": (("x",), "a number of tasks such as 10, or a share such as 5%"),
}


@pytest.mark.parametrize(
    ("field", "wrong"), [(field, value) for field, (some, _) in EXPECTED.items() for value in some]
)
def test_a_wrong_value_is_told_what_is_expected_in_words(field: str, wrong: object) -> None:
    option = f"--{field.replace('_', '-')}"

    assert _refusal({field: wrong}) == f"{option}: expected {EXPECTED[field][1]}"


def test_all_wrong_values_are_named_at_once() -> None:
    said = _refusal({"concurrency": "x"}, environment={"LAUNCHER_GRACE": "y"})

    assert "--concurrency: " in said
    assert "; LAUNCHER_GRACE: " in said


@pytest.mark.parametrize(
    "text",
    ["timeout = nan", "max_outage = inf", "timeout = true", "report = 3", "fields = [3]"],
)
def test_odd_values_of_the_file_are_refused(text: str, tmp_path: Path) -> None:
    config = _file(tmp_path, text)

    assert _refusal(config=config).startswith(f"{text.split(maxsplit=1)[0]} in {config}: ")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("LAUNCHER_TIMOUT", "LAUNCHER_TIMEOUT"),
        ("LAUNCHER_MAXATTEMPTS", "LAUNCHER_MAX_ATTEMPTS"),
        ("LAUNCHER_TOKEN", "LAUNCHER_TOKEN_FILE"),
        ("launcher_yes", "LAUNCHER_YES"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_and_without_its_value(
    name: str, near: str
) -> None:
    assert _refusal(environment={name: "s3cr3t"}) == (
        f"unknown setting {name}; did you mean {near}?"
    )


@pytest.mark.parametrize(
    ("key", "near"),
    [("timeot", "timeout"), ("max-attempts", "max_attempts"), ("token", "token_file")],
)
def test_an_unknown_key_of_the_file_is_refused_with_the_nearest_and_without_its_value(
    key: str, near: str, tmp_path: Path
) -> None:
    config = _file(tmp_path, f'{key} = "s3cr3t"\n')

    assert _refusal(config=config) == (f"unknown setting {key} in {config}; did you mean {near}?")


def test_a_key_like_no_other_is_refused_with_all_that_are_known(tmp_path: Path) -> None:
    said = _refusal(config=_file(tmp_path, "[xyzzy]\nq = 1\n"))

    assert "known are allow_batch, " in said


def test_a_named_settings_file_has_to_exist(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "launcher.toml"

    of_argument = _refusal(config=missing)
    of_variable = _refusal(environment={"LAUNCHER_CONFIG": str(missing)})

    assert of_argument == of_variable == f"the settings file {missing} does not exist"


def test_the_named_settings_file_is_read_and_the_argument_wins(tmp_path: Path) -> None:
    one = _file(tmp_path, "concurrency = 2\n")
    (tmp_path / "other.toml").write_text("concurrency = 3\n")
    variables = {"LAUNCHER_CONFIG": str(tmp_path / "other.toml")}

    assert load_settings({}, environment=variables).concurrency == 3
    assert load_settings({}, config=one, environment=variables).concurrency == 2


def test_the_settings_file_of_the_user_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "cavatica-launcher").mkdir()
    (tmp_path / "cavatica-launcher" / "launcher.toml").write_text("concurrency = 5\n")

    assert load_settings({}, environment={}).concurrency == 5


@pytest.mark.parametrize(
    "content",
    [b"= = =", b"token = s3cr3t", b"a = 1\na = 2", b"\xff\xfe", b'x = "s3\\cr3t"', b"{}", b"\0"],
)
def test_a_file_that_is_no_toml_is_refused_and_nothing_of_it_is_repeated(
    content: bytes, tmp_path: Path
) -> None:
    config = tmp_path / "settings.toml"
    config.write_bytes(content)

    said = _refusal(config=config)

    assert said.startswith(f"the settings file {config} is no TOML: ")
    assert "cr3t" not in said


def test_a_folder_as_settings_file_is_refused(tmp_path: Path) -> None:
    assert _refusal(config=tmp_path) == (
        f"the settings file {tmp_path} cannot be read: Is a directory"
    )


def test_a_byte_order_mark_before_the_file_is_fine(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_bytes(b"\xef\xbb\xbfconcurrency = 5\n")

    assert load_settings({}, config=config, environment={}).concurrency == 5


def test_a_tilde_is_the_home_in_every_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/rf")

    found = load_settings(
        {"journal": Path("~/j.db"), "report": ["~/r.csv", "-", "a~.csv"]},
        environment={"LAUNCHER_TOKEN_FILE": "~/token"},
    )

    assert found.journal_path == Path("/home/rf/j.db")
    assert found.report == ["/home/rf/r.csv", "-", "a~.csv"]
    assert found.token_file == Path("/home/rf/token")


@pytest.mark.parametrize("field", ["journal", "token_file", "ca_file", "report"])
def test_a_home_that_nobody_has_is_refused(field: str) -> None:
    said = _refusal({field: "~no-such-user-here/x.csv"})

    assert said.startswith(f"--{field.replace('_', '-')}: there is no home folder")


@pytest.mark.parametrize("field", ["journal", "token_file", "ca_file", "report"])
def test_what_no_system_takes_for_a_path_is_refused(field: str, tmp_path: Path) -> None:
    config = _file(tmp_path, f'{field} = "a\\u0000b.csv"')

    with pytest.raises(UsageError, match=rf"{field} in .*: 'a\\x00b\.csv' is no path"):
        load_settings({}, config=config, environment={})


def test_the_journal_is_in_the_state_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")

    found = load_settings({}, environment={}).journal_path

    assert found == Path("/state/cavatica-launcher/journal.db")


def test_settings_do_not_change() -> None:
    settings = load_settings({}, environment={})

    with pytest.raises(ValueError, match="frozen"):
        settings.yes = True  # type: ignore[misc]  # that it cannot is what is tested


# ---------------------------------------------------------------- origins


def test_every_source_is_told_by_the_name_that_messages_use(tmp_path: Path) -> None:
    config = _file(tmp_path, "grace = 1\nsettle = 1\n")

    found = find_settings(
        {"interruptible": False, "max_attempts": "3"},
        config=config,
        environment={"LAUNCHER_SETTLE": "2"},
    )

    names = ("interruptible", "max_attempts", "settle", "grace", "timeout")
    assert [found.origins[name] for name in names] == [
        Origin(source=Source.ARGUMENT, where="--on-demand"),
        Origin(source=Source.ARGUMENT, where="--max-attempts"),
        Origin(source=Source.VARIABLE, where="LAUNCHER_SETTLE"),
        Origin(source=Source.FILE, where=str(config)),
        Origin(source=Source.DEFAULT),
    ]
    assert found.named_by("max_attempts") == "--max-attempts"
    assert found.named_by("grace") == f"grace in {config}"


def test_a_shown_value_is_what_a_settings_file_would_hold(tmp_path: Path) -> None:
    given = {field: in_argument[0] for field, (_, _, _, in_argument) in FIELDS.items()}
    found = find_settings(given, environment={})
    text = "".join(f"{one.name} = {_toml(one.value)}\n" for one in found.each())

    again = load_settings({}, config=_file(tmp_path, text), environment={})

    assert again == found.settings


@given(st.integers(0, 10**9))
def test_a_duration_that_is_shown_means_the_same(hundredths: int) -> None:
    assert duration_s(duration_text(hundredths / 100)) == hundredths / 100


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0s"), (1.5, "1.5s"), (60.0, "60s"), (1800.0, "30m"), (21600.0, "6h"), (172800.0, "2d")],
)
def test_a_duration_is_shown_in_a_unit_that_fits(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("endpoint", "is_shown"),
    [
        ("https://cavatica-api.sbgenomics.com/v2", True),
        ("http://[::1]:8080/v2/", True),
        ("https://ann:s3cr3t@host/v2", False),
        ("https://host/v2?token=s3cr3t", False),
        ("https://host/v2#s3cr3t", False),
        ("https://ann:s3/cr3t@host/v2", False),
        ("https:\\\\ann:s3cr3t@host", False),
        ("ftp://host/v2", False),
        ("s3cr3t", False),
        ("", False),
    ],
)
def test_an_endpoint_that_may_hold_a_secret_is_not_shown(endpoint: str, *, is_shown: bool) -> None:
    shown = {
        one.name: one.value for one in find_settings({"endpoint": endpoint}, environment={}).each()
    }

    assert shown["endpoint"] == (endpoint if is_shown else "[not shown: it is no plain https URL]")
