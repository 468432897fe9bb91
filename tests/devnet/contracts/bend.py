"""BendDAO v1 set up on a local chain: two reserves, one collection, the parameters of its last governance vote."""

from dataclasses import dataclass
from typing import Any

from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.devnet.compiler import CONTRACTS, SOLC_0_6, compile_folder, compile_packages
from keeper.domain.units import ETHER, RAY, Address
from tests.devnet.contracts.clock import jump
from tests.devnet.contracts.contract import Contract
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain

HOUR = 3600
TWAP_WINDOW = 6 * HOUR
MILLION_USDC = 10**12
USDC_IN_ETHER = 5 * 10**14  # 2000 USDC for one ether
FLUX = "@chainlink/contracts/src/v0.6/tests/MockV3Aggregator.sol"


@dataclass(frozen=True)
class Bend:
    """Accounts: ``admin`` sets everything, ``borrower`` holds the tokens 0..9, ``lender`` lent, two ``bidders``."""

    chain: LocalChain
    artifacts: dict[str, Artifact]
    provider: Contract
    pool: Contract
    loans: Contract
    configurator: Contract
    oracle: Contract
    reserve_oracle: Contract
    rate: Contract
    weth: Contract
    usdc: Contract
    nft: Contract

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
    def bidders(self) -> tuple[Address, Address]:
        return self.chain.accounts[3], self.chain.accounts[4]

    def price(self, price: int) -> None:
        """Makes the average exactly ``price``: it counts from the second push on, a whole window later."""
        for _ in range(2):
            jump(self.chain, TWAP_WINDOW + 1)
            self.oracle.send(self.admin, "setAssetData", self.nft.address, price)

    def borrow(self, amount: int, token: int = 0, reserve: Contract | None = None) -> int:
        """The id of a new loan of the borrower's."""
        asset = (reserve or self.weth).address
        receipt = self.pool.send(self.borrower, "borrow", asset, amount, self.nft.address, token, self.borrower, 0)
        return int(self.loans.event(receipt, "LoanCreated")["loanId"])

    def debt(self, loan_id: int) -> int:
        return int(self.loans.view("getLoanReserveBorrowAmount", loan_id)[1])

    def loan(self, loan_id: int) -> dict[str, Any]:
        names = (
            "loanId state borrower nftAsset nftTokenId reserveAsset scaledAmount bidStartTimestamp bidderAddress"
            " bidPrice bidBorrowAmount firstBidderAddress"
        )
        return dict(zip(names.split(), self.loans.view("getLoan", loan_id), strict=True))

    def balance(self, account: Address) -> int:
        return int(self.weth.view("balanceOf", account))


def deploy_bend(chain: LocalChain) -> Bend:
    artifacts = {
        **compile_folder(CONTRACTS / "benddao", node_modules=NODE_MODULES),
        **compile_folder(CONTRACTS / "tokens", node_modules=NODE_MODULES),
        **compile_packages([FLUX], node_modules=NODE_MODULES, solc=SOLC_0_6),
        "WETH9": load_artifact(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json"),
    }

    def make(name: str, *arguments: Any) -> Contract:
        return Contract(chain, artifacts[name], chain.deploy(artifacts[name], *arguments))

    admin, borrower, lender, *bidders = chain.accounts[:5]
    weth = make("WETH9")
    provider = make("LendPoolAddressesProvider", "Bend")
    world = Bend(
        chain,
        artifacts,
        provider=provider,
        pool=make("LendPool", provider.address),
        loans=make("LendPoolLoan", provider.address),
        configurator=make("LendPoolConfigurator", provider.address),
        oracle=make("NFTOracle", admin, 2 * 10**17, 10**17, 1800, 600, TWAP_WINDOW, 18),
        reserve_oracle=make("ReserveOracle", weth.address),
        rate=make("InterestRate", 65 * RAY // 100, RAY // 5, 0, 0),
        weth=weth,
        usdc=make("TestToken", "USD Coin", "USDC", 6),
        nft=make("TestNft", "Apes", "APE"),
    )
    for identity, contract in {
        b"LEND_POOL": world.pool,
        b"LEND_POOL_LOAN": world.loans,
        b"LEND_POOL_CONFIGURATOR": world.configurator,
    }.items():
        provider.send(admin, "setAddress", identity.ljust(32, b"\0"), contract.address)
    provider.send(admin, "setNFTOracle", world.oracle.address)
    provider.send(admin, "setReserveOracle", world.reserve_oracle.address)
    provider.send(admin, "setPoolAdmin", admin)
    provider.send(admin, "setEmergencyAdmin", admin)
    _list_reserves(world, make)
    _list_nft(world, make("BoundNft", world.nft.address, "Bound Apes", "boundAPE"))
    for account in (borrower, lender, *bidders):
        weth.send(account, "deposit", value=2_000 * ETHER)
        world.usdc.send(account, "mint", account, MILLION_USDC)
        for token in (weth, world.usdc):
            token.send(account, "approve", world.pool.address, 2**256 - 1)
    world.nft.send(borrower, "setApprovalForAll", world.pool.address, True)
    world.pool.send(lender, "deposit", weth.address, 1_000 * ETHER, lender, 0)
    world.pool.send(lender, "deposit", world.usdc.address, MILLION_USDC // 2, lender, 0)
    return world


def _list_reserves(world: Bend, make: Any) -> None:
    admin, configurator = world.admin, world.configurator
    feed = make("MockV3Aggregator", 18, USDC_IN_ETHER)
    world.reserve_oracle.send(admin, "addAggregator", world.usdc.address, feed.address)
    for token, decimals, symbol in ((world.weth, 18, "WETH"), (world.usdc, 6, "USDC")):
        names = [token.address, decimals, f"Bend {symbol}", f"b{symbol}"]
        shares = make("BToken", world.provider.address, admin, *names)
        debts = make("DebtToken", world.provider.address, *names)
        configurator.send(
            admin, "initReserve", token.address, decimals, shares.address, debts.address, world.rate.address
        )
        configurator.send(admin, "setBorrowingFlagOnReserve", [token.address], True)
        configurator.send(admin, "setReserveFactor", [token.address], 3000)
        configurator.send(admin, "setReserveMaxUtilizationRate", [token.address], RAY)


def _list_nft(world: Bend, bound: Contract) -> None:
    admin, configurator, assets = world.admin, world.configurator, [world.nft.address]
    configurator.send(admin, "initNft", world.nft.address, bound.address)
    configurator.send(admin, "configureNftAsCollateral", assets, 6000, 8000, 10_000)
    configurator.send(admin, "configureNftAsAuction", assets, 24, 24, 500)
    configurator.send(admin, "setNftRedeemThreshold", assets, 5000)
    configurator.send(admin, "setNftMinBidFine", assets, 2000)
    configurator.send(admin, "setNftMaxSupplyAndTokenId", assets, 10_000, 9_999)
    configurator.send(admin, "setNftMaxCollateralCap", assets, 10_000)
    world.nft.send(admin, "mintMany", world.borrower, 0, 10)
    world.oracle.send(admin, "addAsset", world.nft.address)
    world.oracle.send(admin, "setDataValidityParameters", 10**20, 10**20, 0, 0)
    world.price(10 * ETHER)
