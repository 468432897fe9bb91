"""May we: modes, limits, reservations, and the kill switch."""

from keeper.risk.gate import Admission, Reservation, RiskGate, at_risk, reservation
from keeper.risk.kill_switch import HALT_SIGNAL, KillSwitch, TradingState
from keeper.risk.limits import Exposed, Limits
from keeper.risk.snapshot import exposed, keep_reservations

__all__ = [
    "HALT_SIGNAL",
    "Admission",
    "Exposed",
    "KillSwitch",
    "Limits",
    "Reservation",
    "RiskGate",
    "TradingState",
    "at_risk",
    "exposed",
    "keep_reservations",
    "reservation",
]
