"""Clients of the configured nodes."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from time import perf_counter
from typing import Any, Self

from keeper import observe
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint, JsonValue, RpcClient, RpcRefused
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
async def reading(
    configuration: Configuration, role: Role = Role.READ, health: observe.Health | None = None
) -> AsyncIterator[Reader]:
    """A reader over the first endpoint with a role; ``health`` is told whether it answers."""
    chain = configuration.chain
    config = next(iter(chain.endpoints_for(role)), None)
    if config is None:
        raise ConfigError(
            "CONFIG_INVALID", f"no enabled endpoint has the role {role.value}", "add one to the chain's file"
        )
    seen = None if health is None else partial(health.endpoint_seen, role.value)
    async with connected(config, chain.chain_id, seen) as reader:
        yield reader


@asynccontextmanager
async def connected(
    config: EndpointConfig, chain_id: int, seen: Callable[..., None] | None = None
) -> AsyncIterator[Reader]:
    """A reader over one endpoint, which is on the right chain; ``seen`` as ``Measured`` has it."""
    endpoint = endpoint_of(config, chain_id)
    client: RpcClient = WsClient(endpoint) if config.url.scheme in {"ws", "wss"} else HttpClient(endpoint)
    async with client:
        yield Reader(Measured(client, seen))


class Measured:
    """A client whose every request is told with its result and time. Implements ``RpcClient`` over an open one."""

    def __init__(self, client: RpcClient, seen: Callable[..., None] | None = None) -> None:
        """``seen(works=…)`` is called after each request: an answer of any kind means that the endpoint works."""
        self._client = client
        self._seen = seen

    @property
    def endpoint(self) -> Endpoint:
        return self._client.endpoint

    async def call(self, method: str, *params: Any, timeout_seconds: float | None = None) -> JsonValue:  # noqa: ANN401 - JSON
        with self._measuring(method):
            return await self._client.call(method, *params, timeout_seconds=timeout_seconds)

    async def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[JsonValue | RpcRefused]:
        with self._measuring(f"{calls[0][0]}[]" if calls else "[]"):
            return await self._client.batch(calls)

    @contextmanager
    def _measuring(self, method: str) -> Iterator[None]:
        started, result = perf_counter(), "ok"
        try:
            yield
        except KeeperError as error:
            result = error.code
            raise
        finally:
            observe.rpc_answered(self.endpoint.label, method, result, perf_counter() - started)
            if self._seen is not None:
                self._seen(works=result in {"ok", "RPC_REFUSED"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """It belongs to whoever opened it."""


class _StreamObserver:
    """Passes on what the stream lives through."""

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        observe.endpoint_reconnected(endpoint, reason)

    def gap_filled(self, first: int, last: int) -> None:
        observe.gap_filled(first, last, "unannounced")

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
