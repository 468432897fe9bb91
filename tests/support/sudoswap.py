"""Sudoswap v2 on a local chain: factory, curves, a collection with many pieces, and an adapter that follows them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from keeper.devnet.artifacts import Artifact, load_artifact
from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.domain.markets import PlaceKey
from keeper.domain.pools import Pool
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address
from keeper.venues.sudoswap_v2 import SudoswapV2
from keeper.venues.sudoswap_v2.contracts import NEW_PAIR
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain
from tests.support.venue_chain import Follower

SIDES = {"token": 0, "nft": 1, "trade": 2}
PROTOCOL_FEE = 5 * 10**15
PIECES = 50


@dataclass(frozen=True)
class Sudoswap:
    """``seller`` holds the pieces 0..49 of ``nft`` and money; ``owner`` owns everything else."""

    chain: LocalChain
    contracts: dict[str, Artifact]
    owner: Address
    seller: Address
    weth: Address
    nft: Address
    factory: Address
    curves: dict[str, Address]
    follower: Follower
    adapter: SudoswapV2

    def followed(self) -> "Sudoswap":
        """The same, with an adapter that knows nothing yet."""
        adapter = self.adapter
        return replace(self, follower=Follower(self.chain, adapter), adapter=adapter)

    def create(
        self,
        side: str = "token",
        curve: str = "linear",
        *,
        spot: int = ETHER,
        delta: int = ETHER // 10,
        fee: int = 0,
        recipient: Address = ZERO_ADDRESS,
        checker: Address = ZERO_ADDRESS,
        balance: int = 0,
        pieces: Sequence[int] = (),
        token: Address | None = None,
        nft: Address | None = None,
    ) -> Address:
        """A pool of the owner's; ``token`` for an ERC-20 pair."""
        nft, address = nft or self.nft, self.curves[curve]
        if pieces:
            self.chain.invoke(self.owner, nft, "setApprovalForAll(address,bool)", self.factory, True)
        if token is None:
            receipt = self.chain.invoke(
                self.owner,
                self.factory,
                "createPairERC721ETH(address,address,address,uint8,uint128,uint96,uint128,address,uint256[])",
                *(nft, address, recipient, SIDES[side], delta, fee, spot, checker, list(pieces)),
                value=balance,
            )
        else:
            if balance:
                self.chain.invoke(self.owner, token, "approve(address,uint256)", self.factory, balance)
            parameters = (token, nft, address, recipient, SIDES[side], delta, fee, spot, checker, list(pieces), balance)
            receipt = self.chain.invoke(
                self.owner,
                self.factory,
                "createPairERC721ERC20((address,address,address,address,uint8,uint128,uint96,uint128,address,"
                "uint256[],uint256))",
                parameters,
            )
        (announced,) = [log for log in receipt.logs if NEW_PAIR.matches(log)]
        return Address(NEW_PAIR.decode(announced).poolAddress)

    def pool(self, pair: Address) -> Pool:
        pool = self.follower.facts.get(self.key(pair))
        assert isinstance(pool, Pool)
        return pool

    def key(self, pair: Address) -> PlaceKey:
        return PlaceKey("sudoswap_v2", self.adapter.deployment, pair)

    def mint(self, to: Address, first: int, count: int = PIECES, nft: Address | None = None) -> list[int]:
        for start in range(first, first + count, 25):
            size = min(25, first + count - start)
            self.chain.invoke(self.owner, nft or self.nft, "mintMany(address,uint256,uint256)", to, start, size)
        return list(range(first, first + count))

    def money(self, account: Address) -> tuple[int, int]:
        """ETH and WETH."""
        return self.chain.balance(account), int(self.chain.view(self.weth, "balanceOf(address)", account))


def deploy_sudoswap(chain: LocalChain) -> Sudoswap:
    contracts = compile_folder(CONTRACTS / "sudoswap", node_modules=NODE_MODULES) | compile_folder(
        CONTRACTS / "tokens", node_modules=NODE_MODULES
    )
    owner, seller, fees = chain.accounts[:3]
    weth = chain.deploy(load_artifact(Path(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json")))
    nft = chain.deploy(contracts["TestNft"], "Apes", "APE")
    engine = chain.deploy(contracts["RoyaltyEngine"])
    factory = chain.deploy(
        contracts["LSSVMPairFactory"],
        chain.deploy(contracts["LSSVMPairERC721ETH"], engine),
        chain.deploy(contracts["LSSVMPairERC721ERC20"], engine),
        *(fees, PROTOCOL_FEE, owner),
    )
    curves = {
        "linear": chain.deploy(contracts["LinearCurve"]),
        "exponential": chain.deploy(contracts["ExponentialCurve"]),
        "foreign": chain.deploy(contracts["LinearCurve"]),
    }
    for curve in curves.values():
        chain.invoke(owner, factory, "setBondingCurveAllowed(address,bool)", curve, True)
    for account in (owner, seller):
        chain.invoke(account, weth, "deposit()", value=4_000 * ETHER)
    adapter = SudoswapV2(
        "sudoswap-v2-test",
        31337,
        SudoswapV2.Config(
            factory=factory,
            curves={"linear": curves["linear"], "exponential": curves["exponential"]},
            collections=(nft,),
            weth=weth,
            start_block=0,
        ),
    )
    world = Sudoswap(chain, contracts, owner, seller, weth, nft, factory, curves, Follower(chain, adapter), adapter)
    world.mint(seller, 0)
    return world
