"""Clients of the configured nodes."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from keeper import observe
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint, RpcClient
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.chain.ws_client import WsClient
from keeper.config import Configuration, Role
from keeper.config.schema import EndpointConfig
from keeper.domain.blocks import Header, LogInterest
from keeper.domain.errors import ConfigError, KeeperError


def endpoint_of(config: EndpointConfig, chain_id: int) -> Endpoint:
    rate = config.rate_limit.per_second if config.rate_limit is not None else None
    return Endpoint(config.url.reveal(), requests_per_second=rate, timeout_seconds=config.timeout, chain_id=chain_id)


@asynccontextmanager
async def reading(configuration: Configuration, role: Role = Role.READ) -> AsyncIterator[Reader]:
    """A reader over the first endpoint with a role."""
    chain = configuration.chain
    config = next(iter(chain.endpoints_for(role)), None)
    if config is None:
        raise ConfigError(
            "CONFIG_INVALID", f"no enabled endpoint has the role {role.value}", "add one to the chain's file"
        )
    endpoint = endpoint_of(config, chain.chain_id)
    client: RpcClient = WsClient(endpoint) if config.url.scheme in {"ws", "wss"} else HttpClient(endpoint)
    async with client:
        yield Reader(client)


class _StreamObserver:
    """Passes on what the stream lives through."""

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        observe.endpoint_rotated(endpoint, endpoint, reason)

    def stream_degraded(self, error: KeeperError) -> None:
        observe.endpoint_failed("stream", error)


def make_stream(
    reader: Reader,
    subscribers: Sequence[WsClient],
    reorg_depth: int,
    pending: bool,
    interests: Iterable[LogInterest],
    history: Sequence[Header],
) -> BlockStream:
    options = StreamOptions(reorg_depth=reorg_depth, pending=pending)
    return BlockStream(reader, interests, history, subscribers=subscribers, options=options, observer=_StreamObserver())
