"""What the platform's answers to `launcher doctor` say: replies in, findings out."""

from dataclasses import dataclass

from launcher.core.advice import (
    FOREIGN,
    UNREACHABLE,
    WAITING_INSTANCES,
    WRONG_CLOCK,
    Advice,
    advice_for,
)
from launcher.core.answer import (
    Alien,
    Answer,
    ErrorWord,
    NoAnswer,
    NotSent,
    RateWord,
    Reply,
    UserWord,
    describe,
)
from launcher.core.budget import ServerClock
from launcher.core.errors import RefusedError
from launcher.core.finding import Finding, ok, refused, skipped, warning
from launcher.core.meaning import (
    is_failing,
    is_maintenance,
    is_proxy_login,
    is_refused_token,
    is_throttle,
)

CLOCK_LIMIT_S = 30.0
"""A clock that is wrong by more is worth a warning: times in reports come from it."""

_SERVER_ERROR = 500
_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The replies to `GET /rate_limit` and, where that made sense, `GET /user`.

    `wall_at` is what this machine's clock showed at the monotonic second `now`, after them.
    """

    rate: Reply
    user: Reply | None = None
    is_tls: bool
    wall_at: float
    now: float

    @property
    def answers(self) -> tuple[Answer, ...]:
        """The complete answers, whoever gave them."""
        return tuple(reply for reply in (self.rate, self.user) if isinstance(reply, Answer))

    @property
    def clock(self) -> ServerClock:
        """The server's clock, as far as its answers told it."""
        clock = ServerClock()
        for answer in self.answers:
            if answer.date_at is not None:
                clock = clock.heard(
                    answer.date_at, sent_at=answer.sent_at, received_at=answer.received_at
                )
        return clock


def is_word(reply: Reply) -> bool:
    """Say whether the platform answered, and another request may be answered as well."""
    stops = (is_failing, is_maintenance, is_throttle, is_refused_token, is_proxy_login)
    if not isinstance(reply, Answer) or isinstance(reply.word, Alien):
        return False
    return not any(stop(reply) for stop in stops)


def platform_findings(heard: Heard) -> tuple[Finding, ...]:
    """Return what two answers tell of all that concerns the platform."""
    return (
        _tls(heard),
        _platform(heard.rate),
        _account(heard),
        _clock(heard),
        _budget(heard),
        _instances(heard.rate),
    )


def _tls(heard: Heard) -> Finding:
    if not heard.is_tls:
        return ok("tls", "none is needed: plain http does not leave this machine")
    match heard.rate:
        case NotSent(fatal=True, why=why):
            return refused("tls", RefusedError(why))
        case NotSent():
            return skipped("tls", "no connection came to be")
        case reply if is_proxy_login(reply):
            return skipped("tls", "the proxy lets nothing through")
        case _:
            return ok("tls", "the certificate verifies")


def _platform(reply: Reply) -> Finding:
    match reply:
        case NotSent(fatal=True):
            return skipped("platform", "the certificate does not verify")
        case NotSent() | NoAnswer():
            error = RefusedError(f"no answer: {describe(reply)}")
            return refused("platform", error, UNREACHABLE.mend)
        case Answer() as answer:
            return _answered(answer)


def _answered(answer: Answer) -> Finding:
    name, words, mend = "platform", describe(answer), _mend(answer)
    if is_refused_token(answer):
        return ok(name, "it answers, and refuses the token")
    if is_proxy_login(answer):
        return refused(name, RefusedError(f"the proxy wants a login ({words})"), mend)
    if is_throttle(answer):
        return warning(name, words, mend)
    if isinstance(answer.word, Alien):
        advice = UNREACHABLE if answer.http_status >= _SERVER_ERROR else FOREIGN
        return refused(name, RefusedError(f"{FOREIGN.means} ({words})"), advice.mend)
    if is_failing(answer):
        return warning(name, words, mend)
    latency_s = round(answer.received_at - answer.sent_at, 3)
    return ok(name, f"it answers, in {1000 * latency_s:.0f} ms", latency_s=latency_s)


def _account(heard: Heard) -> Finding:
    name = "account"
    for reply in heard.answers:
        if is_refused_token(reply):
            error = RefusedError(f"the token is refused ({describe(reply)})")
            return refused(name, error, _mend(reply))
    match heard.user:
        case None:
            return skipped(name, "the platform did not answer as it should")
        case Answer(word=UserWord(name=user)):
            return ok(name, f"the token is accepted; its user is {user}", user=user)
        case other if is_throttle(other) or is_failing(other):
            return warning(name, describe(other), _mend(other))
        case other:
            words = f"the platform does not say whose token this is: {describe(other)}"
            return refused(name, RefusedError(words), UNREACHABLE.mend)


def _clock(heard: Heard) -> Finding:
    clock = heard.clock
    if clock == ServerClock():
        return skipped("clock", "no answer told the server's time")
    ahead_s = round(clock.ahead_s(heard.wall_at, now=heard.now), 1)
    if not ahead_s:
        return ok("clock", "it agrees with the server's", ahead_s=ahead_s)
    side = "ahead of" if ahead_s > 0 else "behind"
    words = f"it is {abs(ahead_s):.0f} s {side} the server's"
    if abs(ahead_s) <= CLOCK_LIMIT_S:
        return ok("clock", words, ahead_s=ahead_s)
    return warning("clock", words, WRONG_CLOCK.mend, ahead_s=ahead_s)


def _budget(heard: Heard) -> Finding:
    match heard.rate:
        case Answer(word=RateWord(limits=limits)) if limits.remaining is not None:
            left, most = limits.remaining, limits.limit
        case _:
            return skipped("budget", "the platform did not tell it")
    renews_in_s = None
    if limits.reset_at is not None and heard.clock != ServerClock():
        renews_in_s = max(round(heard.clock.wait_until(limits.reset_at, now=heard.now)), 0)
    facts = {"limit": most, "remaining": left, "renews_in_s": renews_in_s}
    words = f"{left} requests left" if most is None else f"{left} of {most} requests left"
    if renews_in_s is not None:
        words = f"{words}, all of them again in {renews_in_s} s"
    if left == 0:
        return warning("budget", words, _advice(1000, _TOO_MANY).mend, **facts)
    return ok("budget", words, **facts)


def _instances(reply: Reply) -> Finding:
    name = "instances"
    match reply:
        case Answer(word=RateWord(instances=instances)) if instances is not None:
            limit, free = instances.limit, instances.remaining
        case _:
            return skipped(name, "the platform did not tell the limit")
    if limit is None:
        return ok(name, "no limit", limit=None, remaining=None)
    words = f"{free} of {limit} instances free"
    if free == 0:
        return warning(name, words, WAITING_INSTANCES.mend, limit=limit, remaining=free)
    return ok(name, words, limit=limit, remaining=free)


def _mend(reply: Reply) -> str:
    match reply:
        case Answer(http_status=status, word=ErrorWord(code=code)):
            return _advice(code, status).mend
        case Answer(http_status=status, word=Alien()):
            return _advice(None, status).mend
        case _:
            return UNREACHABLE.mend


def _advice(code: int | None, http_status: int) -> Advice:
    return advice_for(code, http_status) or UNREACHABLE
