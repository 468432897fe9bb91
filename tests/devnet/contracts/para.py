"""ParaSpace set up on a local chain: WETH, USDC and one collection with a Dutch auction, three price feeders."""

from dataclasses import dataclass
from typing import Any

from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.devnet.compiler import CONTRACTS, SOLC_0_6, compile_folder, compile_packages
from keeper.domain.units import ETHER, RAY, ZERO_ADDRESS, Address
from tests.devnet.contracts.contract import Contract
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain

FLUX = "@chainlink/contracts/src/v0.6/tests/MockV3Aggregator.sol"
MILLION_USDC = 10**12
USDC_IN_ETHER = 5 * 10**14
BAYC_CURVE = (25 * 10**17, 12 * 10**17, 9 * 10**17, 11022766650000000, 20225927360000000, 900)
"""The published curve of BAYC with the minimum that the liquidation of BAYC #341 shows."""


@dataclass(frozen=True)
class Para:
    """Accounts: ``admin`` sets everything, ``borrower`` holds the tokens 0..9, ``lender`` lent, ``liquidator``."""

    chain: LocalChain
    artifacts: dict[str, Artifact]
    provider: Contract
    pool: Contract
    configurator: Contract
    oracle: Contract
    floor: Contract
    strategy: Contract
    weth: Contract
    usdc: Contract
    nft: Contract
    n_token: Contract
    p_weth: Contract
    p_usdc: Contract
    debt_weth: Contract
    debt_usdc: Contract

    @property
    def admin(self) -> Address:
        return self.chain.accounts[0]

    @property
    def borrower(self) -> Address:
        return self.chain.accounts[1]

    @property
    def lender(self) -> Address:
        return self.chain.accounts[2]

    @property
    def liquidator(self) -> Address:
        return self.chain.accounts[3]

    @property
    def feeders(self) -> tuple[Address, ...]:
        return self.chain.accounts[7:10]

    def price(self, price: int) -> None:
        """All feeders say it, so the median is it."""
        for feeder in self.feeders:
            self.floor.send(feeder, "setMultiplePrices", [self.nft.address], [price])

    def supply(self, *tokens: int) -> None:
        pairs = [(token, True) for token in tokens]
        self.pool.send(self.borrower, "supplyERC721", self.nft.address, pairs, self.borrower, 0)

    def borrow(self, amount: int, token: Contract | None = None) -> None:
        self.pool.send(self.borrower, "borrow", (token or self.weth).address, amount, 0, self.borrower)

    def start(self, token: int = 0) -> None:
        self.pool.send(self.liquidator, "startAuction", self.borrower, self.nft.address, token)

    def account(self) -> dict[str, int]:
        names = ["collateral", "debt", "available", "threshold", "ltv", "health", "erc721_health"]
        return dict(zip(names, self.pool.view("getUserAccountData", self.borrower), strict=True))

    def liquidation(self, most: int, token: int = 0) -> tuple[Any, ...]:
        """The arguments of liquidateERC721 for a token of the borrower's."""
        return "liquidateERC721", self.nft.address, self.borrower, token, most, False


def deploy_para(chain: LocalChain) -> Para:
    artifacts = {
        **compile_folder(CONTRACTS / "paraspace", node_modules=NODE_MODULES),
        **compile_folder(CONTRACTS / "tokens", node_modules=NODE_MODULES),
        **compile_packages([FLUX], node_modules=NODE_MODULES, solc=SOLC_0_6),
        "WETH9": load_artifact(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json"),
    }

    def make(name: str, *arguments: Any) -> Contract:
        return Contract(chain, artifacts[name], chain.deploy(artifacts[name], *arguments))

    admin, borrower, lender, liquidator = chain.accounts[:4]
    weth, usdc, nft = make("WETH9"), make("TestToken", "USD Coin", "USDC", 6), make("TestNft", "Apes", "APE")
    provider = make("PoolAddressesProvider", "ParaSpace")
    pool = make("Pool", provider.address)
    acl = make("ACLManager", admin)
    floor = make("NFTFloorOracle", admin, list(chain.accounts[7:10]), [nft.address])
    source = make("ERC721OracleWrapper", provider.address, floor.address, nft.address)
    usdc_feed = make("MockV3Aggregator", 18, USDC_IN_ETHER)
    tokens = {
        name: (
            make("PToken", pool.address, admin, token.address, decimals, f"ParaSpace {name}", f"p{name}"),
            make("VariableDebtToken", pool.address, token.address, decimals, f"Debt {name}", f"v{name}"),
        )
        for name, token, decimals in (("WETH", weth, 18), ("USDC", usdc, 6))
    }
    world = Para(
        chain,
        artifacts,
        provider=provider,
        pool=pool,
        configurator=make("PoolConfigurator", provider.address),
        oracle=make(
            "ParaSpaceOracle",
            provider.address,
            [nft.address, usdc.address],
            [source.address, usdc_feed.address],
            ZERO_ADDRESS,
            weth.address,
            ETHER,
        ),
        floor=floor,
        strategy=make("DefaultReserveAuctionStrategy", *BAYC_CURVE),
        weth=weth,
        usdc=usdc,
        nft=nft,
        n_token=make("NToken", pool.address, nft.address, "ParaSpace Apes", "nAPE"),
        p_weth=tokens["WETH"][0],
        p_usdc=tokens["USDC"][0],
        debt_weth=tokens["WETH"][1],
        debt_usdc=tokens["USDC"][1],
    )
    provider.send(admin, "setAddress", b"POOL".ljust(32, b"\0"), pool.address)
    provider.send(admin, "setAddress", b"POOL_CONFIGURATOR".ljust(32, b"\0"), world.configurator.address)
    provider.send(admin, "setPriceOracle", world.oracle.address)
    provider.send(admin, "setACLManager", acl.address)
    provider.send(admin, "setWETH", weth.address)
    acl.send(admin, "addPoolAdmin", admin)
    _list(world, make("DefaultReserveInterestRateStrategy", 8 * RAY // 10, RAY // 10, RAY // 20, RAY))
    nft.send(admin, "mintMany", borrower, 0, 10)
    nft.send(borrower, "setApprovalForAll", pool.address, True)
    for account in (borrower, lender, liquidator):
        weth.send(account, "deposit", value=2_000 * ETHER)
        usdc.send(account, "mint", account, MILLION_USDC)
        for token in (weth, usdc):
            token.send(account, "approve", pool.address, 2**256 - 1)
    pool.send(lender, "supply", weth.address, 1_000 * ETHER, lender, 0)
    pool.send(lender, "supply", usdc.address, MILLION_USDC // 2, lender, 0)
    world.price(10 * ETHER)
    return world


def _list(world: Para, rates: Contract) -> None:
    admin, configurator = world.admin, world.configurator
    reserves = (
        (world.weth, 18, world.p_weth, world.debt_weth, (8250, 8600, 10_450)),
        (world.usdc, 6, world.p_usdc, world.debt_usdc, (8700, 8900, 10_450)),
    )
    for token, decimals, shares, debts, collateral in reserves:
        addresses = (shares.address, debts.address, rates.address, ZERO_ADDRESS)
        configurator.send(admin, "initReserve", token.address, decimals, False, *addresses)
        configurator.send(admin, "setReserveBorrowing", token.address, True)
        configurator.send(admin, "setReserveFactor", token.address, 1000)
        configurator.send(admin, "configureReserveAsCollateral", token.address, *collateral)
    addresses = (world.n_token.address, ZERO_ADDRESS, rates.address, world.strategy.address)
    configurator.send(admin, "initReserve", world.nft.address, 0, True, *addresses)
    configurator.send(admin, "configureReserveAsCollateral", world.nft.address, 4000, 8000, 10_500)
    configurator.send(admin, "setAuctionRecoveryHealthFactor", 15 * 10**17)
