"""Every metric there is, on one registry: names, labels and buckets in one place. All begin with ``keeper_``.

Amounts are wei as floats: near enough for a graph; the ledger has them exactly. No label ever holds a key, a URL or
anything without a bound.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0)
_BLOCKS = (1, 2, 3, 5, 8, 13, 25)


class Metrics:
    """The metrics of one keeper. Two of them in one process need two registries."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"keeper_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"keeper_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, buckets: tuple[float, ...] = _FAST) -> Histogram:
            return Histogram(f"keeper_{name}", text, labels, registry=registry, buckets=buckets)

        self.build_info = gauge("build_info", "1, labelled with what runs", "version", "mode", "chain")
        self.trading_state = gauge("trading_state", "1 for the state in force", "state")

        self.block_head = gauge("block_head", "number of the newest block closed", "chain")
        self.block_delay = histogram(
            "block_delay_seconds", "from a header's arrival to its block being closed", "chain"
        )
        self.block_stage = histogram("block_stage_seconds", "time taken by one stage of a block", "stage")
        self.block_budget = gauge("block_budget_ratio", "share of the block time that the last block's work took")
        self.reorgs = counter("reorgs", "reorganisations followed, by depth in blocks", "chain", "depth")
        self.gap_blocks = counter("gap_blocks", "blocks fetched because they had been missed", "chain", "cause")
        self.rpc_requests = counter("rpc_requests", "requests to nodes", "endpoint", "method", "result")
        self.rpc_seconds = histogram("rpc_seconds", "time to an answer of a node", "endpoint", "method")
        self.endpoint_failures = counter("endpoint_failures", "failures of an endpoint", "endpoint", "code")
        self.reconnects = counter("ws_reconnects", "websockets opened again", "endpoint")

        self.positions = gauge("positions", "positions known", "protocol")
        self.evaluations = counter("position_evaluations", "positions that were looked at", "protocol")
        self.oracle_updates = counter("oracle_updates_pending", "oracle updates seen before they landed", "source")
        self.adapters_halted = counter("adapters_halted", "adapters and strategies that were stopped", "name", "code")

        self.opportunities = counter("opportunities", "opportunities by what became of them", "strategy", "outcome")
        self.denied = counter("denied", "what was looked at and not done", "strategy", "code")
        self.simulations = counter("simulations", "simulations", "kind", "result")
        self.simulation_seconds = histogram("simulation_seconds", "time of a simulation", "kind")

        self.bundles = counter("bundles", "bundles handed to relays", "relay", "result")
        self.relay_seconds = histogram("relay_seconds", "time to a relay's answer", "relay")
        self.bundle_results = counter("bundle_results", "plans by how they ended", "strategy", "result")
        self.blocks_to_land = histogram(
            "bundle_blocks_to_land", "blocks from sending to landing", "strategy", buckets=_BLOCKS
        )
        self.tip = gauge("tip_wei", "the last tip offered", "strategy")
        self.prediction_error = gauge(
            "prediction_error_ratio", "(realised - predicted) / predicted gain of the last plan landed", "strategy"
        )

        self.profit = gauge(
            "pnl_wei", "booked, by kind of line; falls when a block leaves the chain", "strategy", "kind"
        )
        self.capital_bound = gauge("capital_bound_wei", "capital in open exposures")
        self.inventory = gauge("inventory", "open exposures by collection", "collection")
        self.balance = gauge("balance_wei", "balances of our accounts", "account", "asset")
