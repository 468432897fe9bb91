"""From a configuration to a running keeper: every part made, wired, opened and closed in one place."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from secrets import token_bytes
from typing import Any

from pydantic import BaseModel

from keeper import __version__, observe
from keeper.book import Book
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint, RpcClient
from keeper.chain.signer import LocalSigner, load_environment_key, load_key_file, load_keystore
from keeper.chain.stream import BlockStream, StreamOptions
from keeper.chain.ws_client import WsClient
from keeper.config import (
    PROTOCOLS,
    STRATEGIES,
    VENUES,
    ChainConfig,
    Configuration,
    FileKey,
    KeyRef,
    KeystoreKey,
    RelayConfig,
    Role,
)
from keeper.config.schema import EndpointConfig
from keeper.domain.adapters import TakesOrders
from keeper.domain.blocks import Header, LogInterest
from keeper.domain.errors import ConfigError, KeeperError, SkipItem
from keeper.domain.plans import FlashKind, Plan
from keeper.domain.strategy import Strategy
from keeper.domain.units import ZERO_ADDRESS, Wei
from keeper.engine import Adapters, Engine, Parts
from keeper.engine.engine import Feed, Learning
from keeper.engine.knowledge import Knowledge
from keeper.execution.fanout import Fanout
from keeper.execution.lanes import Lanes
from keeper.execution.program import decode_revert
from keeper.execution.relays import CancelStyle, Relay, RelaySettings, SignedRequests, open_session
from keeper.ledger import Ledger
from keeper.planning import Planner
from keeper.risk import KillSwitch, Limits, RiskGate
from keeper.simulation import Simulator
from keeper.venues.flash import FlashLenders
from keeper.venues.seaport.feed import follow

_PRIORITY_FEE = Wei(1)
"""Of a bundle's transaction: more than nothing, since some relays drop what pays no tip at all; the rest goes to the
coinbase after the profit check."""
_MINUTE = 60.0


def plugins(group: str) -> dict[str, EntryPoint]:
    """What is installed under an entry point group, by name."""
    return {entry.name: entry for entry in sorted(entry_points(group=group), key=lambda entry: entry.name)}


def plugin(group: str, name: str) -> Any:  # noqa: ANN401 - a class that its group's protocol describes
    """The class behind a name. ``LookupError`` with the known names where there is none; ``ConfigError`` where it is
    installed and cannot be loaded."""
    known = plugins(group)
    if name not in known:
        raise LookupError(*known)
    try:
        return known[name].load()
    except (ImportError, AttributeError) as error:
        raise ConfigError(
            "PLUGIN_BROKEN", f"{group}: {name} ({known[name].value}) cannot be loaded: {error}", "reinstall its package"
        ) from error


def settings_model(group: str, name: str) -> type[BaseModel]:
    """The model of a plug-in's own settings, for ``keeper.config.load``."""
    model: type[BaseModel] = plugin(group, name).Config
    return model


def make_adapters(configuration: Configuration) -> Adapters:
    """Every enabled protocol and venue of the configured chain."""
    chain_id = configuration.chain.chain_id
    return Adapters(
        (
            plugin(PROTOCOLS, each.adapter)(each.name, chain_id, each.settings)
            for each in configuration.enabled_protocols()
        ),
        (plugin(VENUES, each.adapter)(each.name, chain_id, each.settings) for each in configuration.enabled_venues()),
    )


def make_strategies(configuration: Configuration) -> list[Strategy]:
    """Every enabled strategy, from its own section."""
    return [
        plugin(STRATEGIES, each.strategy).from_config(each.name, each.settings)
        for each in configuration.enabled_strategies()
    ]


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


async def load_signer(reference: KeyRef) -> LocalSigner:
    """The key that a reference leads to. ``ConfigError`` as ``keeper.chain.signer`` says."""
    if isinstance(reference, KeystoreKey):
        return await load_keystore(reference.keystore, reference.password_file)
    if isinstance(reference, FileKey):
        return load_key_file(reference.file)
    return load_environment_key(reference.env, allowed=reference.allow_env)


def make_lenders(chain: ChainConfig) -> FlashLenders:
    """The enabled flash lenders, by kind."""
    lenders = chain.enabled_lenders()
    by_kind = {kind.value: tuple(each.address for each in lenders if each.kind is kind) for kind in FlashKind}
    tokens = tuple(sorted({token for each in lenders for token in each.tokens}))
    return FlashLenders(FlashLenders.Config(tokens=tokens, **by_kind))


def nobody() -> LocalSigner:
    """A key without a reputation, for requests to relays where the operator has named none."""
    return LocalSigner(token_bytes(32))


def relay_settings(config: RelayConfig) -> RelaySettings:
    """A relay as the configuration has it; its dialect says how bundles are taken back."""
    bundles, simulations = config.rate_limit("eth_sendBundle"), config.rate_limit("eth_callBundle")
    return RelaySettings(
        name=config.name,
        url=config.url.reveal(),
        cancel=CancelStyle.EMPTY_BUNDLE if config.dialect.value == "buildernet" else CancelStyle.METHOD,
        simulates=config.simulates,
        timeout_seconds=config.timeout,
        bundles_per_minute=round(bundles.per_second * _MINUTE) if bundles is not None else 1_800,
        simulations_per_minute=round(simulations.per_second * _MINUTE) if simulations is not None else 300,
        verify_tls=config.tls_verify,
    )


@asynccontextmanager
async def assembled(configuration: Configuration, health: observe.Health) -> AsyncIterator[Engine]:
    """An engine with everything open that it needs, closed again behind it."""
    keeper, chain = configuration.keeper, configuration.chain
    adapters = make_adapters(configuration)
    strategies = make_strategies(configuration)
    operators = [await load_signer(reference) for reference in keeper.keys.operators]
    auth = await load_signer(keeper.keys.auth) if keeper.keys.auth is not None else nobody()
    switch = KillSwitch(keeper.kill_switch)
    switch.on_signal(partial(_halted, health))
    health.state_changed(switch.state.value)
    async with AsyncExitStack() as stack:
        reader = await stack.enter_async_context(reading(configuration))
        simulating = await stack.enter_async_context(reading(configuration, Role.SIMULATE))
        subscribers = [
            await stack.enter_async_context(WsClient(endpoint_of(config, chain.chain_id)))
            for config in chain.endpoints_for(Role.STREAM)
        ]
        session = await stack.enter_async_context(open_session())
        ledger = await stack.enter_async_context(Ledger.open(keeper.ledger.reveal()))
        await ledger.begin_run(keeper.mode.value, chain.chain_id, __version__)
        stack.push_async_callback(ledger.end_run)
        relays = [Relay(relay_settings(config), session) for config in chain.enabled_relays()]
        requests = SignedRequests(auth)
        book = Book(chain.reorg_depth_blocks)
        yield Engine(
            Parts(
                chain_id=chain.chain_id,
                weth=chain.weth,
                executor=chain.executor if chain.executor is not None else ZERO_ADDRESS,
                block_seconds=chain.block_seconds,
                reorg_depth=chain.reorg_depth_blocks,
                priority_fee=_PRIORITY_FEE,
                reader=reader,
                make_stream=partial(
                    _stream, reader, subscribers, chain.reorg_depth_blocks, bool(chain.endpoints_for(Role.PENDING))
                ),
                knowledge=Knowledge(book, adapters, reader),
                adapters=adapters,
                strategies=strategies,
                feeds=_feeds(adapters),
                lenders=make_lenders(chain),
                planner=Planner(),
                simulator=Simulator(
                    simulating,
                    [relay for relay in relays if relay.settings.simulates],
                    requests,
                    chain.weth,
                    partial(explain_revert, adapters),
                ),
                lanes=Lanes(operators),
                gate=RiskGate(Limits.of(keeper.limits), keeper.mode, switch),
                fanout=Fanout(relays, requests, ledger),
                ledger=ledger,
                health=health,
            )
        )


def explain_revert(adapters: Adapters, plan: Plan, data: bytes) -> str:
    """Revert data of an executor's transaction: the way down to the call that failed, and why in its owner's words."""
    revert = decode_revert(data)
    return (
        " > ".join((*revert.path, adapters.explain(plan.position.deployment, revert.data)))
        if revert.is_foreign
        else str(revert)
    )


def _halted(health: observe.Health) -> None:
    observe.trading_state_changed("halted", "signal")
    health.state_changed("halted")


class _StreamObserver:
    """Passes on what the stream lives through."""

    def stream_interrupted(self, endpoint: str, reason: str) -> None:
        observe.endpoint_rotated(endpoint, endpoint, reason)

    def stream_degraded(self, error: KeeperError) -> None:
        observe.endpoint_failed("stream", error)


def _stream(
    reader: Reader,
    subscribers: Sequence[WsClient],
    reorg_depth: int,
    pending: bool,
    interests: Iterable[LogInterest],
    history: Sequence[Header],
) -> BlockStream:
    options = StreamOptions(reorg_depth=reorg_depth, pending=pending)
    return BlockStream(reader, interests, history, subscribers=subscribers, options=options, observer=_StreamObserver())


def _feeds(adapters: Adapters) -> list[Feed]:
    """A feed for each venue that takes orders from a file."""
    venues = [venue for venue in adapters.venues.values() if isinstance(venue, TakesOrders)]
    return [partial(_orders, venue, venue.orders_file) for venue in venues if venue.orders_file is not None]


async def _orders(venue: TakesOrders, path: Path) -> AsyncIterator[Learning]:
    async for order in follow(path, _broken):
        yield partial(venue.accept, order.document)


def _broken(error: SkipItem) -> None:
    observe.endpoint_failed("feed", error)
