"""The engine with everything open that it needs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from keeper import __version__, observe
from keeper.assembly.nodes import endpoint_of, make_stream, reading
from keeper.assembly.orders import feeds
from keeper.assembly.parts import make_adapters, make_lenders, make_strategies
from keeper.assembly.senders import load_signer, nobody, relay_settings
from keeper.book import Book
from keeper.chain.ws_client import WsClient
from keeper.config import Configuration, Role
from keeper.domain.plans import Plan
from keeper.domain.units import ZERO_ADDRESS, Wei
from keeper.engine import Adapters, Engine, Parts
from keeper.engine.knowledge import Knowledge
from keeper.execution.fanout import Fanout
from keeper.execution.lanes import Lanes
from keeper.execution.program import decode_revert
from keeper.execution.relays import Relay, SignedRequests, open_session
from keeper.ledger import Ledger
from keeper.planning import Planner
from keeper.risk import KillSwitch, Limits, RiskGate
from keeper.simulation import Simulator

_PRIORITY_FEE = Wei(1)
"""Of a bundle's transaction: more than nothing, since some relays drop what pays no tip at all; the rest goes to the
coinbase after the profit check."""


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
        reader = await stack.enter_async_context(reading(configuration, health=health))
        simulating = await stack.enter_async_context(reading(configuration, Role.SIMULATE, health))
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
                    make_stream, reader, subscribers, chain.reorg_depth_blocks, bool(chain.endpoints_for(Role.PENDING))
                ),
                knowledge=Knowledge(book, adapters, reader, health.history_read),
                adapters=adapters,
                strategies=strategies,
                feeds=feeds(adapters),
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
