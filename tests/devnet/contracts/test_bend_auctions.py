"""BendDAO's loans from borrowing to the end, with every refusal that a keeper may meet.

All of it holds on the original's bytecode as well, down to the order of the logs.
"""

import pytest

from keeper.domain.units import ETHER, ZERO_ADDRESS
from tests.devnet.contracts.bend import HOUR, Bend
from tests.devnet.contracts.clock import at, jump, now

DAY = 24 * HOUR


def under_water(bend: Bend, token: int = 0) -> int:
    """A loan of 6 ether whose collateral fell to 7."""
    loan_id = bend.borrow(6 * ETHER, token)
    bend.price(7 * ETHER)
    return loan_id


def test_an_auction_is_outbid_and_carried_to_its_end(bend: Bend) -> None:
    loan_id = under_water(bend)
    first, second = bend.bidders
    bid = 6 * ETHER + ETHER // 10
    before = bend.balance(first), bend.balance(second), bend.balance(bend.borrower)

    opened = bend.pool.send(first, "auction", bend.nft.address, 0, bid, first)
    debt = bend.loan(loan_id)["bidBorrowAmount"]
    assert bend.loans.event(opened, "LoanAuctioned") == {
        "user": first,
        "loanId": loan_id,
        "nftAsset": bend.nft.address,
        "nftTokenId": 0,
        "amount": debt,
        "borrowIndex": bend.pool.view("getReserveNormalizedVariableDebt", bend.weth.address),
        "bidder": first,
        "price": bid,
        "previousBidder": ZERO_ADDRESS,
        "previousPrice": 0,
    }
    assert [name for name, _ in bend.pool.events(opened)] == ["ReserveDataUpdated", "Auction"]
    start = now(bend.chain)
    assert bend.pool.view("getNftAuctionEndTime", bend.nft.address, 0) == (loan_id, start, start + DAY, start + DAY)
    assert bend.balance(first) == before[0] - bid

    raised = bid + 7 * ETHER // 100
    bend.pool.send(second, "auction", bend.nft.address, 0, raised, second)
    assert bend.balance(first) == before[0]
    assert bend.loan(loan_id)["firstBidderAddress"] == first

    at(bend.chain, start + DAY + 1)
    ended = bend.pool.send(bend.admin, "liquidate", bend.nft.address, 0, 0)
    repaid = bend.loans.event(ended, "LoanLiquidated")
    assert repaid["user"] == second
    told = bend.pool.event(ended, "Liquidate")
    assert told["repayAmount"] == repaid["amount"] > debt
    assert told["remainAmount"] == raised - repaid["amount"]
    assert bend.balance(bend.borrower) == before[2] + told["remainAmount"]
    assert bend.nft.view("ownerOf", 0) == second
    assert bend.loan(loan_id)["state"] == 5
    assert bend.loans.view("getCollateralLoanId", bend.nft.address, 0) == 0


def test_a_redeemer_pays_the_fine_to_the_first_bidder(bend: Bend) -> None:
    loan_id = under_water(bend)
    first, second = bend.bidders
    bend.pool.send(first, "auction", bend.nft.address, 0, 6 * ETHER + ETHER // 10, first)
    bend.pool.send(second, "auction", bend.nft.address, 0, 7 * ETHER, second)
    held = bend.balance(first), bend.balance(second)

    scaled = bend.loan(loan_id)["scaledAmount"]
    redeemed = bend.pool.send(bend.borrower, "redeem", bend.nft.address, 0, 5 * ETHER, ETHER)
    told = bend.pool.event(redeemed, "Redeem")
    index = bend.loans.event(redeemed, "LoanRedeemed")["borrowIndex"]
    debt = (scaled * index + 5 * 10**26) // 10**27
    assert told["borrowAmount"] == 5 * ETHER
    assert told["fineAmount"] == (debt * 500 + 5000) // 10_000
    assert bend.balance(first) == held[0] + told["fineAmount"]
    assert bend.balance(second) == held[1] + 7 * ETHER
    loan = bend.loan(loan_id)
    assert (loan["state"], loan["bidPrice"], loan["bidStartTimestamp"]) == (2, 0, 0)
    assert loan["scaledAmount"] == scaled - (5 * ETHER * 10**27 + index // 2) // index

    repaid = bend.pool.send(bend.borrower, "repay", bend.nft.address, 0, 2 * ETHER)
    assert bend.loans.event(repaid, "LoanRepaid")["loanId"] == loan_id
    assert bend.nft.view("ownerOf", 0) == bend.borrower


def test_the_fine_is_at_least_a_fifth_of_an_ether_in_any_reserve(bend: Bend) -> None:
    bend.borrow(1_000 * 10**6, 0, bend.usdc)
    bend.price(ETHER // 2)
    first, _ = bend.bidders
    bend.pool.send(first, "auction", bend.nft.address, 0, 1_100 * 10**6, first)
    assert bend.pool.view("getNftAuctionData", bend.nft.address, 0)[4] == 400 * 10**6


def test_a_bid_under_the_debt_at_the_end_leaves_the_gap_to_whoever_finalises(bend: Bend) -> None:
    loan_id = under_water(bend)
    first, _ = bend.bidders
    bend.pool.send(first, "auction", bend.nft.address, 0, bend.debt(loan_id) + 10**12, first)
    jump(bend.chain, DAY + 1)
    assert bend.pool.refuses(first, "liquidate", bend.nft.address, 0, 0) == "414"
    ended = bend.pool.send(first, "liquidate", bend.nft.address, 0, ETHER)
    assert bend.pool.event(ended, "Liquidate")["remainAmount"] == 0
    assert bend.nft.view("ownerOf", 0) == first


def test_first_bids_are_refused_by_code(bend: Bend) -> None:
    first, _ = bend.bidders
    nft = bend.nft.address
    loan_id = bend.borrow(6 * ETHER)
    assert bend.pool.refuses(first, "auction", nft, 1, ETHER, first) == "409"
    assert bend.pool.refuses(first, "auction", nft, 0, 0, first) == "301"
    assert bend.pool.refuses(first, "auction", nft, 0, 7 * ETHER, ZERO_ADDRESS) == "314"
    assert bend.pool.refuses(first, "auction", nft, 0, 7 * ETHER, first) == "404"
    assert bend.pool.refuses(first, "redeem", nft, 0, ETHER, 0) == "480"
    assert bend.pool.refuses(first, "liquidate", nft, 0, 0) == "480"
    bend.price(7 * ETHER)
    assert bend.pool.refuses(first, "auction", nft, 0, bend.debt(loan_id) - 1, first) == "491"
    bend.configurator.send(bend.admin, "configureNftAsCollateral", [nft], 6000, 8000, 500)
    floor, owed = bend.pool.view("getNftLiquidatePrice", nft, 0)
    assert (floor, owed) == (7 * ETHER * 95 // 100, bend.debt(loan_id))
    assert bend.pool.refuses(first, "auction", nft, 0, floor - 1, first) == "484"


def test_the_debt_must_exceed_the_threshold_strictly(bend: Bend) -> None:
    bend.rate.send(bend.admin, "setInterestRateParams", 65 * 10**25, 0, 0, 0)
    bend.borrow(56 * ETHER // 10)
    bend.price(7 * ETHER)
    first, _ = bend.bidders
    assert bend.debt(1) == 56 * ETHER // 10 == 7 * ETHER * 8000 // 10_000
    assert bend.pool.refuses(first, "auction", bend.nft.address, 0, 7 * ETHER, first) == "404"
    bend.price(7 * ETHER - 1)
    bend.pool.send(first, "auction", bend.nft.address, 0, 7 * ETHER, first)


def test_later_bids_redemptions_and_finalisations_are_refused_by_code(bend: Bend) -> None:
    loan_id = under_water(bend)
    first, second = bend.bidders
    nft, bid = bend.nft.address, 65 * ETHER // 10
    bend.pool.send(first, "auction", nft, 0, bid, first)
    debt = bend.debt(loan_id)
    least = bid + (debt * 100 + 5000) // 10_000
    assert bend.pool.refuses(second, "auction", nft, 0, debt - 1, second) == "491"
    assert bend.pool.refuses(second, "auction", nft, 0, least - 1, second) == "485"
    assert bend.pool.refuses(bend.borrower, "repay", nft, 0, ETHER) == "480"
    assert bend.pool.refuses(second, "liquidate", nft, 0, 0) == "490"

    fine = bend.pool.view("getNftAuctionData", nft, 0)[4]
    half, most = (debt * 5000 + 5000) // 10_000, (debt * 9000 + 5000) // 10_000
    assert bend.pool.refuses(bend.borrower, "redeem", nft, 0, half, fine - 1) == "494"
    assert bend.pool.refuses(bend.borrower, "redeem", nft, 0, half - 1, fine) == "415"
    assert bend.pool.refuses(bend.borrower, "redeem", nft, 0, most + 1, fine) == "416"
    assert bend.pool.refuses(bend.borrower, "redeem", nft, 0, 0, fine) == "301"

    jump(bend.chain, DAY + 1)
    assert bend.pool.refuses(second, "auction", nft, 0, 9 * ETHER, second) == "489"
    assert bend.pool.refuses(bend.borrower, "redeem", nft, 0, 4 * ETHER, ETHER) == "486"


def test_an_auction_runs_on_when_the_price_recovers(bend: Bend) -> None:
    under_water(bend)
    first, second = bend.bidders
    bend.pool.send(first, "auction", bend.nft.address, 0, 65 * ETHER // 10, first)
    assert bend.pool.view("getNftDebtData", bend.nft.address, 0)[5] == 0
    bend.price(20 * ETHER)
    bend.pool.send(second, "auction", bend.nft.address, 0, 7 * ETHER, second)


def test_a_pause_stops_everything_and_lengthens_running_auctions(bend: Bend) -> None:
    under_water(bend)
    first, _ = bend.bidders
    nft = bend.nft.address
    bend.pool.send(first, "auction", nft, 0, 7 * ETHER, first)
    end = bend.pool.view("getNftAuctionEndTime", nft, 0)[2]
    jump(bend.chain, HOUR)
    bend.configurator.send(bend.admin, "setPoolPause", True)
    for call in (("auction", nft, 0, 8 * ETHER, first), ("redeem", nft, 0, ETHER, 0), ("liquidate", nft, 0, 0)):
        assert bend.pool.refuses(first, *call) == "401"
    started = now(bend.chain)
    jump(bend.chain, 5 * HOUR)
    bend.configurator.send(bend.admin, "setPoolPause", False)
    paused = now(bend.chain) - started
    assert bend.pool.view("getPausedTime") == (started, paused)
    assert bend.pool.view("getNftAuctionEndTime", nft, 0)[2:] == (end + paused, end + paused)
    at(bend.chain, end + paused)
    bend.chain.rpc("evm_mine")
    assert bend.pool.refuses(first, "liquidate", nft, 0, ETHER) == "490"


@pytest.mark.parametrize(
    ("setter", "code"),
    [("setActiveFlagOnReserve", "302"), ("setActiveFlagOnNft", "310")],
)
def test_what_is_switched_off_cannot_be_auctioned(bend: Bend, setter: str, code: str) -> None:
    under_water(bend)
    asset = bend.weth if setter.endswith("Reserve") else bend.nft
    bend.configurator.send(bend.admin, setter, [asset.address], False)
    first, _ = bend.bidders
    assert bend.pool.refuses(first, "auction", bend.nft.address, 0, 7 * ETHER, first) == code


def test_borrowing_is_refused_by_code(bend: Bend) -> None:
    nft, weth = bend.nft.address, bend.weth.address
    arguments = (weth, ETHER, nft, 0, bend.borrower, 0)
    assert bend.pool.refuses(bend.borrower, "borrow", weth, 6 * ETHER + 1, nft, 0, bend.borrower, 0) == "308"
    assert bend.pool.refuses(bend.borrower, "borrow", weth, 0, nft, 0, bend.borrower, 0) == "301"
    with bend.chain.undone():
        bend.oracle.send(bend.admin, "setPriceStale", [nft], True)
        assert bend.pool.refuses(bend.borrower, "borrow", *arguments) == "320"
    with bend.chain.undone():
        bend.configurator.send(bend.admin, "setFreezeFlagOnReserve", [weth], True)
        assert bend.pool.refuses(bend.borrower, "borrow", *arguments) == "303"
    with bend.chain.undone():
        bend.configurator.send(bend.admin, "setFreezeFlagOnNft", [nft], True)
        assert bend.pool.refuses(bend.borrower, "borrow", *arguments) == "311"
