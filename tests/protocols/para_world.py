"""ParaSpace on a local chain: two collections, WETH and a dollar, and everybody with money and approvals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from keeper.domain.units import ETHER, ZERO_ADDRESS, Address
from keeper.protocols.paraspace import ParaSpace
from tests.protocols.local import Follower, Local, local_chain

RAY = 10**27
DOLLAR_PRICE = 555_550_000_000_000
BAYC = (25 * 10**17, 12 * 10**17, 8 * 10**17, 11_022_766_650_000_000, 20_225_927_360_000_000, 900)
MAYC = (2 * 10**18, 12 * 10**17, 8 * 10**17, 18_303_339_030_000_000, 23_374_536_450_000_000, 900)


@dataclass(frozen=True, slots=True)
class ParaWorld:
    chain: Local
    provider: Address
    pool: Address
    configurator: Address
    oracle: Address
    floor_oracle: Address
    weth: Address
    dollar: Address
    dollar_feed: Address
    apes: Address
    punks: Address
    x_tokens: dict[Address, Address]
    debt_tokens: dict[Address, Address]

    @property
    def admin(self) -> Address:
        return self.chain.accounts[0]

    @property
    def lender(self) -> Address:
        return self.chain.accounts[1]

    @property
    def users(self) -> tuple[Address, ...]:
        return self.chain.accounts[2:6]

    @property
    def keeper(self) -> Address:
        return self.chain.accounts[6]

    def follower(self) -> Follower[ParaSpace]:
        config = ParaSpace.Config(addresses_provider=self.provider, floor_oracle=self.floor_oracle, start_block=0)
        return Follower(self.chain, ParaSpace("para-local", 31337, config))

    def reprice(self, collection: Address, price: int) -> None:
        self.chain.do(self.admin, self.floor_oracle, "setEmergencyPrice(address,uint256)", collection, price)

    def supply(self, user: Address, token: Address, amount: int) -> None:
        self.chain.do(user, self.pool, "supply(address,uint256,address,uint16)", token, amount, user, 0)

    def supply_nfts(self, user: Address, collection: Address, ids: list[int], *, used: bool = True) -> None:
        self.chain.do(
            user,
            self.pool,
            "supplyERC721(address,(uint256,bool)[],address,uint16)",
            collection,
            [(token_id, used) for token_id in ids],
            user,
            0,
        )

    def borrow(self, user: Address, token: Address, amount: int) -> None:
        self.chain.do(user, self.pool, "borrow(address,uint256,uint16,address)", token, amount, 0, user)

    def configure(self, function: str, *arguments: object) -> None:
        self.chain.do(self.admin, self.configurator, function, *arguments)


@contextmanager
def para_world(pieces: int = 20) -> Iterator[ParaWorld]:
    """Every user has ``pieces`` of each collection, ids from 1000 × his number in ``accounts``."""
    with local_chain() as chain:
        yield _built(chain, pieces)


def _built(chain: Local, pieces: int) -> ParaWorld:
    admin = chain.accounts[0]
    provider = chain.deploy("PoolAddressesProvider", "Para")
    weth = chain.deploy("TestToken", "Wrapped Ether", "WETH", 18)
    dollar = chain.deploy("TestToken", "Dollar", "USD", 6)
    apes, punks = chain.deploy("TestNft", "Apes", "APE"), chain.deploy("TestNft", "Punks", "PUNK")
    acl = chain.deploy("ACLManager", admin)
    chain.do(admin, acl, "addPoolAdmin(address)", admin)
    chain.do(admin, provider, "setACLManager(address)", acl)
    chain.do(admin, provider, "setWETH(address)", weth)
    feed = chain.deploy("Aggregator", 18, DOLLAR_PRICE)
    floor_oracle = chain.deploy("NFTFloorOracle", admin, list(chain.accounts[7:10]), [apes, punks])
    wrappers = [chain.deploy("ERC721OracleWrapper", provider, floor_oracle, nft) for nft in (apes, punks)]
    oracle = chain.deploy(
        "ParaSpaceOracle", provider, [dollar, apes, punks], [feed, *wrappers], ZERO_ADDRESS, weth, ETHER
    )
    pool, configurator = chain.deploy("Pool", provider), chain.deploy("PoolConfigurator", provider)
    for name, contract in (("POOL", pool), ("POOL_CONFIGURATOR", configurator)):
        chain.do(admin, provider, "setAddress(bytes32,address)", name.encode().ljust(32, b"\0"), contract)
    chain.do(admin, provider, "setPriceOracle(address)", oracle)
    rates = chain.deploy("DefaultReserveInterestRateStrategy", 80 * RAY // 100, 5 * RAY // 100, 20 * RAY // 100, RAY)
    x_tokens, debt_tokens = {}, {}
    init = "initReserve(address,uint8,bool,address,address,address,address)"
    collateral = "configureReserveAsCollateral(address,uint256,uint256,uint256)"
    for token, decimals, threshold, bonus in ((weth, 18, 8600, 10_450), (dollar, 6, 8900, 10_450)):
        x_tokens[token] = chain.deploy("PToken", pool, admin, token, decimals, "p", "p")
        debt_tokens[token] = chain.deploy("VariableDebtToken", pool, token, decimals, "d", "d")
        chain.do(
            admin, configurator, init, token, decimals, False, x_tokens[token], debt_tokens[token], rates, ZERO_ADDRESS
        )
        chain.do(admin, configurator, collateral, token, 8000, threshold, bonus)
        chain.do(admin, configurator, "setReserveBorrowing(address,bool)", token, True)
        chain.do(admin, configurator, "setReserveFactor(address,uint256)", token, 1000)
    for nft, curve, threshold in ((apes, BAYC, 8000), (punks, MAYC, 7000)):
        x_tokens[nft] = chain.deploy("NToken", pool, nft, "n", "n")
        strategy = chain.deploy("DefaultReserveAuctionStrategy", *curve)
        chain.do(admin, configurator, init, nft, 0, True, x_tokens[nft], ZERO_ADDRESS, rates, strategy)
        chain.do(admin, configurator, collateral, nft, 4000, threshold, 10_500)
    chain.do(admin, configurator, "setAuctionRecoveryHealthFactor(uint64)", 15 * 10**17)
    world = ParaWorld(
        chain,
        provider,
        pool,
        configurator,
        oracle,
        floor_oracle,
        weth,
        dollar,
        feed,
        apes,
        punks,
        x_tokens,
        debt_tokens,
    )
    world.reprice(apes, 100 * ETHER)
    world.reprice(punks, 40 * ETHER)
    for account in chain.accounts:
        for token, amount in ((weth, 100_000 * ETHER), (dollar, 10**14)):
            chain.do(admin, token, "mint(address,uint256)", account, amount)
            chain.do(account, token, "approve(address,uint256)", pool, 2**256 - 1)
    for number, user in enumerate(world.users, start=2):
        for nft in (apes, punks):
            chain.do(admin, nft, "mintMany(address,uint256,uint256)", user, 1000 * number, pieces)
            chain.do(user, nft, "setApprovalForAll(address,bool)", pool, True)
    world.supply(world.lender, weth, 20_000 * ETHER)
    world.supply(world.lender, dollar, 5 * 10**13)
    return world
