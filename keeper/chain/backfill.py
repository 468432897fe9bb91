"""History by ranges: as large as the node bears, in order, and only the headers of blocks that have logs."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from keeper.chain.interests import LogFilter
from keeper.chain.reader import Reader, UnknownBlock
from keeper.chain.rpc import NodeUnavailable, RpcRefused
from keeper.domain.blocks import Block, Header, Log
from keeper.domain.units import Hash32


@dataclass(frozen=True, slots=True)
class Span:
    """How many blocks one ``eth_getLogs`` may cover, and how patient to be with a node that fails."""

    first: int = 2_000
    largest: int = 20_000
    comfortable_logs: int = 5_000
    """An answer with more logs than this makes the next range smaller."""
    attempts: int = 8
    """Failures in a row, without a smaller range to try, after which the node's error is raised."""
    pause_seconds: float = 0.5


async def backfill(
    reader: Reader, wanted: LogFilter, first: int, last: int, *, span: Span | None = None
) -> AsyncIterator[Block]:
    """The blocks with wanted logs from ``first`` to ``last``, both included, in order; blocks without are left out.

    Meant for blocks that are final: a reorganisation under way is noticed (a log's block is not the canonical one) and
    the range read again. Raises what the node answered once patience is used up.
    """
    limits = span or Span()
    size, failures = limits.first, 0
    start = first
    while start <= last:
        end = min(last, start + size - 1)
        try:
            logs = await reader.logs(wanted, start, end)
            headers = await headers_of(reader, logs)
        except (NodeUnavailable, RpcRefused, UnknownBlock) as error:
            limited = error.code in {"RPC_RATE_LIMITED", "RPC_CONNECTION", "RPC_UNKNOWN_BLOCK"}
            if not limited and size > 1:
                size = max(1, (end - start + 1) // 2)
                continue
            failures += 1
            if failures >= limits.attempts:
                raise
            await asyncio.sleep(getattr(error, "after_seconds", None) or limits.pause_seconds * failures)
            continue
        failures = 0
        now = time.monotonic()
        for block, own in itertools.groupby(logs, key=lambda log: log.block_hash):
            yield Block(headers[block], tuple(own), now)
        start = end + 1
        size = _next_size(size, len(logs), limits)


def _next_size(size: int, logs: int, limits: Span) -> int:
    if logs > limits.comfortable_logs:
        return max(1, size * limits.comfortable_logs // logs)
    return min(limits.largest, size + size // 2 + 1)


async def headers_of(reader: Reader, logs: tuple[Log, ...]) -> dict[Hash32, Header]:
    """The headers of the blocks that logs are in; ``UnknownBlock`` where one is not canonical (any more)."""
    blocks = {log.block_number: log.block_hash for log in logs}
    headers = {header.hash: header for header in await reader.headers(list(blocks))}
    missing = {log.block_hash for log in logs} - headers.keys()
    if missing:
        raise UnknownBlock("RPC_UNKNOWN_BLOCK", f"{len(missing)} blocks left the chain while it was read")
    return headers


async def whole_range(reader: Reader, wanted: LogFilter, first: int, last: int) -> list[tuple[Header, tuple[Log, ...]]]:
    """Every block of a short range with its wanted logs, all of one chain.

    Raises ``UnknownBlock`` if the chain changed meanwhile: headers are read before the logs and the last one again
    after them, so that logs of another fork cannot pass for an empty block.
    """
    headers = await reader.headers(list(range(first, last + 1)))
    logs = await _split_logs(reader, wanted, first, last)
    again = await reader.block(last)
    by_hash: dict[Hash32, list[Log]] = {header.hash: [] for header in headers}
    if again.hash != headers[-1].hash or any(log.block_hash not in by_hash for log in logs):
        raise UnknownBlock("RPC_UNKNOWN_BLOCK", f"blocks {first}..{last} changed while they were read")
    for log in logs:
        by_hash[log.block_hash].append(log)
    return [(header, tuple(by_hash[header.hash])) for header in headers]


async def _split_logs(reader: Reader, wanted: LogFilter, first: int, last: int) -> tuple[Log, ...]:
    """A range's logs, in halves where the node refuses the whole."""
    try:
        return await reader.logs(wanted, first, last)
    except RpcRefused:
        if first == last:
            raise
        middle = (first + last) // 2
        left = await _split_logs(reader, wanted, first, middle)
        return left + await _split_logs(reader, wanted, middle + 1, last)


async def recent_history(reader: Reader, number: int, *, depth: int = 64) -> list[Header]:
    """The canonical headers up to ``number``, oldest first: what a stream needs to follow reorgs of that depth."""
    headers = await reader.headers(list(range(max(0, number - depth), number + 1)))
    if any(child.parent_hash != parent.hash for parent, child in itertools.pairwise(headers)):
        raise UnknownBlock("RPC_UNKNOWN_BLOCK", f"the chain changed below block {number} while it was read")
    return headers
