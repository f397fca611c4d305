"""What refuses every request alike, and so ends the run."""

from launcher.core.answer import NotSent, Reply, describe
from launcher.core.errors import RefusedError
from launcher.core.meaning import is_proxy_login, is_refused_token
from launcher.engine.stop import Stop


def end_run_if_refused(reply: Reply, *, stop: Stop) -> bool:
    """End the run, and say so, where every other request would be refused alike."""
    error = _refusal(reply)
    if error is not None:
        stop.set(error, reads_are_hopeless=True)
    return error is not None


def _refusal(reply: Reply) -> RefusedError | None:
    match reply:
        case NotSent(fatal=True, why=why):
            return RefusedError(why)
        case _ if is_proxy_login(reply):
            return RefusedError(
                f"the proxy wants a login ({describe(reply)}): write it into the proxy's URL as "
                "http://USER:PASSWORD@HOST:PORT; ways other than Basic need a helper program"
            )
        case _ if is_refused_token(reply):
            return RefusedError(
                f"the platform refuses the token ({describe(reply)}): make a new one on its "
                "Developer page, and check that it belongs to this endpoint"
            )
        case _:
            return None
