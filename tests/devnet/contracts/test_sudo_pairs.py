"""Sudoswap's pairs: what a trade costs and pays, who gets which part, and the order of events."""

from collections.abc import Iterator
from typing import Any

import pytest

from keeper.devnet.artifacts import load_artifact
from keeper.devnet.compiler import CONTRACTS, compile_folder
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address
from tests.devnet.contracts.contract import Contract
from tests.execution.contracts.artifact import NODE_MODULES
from tests.execution.contracts.chain import LocalChain

PROTOCOL_FEE = 5 * 10**15
TOKEN, NFT, TRADE = range(3)


class Market:
    """A factory, a collection of the trader's with a royalty of 5 %, WETH; everybody's accounts by name."""

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self.owner, self.trader, self.fees, self.artist, self.other = chain.accounts[:5]
        self.artifacts = {
            **compile_folder(CONTRACTS / "sudoswap", node_modules=NODE_MODULES),
            **compile_folder(CONTRACTS / "tokens", node_modules=NODE_MODULES),
            "WETH9": load_artifact(NODE_MODULES / "canonical-weth/build/contracts/WETH9.json"),
        }
        engine = self.make("RoyaltyEngine").address
        templates = (self.make("LSSVMPairERC721ETH", engine).address, self.make("LSSVMPairERC721ERC20", engine).address)
        self.factory = self.make("LSSVMPairFactory", *templates, self.fees, PROTOCOL_FEE, self.owner)
        self.curve = self.make("LinearCurve")
        self.factory.send(self.owner, "setBondingCurveAllowed", self.curve.address, True)
        self.nft, self.weth = self.make("TestNft", "Apes", "APE"), self.make("WETH9")
        self.nft.send(self.owner, "mintMany", self.trader, 0, 10)
        self.nft.send(self.owner, "mintMany", self.owner, 10, 10)
        for account in (self.owner, self.trader):
            self.nft.send(account, "setApprovalForAll", self.factory.address, True)
            self.weth.send(account, "deposit", value=100 * ETHER)
            self.weth.send(account, "approve", self.factory.address, 2**256 - 1)

    def make(self, name: str, *arguments: Any) -> Contract:
        return Contract(self.chain, self.artifacts[name], self.chain.deploy(self.artifacts[name], *arguments))

    def eth_pair(
        self, side: int, *, fee: int = 0, recipient: Address = ZERO_ADDRESS, checker: Address = ZERO_ADDRESS
    ) -> Contract:
        """Two ether, delta a tenth, the owner's pieces 10..12 where it sells, ten ether where it buys."""
        arguments = (self.nft.address, self.curve.address, recipient, side, ETHER // 10, fee, 2 * ETHER, checker)
        made = self.factory.send(
            self.owner,
            "createPairERC721ETH",
            *arguments,
            [10, 11, 12] if side != TOKEN else [],
            value=10 * ETHER if side != NFT else 0,
        )
        return self._pair("LSSVMPairERC721ETH", self.factory.event(made, "NewERC721Pair")["poolAddress"])

    def weth_pair(self, side: int, *, fee: int = 0, recipient: Address = ZERO_ADDRESS) -> Contract:
        head = (self.weth.address, self.nft.address, self.curve.address, recipient, side)
        ids = [10, 11, 12] if side != TOKEN else []
        parameters = (*head, ETHER // 10, fee, 2 * ETHER, ZERO_ADDRESS, ids, 10 * ETHER if side != NFT else 0)
        made = self.factory.send(self.owner, "createPairERC721ERC20", parameters)
        return self._pair("LSSVMPairERC721ERC20", self.factory.event(made, "NewERC721Pair")["poolAddress"])

    def _pair(self, name: str, address: Address) -> Contract:
        pair = Contract(self.chain, self.artifacts[name], address)
        self.nft.send(self.trader, "setApprovalForAll", address, True)
        self.weth.send(self.trader, "approve", address, 2**256 - 1)
        return pair

    def royalty(self) -> None:
        self.nft.send(self.owner, "setRoyalty", self.artist, 500)

    def wealth(self, *accounts: Address) -> list[int]:
        """Ether and WETH together."""
        return [self.chain.balance(who) + int(self.weth.view("balanceOf", who)) for who in accounts]


@pytest.fixture(scope="module")
def deployed(chain: LocalChain) -> Market:
    return Market(chain)


@pytest.fixture
def market(deployed: Market) -> Iterator[Market]:
    with deployed.chain.undone():
        yield deployed


@pytest.mark.parametrize("make", [Market.eth_pair, Market.weth_pair])
def test_a_sale_pays_the_quote_then_the_royalty_then_the_protocol(market: Market, make: Any) -> None:
    market.royalty()
    pair = make(market, TRADE, fee=10**16)
    raw = 2 * ETHER + 19 * ETHER // 10
    protocol, trade = raw * 5 // 1000, raw // 100
    after_fees = raw - protocol - trade
    royalty = after_fees * 500 // 10_000
    quote = pair.view("getSellNFTQuote", 0, 2)
    assert quote == (0, 18 * ETHER // 10, ETHER // 10, after_fees - royalty, protocol, royalty)
    before = market.wealth(market.trader, market.artist, market.factory.address, pair.address)
    sale = pair.send(market.trader, "swapNFTsForToken", [0, 1], quote[3], market.trader, False, ZERO_ADDRESS)
    after = market.wealth(market.trader, market.artist, market.factory.address, pair.address)
    assert [new - old for new, old in zip(after, before, strict=True)] == [
        quote[3],
        royalty,
        protocol,
        -(quote[3] + royalty + protocol),
    ]
    assert pair.events(sale) == [
        ("SpotPriceUpdate", {"newSpotPrice": 18 * ETHER // 10}),
        ("SwapNFTInPair", {"amountOut": quote[3], "ids": (0, 1)}),
    ]
    assert market.nft.view("ownerOf", 1) == pair.address


@pytest.mark.parametrize("make", [Market.eth_pair, Market.weth_pair])
def test_a_purchase_costs_the_quote_and_twice_the_trade_fee_goes_to_its_recipient(market: Market, make: Any) -> None:
    market.royalty()
    pair = make(market, TRADE, fee=10**16, recipient=market.other)
    raw = 21 * ETHER // 10 + 22 * ETHER // 10
    protocol, trade, royalty = raw * 5 // 1000, raw // 100, raw * 500 // 10_000
    quote = pair.view("getBuyNFTQuote", 10, 2)
    assert quote == (0, 22 * ETHER // 10, ETHER // 10, raw + protocol + trade + royalty, protocol, royalty)
    value = quote[3] + ETHER if make is Market.eth_pair else 0
    parties = (market.trader, market.artist, market.factory.address, market.other, pair.address)
    before = market.wealth(*parties)
    bought = pair.send(
        market.trader,
        "swapTokenForSpecificNFTs",
        *([10, 12], quote[3], market.trader, False, ZERO_ADDRESS),
        value=value,
    )
    after = market.wealth(*parties)
    assert [new - old for new, old in zip(after, before, strict=True)] == [
        -quote[3],
        royalty,
        protocol,
        2 * trade,
        raw - trade,
    ]
    assert [name for name, _ in pair.events(bought) if name != "TokenDeposit"] == ["SpotPriceUpdate", "SwapNFTOutPair"]
    assert market.nft.view("ownerOf", 12) == market.trader


def test_a_pool_that_only_buys_hands_on_what_it_buys(market: Market) -> None:
    pair = market.eth_pair(TOKEN, recipient=market.other)
    pair.send(market.trader, "swapNFTsForToken", [0], 0, market.trader, False, ZERO_ADDRESS)
    assert market.nft.view("ownerOf", 0) == market.other
    assert pair.view("getAssetRecipient") == market.other
    assert pair.view("getFeeRecipient") == market.other


def test_settings_replace_the_royalty_and_a_quarter_is_the_most(market: Market) -> None:
    pair = market.eth_pair(TOKEN)
    market.nft.send(market.owner, "setRoyalty", market.artist, 2501)
    assert pair.refuses(market.trader, "getSellNFTQuote", 0, 1) == "LSSVMPair__RoyaltyTooLarge"
    settings = market.make("RoyaltySettings", 100)
    market.factory.send(market.owner, "toggleSettingsForCollection", settings.address, market.nft.address, True)
    market.factory.send(market.owner, "enableSettingsForPair", settings.address, pair.address)
    out = 2 * ETHER - 2 * ETHER * 5 // 1000
    assert pair.view("calculateRoyaltiesView", 0, out) == ((market.artist,), (out // 100,), out // 100)


def test_trades_are_refused_by_name(market: Market) -> None:
    buys, sells = market.eth_pair(TOKEN), market.weth_pair(NFT)
    sale = ([0], 0, market.trader, False, ZERO_ADDRESS)
    refused = sells.refuses(market.trader, "swapNFTsForToken", *sale)
    assert refused == "LSSVMPair__WrongPoolType"
    least = ([0], 2 * ETHER, market.trader, False, ZERO_ADDRESS)
    assert buys.refuses(market.trader, "swapNFTsForToken", *least) == "LSSVMPair__OutputTooSmall"
    nothing: tuple[Any, ...] = ([], 0, market.trader, False, ZERO_ADDRESS)
    assert buys.refuses(market.trader, "swapNFTsForToken", *nothing) == "LSSVMPair__ZeroSwapAmount"
    purchase = ([10], 2 * ETHER, market.trader, False, ZERO_ADDRESS)
    name = "LSSVMPair__DemandedInputTooLarge"
    assert sells.refuses(market.trader, "swapTokenForSpecificNFTs", *purchase) == name
    assert buys.refuses(market.trader, "changeSpotPrice", ETHER) == "Ownable_NotOwner"
    buys.send(market.owner, "withdrawAllETH")
    assert buys.refuses(market.trader, "swapNFTsForToken", *sale) == "ETH_TRANSFER_FAILED"


def test_a_property_checker_limits_what_a_pool_takes(market: Market) -> None:
    checker = market.make("RangePropertyChecker", 0, 4)
    pair = market.eth_pair(TOKEN, checker=checker.address)
    sale = (0, market.trader, False, ZERO_ADDRESS)
    name = "LSSVMPairERC721__NeedPropertyChecking"
    assert pair.refuses(market.trader, "swapNFTsForToken", [3], *sale) == name
    name = "LSSVMPairERC721__PropertyCheckFailed"
    assert pair.refuses(market.trader, "swapNFTsForToken", [3, 5], *sale, b"") == name
    pair.send(market.trader, "swapNFTsForToken", [3], *sale, b"")


def test_an_owner_changes_a_pool_and_every_change_is_told(market: Market) -> None:
    pair = market.eth_pair(TRADE)
    for call, event in (
        (("changeSpotPrice", 5 * ETHER), ("SpotPriceUpdate", {"newSpotPrice": 5 * ETHER})),
        (("changeDelta", 7), ("DeltaUpdate", {"newDelta": 7})),
        (("changeFee", 9), ("FeeUpdate", {"newFee": 9})),
        (("changeAssetRecipient", market.other), ("AssetRecipientChange", {"a": market.other})),
        (("withdrawETH", ETHER), ("TokenWithdrawal", {"amount": ETHER})),
        (("withdrawERC721", market.nft.address, [11]), ("NFTWithdrawal", {"ids": (11,)})),
    ):
        assert pair.events(pair.send(market.owner, *call)) == [event]
    assert pair.view("poolType") == TRADE
    assert pair.view("pairVariant") == 0
    assert pair.view("nft") == market.nft.address
    assert pair.view("factory") == market.factory.address


def test_only_the_factory_makes_valid_pairs_and_only_on_allowed_curves(market: Market) -> None:
    pair = market.weth_pair(TOKEN)
    assert market.factory.view("isValidPair", pair.address)
    liar = market.make("LyingPool", market.factory.address, market.curve.address, market.nft.address, ETHER, 1)
    assert not market.factory.view("isValidPair", liar.address)
    assert liar.view("getSellNFTQuote", 0, 1)[3] == ETHER
    market.nft.send(market.trader, "setApprovalForAll", liar.address, True)
    sale = ("swapNFTsForToken", [0], ETHER, market.trader, False, ZERO_ADDRESS)
    assert liar.refuses(market.trader, *sale) == "LyingPool: not paid"
    foreign = market.make("LinearCurve").address
    arguments: tuple[Any, ...] = (market.nft.address, foreign, ZERO_ADDRESS, TOKEN, 0, 0, ETHER, ZERO_ADDRESS, [])
    refused = market.factory.refuses(market.owner, "createPairERC721ETH", *arguments)
    assert refused == "LSSVMPairFactory__BondingCurveNotWhitelisted"


def test_frozen_pieces_do_not_move(market: Market) -> None:
    frozen = market.make("FrozenNft", "Stuck", "STK")
    frozen.send(market.owner, "mint", market.trader, 1)
    frozen.send(market.owner, "setFrozen", True)
    refused = frozen.refuses(market.trader, "transferFrom", market.trader, market.other, 1)
    assert refused == "transfers are frozen"
    frozen.send(market.owner, "setFrozen", False)
    frozen.send(market.trader, "transferFrom", market.trader, market.other, 1)
