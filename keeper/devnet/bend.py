"""BendDAO v1 on the local chain, with the parameters of its collections, and what people do there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keeper.devnet.artifacts import Artifact
from keeper.devnet.workbench import Contract, Workbench
from keeper.domain.units import RAY, Address, Hash32, Wei

DAY_HOURS = 24
TWAP_SECONDS = 6 * 3600
_MAX_DEVIATION, _MAX_DEVIATION_WITH_TIME = 2 * 10**17, 10**17
_LTV_BPS, _THRESHOLD_BPS, _DISCOUNT_BPS = 7_000, 8_000, 500
_REDEEM_FINE_BPS, _REDEEM_THRESHOLD_BPS, _MIN_BID_FINE_BPS = 500, 5_000, 2_000
_MOST_PIECES = 10_000
_UNLIMITED = 2**256 - 1


@dataclass(frozen=True, slots=True)
class BendDao:
    bench: Workbench
    provider: Contract
    pool: Contract
    loans: Contract
    configurator: Contract
    oracle: Contract
    reserve_oracle: Contract

    async def push_prices(self, prices: Mapping[Address, Wei]) -> Hash32:
        """The feeder's transaction; what it pushes counts in the average from the next push on."""
        return await self.oracle.post(
            self.bench.accounts[0], "setMultipleAssetsData", list(prices), list(prices.values())
        )

    async def deposit(self, lender: Address, token: Contract, amount: Wei) -> None:
        await token.send(lender, "approve", self.pool.address, _UNLIMITED)
        await self.pool.send(lender, "deposit", token.address, amount, lender, 0)

    async def borrow(self, borrower: Address, collection: Contract, token_id: int, token: Contract, amount: Wei) -> int:
        """A loan on one piece of the borrower's; returns its id."""
        await collection.send(borrower, "setApprovalForAll", self.pool.address, True)
        await self.pool.send(borrower, "borrow", token.address, amount, collection.address, token_id, borrower, 0)
        return int(await self.loans.view("getCollateralLoanId", collection.address, token_id))

    async def redeem(self, borrower: Address, loan_id: int, most_fine: Wei, weth: Contract) -> Hash32:
        """The borrower takes the piece back by paying 60 % of the debt and the fine."""
        _, _, _, collection, token_id, *_ = await self.loans.view("getLoan", loan_id)
        debt = int((await self.loans.view("getLoanReserveBorrowAmount", loan_id))[1])
        await weth.post(borrower, "approve", self.pool.address, _UNLIMITED)
        return await self.pool.post(borrower, "redeem", collection, token_id, debt * 6 // 10, most_fine)


async def deploy_bend(
    bench: Workbench,
    artifacts: Mapping[str, Artifact],
    weth: Contract,
    dollar: tuple[Contract, Contract],
    prices: Mapping[Address, Wei],
) -> BendDao:
    """With WETH and a dollar (token and price feed) as reserves, and a price for every collection."""
    admin = bench.accounts[0]
    provider = await bench.deploy(artifacts["LendPoolAddressesProvider"], "Bend")
    bend = BendDao(
        bench,
        provider,
        await bench.deploy(artifacts["LendPool"], provider.address),
        await bench.deploy(artifacts["LendPoolLoan"], provider.address),
        await bench.deploy(artifacts["LendPoolConfigurator"], provider.address),
        await bench.deploy(
            artifacts["NFTOracle"],
            *(admin, _MAX_DEVIATION, _MAX_DEVIATION_WITH_TIME, 1_800, 600, TWAP_SECONDS, 18),
        ),
        await bench.deploy(artifacts["ReserveOracle"], weth.address),
    )
    for name, contract in (
        (b"LEND_POOL", bend.pool),
        (b"LEND_POOL_LOAN", bend.loans),
        (b"LEND_POOL_CONFIGURATOR", bend.configurator),
    ):
        await provider.send(admin, "setAddress", name.ljust(32, b"\0"), contract.address)
    await provider.send(admin, "setNFTOracle", bend.oracle.address)
    await provider.send(admin, "setReserveOracle", bend.reserve_oracle.address)
    await provider.send(admin, "setPoolAdmin", admin)
    await provider.send(admin, "setEmergencyAdmin", admin)
    token, feed = dollar
    await bend.reserve_oracle.send(admin, "addAggregator", token.address, feed.address)
    rates = await bench.deploy(artifacts["InterestRate"], 65 * RAY // 100, RAY // 10, RAY // 20, RAY)
    await _list_reserve(bend, artifacts, weth, 18, rates)
    await _list_reserve(bend, artifacts, token, 6, rates)
    await bend.oracle.send(admin, "setAssets", list(prices))
    for collection in prices:
        await _list_collection(bend, artifacts, collection)
    await bench.receipt(await bend.push_prices(prices))
    return bend


async def _list_reserve(
    bend: BendDao, artifacts: Mapping[str, Artifact], token: Contract, decimals: int, rates: Contract
) -> None:
    bench, admin = bend.bench, bend.bench.accounts[0]
    of_token = (token.address, decimals)
    shares = await bench.deploy(artifacts["BToken"], bend.provider.address, admin, *of_token, "Bend share", "bToken")
    debts = await bench.deploy(artifacts["DebtToken"], bend.provider.address, *of_token, "Bend debt", "debtToken")
    configure = bend.configurator.send
    await configure(admin, "initReserve", *of_token, shares.address, debts.address, rates.address)
    await configure(admin, "setBorrowingFlagOnReserve", [token.address], True)
    await configure(admin, "setReserveFactor", [token.address], 3_000)
    await configure(admin, "setReserveMaxUtilizationRate", [token.address], RAY)


async def _list_collection(bend: BendDao, artifacts: Mapping[str, Artifact], collection: Address) -> None:
    bench, admin, which = bend.bench, bend.bench.accounts[0], [collection]
    bound = await bench.deploy(artifacts["BoundNft"], collection, "Bound", "BOUND")
    settings: Sequence[tuple[object, ...]] = (
        ("initNft", collection, bound.address),
        ("configureNftAsCollateral", which, _LTV_BPS, _THRESHOLD_BPS, _DISCOUNT_BPS),
        ("configureNftAsAuction", which, DAY_HOURS, DAY_HOURS, _REDEEM_FINE_BPS),
        ("setNftRedeemThreshold", which, _REDEEM_THRESHOLD_BPS),
        ("setNftMinBidFine", which, _MIN_BID_FINE_BPS),
        ("setNftMaxSupplyAndTokenId", which, _MOST_PIECES, _MOST_PIECES),
        ("setNftMaxCollateralCap", which, _MOST_PIECES),
    )
    for name, *arguments in settings:
        await bend.configurator.send(admin, str(name), *arguments)
