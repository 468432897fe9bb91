"""The story of the demo: oracle updates, time that passes, a borrower who pays; the keeper does the rest.

Everything here is an ordinary transaction in the public pool. After each block the keeper is waited for, so that the
story runs as fast as it decides, and always the same way.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from keeper.devnet.bend import TWAP_SECONDS
from keeper.devnet.cast import Cast, Ending
from keeper.devnet.daemon import Daemon
from keeper.devnet.relay import BuiltBlock, Relay
from keeper.devnet.world import BEND_PRICES, PARA_PRICES, World
from keeper.domain.units import ETHER, Address, Hash32, Wei, to_address

HOUR = 3_600
_TRAFFIC = to_address("0x" + "fe" * 20)
_TRAFFIC_GAS = 14_500_000
_MOST_FINE = Wei(2 * ETHER)
_BEND_FALL_PERCENT, _PARA_FALL_PERCENT = 82, 80

Tell = Callable[[str, str], Awaitable[None]]
"""What is told of the story: a title and a sentence, before it happens."""
Watch = Callable[[BuiltBlock, str], Awaitable[None]]
"""What is done after each block that the keeper has looked at: the block, and what was done in it."""


@dataclass(frozen=True, slots=True)
class Updates:
    """In which blocks the oracles were updated: the keeper has to see what follows in the same ones."""

    bend: int
    para: int


class Stage:
    """The scenes, in their order."""

    def __init__(self, world: World, relay: Relay, daemon: Daemon, cast: Cast, tell: Tell, watch: Watch) -> None:
        self._world = world
        self._relay = relay
        self._daemon = daemon
        self._cast = cast
        self._tell = tell
        self._watch = watch

    async def play(self) -> Updates:
        """All of it; raises ``StopProcess`` where the keeper does not follow."""
        await self._world.bench.node.call("anvil_setCode", _TRAFFIC, "0xfe")
        await self.block("the keeper is watching")
        bend = await self._bend_prices_fall()
        para = await self._para_prices_fall()
        await self._auctions_fall()
        await self._auction_ends()
        return Updates(bend, para)

    async def block(self, what: str = "", *sent: Hash32) -> BuiltBlock:
        """The next slot, with the world's usual traffic in it, and what was ``sent``."""
        await self._world.bench.post(self._world.actors.trader, _TRAFFIC, b"", gas=_TRAFFIC_GAS)
        built = await self._relay.build_block()
        for transaction in sent:
            await self._world.bench.receipt(transaction)
        return await self._seen(built, what)

    async def pass_time(self, seconds: int, what: str) -> None:
        """Moves the clock forward; the slot after it is one like any other."""
        await self._seen(await self._relay.advance(seconds), what)
        for _ in range(3):
            await self.block()

    async def _seen(self, block: BuiltBlock, what: str) -> BuiltBlock:
        await self._daemon.evaluated(block.header.number)
        await self._watch(block, what)
        return block

    async def _bend_prices_fall(self) -> int:
        await self._tell(
            "BendDAO's floor prices fall",
            "Two pushes of its oracle, six hours apart, since it averages: the second one makes five loans liquidatable.",
        )
        prices = self._fallen(dict(BEND_PRICES), _BEND_FALL_PERCENT)
        first = await self._world.bend.push_prices(prices)
        await self.block("the oracle's first push: the average does not move yet", first)
        await self._seen(await self._relay.advance(TWAP_SECONDS), "six hours later")
        second = await self._world.bend.push_prices(prices)
        update = await self.block("the oracle's second push: the average falls by 18 %", second)
        for _ in range(3):
            await self.block()
        return update.header.number

    async def _para_prices_fall(self) -> int:
        await self._tell(
            "ParaSpace's floor prices fall",
            "Three feeders report; the median makes seven accounts liquidatable. Their auctions have to be started.",
        )
        reports = await self._world.para.feed_prices(self._fallen(dict(PARA_PRICES), _PARA_FALL_PERCENT))
        update = await self.block("three feeders: the median falls by 20 %", *reports)
        starts = [
            await self._world.para.start_auction(
                self._world.actors.rival, borrower, self._world.collections[collection], 1
            )
            for borrower, collection in self._cast.started_by_rival
        ]
        await self.block("somebody else starts two auctions", *starts)
        for _ in range(3):
            await self.block()
        return update.header.number

    async def _auctions_fall(self) -> None:
        await self._tell(
            "Dutch auctions fall until a purchase pays",
            "The keeper buys with a flash loan and sells in the same transaction, the block in which it first pays.",
        )
        await self.pass_time(39 * HOUR // 4, "the auctions stand at 1.17 of the oracle's price")
        await self._redemption()
        await self.pass_time(4 * HOUR, "the auctions stand at 0.99 of the oracle's price")
        await self.pass_time(3 * HOUR // 2, "the auctions stand at 0.93 of the oracle's price")

    async def _redemption(self) -> None:
        await self._tell(
            "A borrower redeems", "It pays most of its debt, and the fine that the first bidder earns: the keeper."
        )
        redemption = await self._world.bend.redeem(
            self._cast.redeemer, self._cast.redeemed_loan, _MOST_FINE, self._world.weth
        )
        await self.block("the borrower's redemption", redemption)

    async def _auction_ends(self) -> None:
        (won,) = [case for case in self._cast.cases if case.ending is Ending.WON]
        await self._tell(
            "The auction ends", f"24 hours after the bid on {won.name} the keeper fetches the piece and sells it."
        )
        await self.pass_time(10 * HOUR, "the auction is over")

    def _fallen(self, prices: dict[str, Wei], percent: int) -> dict[Address, Wei]:
        return {self._world.collections[name].address: Wei(price * percent // 100) for name, price in prices.items()}
