"""Which hosts are this very machine."""

import pytest

from launcher.core.hosts import is_loopback, page_of_task, page_path_of


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.0", "127.255.255.255", "::1", "localhost"])
def test_these_are_the_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["127.1", "128.0.0.1", "::2", "10.0.0.1", "localhost.example", ""])
def test_these_are_not(host: str) -> None:
    assert not is_loopback(host)


CAVATICA = "https://cavatica-api.sbgenomics.com/v2"


def test_a_task_has_a_page_where_its_platform_is_known() -> None:
    assert (
        page_of_task(CAVATICA, "mara/lung", "t-1")
        == "https://cavatica.sbgenomics.com/u/mara/lung/tasks/t-1"
    )


@pytest.mark.parametrize(
    ("endpoint", "project"),
    [
        ("http://127.0.0.1:8080/v2", "mara/lung"),
        ("https://cavatica-api.sbgenomics.com.evil/v2", "mara/lung"),
        (CAVATICA, None),
        (CAVATICA, "mara"),
        (CAVATICA, "mara/.."),
        (CAVATICA, "a/b/c"),
    ],
)
def test_no_page_is_guessed(endpoint: str, project: str | None) -> None:
    assert page_of_task(endpoint, project, "t-1") is None


@pytest.mark.parametrize(
    ("project", "path"),
    [("a b/c?d", "a%20b/c%3Fd"), ('"><x/y', "%22%3E%3Cx/y"), ("half \ud83d/x", "half%20%3F/x")],
)
def test_nothing_in_a_project_leaves_its_place_in_a_link(project: str, path: str) -> None:
    assert page_path_of(project) == path
