"""ParaSpace: accounts against the contract's views, steps against what the contract does."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from keeper.chain.codec import Function
from keeper.domain.adapters import Event
from keeper.domain.blocks import PendingTransaction
from keeper.domain.calls import ViewFailed
from keeper.domain.env import Env
from keeper.domain.errors import HaltAdapter
from keeper.domain.facts import Price, PriceKey
from keeper.domain.health import account_health
from keeper.domain.positions import Position, PositionKey
from keeper.domain.steps import Kind, Step
from keeper.domain.units import ETHER, ZERO_ADDRESS, Address, Hash32
from keeper.protocols.paraspace import ParaSpace, abi
from tests.protocols.local import Follower, Refused
from tests.protocols.para_walk import Walk
from tests.protocols.para_world import ParaWorld

ACCOUNT = Function.parse(
    "getUserAccountData(address) returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, "
    "uint256 ltv, uint256 healthFactor, uint256 erc721HealthFactor)"
)
BALANCE = "balanceOf(address) returns (uint256)"
SCALED = Function.parse("scaledBalanceOf(address) returns (uint256)")


def position_of(follower: Follower[ParaSpace], user: Address) -> Position:
    position = follower.book.get(follower.adapter.keys.position(user))
    assert position is not None
    return position


def steps_of(follower: Follower[ParaSpace], user: Address, env: Env, kind: Kind) -> Sequence[Step]:
    return [step for step in follower.adapter.steps(position_of(follower, user), env) if step.kind is kind]


def assert_accounts_are_the_chains(world: ParaWorld, follower: Follower[ParaSpace], moments: Sequence[int]) -> int:
    """Health to the wei, for every user at every moment, and every scaled balance; returns how many were compared."""
    users = [*world.users, world.lender]
    asked = [(ACCOUNT.view(world.pool, user), at) for user in users for at in moments]
    answers = world.chain.views_at(asked)
    compared = 0
    for number, answer in enumerate(answers):
        user, at = users[number // len(moments)], moments[number % len(moments)]
        position = follower.book.get(follower.adapter.keys.position(user))
        assert isinstance(answer, bytes)
        data = ACCOUNT.decode(answer)
        if position is None:
            assert data.debt == 0
            continue
        health = account_health(position, follower.env(at, world.keeper, ahead=0))
        assert health is not None
        assert (health.collateral, health.debt) == (data.collateral, data.debt)
        assert (health.factor, health.nft_factor) == (data.healthFactor, data.erc721HealthFactor)
        compared += 1
    for user in users:
        account = follower.book.get(follower.adapter.keys.account(user))
        for asset in (world.weth, world.dollar):
            scaled = world.chain.views(
                [(SCALED, world.x_tokens[asset], (user,)), (SCALED, world.debt_tokens[asset], (user,))]
            )
            known = (account.supplies.get(asset, 0), account.debts.get(asset, 0)) if account else (0, 0)
            assert list(known) == scaled
    return compared


@pytest.mark.parametrize("seed", [1, 2])
def test_accounts_follow_a_random_walk_to_the_wei_and_go_back(para: ParaWorld, seed: int) -> None:
    follower = para.follower()
    follower.bootstrap()
    walk = Walk(para, random.Random(seed))
    walk.take(60)
    follower.follow()
    before, first = follower.book.snapshot(), follower.book.head
    assert first is not None
    compared, dice = 0, random.Random(seed)
    for _ in range(10):
        walk.take(6)
        follower.follow()
        moments = [para.chain.now() + dice.randint(0, 20 * 86400) for _ in range(20)]
        compared += assert_accounts_are_the_chains(para, follower, moments)
    assert compared >= 250
    assert walk.kinds >= {"supply", "supply_nfts", "borrow", "repay", "reprice", "traits", "transfer"}
    after, last = follower.book.snapshot(), follower.book.head
    assert last is not None
    follower.book.rollback(last.number - first.number)
    assert follower.book.snapshot() == before
    follower.follow()
    assert follower.book.snapshot() == after
    late = para.follower()
    late.bootstrap()
    assert {key: late.book.get(key) for key in late.book.keys(PositionKey)} == {
        key: follower.book.get(key) for key in follower.book.keys(PositionKey)
    }


@pytest.fixture(name="due")
def _due(para: ParaWorld) -> Follower[ParaSpace]:
    """User 0 owes WETH and dollars against three apes (one with a trait), a punk, and dollars; then floors fall."""
    follower = para.follower()
    follower.bootstrap()
    user, chain = para.users[0], para.chain
    para.supply_nfts(user, para.apes, [2000, 2001, 2002])
    para.supply_nfts(user, para.punks, [2000])
    traits = "setTraitsMultipliers(uint256[],uint256[])"
    chain.do(para.admin, para.x_tokens[para.apes], traits, [2001], [13 * 10**17 + 7])
    para.supply(user, para.dollar, 20_000 * 10**6)
    para.borrow(user, para.weth, 110 * ETHER)
    para.borrow(user, para.dollar, 50_000 * 10**6)
    chain.rpc("evm_increaseTime", 40_000)
    para.reprice(para.apes, 35 * ETHER + 12345678901)
    para.reprice(para.punks, 20 * ETHER + 987654321)
    follower.follow()
    return follower


def test_auctions_start_with_proof_and_pieces_are_bought_at_the_exact_price(
    para: ParaWorld, due: Follower[ParaSpace]
) -> None:
    user, who, chain = para.users[0], para.keeper, para.chain
    at = chain.now() + 10
    starts = steps_of(due, user, due.env(at, who), Kind.START_AUCTION)
    assert len(starts) == 4
    for number, start in enumerate(starts):
        assert start.pre.now
        chain.send(who, start.call, at=at + number)
        assert [chain.views_at([(proof.view, None)]) for proof in start.proofs] == [[p.expected] for p in start.proofs]
    due.follow()
    assert {happening.event for happening in due.happenings} == {Event.AUCTION_STARTED}
    assert len(position_of(due, user).auctions) == 4
    at = chain.now() + 15 * 3600
    env = due.env(at, who)
    buys = list(steps_of(due, user, env, Kind.BUY))
    assert all(step.pre.now for step in buys)
    for step in buys:
        assert step.pays is not None
        with pytest.raises(Refused, match="92"):
            chain.attempt(who, replace(step.call, data=_with_most(step.call.data, step.pays.amount - 1)), at=at)
    bought = buys[0]
    assert bought.pays is not None
    before = chain.view(para.weth, BALANCE, who)
    chain.send(who, bought.call, at=at)
    due.follow()
    assert before - chain.view(para.weth, BALANCE, who) == bought.pays.amount
    assert bought.piece is not None
    assert chain.view(bought.piece.collection, "ownerOf(uint256) returns (address)", bought.piece.token_id) == who
    assert due.happenings[-1].event is Event.LIQUIDATED
    assert (due.happenings[-1].account, due.happenings[-1].amount) == (who, bought.pays.amount)
    assert bought.after is not None
    assert replace(position_of(due, user), version=(0, 0)) == replace(bought.after, version=(0, 0))


def _with_most(calldata: bytes, amount: int) -> bytes:
    start = 4 + 3 * 32
    return calldata[:start] + amount.to_bytes(32, "big") + calldata[start + 32 :]


def test_a_path_of_purchases_and_seizures_goes_as_followed_beforehand(
    para: ParaWorld, due: Follower[ParaSpace]
) -> None:
    """Every step is computed on the position that the one before leaves, then all run in one block."""
    user, who, chain = para.users[0], para.keeper, para.chain
    at = chain.now() + 10
    for start in steps_of(due, user, due.env(at, who), Kind.START_AUCTION):
        chain.send(who, start.call)
    due.follow()
    para.reprice(para.apes, 20 * ETHER)
    due.follow()
    at = chain.now() + 16 * 3600
    env = due.env(at, who)
    position = position_of(due, user)
    path: list[Step] = []
    while len(path) < 6:
        open_steps = [step for step in due.adapter.steps(position, env) if step.pre.now]
        wanted = [s for s in open_steps if s.kind is (Kind.SEIZE_TOKENS if len(path) % 2 else Kind.BUY)] or open_steps
        if not wanted:
            break
        path.append(wanted[-1])
        assert wanted[-1].after is not None
        position = wanted[-1].after
    assert {step.kind for step in path} == {Kind.BUY, Kind.SEIZE_TOKENS}
    chain.rpc("evm_setAutomine", False)
    paid = dict.fromkeys((para.weth, para.dollar), 0)
    before = {token: chain.view(token, BALANCE, who) for token in paid}
    for step in path:
        assert step.pays is not None
        paid[step.pays.token] -= step.pays.amount
        for delivery in step.receives:
            if delivery.token_id is None:
                paid[delivery.token] += delivery.amount
        chain.post(who, step.call)
    chain.rpc("evm_setNextBlockTimestamp", hex(at))
    chain.rpc("evm_mine")
    chain.rpc("evm_setAutomine", True)
    due.follow()
    assert {token: chain.view(token, BALANCE, who) - before[token] for token in paid} == paid
    assert replace(position_of(due, user), version=(0, 0)) == replace(position, version=(0, 0))
    assert_accounts_are_the_chains(para, due, [at, at + 3600])


def test_purchases_and_seizures_at_random_moments_cost_what_the_contract_takes(
    para: ParaWorld, due: Follower[ParaSpace]
) -> None:
    """500 purchases and 500 seizures, by the balances that they move; half of them with protocol fees."""
    user, who, chain, dice = para.users[0], para.keeper, para.chain, random.Random(4)
    for start in steps_of(due, user, due.env(chain.now() + 1, who), Kind.START_AUCTION):
        chain.send(who, start.call)
    done = dict.fromkeys((Kind.BUY, Kind.SEIZE_TOKENS), 0)
    while min(done.values()) < 500:
        para.reprice(para.apes, dice.randint(20 * ETHER, 45 * ETHER))
        para.reprice(para.punks, dice.randint(10 * ETHER, 25 * ETHER))
        chain.do(para.admin, para.dollar_feed, "set(int256)", dice.randint(3 * 10**14, 9 * 10**14))
        for asset in (para.dollar, para.weth, para.apes):
            para.configure("setLiquidationProtocolFee(address,uint256)", asset, dice.choice((0, dice.randint(1, 3000))))
        if dice.random() < 0.3:
            para.supply(user, para.weth, dice.randint(1, 10**18))
        due.follow()
        cases = []
        for _ in range(12):
            at = chain.now() + dice.choice((dice.randint(1, 1000), dice.randint(1000, 90_000)))
            cases += [(at, s) for s in due.adapter.steps(position_of(due, user), due.env(at, who)) if s.pre.now]
        moved = chain.moved_by(who, [(at, step.call) for at, step in cases], (para.weth, para.dollar))
        for (_, step), gone in zip(cases, moved, strict=True):
            assert step.pays is not None
            expected = dict.fromkeys((para.weth, para.dollar), 0)
            expected[step.pays.token] -= step.pays.amount
            for delivery in step.receives:
                if delivery.token_id is None:
                    expected[delivery.token] += delivery.amount
            assert gone == expected
            done[step.kind] += 1


def test_a_price_that_the_contract_refuses_as_too_old_makes_the_account_unknown(
    para: ParaWorld, due: Follower[ParaSpace]
) -> None:
    user, chain = para.users[0], para.chain
    chain.do(para.admin, para.floor_oracle, "setConfig(uint128,uint128)", 40, 300)
    chain.rpc("anvil_mine", hex(30))
    due.follow()
    position = position_of(due, user)
    last = min(price.expires_after_block or 0 for nft in (para.apes, para.punks) if (price := _price(due, nft)))
    for block, known in ((last, True), (last + 1, False)):
        env = replace(due.env(chain.now() + 12, para.keeper), block=block)
        assert (account_health(position, env) is not None) == known
        assert bool(due.adapter.steps(position, env)) == known
        assert position.triggers["default"].eval(position, env).now is (True if known else None)
        call = abi.START_AUCTION.call(para.pool, user, para.apes, 2000)
        (outcome,) = chain.attempts(para.keeper, [call], at=chain.now() + 12, block=block)
        assert isinstance(outcome, ViewFailed) != known
        if isinstance(outcome, ViewFailed):
            assert due.adapter.explain_failure(outcome.data) == "NFTOracle: asset price expired"


def _price(follower: Follower[ParaSpace], asset: Address) -> Price | None:
    return follower.book.get(follower.adapter.keys.price(asset))


def test_a_step_that_is_not_open_is_refused_with_a_reason(para: ParaWorld, due: Follower[ParaSpace]) -> None:
    user, who, chain = para.users[0], para.keeper, para.chain

    def refusals(kind: Kind) -> set[str]:
        at = chain.now() + 60
        found = set()
        for step in steps_of(due, user, due.env(at, who), kind):
            assert step.pre.now is False
            with pytest.raises(Refused) as refused:
                chain.attempt(who, step.call, at=at)
            found.add(due.adapter.explain_failure(refused.value.data))
        return found

    for start in steps_of(due, user, due.env(chain.now() + 1, who), Kind.START_AUCTION)[:2]:
        chain.send(who, start.call)
    para.reprice(para.apes, 100 * ETHER)
    due.follow()
    under = "95: the NFT health factor is not under the threshold"
    assert refusals(Kind.START_AUCTION) == {under}
    assert refusals(Kind.BUY) == {under}
    assert refusals(Kind.SEIZE_TOKENS) == {"45: the health factor is not under one"}
    para.reprice(para.apes, 35 * ETHER)
    para.configure("setReservePause(address,bool)", para.apes, True)
    due.follow()
    assert refusals(Kind.BUY) == {"29: a reserve is paused"}


def test_an_auction_is_over_when_the_account_recovered_and_somebody_ended_it(
    para: ParaWorld, due: Follower[ParaSpace]
) -> None:
    user, who, chain = para.users[0], para.keeper, para.chain
    start = steps_of(due, user, due.env(chain.now() + 1, who), Kind.START_AUCTION)[0]
    chain.send(who, start.call)
    para.reprice(para.apes, 120 * ETHER)
    due.follow()
    assert len(position_of(due, user).auctions) == 1
    chain.do(user, para.pool, "repay(address,uint256,address)", para.weth, 60 * ETHER, user)
    assert start.piece is not None
    chain.do(who, para.pool, "endAuction(address,address,uint256)", user, start.piece.collection, start.piece.token_id)
    due.follow()
    assert position_of(due, user).auctions == ()


def test_a_collection_without_auctions_is_bought_at_its_bonus(para: ParaWorld, due: Follower[ParaSpace]) -> None:
    user, who, chain = para.users[0], para.keeper, para.chain
    para.configure("setReserveAuctionStrategyAddress(address,address)", para.punks, ZERO_ADDRESS)
    para.configure("setLiquidationProtocolFee(address,uint256)", para.punks, 1234)
    due.follow()
    at = chain.now() + 30
    (buy,) = steps_of(due, user, due.env(at, who), Kind.BUY)
    assert buy.pre.now
    assert buy.pays is not None
    assert buy.after is not None
    before = chain.view(para.weth, BALANCE, who)
    chain.send(who, buy.call, at=at)
    due.follow()
    assert before - chain.view(para.weth, BALANCE, who) == buy.pays.amount
    assert replace(position_of(due, user), version=(0, 0)) == replace(buy.after, version=(0, 0))
    assert all(
        step.piece and step.piece.collection == para.apes
        for step in steps_of(due, user, due.env(at, who), Kind.START_AUCTION)
    )


def test_what_a_sentinel_may_forbid_is_neither_open_nor_shut(para: ParaWorld, due: Follower[ParaSpace]) -> None:
    user, who, chain = para.users[0], para.keeper, para.chain
    for start in steps_of(due, user, due.env(chain.now() + 1, who), Kind.START_AUCTION):
        chain.send(who, start.call)
    chain.do(para.admin, para.provider, "setPriceOracleSentinel(address)", para.lender)
    para.reprice(para.apes, 42 * ETHER)
    due.follow()
    env = due.env(chain.now() + 10, who)
    health = account_health(position_of(due, user), env)
    assert health is not None
    assert 95 * 10**16 <= health.nft_factor < 15 * 10**17
    assert {step.pre.now for step in steps_of(due, user, env, Kind.BUY)} == {None}
    para.reprice(para.apes, 15 * ETHER)
    due.follow()
    assert {step.pre.now for step in steps_of(due, user, due.env(chain.now() + 10, who), Kind.BUY)} == {True}


def test_nobody_liquidates_himself(para: ParaWorld, due: Follower[ParaSpace]) -> None:
    user, chain = para.users[0], para.chain
    for start in steps_of(due, user, due.env(chain.now() + 1, user), Kind.START_AUCTION):
        chain.send(user, start.call)
    due.follow()
    at = chain.now() + 16 * 3600
    buys = steps_of(due, user, due.env(at, user), Kind.BUY)
    assert {step.pre.now for step in buys} == {False}
    with pytest.raises(Refused, match="117"):
        chain.attempt(user, buys[0].call, at=at)


def test_a_strategy_with_another_curve_halts_the_adapter(para: ParaWorld) -> None:
    follower = para.follower()
    follower.bootstrap()
    strategy = para.chain.deploy("LyingAuctionStrategy", 2 * ETHER, 12 * 10**17, 8 * 10**17, 10**16, 2 * 10**16, 900)
    para.configure("setReserveAuctionStrategyAddress(address,address)", para.apes, strategy)
    with pytest.raises(HaltAdapter, match="PROTOCOL_CURVE"):
        follower.follow()


def test_an_emergency_price_is_forecast_and_a_feeders_voice_is_not(para: ParaWorld) -> None:
    follower = para.follower()
    follower.bootstrap()
    env = follower.env(para.chain.now() + 5, para.keeper)
    call = abi.SET_EMERGENCY_PRICE.call(para.floor_oracle, para.apes, 77 * ETHER)
    forecast = follower.adapter.forecast(
        PendingTransaction(Hash32("0x"), para.admin, para.floor_oracle, call.data), env
    )
    assert forecast is not None
    para.chain.send(para.admin, call, at=env.timestamp)
    follower.follow()
    ((key, price),) = forecast.prices
    assert isinstance(key, PriceKey)
    assert follower.book.get(key) == price
    voice = abi.SET_MULTIPLE_PRICES.call(para.floor_oracle, [para.apes], [78 * ETHER])
    feeder = para.chain.accounts[7]
    pending = PendingTransaction(Hash32("0x"), feeder, para.floor_oracle, voice.data)
    assert follower.adapter.forecast(pending, env) is None
