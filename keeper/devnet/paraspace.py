"""ParaSpace on the local chain, with a Dutch auction for every collection, and what people do there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keeper.devnet.artifacts import Artifact
from keeper.devnet.workbench import Contract, Workbench
from keeper.domain.units import ETHER, RAY, ZERO_ADDRESS, Address, Hash32, Wei

CURVE = (25 * 10**17, 12 * 10**17, 9 * 10**17, 11022766650000000, 20225927360000000, 900)
"""The published curve of BAYC, with the minimum that the liquidation of BAYC #341 shows: highest multiplier, end of the
exponential part, lowest, linear step, exponential step, seconds a tick."""
_LTV_BPS, _THRESHOLD_BPS, _BONUS_BPS = 7_000, 8_000, 10_500
_TOKEN_LTV_BPS, _TOKEN_THRESHOLD_BPS, _TOKEN_BONUS_BPS = 8_250, 8_600, 10_450
_RECOVERY = 15 * 10**17
_UNLIMITED = 2**256 - 1


@dataclass(frozen=True, slots=True)
class ParaSpace:
    bench: Workbench
    feeders: tuple[Address, ...]
    provider: Contract
    pool: Contract
    configurator: Contract
    floor: Contract

    async def feed_prices(self, prices: Mapping[Address, Wei]) -> list[Hash32]:
        """Every feeder's transaction; the median of them is the price."""
        arguments = (list(prices), list(prices.values()))
        return [await self.floor.post(feeder, "setMultiplePrices", *arguments) for feeder in self.feeders]

    async def supply(self, lender: Address, token: Contract, amount: Wei) -> None:
        await token.send(lender, "approve", self.pool.address, _UNLIMITED)
        await self.pool.send(lender, "supply", token.address, amount, lender, 0)

    async def borrow(
        self, borrower: Address, collection: Contract, token_ids: Sequence[int], token: Contract, amount: Wei
    ) -> None:
        """Pieces of the borrower's as collateral, and a debt on them."""
        await collection.send(borrower, "setApprovalForAll", self.pool.address, True)
        pieces = [(token_id, True) for token_id in token_ids]
        await self.pool.send(borrower, "supplyERC721", collection.address, pieces, borrower, 0)
        await self.pool.send(borrower, "borrow", token.address, amount, 0, borrower)

    async def start_auction(self, starter: Address, borrower: Address, collection: Contract, token_id: int) -> Hash32:
        return await self.pool.post(starter, "startAuction", borrower, collection.address, token_id)


async def deploy_paraspace(
    bench: Workbench,
    artifacts: Mapping[str, Artifact],
    weth: Contract,
    feeders: Sequence[Address],
    prices: Mapping[Address, Wei],
) -> ParaSpace:
    """With WETH as the one reserve, and a price for every collection."""
    admin = bench.accounts[0]
    provider = await bench.deploy(artifacts["PoolAddressesProvider"], "ParaSpace")
    acl = await bench.deploy(artifacts["ACLManager"], admin)
    collections = list(prices)
    para = ParaSpace(
        bench,
        tuple(feeders),
        provider,
        await bench.deploy(artifacts["Pool"], provider.address),
        await bench.deploy(artifacts["PoolConfigurator"], provider.address),
        await bench.deploy(artifacts["NFTFloorOracle"], admin, list(feeders), collections),
    )
    sources = [
        (await bench.deploy(artifacts["ERC721OracleWrapper"], provider.address, para.floor.address, collection)).address
        for collection in collections
    ]
    oracle = await bench.deploy(
        artifacts["ParaSpaceOracle"],
        *(provider.address, collections, sources, ZERO_ADDRESS, weth.address, ETHER),
    )
    await provider.send(admin, "setAddress", b"POOL".ljust(32, b"\0"), para.pool.address)
    await provider.send(admin, "setAddress", b"POOL_CONFIGURATOR".ljust(32, b"\0"), para.configurator.address)
    await provider.send(admin, "setPriceOracle", oracle.address)
    await provider.send(admin, "setACLManager", acl.address)
    await provider.send(admin, "setWETH", weth.address)
    await acl.send(admin, "addPoolAdmin", admin)
    rates = await bench.deploy(
        artifacts["DefaultReserveInterestRateStrategy"], 8 * RAY // 10, RAY // 10, RAY // 20, RAY
    )
    await _list_weth(para, artifacts, weth, rates)
    for collection in prices:
        await _list_collection(para, artifacts, collection, rates)
    await para.configurator.send(admin, "setAuctionRecoveryHealthFactor", _RECOVERY)
    for transaction in await para.feed_prices(prices):
        await bench.receipt(transaction)
    return para


async def _list_weth(para: ParaSpace, artifacts: Mapping[str, Artifact], weth: Contract, rates: Contract) -> None:
    bench, admin, pool = para.bench, para.bench.accounts[0], para.pool.address
    shares = await bench.deploy(artifacts["PToken"], pool, admin, weth.address, 18, "ParaSpace WETH", "pWETH")
    debts = await bench.deploy(artifacts["VariableDebtToken"], pool, weth.address, 18, "Debt WETH", "vWETH")
    addresses = (shares.address, debts.address, rates.address, ZERO_ADDRESS)
    configure = para.configurator.send
    await configure(admin, "initReserve", weth.address, 18, False, *addresses)
    await configure(admin, "setReserveBorrowing", weth.address, True)
    await configure(admin, "setReserveFactor", weth.address, 1_000)
    collateral = (_TOKEN_LTV_BPS, _TOKEN_THRESHOLD_BPS, _TOKEN_BONUS_BPS)
    await configure(admin, "configureReserveAsCollateral", weth.address, *collateral)


async def _list_collection(
    para: ParaSpace, artifacts: Mapping[str, Artifact], collection: Address, rates: Contract
) -> None:
    bench, admin = para.bench, para.bench.accounts[0]
    shares = await bench.deploy(artifacts["NToken"], para.pool.address, collection, "ParaSpace", "nToken")
    auctions = await bench.deploy(artifacts["DefaultReserveAuctionStrategy"], *CURVE)
    addresses = (shares.address, ZERO_ADDRESS, rates.address, auctions.address)
    await para.configurator.send(admin, "initReserve", collection, 0, True, *addresses)
    collateral = (_LTV_BPS, _THRESHOLD_BPS, _BONUS_BPS)
    await para.configurator.send(admin, "configureReserveAsCollateral", collection, *collateral)
