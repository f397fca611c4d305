"""What two replies tell of the platform, the account, the clock and the budget."""

from dataclasses import replace

import pytest

from core.replies import (
    alien,
    answer,
    error,
    maintenance,
    no_answer,
    not_sent,
    rate,
    throttled,
    user,
)
from launcher.core.advice import FOREIGN, UNREACHABLE, WAITING_INSTANCES, WRONG_CLOCK, advice_for
from launcher.core.answer import Answer, InstanceLimit, Limits, NotSent, RateWord, Reply
from launcher.core.diagnosis import Heard, is_word, platform_findings
from launcher.core.finding import Finding, State, ok, skipped, warning

SERVER_AT = 1_800_000_000.0
LIMITS = Limits(limit=1000, remaining=998, reset_at=SERVER_AT + 200.0)
FATAL = NotSent(why="the certificate of x does not verify (self-signed): give it", fatal=True)
TOKEN_ADVICE = advice_for(90001) or UNREACHABLE
PROXY_LOGIN = alien(407, "it takes Basic")


def _dated(reply: Answer) -> Answer:
    """The server's clock shows `SERVER_AT` at the monotonic second 0, to a second."""
    return replace(reply, date_at=SERVER_AT)


RATE = _dated(rate(LIMITS))


def _found(
    asked: Reply = RATE,
    answered: Reply | None = None,
    /,
    *,
    is_tls: bool = True,
    wall_at: float = SERVER_AT,
) -> dict[str, Finding]:
    heard = Heard(
        rate=asked,
        user=answered or (user() if is_word(asked) else None),
        is_tls=is_tls,
        wall_at=wall_at,
        now=0.0,
    )
    return {finding.name: finding for finding in platform_findings(heard)}


def test_where_all_is_well_every_check_says_so() -> None:
    found = _found()

    assert {finding.state for finding in found.values()} - {State.OK} == {State.SKIPPED}
    assert found["tls"] == ok("tls", "the certificate verifies")
    assert found["platform"] == ok("platform", "it answers, in 100 ms", latency_s=0.1)
    assert found["account"] == ok("account", "the token is accepted; its user is ann", user="ann")
    assert found["clock"] == ok("clock", "it agrees with the server's", ahead_s=0.0)
    assert found["budget"] == ok(
        "budget",
        "998 of 1000 requests left, all of them again in 200 s",
        limit=1000,
        remaining=998,
        renews_in_s=200,
    )
    assert found["instances"] == skipped("instances", "the platform did not tell the limit")


@pytest.mark.parametrize(
    ("reply", "states"),
    [  # tls, platform, account
        (FATAL, "trouble skipped skipped"),
        (not_sent(), "skipped trouble skipped"),
        (no_answer(), "ok trouble skipped"),
        (PROXY_LOGIN, "skipped trouble skipped"),
        (alien(200), "ok trouble skipped"),
        (alien(302), "ok trouble skipped"),
        (alien(502), "ok trouble skipped"),
        (alien(429), "ok warning skipped"),
        (throttled(), "ok warning skipped"),
        (maintenance(), "ok warning skipped"),
        (error(500, 90004), "ok warning skipped"),
        (error(401, 90001), "ok ok trouble"),
        (alien(401), "ok ok trouble"),
        (error(404, 90003), "ok ok ok"),
    ],
)
def test_what_a_first_reply_spoils_makes_the_rest_senseless(reply: Reply, states: str) -> None:
    found = _found(reply)

    assert [found[name].state for name in ("tls", "platform", "account")] == states.split()
    assert {found[name].state for name in ("clock", "budget", "instances")} == {State.SKIPPED}
    troubles = [finding for finding in found.values() if finding.state is State.TROUBLE]
    assert {finding.exit_code for finding in troubles} <= {3}


@pytest.mark.parametrize(
    ("reply", "name", "words", "mend"),
    [
        (FATAL, "tls", FATAL.why, None),
        (not_sent(), "platform", "no answer: no connection", UNREACHABLE.mend),
        (
            alien(200, "Hospital login"),
            "platform",
            f"{FOREIGN.means} (HTTP 200, not the platform's word: Hospital login)",
            FOREIGN.mend,
        ),
        (
            alien(502, "Bad Gateway"),
            "platform",
            f"{FOREIGN.means} (HTTP 502, not the platform's word: Bad Gateway)",
            UNREACHABLE.mend,
        ),
        (
            PROXY_LOGIN,
            "platform",
            "the proxy wants a login (HTTP 407, not the platform's word: it takes Basic)",
            "Write the login into the proxy's URL as http://USER:PASSWORD@HOST:PORT.",
        ),
        (
            error(401, 90001),
            "account",
            "the token is refused (HTTP 401, code 90001: no)",
            TOKEN_ADVICE.mend,
        ),
    ],
)
def test_a_trouble_is_told_with_its_mend(
    reply: Reply, name: str, words: str, mend: str | None
) -> None:
    finding = _found(reply)[name]

    assert (finding.state, finding.finding, finding.mend) == (State.TROUBLE, words, mend)


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (error(401, 90001), State.TROUBLE),
        (error(403, 90002), State.TROUBLE),
        (alien(200), State.WARNING),
        (throttled(), State.WARNING),
        (no_answer(), State.WARNING),
        (error(500, 90004), State.WARNING),
    ],
)
def test_a_user_that_is_not_told_is_a_trouble_only_where_the_platform_refuses(
    reply: Reply, state: State
) -> None:
    found = _found(RATE, reply)

    assert found["platform"].state is State.OK
    assert found["account"].state is state
    assert found["account"].mend


def test_plain_http_needs_no_certificate() -> None:
    assert _found(is_tls=False)["tls"].state is State.OK
    assert _found(not_sent(), is_tls=False)["tls"].state is State.OK


@pytest.mark.parametrize(
    ("wall_at", "words", "state"),
    [
        (SERVER_AT + 1.0, "it agrees with the server's", State.OK),
        (SERVER_AT + 31.0, "it is 30 s ahead of the server's", State.OK),
        (SERVER_AT + 31.2, "it is 30 s ahead of the server's", State.WARNING),
        (SERVER_AT - 30.0, "it is 30 s behind the server's", State.OK),
        (SERVER_AT - 3600.1, "it is 3600 s behind the server's", State.WARNING),
    ],
)
def test_a_clock_that_is_wrong_by_more_than_half_a_minute_is_warned_of(
    wall_at: float, words: str, state: State
) -> None:
    finding = _found(wall_at=wall_at)["clock"]

    assert finding.state is state
    assert finding.finding == words
    assert finding.mend == (WRONG_CLOCK.mend if state is State.WARNING else None)


def test_a_budget_that_is_used_up_is_warned_of() -> None:
    empty = _dated(rate(replace(LIMITS, remaining=0)))
    advice = advice_for(1000)
    assert advice is not None

    assert _found(empty)["budget"] == warning(
        "budget",
        "0 of 1000 requests left, all of them again in 200 s",
        advice.mend,
        limit=1000,
        remaining=0,
        renews_in_s=200,
    )


def test_a_budget_without_a_limit_and_a_reset_is_told_as_far_as_it_goes() -> None:
    bare = rate(Limits(remaining=7))

    assert _found(bare)["budget"] == ok(
        "budget", "7 requests left", limit=None, remaining=7, renews_in_s=None
    )


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        (
            InstanceLimit(limit=None, remaining=2**63),
            ok("instances", "no limit", limit=None, remaining=None),
        ),
        (
            InstanceLimit(limit=80, remaining=12),
            ok("instances", "12 of 80 instances free", limit=80, remaining=12),
        ),
        (
            InstanceLimit(limit=80, remaining=0),
            warning(
                "instances",
                "0 of 80 instances free",
                WAITING_INSTANCES.mend,
                limit=80,
                remaining=0,
            ),
        ),
    ],
)
def test_the_limit_of_instances_is_told(told: InstanceLimit, finding: Finding) -> None:
    reply = answer(200, RateWord(limits=LIMITS, instances=told))

    assert _found(reply)["instances"] == finding
