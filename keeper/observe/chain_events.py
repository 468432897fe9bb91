"""Events of the chain's side: blocks, reorganisations, nodes."""

import time
from collections.abc import Sequence

from keeper.domain.blocks import Block, Header
from keeper.domain.errors import KeeperError
from keeper.observe.scope import current


def block_committed(block: Block) -> None:
    """A block was closed: all of its logs are known."""
    scope, header = current(), block.header
    delay = max(0.0, time.monotonic() - block.observed_at)
    scope.metrics.block_head.labels(scope.chain).set(header.number)
    scope.metrics.block_delay.labels(scope.chain).observe(delay)
    scope.log.debug(
        "block_committed",
        number=header.number,
        block_hash=header.hash,
        logs=len(block.logs),
        base_fee=header.base_fee,
        delay_seconds=round(delay, 4),
    )


def stage_timed(stage: str, seconds: float) -> None:
    """One stage of a block's work took so long."""
    scope = current()
    scope.metrics.block_stage.labels(stage).observe(seconds)
    scope.log.debug("stage_timed", stage=stage, seconds=round(seconds, 6))


def block_evaluated(number: int, seconds: float, block_seconds: float) -> None:
    """Every strategy has been asked about a block; ``seconds`` is all the time that took from the block's closing."""
    scope = current()
    scope.metrics.block_budget.set(seconds / block_seconds)
    scope.log.debug("block_evaluated", number=number, seconds=round(seconds, 6))


def chain_reorged(headers: Sequence[Header]) -> None:
    """Blocks left the chain, newest first."""
    scope = current()
    scope.metrics.reorgs.labels(scope.chain, str(len(headers))).inc()
    scope.log.warning(
        "chain_reorged",
        depth=len(headers),
        newest=headers[0].number,
        oldest_hash=headers[-1].hash,
        newest_hash=headers[0].hash,
    )


def gap_filled(first: int, last: int, cause: str) -> None:
    """Blocks that had been missed were fetched; ``cause`` is ``start``, ``reconnect`` or ``skipped``."""
    scope = current()
    scope.metrics.gap_blocks.labels(scope.chain, cause).inc(last - first + 1)
    scope.log.info("gap_filled", first=first, last=last, cause=cause)


def rpc_answered(endpoint: str, method: str, result: str, seconds: float) -> None:
    """A node answered, or did not; ``endpoint`` is its configured name, ``result`` is ``ok`` or an error's code."""
    scope = current()
    scope.metrics.rpc_requests.labels(endpoint, method, result).inc()
    scope.metrics.rpc_seconds.labels(endpoint, method).observe(seconds)


def endpoint_failed(endpoint: str, error: KeeperError) -> None:
    scope = current()
    scope.metrics.endpoint_failures.labels(endpoint, error.code).inc()
    scope.log.warning("endpoint_failed", endpoint=endpoint, code=error.code, error=str(error))


def endpoint_reconnected(endpoint: str, reason: str) -> None:
    """A websocket was opened again; what was missed meanwhile is fetched."""
    scope = current()
    scope.metrics.reconnects.labels(endpoint).inc()
    scope.log.info("endpoint_reconnected", endpoint=endpoint, reason=reason)


def oracle_update_pending(source: str, tx_hash: str, prices: int) -> None:
    """A transaction that will set ``prices`` values of an oracle is in the public pool."""
    scope = current()
    scope.metrics.oracle_updates.labels(source).inc()
    scope.log.info("oracle_update_pending", source=source, tx_hash=tx_hash, prices=prices)


def adapter_halted(name: str, error: KeeperError) -> None:
    """A protocol, venue or strategy is out of step and was stopped; the others go on."""
    scope = current()
    scope.metrics.adapters_halted.labels(name, error.code).inc()
    scope.log.error("adapter_halted", name=name, code=error.code, error=str(error))
