"""What happens, said once: each function is one domain event and writes one log line, its metrics, or both.

Nobody else logs or counts. ``configure`` sets up a process, ``observing`` a test; ``Health`` and ``serving`` answer
probes.
"""

from keeper.observe.chain_events import (
    adapter_halted,
    block_committed,
    block_evaluated,
    chain_reorged,
    endpoint_failed,
    endpoint_reconnected,
    gap_filled,
    oracle_update_pending,
    rpc_answered,
    stage_timed,
)
from keeper.observe.decision_events import (
    opportunity_denied,
    opportunity_found,
    plan_chosen,
    positions_counted,
    positions_evaluated,
    simulation_done,
)
from keeper.observe.health import Health
from keeper.observe.metrics import Metrics
from keeper.observe.money_events import (
    balance_read,
    bundle_submitted,
    exposure_closed,
    exposure_opened,
    keeper_started,
    keeper_stopped,
    plan_landed,
    plan_lost,
    profit_booked,
    trading_state_changed,
)
from keeper.observe.scope import Scope, configure, make_scope, observing
from keeper.observe.server import application, serving

__all__ = [
    "Health",
    "Metrics",
    "Scope",
    "adapter_halted",
    "application",
    "balance_read",
    "block_committed",
    "block_evaluated",
    "bundle_submitted",
    "chain_reorged",
    "configure",
    "endpoint_failed",
    "endpoint_reconnected",
    "exposure_closed",
    "exposure_opened",
    "gap_filled",
    "keeper_started",
    "keeper_stopped",
    "make_scope",
    "observing",
    "opportunity_denied",
    "opportunity_found",
    "oracle_update_pending",
    "plan_chosen",
    "plan_landed",
    "plan_lost",
    "positions_counted",
    "positions_evaluated",
    "profit_booked",
    "rpc_answered",
    "serving",
    "simulation_done",
    "stage_timed",
    "trading_state_changed",
]
