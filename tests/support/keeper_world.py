"""A small world with one loan, for tests of the daemon as a process: what falls, what is bought, what the ledger says."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keeper.devnet.daemon import Daemon
from keeper.devnet.relay import Behaviour, BuiltBlock, Relay
from keeper.devnet.settings import RunFiles, Settings, free_port, write_config
from keeper.devnet.world import COINBASE, World, deployed
from keeper.domain.units import ETHER, Wei
from keeper.ledger import Ledger

COLLECTION = "faces"
DEBT = Wei(69 * ETHER // 10)
FALLEN = Wei(8 * ETHER)
UNTIL_IT_PAYS = 39 * 900
"""Seconds after its start at which the auction stands at 1.17 of the oracle's price, under what the pool pays."""


@dataclass(frozen=True)
class KeeperWorld:
    """One account on ParaSpace with one piece, and one pool that buys it. The first relay builds the blocks."""

    world: World
    relays: tuple[Relay, ...]
    files: RunFiles
    settings: Settings
    position: str

    @property
    def relay(self) -> Relay:
        return self.relays[0]

    def daemon(self) -> Daemon:
        return Daemon(self.files.config, self.files.log, self.settings.http_port)

    async def slot(self, daemon: Daemon) -> BuiltBlock:
        """A block, and the keeper's decision about the next one."""
        block = await self.relay.build_block()
        await daemon.evaluated(block.header.number)
        return block

    async def price_falls(self, daemon: Daemon) -> BuiltBlock:
        """The oracle's update; returns its block."""
        await self.world.para.feed_prices({self.world.collections[COLLECTION].address: FALLEN})
        return await self.slot(daemon)

    async def until_it_pays(self, daemon: Daemon) -> None:
        """The price falls, the keeper starts the auction, time passes; the keeper has just sent the bundle that buys."""
        await self.slot(daemon)
        await self.price_falls(daemon)
        await self.slot(daemon)
        await self.time_passes(daemon)

    async def time_passes(self, daemon: Daemon, seconds: int = UNTIL_IT_PAYS) -> None:
        block = await self.relay.advance(seconds)
        await daemon.evaluated(block.header.number)

    async def explained(self) -> Any:
        """All that the ledger has about the loan: an ``Explanation`` with rows of anything."""
        async with Ledger.open(self.files.ledger_url, writer=False) as ledger:
            assert await ledger.verify() == []
            return await ledger.explain(self.position)

    async def purchases(self) -> list[dict[str, Any]]:
        """The ends of the plans that buy, oldest first."""
        known = await self.explained()
        buying = {row["plan_id"] for row in known.intents if row["shape"] == "atomic"}
        return [dict(row) for row in known.outcomes if row["plan_id"] in buying]

    async def money(self) -> int:
        """WETH of the executor."""
        return int(await self.world.weth.view("balanceOf", self.world.executor))


@asynccontextmanager
async def keeper_world(
    folder: Path, *, behind: Sequence[Behaviour] = (), settings: Mapping[str, Any] | None = None
) -> AsyncIterator[KeeperWorld]:
    """``behind`` are further relays, that come first in the configuration and behave so."""
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(deployed())
        borrower = world.actors.borrowers[0]
        await world.mint(COLLECTION, borrower, 1)
        collection = world.collections[COLLECTION]
        await world.para.borrow(borrower, collection, [1], world.weth, DEBT)
        await world.sudoswap.open_pool(
            world.actors.trader, collection, spot=Wei(97 * ETHER // 10), delta=ETHER // 5, holds=Wei(20 * ETHER)
        )
        await world.open()
        relays = [await stack.enter_async_context(Relay(world.anvil.url, coinbase=COINBASE)) for _ in (None, *behind)]
        for relay, behaviour in zip(relays[1:], behind, strict=True):
            relay.behaviour = behaviour
        files = RunFiles(folder)
        urls = [relay.url for relay in (*relays[1:], relays[0])]
        chosen = Settings(urls, free_port(), **(settings or {}))
        write_config(world, files, chosen)
        yield KeeperWorld(world, tuple(relays), files, chosen, f"paraspace/paraspace/{borrower}")
