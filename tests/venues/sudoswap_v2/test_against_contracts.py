"""Curves and pools against the contracts, to the wei, for random settings; and where one refuses, so does the other."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from keeper.chain.codec import Function
from keeper.domain.curves import Curve, ExponentialV2, Fault, LinearV2, Terms, Trade
from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import Quote, Refusal
from keeper.domain.pools import Pool
from keeper.domain.units import WAD, ZERO_ADDRESS, Address, Wad
from keeper.venues.sudoswap_v2 import contracts
from tests.support.sudoswap import Sudoswap
from tests.support.venue_chain import batch

CASES = 600
CURVES: dict[str, Curve] = {"linear": LinearV2(), "exponential": ExponentialV2()}
INFO = (
    "(uint128 spotPrice, uint128 delta, uint256 numItems, uint256 feeMultiplier, uint256 protocolFeeMultiplier)"
    " returns (uint8 error, uint128 newSpotPrice, uint128 newDelta, uint256 value, uint256 tradeFee,"
    " uint256 protocolFee)"
)
GET_INFO = {"buy": Function.parse(f"getBuyInfo{INFO}"), "sell": Function.parse(f"getSellInfo{INFO}")}
MAX_INPUT = 2**255


def any_size(chance: random.Random, bits: int) -> int:
    """Small and huge numbers alike."""
    return chance.getrandbits(chance.randint(1, bits))


def random_terms(chance: random.Random, curve: str) -> Terms:
    spot = any_size(chance, 127) if chance.random() < 0.3 else chance.randint(10**15, 10**20)
    if curve == "linear":
        delta = any_size(chance, 127) if chance.random() < 0.2 else chance.randint(0, spot // 10 + 1)
    else:
        spot = max(spot, 1_000_000)
        delta = WAD + (any_size(chance, 100) or 1) if chance.random() < 0.2 else WAD + chance.randint(1, WAD // 2)
    return Terms(spot, delta, Wad(chance.randint(0, WAD // 2)), Wad(chance.randint(0, WAD // 10)))


@pytest.mark.parametrize("curve", sorted(CURVES))
@pytest.mark.parametrize("way", ["buy", "sell"])
def test_a_curve_answers_as_its_contract_does(sudoswap: Sudoswap, curve: str, way: str) -> None:
    chance = random.Random(f"{curve} {way}")
    cases = [(random_terms(chance, curve), chance.randint(1, 50)) for _ in range(CASES)]
    calls = [
        GET_INFO[way].view(sudoswap.curves[curve], t.spot, t.delta, count, t.trade_fee, t.protocol_fee)
        for t, count in cases
    ]
    answers = batch(
        sudoswap.chain, [("eth_call", [{"to": call.to, "data": "0x" + call.data.hex()}, "latest"]) for call in calls]
    )
    outcomes = Counter[str]()
    for (terms, count), answer in zip(cases, answers, strict=True):
        ours = getattr(CURVES[curve], way)(terms, count)
        assert told(ours, way) == contract_told(answer, way), (terms, count)
        outcomes[ours.name if isinstance(ours, Fault) else "traded"] += 1
    assert outcomes["traded"] >= 400, outcomes
    assert len(outcomes) > 1, outcomes


def told(trade: Trade | Fault, way: str) -> object:
    if isinstance(trade, Fault):
        return trade
    value = trade.raw + trade.fees if way == "buy" else trade.raw - trade.fees
    return (trade.spot, trade.delta, value, trade.trade_fee, trade.protocol_fee)


def contract_told(answer: dict[str, Any], way: str) -> object:
    if "error" in answer:
        return Fault.ARITHMETIC
    info = GET_INFO[way].decode(bytes.fromhex(answer["result"][2:]))
    return Fault(info.error) if info.error else tuple(info[1:])


def crowd(sudoswap: Sudoswap) -> list[Address]:
    """Pools of every side, curve, money and fee recipient; those that sell hold 50 pieces."""
    pools, first = [], 1_000
    for side in ("token", "nft", "trade"):
        for curve in ("linear", "exponential"):
            for token in (None, sudoswap.weth):
                for recipient in (ZERO_ADDRESS, sudoswap.chain.accounts[5]):
                    pair = sudoswap.create(side, curve, delta=WAD + 1, recipient=recipient, token=token)
                    if side != "token":
                        sudoswap.mint(pair, first)
                        first += 50
                    pools.append(pair)
    for pair in pools:
        for token, signature, value in (
            (sudoswap.nft, "setApprovalForAll(address,bool)", True),
            (sudoswap.weth, "approve(address,uint256)", 2**256 - 1),
        ):
            sudoswap.chain.invoke(sudoswap.seller, token, signature, pair, value)
    return pools


def shuffle(sudoswap: Sudoswap, pairs: Sequence[Address], chance: random.Random) -> None:
    """New settings and balances for every pool, a new protocol fee and a new royalty."""
    chain, owner, weth = sudoswap.chain, sudoswap.owner, sudoswap.weth
    chain.invoke(owner, sudoswap.factory, "changeProtocolFeeMultiplier(uint256)", chance.randint(0, WAD // 10))
    royalty = chance.choice([0, chance.randint(1, 1_000), chance.randint(1, 2_500)])
    chain.invoke(owner, sudoswap.nft, "setRoyalty(address,uint96)", chain.accounts[6], royalty)
    for pair in pairs:
        pool = sudoswap.pool(pair)
        curve = "exponential" if isinstance(pool.curve, ExponentialV2) else "linear"
        terms = random_terms(chance, curve)
        chain.invoke(owner, pair, "changeSpotPrice(uint128)", terms.spot)
        chain.invoke(owner, pair, "changeDelta(uint128)", terms.delta)
        if pool.side == "trade":
            chain.invoke(owner, pair, "changeFee(uint96)", terms.trade_fee)
        wanted = chance.choice([0, terms.spot * chance.randint(1, 50), 10**22])
        if pool.native:
            chain.rpc("anvil_setBalance", pair, hex(min(wanted, 10**28)))
        else:
            held = int(chain.view(weth, "balanceOf(address)", pair))
            if held:
                chain.invoke(owner, pair, "withdrawERC20(address,uint256)", weth, held)
            chain.rpc("anvil_setBalance", owner, hex(10**30))
            chain.invoke(owner, weth, "deposit()", value=min(wanted, 10**28))
            chain.invoke(owner, weth, "transfer(address,uint256)", pair, min(wanted, 10**28))


def expected_reason(refusal: Refusal) -> set[str]:
    numbers = dict(refusal.numbers)
    if refusal.code is DenialCode.EXIT_POOL_SHORT:
        return {"ETH_TRANSFER_FAILED", "SafeERC20: low-level call failed"}
    if "side" in numbers:
        return {"LSSVMPair__WrongPoolType()"}
    fault = Fault[str(numbers["curve"])]
    if fault is Fault.ARITHMETIC:
        return {"panic 0x11: arithmetic overflow"}
    return {f"LSSVMPair__BondingCurveError(error={fault.value})"}


def test_pools_pay_and_charge_what_they_quote_and_revert_where_they_refuse(sudoswap: Sudoswap) -> None:
    chance = random.Random("pools")
    pairs = crowd(sudoswap)
    sudoswap.follower.sync()
    sudoswap.chain.rpc("anvil_setBalance", sudoswap.seller, hex(2**200))
    sudoswap.chain.invoke(sudoswap.seller, sudoswap.weth, "deposit()", value=2**180)
    outcomes = Counter[str]()
    for _ in range(6):
        shuffle(sudoswap, pairs, chance)
        sudoswap.follower.sync()
        sudoswap.follower.refresh([sudoswap.key(pair) for pair in pairs])
        env = sudoswap.follower.env(sudoswap.seller)
        asked = [
            (way, sudoswap.pool(pair), chance.choice([1, 2, 3, chance.randint(1, 50)]))
            for pair in pairs
            for way in ("sale", "purchase")
            for _ in range(3)
        ]
        quoted = [(way, pool, quoted_by(way, pool, count, env)) for way, pool, count in asked]
        answers = batch(
            sudoswap.chain,
            [
                ("eth_call", [swap(way, pool, count, quote, env), "latest"])
                for (way, pool, count), (_, _, quote) in zip(asked, quoted, strict=True)
            ],
        )
        for (way, pool, quote), answer in zip(quoted, answers, strict=True):
            if isinstance(quote, Quote):
                function = contracts.SELL if way == "sale" else contracts.BUY
                assert "result" in answer, (way, pool, quote, answer)
                assert function.decode(bytes.fromhex(answer["result"][2:])) == quote.net, (way, pool, quote)
                outcomes[f"{way} done"] += 1
            else:
                data = bytes.fromhex(answer["error"].get("data", "0x")[2:])
                reason = sudoswap.adapter.explain_failure(data)
                assert reason in expected_reason(quote), (way, pool, quote)
                outcomes[f"{way} {quote.code.name}"] += 1
    assert sum(outcomes.values()) >= 800
    assert outcomes["sale done"] >= 60, outcomes
    assert outcomes["purchase done"] >= 150, outcomes
    assert outcomes["sale EXIT_POOL_SHORT"] >= 50, outcomes


def quoted_by(way: str, pool: Pool, count: int, env: Env) -> Quote | Refusal:
    if way == "sale":
        return pool.quote_sale(range(count), env)
    return pool.quote_purchase(sorted(pool.inventory)[:count] or range(count), env)


def swap(way: str, pool: Pool, count: int, quote: Quote | Refusal, env: Env) -> dict[str, str]:
    """The swap as a call; where nothing is quoted, at any price."""
    net = quote.net if isinstance(quote, Quote) else None
    if way == "sale":
        data = contracts.SELL.encode(range(count), net or 0, env.who, False, ZERO_ADDRESS)
        return {"from": env.who, "to": pool.key.id, "data": "0x" + data.hex()}
    pieces = sorted(pool.inventory)[:count] or list(range(count))
    limit = MAX_INPUT if net is None else net
    data = contracts.BUY.encode(pieces, limit, env.who, False, ZERO_ADDRESS)
    value = hex(2**180 if net is None else net) if pool.native else "0x0"
    return {"from": env.who, "to": pool.key.id, "data": "0x" + data.hex(), "value": value}
