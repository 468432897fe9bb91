"""A local world that runs: the chain, the relay, the cast, the configuration, and the keeper if it is wanted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from keeper.devnet.cast import Cast, gather
from keeper.devnet.daemon import Daemon
from keeper.devnet.relay import Relay
from keeper.devnet.settings import RunFiles, Settings, free_port, write_config
from keeper.devnet.world import COINBASE, World, deployed


@dataclass(frozen=True, slots=True)
class Running:
    """``daemon`` is not started before its context is entered."""

    world: World
    relay: Relay
    cast: Cast
    files: RunFiles
    daemon: Daemon

    def addresses(self) -> dict[str, str]:
        """Who is who, for those who want to look around."""
        world = self.world
        places = {
            "node, http and ws": world.anvil.url,
            "relay": self.relay.url,
            "keeper": f"http://127.0.0.1:{self.daemon.http_port}/metrics",
            "executor": world.executor,
            "WETH": world.weth.address,
            "BendDAO pool": world.bend.pool.address,
            "ParaSpace pool": world.para.pool.address,
            "Sudoswap factory": world.sudoswap.factory.address,
            "Seaport": world.seaport.seaport.address,
            "Morpho": world.lenders.morpho.address,
            "Balancer": world.lenders.balancer.address,
            "Aave": world.lenders.aave.address,
        }
        return places | {f"collection {name}": each.address for name, each in world.collections.items()}


@asynccontextmanager
async def running(root: Path, *, interval_seconds: float | None = None) -> AsyncIterator[Running]:
    """Everything of one run, with its files in ``root``, where those of the last one are forgotten.

    With ``interval_seconds`` blocks come by themselves; without it, when they are asked for.
    """
    files = RunFiles(root)
    files.clear()
    async with deployed() as world:
        cast = await gather(world)
        await world.open()
        async with Relay(world.anvil.url, coinbase=COINBASE, interval_seconds=interval_seconds) as relay:
            port = free_port()
            config = write_config(world, files, Settings([relay.url], port))
            files.publish(cast.orders)
            yield Running(world, relay, cast, files, Daemon(config, files.log, port))
