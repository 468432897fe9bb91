"""BendDAO v1 on a local chain: two collections, WETH and a dollar, and everybody with money and approvals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keeper.domain.units import ETHER, Address
from keeper.protocols.benddao_v1 import BendDaoV1
from tests.protocols.local import Follower, Local, local_chain

HOURS = 3600
RATE = 10**27


@dataclass(frozen=True, slots=True)
class BendWorld:
    chain: Local
    provider: Address
    pool: Address
    loans: Address
    nft_oracle: Address
    reserve_oracle: Address
    configurator: Address
    weth: Address
    dollar: Address
    dollar_feed: Address
    dollar_proxy: Address
    apes: Address
    punks: Address

    @property
    def admin(self) -> Address:
        return self.chain.accounts[0]

    @property
    def lender(self) -> Address:
        return self.chain.accounts[1]

    @property
    def borrowers(self) -> tuple[Address, ...]:
        return self.chain.accounts[2:5]

    @property
    def bidders(self) -> tuple[Address, ...]:
        return self.chain.accounts[5:9]

    @property
    def collections(self) -> tuple[Address, Address]:
        return self.apes, self.punks

    def follower(self, start: int = 0) -> Follower[BendDaoV1]:
        config = BendDaoV1.Config(addresses_provider=self.provider, start_block=start)
        return Follower(self.chain, BendDaoV1("bend-local", 31337, config))

    def push(self, collection: Address, price: int, at: int | None = None) -> None:
        self.chain.do(
            self.admin, self.nft_oracle, "setAssetData(address asset, uint256 price)", collection, price, at=at
        )

    def borrow(self, borrower: Address, reserve: Address, amount: int, collection: Address, token_id: int) -> None:
        self.chain.do(
            borrower,
            self.pool,
            "borrow(address,uint256,address,uint256,address,uint16)",
            reserve,
            amount,
            collection,
            token_id,
            borrower,
            0,
        )

    def configure(self, function: str, *arguments: object) -> None:
        self.chain.do(self.admin, self.configurator, function, *arguments)


@contextmanager
def bend_world(pieces: int = 40) -> Iterator[BendWorld]:
    """Every borrower has ``pieces`` of each collection, ids from 1000 × his number in ``accounts``."""
    with local_chain() as chain:
        yield _built(chain, pieces)


def _built(chain: Local, pieces: int) -> BendWorld:
    admin = chain.accounts[0]
    provider = chain.deploy("LendPoolAddressesProvider", "Bend")
    weth = chain.deploy("TestToken", "Wrapped Ether", "WETH", 18)
    dollar = chain.deploy("TestToken", "Dollar", "USD", 6)
    feed = chain.deploy("Aggregator", 8, 55_555)
    proxy = chain.deploy("AggregatorProxy", feed)
    pool = chain.deploy("LendPool", provider)
    loans = chain.deploy("LendPoolLoan", provider)
    configurator = chain.deploy("LendPoolConfigurator", provider)
    nft_oracle = chain.deploy("NFTOracle", admin, 2 * ETHER // 10, ETHER // 10, 1800, 600, 21600, 18)
    reserve_oracle = chain.deploy("ReserveOracle", weth)
    rates = chain.deploy("InterestRate", 65 * RATE // 100, 3 * RATE // 100, 8 * RATE // 100, RATE)
    for name, contract in (
        ("LEND_POOL", pool),
        ("LEND_POOL_LOAN", loans),
        ("LEND_POOL_CONFIGURATOR", configurator),
    ):
        chain.do(admin, provider, "setAddress(bytes32,address)", name.encode().ljust(32, b"\0"), contract)
    chain.do(admin, provider, "setNFTOracle(address)", nft_oracle)
    chain.do(admin, provider, "setReserveOracle(address)", reserve_oracle)
    chain.do(admin, provider, "setPoolAdmin(address)", admin)
    chain.do(admin, provider, "setEmergencyAdmin(address)", admin)
    chain.do(admin, reserve_oracle, "addAggregator(address,address)", dollar, proxy)
    apes = chain.deploy("TestNft", "Apes", "APE")
    punks = chain.deploy("TestNft", "Punks", "PUNK")
    world = BendWorld(
        chain, provider, pool, loans, nft_oracle, reserve_oracle, configurator, weth, dollar, feed, proxy, apes, punks
    )
    for token, decimals in ((weth, 18), (dollar, 6)):
        b_token = chain.deploy("BToken", provider, admin, token, decimals, "b", "b")
        debt_token = chain.deploy("DebtToken", provider, token, decimals, "d", "d")
        world.configure(
            "initReserve(address,uint8,address,address,address)", token, decimals, b_token, debt_token, rates
        )
        world.configure("setBorrowingFlagOnReserve(address[],bool)", [token], True)
        world.configure("setReserveFactor(address[],uint256)", [token], 3000)
        world.configure("setReserveMaxUtilizationRate(address[],uint256)", [token], RATE)
    chain.do(admin, nft_oracle, "setAssets(address[])", [apes, punks])
    for collection, price in ((apes, 100 * ETHER), (punks, 40 * ETHER)):
        bound = chain.deploy("BoundNft", collection, "bound", "b")
        world.configure("initNft(address,address)", collection, bound)
        world.push(collection, price)
    world.configure("configureNftAsCollateral(address[],uint256,uint256,uint256)", [apes], 6000, 8000, 10_000)
    world.configure("configureNftAsCollateral(address[],uint256,uint256,uint256)", [punks], 5000, 7500, 500)
    for collection, hours in ((apes, 24), (punks, 48)):
        world.configure("configureNftAsAuction(address[],uint256,uint256,uint256)", [collection], hours, hours, 500)
        world.configure("setNftRedeemThreshold(address[],uint256)", [collection], 5000)
        world.configure("setNftMinBidFine(address[],uint256)", [collection], 2000)
        world.configure("setNftMaxSupplyAndTokenId(address[],uint256,uint256)", [collection], 10_000, 100_000)
        world.configure("setNftMaxCollateralCap(address[],uint256)", [collection], 10_000)
    for account in chain.accounts:
        for token, amount in ((weth, 100_000 * ETHER), (dollar, 10**14)):
            chain.do(admin, token, "mint(address,uint256)", account, amount)
            chain.do(account, token, "approve(address,uint256)", pool, 2**256 - 1)
    for number, borrower in enumerate(world.borrowers, start=2):
        for collection in (apes, punks):
            chain.do(admin, collection, "mintMany(address,uint256,uint256)", borrower, 1000 * number, pieces)
            chain.do(borrower, collection, "setApprovalForAll(address,bool)", pool, True)
    chain.do(world.lender, pool, "deposit(address,uint256,address,uint16)", weth, 20_000 * ETHER, world.lender, 0)
    chain.do(world.lender, pool, "deposit(address,uint256,address,uint16)", dollar, 5 * 10**13, world.lender, 0)
    return world
