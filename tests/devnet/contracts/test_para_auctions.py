"""ParaSpace's liquidations from the start of an auction to the debt that it leaves, and every refusal on the way.

All of it holds on the original's bytecode as well, down to the order of the logs.
"""

import pytest

from keeper.domain.units import ETHER, RAY, ZERO_ADDRESS
from tests.devnet.contracts.clock import at, jump, now
from tests.devnet.contracts.contract import Contract
from tests.devnet.contracts.para import BAYC_CURVE, USDC_IN_ETHER, Para

BAYC_341_PRICE = 0xA4BBC6F55D51C000
BAYC_341_PAID = 10683270000000000000
BAYC_341_SECONDS = 57_168


def under_water(para: Para, price: int = 6 * ETHER) -> None:
    """Three tokens in collateral and 11 ether owed, too much at 4.58 ether a token or less."""
    para.supply(0, 1, 2)
    para.borrow(11 * ETHER)
    para.price(price)


def test_bayc_341_is_sold_for_what_it_was_sold_for(para: Para) -> None:
    para.price(20 * ETHER)
    para.supply(0, 1)
    para.borrow(15 * ETHER)
    para.price(BAYC_341_PRICE)
    para.price(8 * ETHER)
    para.start()
    start = now(para.chain)
    para.price(BAYC_341_PRICE)
    held = para.weth.view("balanceOf", para.liquidator)

    at(para.chain, start + BAYC_341_SECONDS)
    sold = para.pool.send(para.liquidator, *para.liquidation(BAYC_341_PAID))

    assert BAYC_341_PRICE == 11870300000000000000
    assert para.weth.view("balanceOf", para.liquidator) == held - BAYC_341_PAID
    assert para.nft.view("ownerOf", 0) == para.liquidator
    assert para.p_weth.view("balanceOf", para.borrower) == BAYC_341_PAID
    told = para.pool.events(sold)
    assert [name for name, _ in told] == [
        "AuctionEnded",
        "ReserveDataUpdated",
        "ReserveUsedAsCollateralEnabled",
        "Supply",
        "LiquidateERC721",
    ]
    assert told[-1][1] == {
        "collateralAsset": para.nft.address,
        "liquidationAsset": para.weth.address,
        "borrower": para.borrower,
        "liquidationAmount": BAYC_341_PAID,
        "liquidatedCollateralTokenId": 0,
        "liquidator": para.liquidator,
        "receiveNToken": False,
    }
    assert told[-2][1]["onBehalfOf"] == para.borrower


def test_the_debt_that_an_auction_leaves_is_liquidated_against_the_payment(para: Para) -> None:
    under_water(para, 4 * ETHER)
    debt = para.account()["debt"]
    para.start()
    at(para.chain, now(para.chain) + 70_000)
    para.chain.rpc("evm_mine")
    sold = para.pool.send(para.liquidator, *para.liquidation(4 * ETHER))
    paid = para.pool.event(sold, "LiquidateERC721")["liquidationAmount"]
    assert paid == 36 * ETHER // 10
    assert para.account()["debt"] > debt

    health = para.account()["health"]
    assert health < ETHER
    liquidated = para.pool.send(
        para.liquidator, "liquidateERC20", para.weth.address, para.weth.address, para.borrower, 2 * ETHER, False
    )
    told = para.pool.event(liquidated, "LiquidateERC20")
    assert told["liquidationAmount"] == 2 * ETHER
    assert told["liquidatedCollateralAmount"] == 2 * ETHER * 10_450 // 10_000
    assert [name for name, _ in para.pool.events(liquidated)] == [
        "ReserveDataUpdated",
        "ReserveDataUpdated",
        "LiquidateERC20",
    ]
    assert next(name for name, _ in para.debt_weth.events(liquidated)) == "Transfer"
    assert para.p_weth.event(liquidated, "Burn")["target"] == para.liquidator


def test_erc20_liquidation_takes_half_of_the_debt_then_all_that_is_owned(para: Para) -> None:
    para.pool.send(para.borrower, "supply", para.weth.address, 2 * ETHER, para.borrower, 0)
    para.supply(0)
    para.borrow(6_000 * 10**6, para.usdc)
    arguments = (para.weth.address, para.usdc.address, para.borrower, 10**12, False)

    for price in (4 * ETHER, 3 * ETHER // 2):
        para.price(price)
    assert 95 * 10**16 < para.account()["health"] < ETHER
    liquidated = para.pool.send(para.liquidator, "liquidateERC20", *arguments)
    told = para.pool.event(liquidated, "LiquidateERC20")
    index = para.debt_usdc.event(liquidated, "Burn")["index"]
    debt = (6_000 * 10**6 * index + RAY // 2) // RAY
    assert told["liquidationAmount"] == (debt * 5000 + 5000) // 10_000
    worth = told["liquidationAmount"] * USDC_IN_ETHER // 10**6
    assert told["liquidatedCollateralAmount"] == (worth * 10_450 + 5000) // 10_000

    para.price(ETHER * 6 // 10)
    assert para.account()["health"] < 95 * 10**16
    liquidated = para.pool.send(para.liquidator, "liquidateERC20", *arguments)
    told = para.pool.event(liquidated, "LiquidateERC20")
    worth = told["liquidatedCollateralAmount"] * 10**6 // USDC_IN_ETHER
    assert told["liquidationAmount"] == (worth * 10_000 + 5_225) // 10_450
    assert [name for name, _ in para.pool.events(liquidated)] == [
        "ReserveUsedAsCollateralDisabled",
        "ReserveDataUpdated",
        "ReserveDataUpdated",
        "LiquidateERC20",
    ]
    assert para.p_weth.view("balanceOf", para.borrower) == 0


def test_an_auction_is_refused_by_code(para: Para) -> None:
    para.supply(0, 1, 2)
    para.borrow(11 * ETHER)
    nft, user = para.nft.address, para.borrower
    assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 0) == "95"
    assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 5) == "91"
    assert para.pool.refuses(para.liquidator, "startAuction", para.liquidator, nft, 0) == "91"
    assert para.pool.refuses(para.liquidator, "startAuction", user, para.weth.address, 0) == "93"
    assert para.pool.refuses(para.liquidator, "endAuction", user, nft, 0) == "112"
    para.pool.send(user, "setUserUseERC721AsCollateral", nft, [2], False)
    para.price(4 * ETHER)
    assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 2) == "46"
    with para.chain.undone():
        para.configurator.send(para.admin, "setReserveAuctionStrategyAddress", nft, ZERO_ADDRESS)
        assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 0) == "113"
    for setter, arguments, code in (("setReserveActive", False, "27"), ("setReservePause", True, "29")):
        with para.chain.undone():
            para.configurator.send(para.admin, setter, nft, arguments)
            assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 0) == code
    para.start()
    assert para.pool.refuses(para.liquidator, "startAuction", user, nft, 0) == "111"
    assert para.pool.refuses(para.liquidator, "endAuction", user, nft, 0) == "114"
    assert para.pool.refuses(para.liquidator, "setAuctionValidityTime", user) == "114"
    assert para.pool.refuses(user, "withdrawERC721", nft, [0], user) == "115"
    assert para.n_token.refuses(user, "transferFrom", user, para.lender, 0) == "115"


def test_a_purchase_is_refused_by_code(para: Para) -> None:
    under_water(para, 4 * ETHER)
    buyer, most = para.liquidator, 100 * ETHER
    assert para.pool.refuses(buyer, *para.liquidation(most)) == "112"
    para.start()
    assert para.pool.refuses(para.borrower, *para.liquidation(most)) == "117"
    assert para.pool.refuses(buyer, *para.liquidation(10 * ETHER - 1)) == "92"
    assert para.pool.refuses(buyer, *para.liquidation(10 * ETHER), value=10 * ETHER - 1) == "92"
    para.price(11 * ETHER)
    assert para.account()["erc721_health"] > 15 * 10**17
    assert para.pool.refuses(buyer, *para.liquidation(most)) == "95"
    ended = para.pool.send(buyer, "endAuction", para.borrower, para.nft.address, 0)
    assert para.pool.event(ended, "AuctionEnded")["collateralTokenId"] == 0


def test_erc20_liquidation_is_refused_by_code(para: Para) -> None:
    under_water(para, 10 * ETHER)
    buyer, user = para.liquidator, para.borrower
    weth, usdc, nft = para.weth.address, para.usdc.address, para.nft.address
    assert para.pool.refuses(buyer, "liquidateERC20", usdc, weth, user, ETHER, False) == "45"
    para.price(4 * ETHER)
    assert para.pool.refuses(buyer, "liquidateERC20", usdc, weth, user, ETHER, False) == "46"
    assert para.pool.refuses(buyer, "liquidateERC20", usdc, usdc, user, ETHER, False, value=1) == "123"
    para.pool.send(buyer, "supply", weth, 10**9, user, 0)
    assert para.pool.refuses(buyer, "liquidateERC20", weth, usdc, user, ETHER, False) == "47"
    assert para.pool.refuses(buyer, "liquidateERC20", weth, weth, user, ETHER, False, value=1) == "92"
    assert para.pool.refuses(buyer, "liquidateERC20", nft, weth, user, ETHER, False) == "93"


def test_ether_pays_too_and_what_is_too_much_comes_back(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.start()
    held = para.chain.balance(para.liquidator)
    para.pool.send(para.liquidator, *para.liquidation(12 * ETHER), value=12 * ETHER)
    assert held - para.chain.balance(para.liquidator) == 10 * ETHER
    assert para.p_weth.view("balanceOf", para.borrower) == 10 * ETHER


def test_an_auction_may_be_bought_while_health_is_below_the_recovery_factor(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.start()
    para.price(6 * ETHER)
    assert ETHER < para.account()["erc721_health"] < 15 * 10**17
    para.pool.send(para.liquidator, *para.liquidation(100 * ETHER))


def test_a_recovered_borrower_makes_all_auctions_invalid_at_once(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.start(0)
    para.start(1)
    para.price(11 * ETHER)
    jump(para.chain, 1)
    para.pool.send(para.borrower, "setAuctionValidityTime", para.borrower)
    assert para.pool.view("getUserConfiguration", para.borrower)[1] == now(para.chain)
    assert [para.n_token.view("isAuctioned", token) for token in (0, 1)] == [False, False]
    assert para.n_token.view("getAuctionData", 0) == (0,)
    para.pool.send(para.borrower, "withdrawERC721", para.nft.address, [0], para.borrower)


def test_erc20_collateral_shields_the_nfts(para: Para) -> None:
    under_water(para, 5 * ETHER)
    weth = para.weth.address
    para.pool.send(para.lender, "supply", weth, 2 * ETHER, para.borrower, 0)
    account = para.account()
    payable = (2 * ETHER * 10_000 + 10_450 // 2) // 10_450
    exposed = account["debt"] - payable
    assert account["collateral"] == 17 * ETHER
    assert account["erc721_health"] == (12 * ETHER * ETHER + exposed // 2) // exposed
    average = (15 * ETHER * 8000 + 2 * ETHER * 8600) // (17 * ETHER)
    assert account["threshold"] == average
    weighted = (17 * ETHER * average + 5000) // 10_000
    assert account["health"] == (weighted * ETHER + account["debt"] // 2) // account["debt"]
    para.pool.send(para.lender, "supply", weth, 20 * ETHER, para.borrower, 0)
    assert para.account()["erc721_health"] == 2**256 - 1


def test_traits_lift_the_value_and_the_price_of_a_token(para: Para) -> None:
    para.n_token.send(para.admin, "setTraitsMultipliers", [0, 1], [15 * 10**17, 12 * 10**17])
    para.supply(0, 1, 2)
    average = (15 * 10**17 + 12 * 10**17 + 10**18) // 3
    assert para.n_token.view("avgMultiplierOf", para.borrower) == average
    assert para.account()["collateral"] == (3 * average * 10 * ETHER + ETHER // 2) // ETHER
    para.borrow(14 * ETHER)
    para.price(4 * ETHER)
    para.start()
    sold = para.pool.send(para.liquidator, *para.liquidation(100 * ETHER))
    assert para.pool.event(sold, "LiquidateERC721")["liquidationAmount"] == 15 * ETHER
    told = para.n_token.event(sold, "AvgMultiplierUpdated")
    assert told["avgMultiplier"] == (3 * average - 15 * 10**17) // 2


def test_the_last_piece_takes_its_collateral_flag_along(para: Para) -> None:
    para.supply(0)
    para.borrow(39 * ETHER // 10)
    para.price(4 * ETHER)
    para.start()
    sold = para.pool.send(para.liquidator, *para.liquidation(100 * ETHER))
    assert [name for name, _ in para.pool.events(sold)] == [
        "AuctionEnded",
        "ReserveDataUpdated",
        "ReserveUsedAsCollateralEnabled",
        "Supply",
        "ReserveUsedAsCollateralDisabled",
        "LiquidateERC721",
    ]
    assert [name for name, _ in para.n_token.events(sold)] == ["Approval", "Transfer"]


def test_without_a_strategy_the_bonus_of_the_reserve_applies(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.configurator.send(para.admin, "setReserveAuctionStrategyAddress", para.nft.address, ZERO_ADDRESS)
    sold = para.pool.send(para.liquidator, *para.liquidation(100 * ETHER))
    expected = (4 * ETHER * 10_000 + 5_250) // 10_500
    assert para.pool.event(sold, "LiquidateERC721")["liquidationAmount"] == expected


def test_prices_expire_after_a_number_of_blocks_and_block_everything(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.floor.send(para.admin, "setConfig", 10, 300)
    para.chain.rpc("anvil_mine", hex(9))
    expired = "NFTOracle: asset price expired"
    assert para.oracle.view("getAssetPrice", para.nft.address) == 4 * ETHER
    para.chain.rpc("anvil_mine", hex(1))
    assert para.oracle.refuses(para.admin, "getAssetPrice", para.nft.address) == expired
    assert para.pool.refuses(para.admin, "getUserAccountData", para.borrower) == expired
    assert para.pool.refuses(para.liquidator, "startAuction", para.borrower, para.nft.address, 0) == expired


def test_the_price_is_the_median_of_feeders_and_far_off_values_are_refused(para: Para) -> None:
    first, second, third = para.feeders
    for feeder, price in ((first, 9 * ETHER), (second, 12 * ETHER), (third, 11 * ETHER)):
        para.floor.send(feeder, "setMultiplePrices", [para.nft.address], [price])
    assert para.floor.view("getPrice", para.nft.address) == 11 * ETHER
    invalid = "NFTOracle: invalid price data"
    assert para.floor.refuses(first, "setMultiplePrices", [para.nft.address], [33 * ETHER]) == invalid
    para.floor.send(para.admin, "addFeeders", [para.chain.accounts[6]])
    para.floor.send(para.chain.accounts[6], "setMultiplePrices", [para.nft.address], [10 * ETHER])
    assert para.floor.view("getPrice", para.nft.address) == 11 * ETHER


@pytest.mark.parametrize(
    ("seconds", "multiplier"),
    [(0, 25 * 10**17), (899, 25 * 10**17), (57_168, 9 * 10**17), (10**6, 9 * 10**17)],
)
def test_the_curve_is_flat_at_both_ends(para: Para, seconds: int, multiplier: int) -> None:
    assert para.strategy.view("calculateAuctionPriceMultiplier", 10**9, 10**9 + seconds) == multiplier


def test_the_curve_falls_as_the_table_of_production_curves_says(para: Para) -> None:
    curves = {
        (5, 12, 8, 11492681550000000, 41003484520000000): (8.7, 17.4),
        (2, 12, 8, 18303339030000000, 23374536450000000): (5.5, 10.9),
        (10, 11, 8, 6250000000000000, 45984894024785900): (12.0, 24.0),
    }
    for (most, least_exp, least, linear, exponential), (exp_hours, min_hours) in curves.items():
        steps = (most * 10**18, least_exp * 10**17, least * 10**17, linear, exponential, 900)
        artifact = para.artifacts["DefaultReserveAuctionStrategy"]
        strategy = Contract(para.chain, artifact, para.chain.deploy(artifact, *steps))

        def after(hours: float, strategy: Contract = strategy) -> int:
            return int(strategy.view("calculateAuctionPriceMultiplier", 0, int(hours * 3600)))

        assert after(exp_hours - 0.06) > least_exp * 10**17 > after(exp_hours + 0.06)
        assert after(min_hours - 0.06) > least * 10**17
        assert after(min_hours + 0.06) == least * 10**17


def test_auction_data_tells_the_curve(para: Para) -> None:
    under_water(para, 4 * ETHER)
    para.start()
    data = para.pool.view("getAuctionData", para.n_token.address, 0)
    assert data == (para.nft.address, 0, now(para.chain), BAYC_CURVE[0], *BAYC_CURVE)


def test_repaying_needs_an_index_that_moved(para: Para) -> None:
    para.supply(0)
    para.borrow(ETHER)
    assert para.pool.refuses(para.borrower, "repay", para.weth.address, ETHER, para.borrower) == "48"
    jump(para.chain, 10)
    repaid = para.pool.send(para.borrower, "repay", para.weth.address, 2**255, para.borrower)
    assert para.pool.event(repaid, "Repay")["amount"] >= ETHER
    assert para.debt_weth.view("scaledBalanceOf", para.borrower) == 0
    assert para.account()["erc721_health"] == 2**256 - 1
