"""BendDAO v1: the book against the contract's views, the steps against the contract's verdict."""

import random
from dataclasses import replace

import pytest

from keeper.chain.codec import Function
from keeper.domain.adapters import Event
from keeper.domain.calls import ViewFailed
from keeper.domain.env import Env
from keeper.domain.facts import PriceKey
from keeper.domain.positions import Position, PositionKey, PositionState
from keeper.domain.steps import Kind, Role, Step
from keeper.domain.triggers import liquidation_limit
from keeper.domain.units import ETHER
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.protocols.benddao_v1.steps import bid_fine, liquidate_price, situation
from tests.protocols.bend_walk import Walk
from tests.protocols.bend_world import HOURS, BendWorld
from tests.protocols.local import Follower, Refused

GET_LOAN = Function.parse(
    "getLoan(uint256) returns ((uint256 loanId, uint8 state, address borrower, address nftAsset, uint256 nftTokenId, "
    "address reserveAsset, uint256 scaledAmount, uint256 bidStartTimestamp, address bidderAddress, uint256 bidPrice, "
    "uint256 bidBorrowAmount, address firstBidderAddress))"
)
LOAN_COUNT = "getCurrentLoanId() returns (uint256)"
DEBT = Function.parse("getLoanReserveBorrowAmount(uint256) returns (address reserve, uint256 debt)")
DEBT_DATA = Function.parse(
    "getNftDebtData(address,uint256) returns (uint256 loanId, address reserve, uint256 collateral, uint256 debt, "
    "uint256 available, uint256 healthFactor)"
)
LIQUIDATE_PRICE = Function.parse("getNftLiquidatePrice(address,uint256) returns (uint256 price, uint256 payback)")
AUCTION_DATA = Function.parse(
    "getNftAuctionData(address,uint256) returns (uint256 loanId, address bidder, uint256 bid, uint256 debt, uint256 fine)"
)
AUCTION_ENDS = Function.parse(
    "getNftAuctionEndTime(address,uint256) returns (uint256 loanId, uint256 start, uint256 end, uint256 redeemEnd)"
)
NOBODY = "0x" + "00" * 20
OPEN, IN_AUCTION = 2, 3


def positions(follower: Follower[BendDaoV1]) -> dict[int, Position]:
    found = {}
    for key in follower.book.keys(PositionKey):
        position = follower.book.get(key)
        assert position is not None
        found[int(position.key.native_id)] = position
    return found


def step_of(follower: Follower[BendDaoV1], loan: int, kind: Kind, env: Env) -> Step:
    position = positions(follower)[loan]
    return next(step for step in follower.adapter.steps(position, env) if step.kind is kind)


def assert_book_is_the_chains(world: BendWorld, follower: Follower[BendDaoV1]) -> None:
    count = world.chain.view(world.loans, LOAN_COUNT)
    loans = world.chain.views([(GET_LOAN, world.loans, (loan,)) for loan in range(1, count)])
    known = positions(follower)
    assert set(known) == {loan.loanId for loan in loans if loan.state in {OPEN, IN_AUCTION}}
    for loan in loans:
        if loan.state not in {OPEN, IN_AUCTION}:
            continue
        position = known[loan.loanId]
        (item,) = position.collateral
        (debt,) = position.debt.parts()
        auction = position.auctions[0] if position.auctions else None
        assert (item.token, item.token_id, position.debtor) == (loan.nftAsset, loan.nftTokenId, loan.borrower)
        assert (debt.asset, debt.scaled) == (loan.reserveAsset, loan.scaledAmount)
        assert position.state is (PositionState.IN_AUCTION if loan.state == IN_AUCTION else PositionState.OPEN)
        assert (auction is not None) == (loan.state == IN_AUCTION)
        if auction is not None:
            assert auction.opened_at == loan.bidStartTimestamp
            assert (auction.high_bid, auction.high_bidder) == (loan.bidPrice, loan.bidderAddress)
            assert auction.first_bidder == loan.firstBidderAddress


def test_amounts_are_the_contracts_at_any_moment(bend: BendWorld) -> None:
    """Debt, limit, health factor, liquidation price, fine and ends: 600 random pairs of a loan and a moment."""
    follower = bend.follower()
    follower.bootstrap()
    walk = Walk(bend, random.Random(2))
    walk.take(90)
    follower.follow()
    known = list(positions(follower).values())
    dice = random.Random(3)
    cases = [
        (dice.choice(known), follower_time + dice.randint(0, 40 * 86400)) for follower_time in [bend.chain.now()] * 600
    ]
    asked = [
        (function.view(to, *arguments), at)
        for position, at in cases
        for item in position.collateral
        for function, to, arguments in (
            (DEBT, bend.loans, (int(position.key.native_id),)),
            (DEBT_DATA, bend.pool, (item.token, item.token_id)),
            (LIQUIDATE_PRICE, bend.pool, (item.token, item.token_id)),
            (AUCTION_DATA, bend.pool, (item.token, item.token_id)),
            (AUCTION_ENDS, bend.pool, (item.token, item.token_id)),
        )
    ]
    answers = bend.chain.views_at(asked)
    functions = (DEBT, DEBT_DATA, LIQUIDATE_PRICE, AUCTION_DATA, AUCTION_ENDS)
    liquidatable = auctions = 0
    for number, (position, at) in enumerate(cases):
        raw = answers[5 * number : 5 * number + 5]
        assert not any(isinstance(answer, ViewFailed) for answer in raw)
        debt, data, price, auction, ends = (
            function.decode(answer)
            for function, answer in zip(functions, raw, strict=True)
            if isinstance(answer, bytes)
        )
        env = follower.env(at, bend.bidders[0])
        owed = position.debt.owed(env)
        now = situation(position, env, follower.adapter.keys)
        assert now is not None
        assert owed is not None
        assert owed == debt.debt == data.debt
        limit = liquidation_limit(position.collateral[0].terms, position.debt.parts()[0].terms, env)
        assert limit is not None
        trigger = position.triggers["default"].eval(position, env)
        assert trigger.now == (owed > limit)
        assert liquidate_price(now, owed) == price.price
        if position.auctions:
            auctions += 1
            assert bid_fine(now, owed) == auction.fine
            (running,) = position.auctions
            assert running.closes_at() == ends.end
        else:
            assert (10**18 * limit + owed // 2) // owed == data.healthFactor
        liquidatable += bool(trigger.now)
    assert 100 < liquidatable < 550
    assert auctions > 20


def test_a_bid_is_the_least_that_the_contract_takes(bend: BendWorld) -> None:
    """The least bid goes through, a wei less does not: first bids and raises at 250 random moments each."""
    follower = bend.follower()
    follower.bootstrap()
    Walk(bend, random.Random(2)).take(90)
    follower.follow()
    dice, now, who = random.Random(6), bend.chain.now(), bend.bidders[3]
    known = positions(follower)
    firsts = raises = shut = 0
    for _ in range(9000):
        if firsts >= 250 and raises >= 250:
            break
        at = now + dice.randint(1, 30) * dice.choice((60, 60, HOURS, 86400))
        loan = dice.choice(list(known))
        env = follower.env(at, who)
        bids = [step for step in follower.adapter.steps(known[loan], env) if step.kind is Kind.BID]
        if not bids:
            closes_at = known[loan].auctions[0].closes_at()
            assert closes_at is not None
            assert at > closes_at
            continue
        (bid,) = bids
        assert bid.pays is not None
        less = replace(bid.call, data=_with_price(bid.call.data, bid.pays.amount - 1))
        taken, refused = bend.chain.attempts(who, [bid.call, less], at=at)
        if bid.pre.now:
            assert isinstance(taken, bytes)
            assert isinstance(refused, ViewFailed)
            assert follower.adapter.explain_failure(refused.data)[:3] in {"484", "485", "491"}
        else:
            assert isinstance(taken, ViewFailed)
            assert follower.adapter.explain_failure(taken.data).startswith("404: ")
            shut += 1
            continue
        firsts += known[loan].state is PositionState.OPEN
        raises += known[loan].state is PositionState.IN_AUCTION
    assert min(firsts, raises) >= 250
    assert shut > 10


def _with_price(calldata: bytes, price: int) -> bytes:
    start = 4 + 2 * 32
    return calldata[:start] + price.to_bytes(32, "big") + calldata[start + 32 :]


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_the_book_follows_a_random_walk_and_takes_it_back(bend: BendWorld, seed: int) -> None:
    follower = bend.follower()
    follower.bootstrap()
    walk = Walk(bend, random.Random(seed))
    walk.take(70)
    follower.follow()
    before, first = follower.book.snapshot(), follower.book.head
    assert first is not None
    for _ in range(8):
        walk.take(10)
        follower.follow()
        assert_book_is_the_chains(bend, follower)
    assert walk.kinds >= {"borrow", "repay", "push", "bid", "redeem", "finalise"}
    after, last = follower.book.snapshot(), follower.book.head
    assert last is not None
    follower.book.rollback(last.number - first.number)
    assert follower.book.snapshot() == before
    follower.follow()
    assert follower.book.snapshot() == after
    late = bend.follower()
    late.bootstrap()
    assert {key: late.book.get(key) for key in late.book.keys(PositionKey)} == {
        key: follower.book.get(key) for key in follower.book.keys(PositionKey)
    }
    assert {key: late.book.get(key) for key in late.book.keys(PriceKey)} == {
        key: follower.book.get(key) for key in follower.book.keys(PriceKey)
    }


@pytest.fixture(name="due")
def _due(bend: BendWorld) -> Follower[BendDaoV1]:
    """Loan 1 (60 WETH on an ape) is liquidatable, loan 2 (1 WETH) is not."""
    follower = bend.follower()
    follower.bootstrap()
    borrower = bend.borrowers[0]
    bend.borrow(borrower, bend.weth, 55 * ETHER, bend.apes, 2000)
    bend.borrow(borrower, bend.weth, ETHER, bend.apes, 2001)
    for hours, price in ((8, 82), (16, 67), (24, 67)):
        bend.push(bend.apes, price * ETHER, at=bend.chain.now() + hours * HOURS)
    follower.follow()
    return follower


def test_an_auction_from_the_first_bid_to_the_piece(bend: BendWorld, due: Follower[BendDaoV1]) -> None:
    first, second = bend.bidders[0], bend.bidders[1]
    at = bend.chain.now() + 60
    bid = step_of(due, 1, Kind.BID, due.env(at, first))
    assert bid.pre.now
    assert bid.role is Role.ANYONE
    bend.chain.send(first, bid.call, at=at)
    assert [bend.chain.views_at([(proof.view, None)]) for proof in bid.proofs] == [[p.expected] for p in bid.proofs]
    due.follow()
    assert bid.after is not None
    assert replace(positions(due)[1], version=(0, 0)) == replace(bid.after, version=(0, 0))
    assert bid.closes_at == positions(due)[1].auctions[0].closes_at() == at + 24 * HOURS
    (told,) = due.happenings
    assert bid.pays is not None
    assert (told.event, told.account, told.amount) == (Event.BID, first, bid.pays.amount)

    at += HOURS
    raise_ = step_of(due, 1, Kind.BID, due.env(at, second))
    assert raise_.income_if_redeemed == 0
    bend.chain.send(second, raise_.call, at=at)
    due.follow()
    assert [(h.event, h.account, h.amount) for h in due.happenings[1:]] == [
        (Event.BID, second, raise_.pays.amount if raise_.pays else 0),
        (Event.OUTBID, first, bid.pays.amount),
    ]

    end = bid.closes_at
    early = step_of(due, 1, Kind.FINALISE, due.env(end, second))
    assert (early.pre.now, early.pre.earliest_timestamp) == (False, end + 1)
    with pytest.raises(Refused, match="490"):
        bend.chain.attempt(second, early.call, at=end)
    others = step_of(due, 1, Kind.FINALISE, due.env(end + 1, first))
    assert (others.role, others.receives) == (Role.ANYONE, ())
    final = step_of(due, 1, Kind.FINALISE, due.env(end + 1, second))
    assert final.pre.now
    assert final.role is Role.WINNER
    bend.chain.send(second, final.call, at=end + 1)
    due.follow()
    assert set(positions(due)) == {2}
    owner = bend.chain.view(bend.apes, "ownerOf(uint256) returns (address)", 2000)
    assert (owner, due.happenings[-1].event, due.happenings[-1].account) == (second, Event.FINALISED, second)
    assert due.happenings[-1].amount == (raise_.pays.amount if raise_.pays else 0)


def test_the_winner_pays_the_interest_that_outgrew_the_bid(bend: BendWorld, due: Follower[BendDaoV1]) -> None:
    who, at = bend.bidders[0], bend.chain.now() + 60
    bid = step_of(due, 1, Kind.BID, due.env(at, who))
    bend.chain.send(who, bid.call, at=at)
    due.follow()
    assert bid.closes_at is not None
    at = bid.closes_at + 5
    final = step_of(due, 1, Kind.FINALISE, due.env(at, who))
    assert final.pays is not None
    assert final.pays.amount > 0
    before = bend.chain.view(bend.weth, "balanceOf(address) returns (uint256)", who)
    less = replace(final.call, data=_with_price(final.call.data, final.pays.amount - 1))
    with pytest.raises(Refused, match="414"):
        bend.chain.attempt(who, less, at=at)
    bend.chain.send(who, final.call, at=at)
    assert before - bend.chain.view(bend.weth, "balanceOf(address) returns (uint256)", who) == final.pays.amount


def test_a_redemption_pays_the_fine_to_the_first_bidder(bend: BendWorld, due: Follower[BendDaoV1]) -> None:
    first, second, at = bend.bidders[0], bend.bidders[1], bend.chain.now() + 60
    bid = step_of(due, 1, Kind.BID, due.env(at, first))
    assert bid.income_if_redeemed == max(bid.pays.amount // 20 if bid.pays else 0, ETHER // 5)
    bend.chain.send(first, bid.call, at=at)
    due.follow()
    raise_ = step_of(due, 1, Kind.BID, due.env(at + 60, second))
    bend.chain.send(second, raise_.call, at=at + 60)
    due.follow()
    assert raise_.pays is not None
    borrower = bend.borrowers[0]
    bend.chain.do(
        borrower, bend.pool, "redeem(address,uint256,uint256,uint256)", bend.apes, 2000, 40 * ETHER, 100 * ETHER
    )
    before = [bend.chain.view(bend.weth, "balanceOf(address) returns (uint256)", who) for who in (first, second)]
    due.follow()
    refund, fine = due.happenings[-2:]
    assert (refund.event, refund.account, refund.amount) == (Event.REDEEMED, second, raise_.pays.amount)
    assert (fine.event, fine.account) == (Event.FINED, first)
    assert before == [100_000 * ETHER + fine.amount, 100_000 * ETHER]
    assert positions(due)[1].state is PositionState.OPEN
    assert positions(due)[1].auctions == ()


def test_a_step_that_is_not_open_is_refused_with_a_reason(bend: BendWorld, due: Follower[BendDaoV1]) -> None:
    who, at = bend.bidders[0], bend.chain.now() + 60

    def refusal(kind: Kind, loan: int, moment: int) -> str:
        step = step_of(due, loan, kind, due.env(moment, who))
        assert step.pre.now is False
        with pytest.raises(Refused) as refused:
            bend.chain.attempt(who, step.call, at=moment)
        return due.adapter.explain_failure(refused.value.data)

    assert refusal(Kind.BID, 2, at) == "404: the debt is not over the liquidation threshold"
    bend.configure("setPoolPause(bool)", True)
    due.follow()
    assert refusal(Kind.BID, 1, at + 60) == "401: the pool is paused"
    bend.configure("setPoolPause(bool)", False)
    bend.configure("setActiveFlagOnNft(address[],bool)", [bend.apes], False)
    due.follow()
    assert refusal(Kind.BID, 1, at + 120) == "310: the collection is not active"


def test_a_pause_and_other_durations_move_the_end_of_a_running_auction(
    bend: BendWorld, due: Follower[BendDaoV1]
) -> None:
    who, at = bend.bidders[0], bend.chain.now() + 60
    bend.chain.send(who, step_of(due, 1, Kind.BID, due.env(at, who)).call, at=at)
    due.follow()
    bend.chain.rpc("evm_setNextBlockTimestamp", hex(at + HOURS))
    bend.configure("setPoolPause(bool)", True)
    bend.chain.rpc("evm_setNextBlockTimestamp", hex(at + 3 * HOURS))
    bend.configure("setPoolPause(bool)", False)
    due.follow()
    assert positions(due)[1].auctions[0].closes_at() == at + 26 * HOURS
    bend.configure("configureNftAsAuction(address[],uint256,uint256,uint256)", [bend.apes], 12, 36, 500)
    due.follow()
    (auction,) = positions(due)[1].auctions
    ends = bend.chain.views([(AUCTION_ENDS, bend.pool, (bend.apes, 2000))])[0]
    assert auction.closes_at() == ends.end == at + 38 * HOURS


def test_a_dollar_loan_hangs_on_the_aggregators_answers(bend: BendWorld) -> None:
    follower = bend.follower()
    follower.bootstrap()
    bend.borrow(bend.borrowers[0], bend.dollar, 30_000 * 10**6, bend.punks, 2000)
    follower.follow()
    env = follower.env(bend.chain.now() + 1, bend.bidders[0])
    assert step_of(follower, 1, Kind.BID, env).pre.now is False
    bend.chain.do(bend.admin, bend.dollar_feed, "set(int256)", 2 * 55_555)
    follower.follow()
    env = follower.env(bend.chain.now() + 1, bend.bidders[0])
    assert step_of(follower, 1, Kind.BID, env).pre.now
    other = bend.chain.deploy("Aggregator", 8, 55_555)
    bend.chain.do(bend.admin, bend.dollar_proxy, "confirm(address)", other)
    follower.follow()
    env = follower.env(bend.chain.now() + 1, bend.bidders[0])
    assert step_of(follower, 1, Kind.BID, env).pre.now is False
    bend.chain.do(bend.admin, other, "set(int256)", -1)
    follower.follow()
    position = positions(follower)[1]
    assert position.triggers["default"].eval(position, env).now is None
    assert follower.adapter.steps(position, env) == ()


def test_only_the_configured_collections_are_followed(bend: BendWorld) -> None:
    bend.borrow(bend.borrowers[0], bend.weth, ETHER, bend.apes, 2000)
    bend.borrow(bend.borrowers[0], bend.weth, ETHER, bend.punks, 2000)
    config = BendDaoV1.Config(addresses_provider=bend.provider, start_block=0, collections=(bend.punks,))
    follower = Follower(bend.chain, BendDaoV1("punks-only", 31337, config))
    follower.bootstrap()
    assert set(positions(follower)) == {2}
    bend.configure("setNftMinBidFine(address[],uint256)", [bend.apes], 1)
    bend.push(bend.apes, 101 * ETHER, at=bend.chain.now() + HOURS)
    follower.follow()
    assert {key.asset for key in follower.book.keys(PriceKey) if isinstance(key, PriceKey)} == {bend.punks, bend.dollar}
