"""What a plan takes, by the gate's budget and the orders of the run."""

from launcher.core.costs import Estimate
from launcher.core.plan import Forecast, Plan, forecast_of
from launcher.engine.gate import Gate
from launcher.engine.orders import Orders


def forecast_by(
    gate: Gate, plan: Plan, orders: Orders, *, estimates: tuple[Estimate, ...] = ()
) -> Forecast:
    """Return what `plan` takes from now on."""
    return forecast_of(
        plan,
        gate.state.budget,
        wait_s=gate.window_ends_in_s,
        estimates=estimates,
        stagger_s=orders.stagger_s,
        follows=orders.follows and orders.tick is None,
    )
