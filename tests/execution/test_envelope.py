"""A plan as a transaction: what the contract will hold it to is what the plan promised."""

from dataclasses import replace

import pytest
from eth_abi.abi import decode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from keeper.domain.calls import Call, View
from keeper.domain.plans import Economics, Flash, FlashKind, Plan, Shape, TipRule
from keeper.domain.steps import Proof
from keeper.domain.units import ETHER, GWEI, Address, Bps, Wei
from keeper.execution import program
from keeper.execution.envelope import MOST_GAS, Envelope, calldata
from tests.support.plans import make_plan

EXECUTE = (
    "(uint8,address,address,uint256)[]",
    "(address,uint256,bytes)[]",
    "(uint64,bytes32,uint16,uint256)",
    "uint256",
)
ACQUIRE = (
    "(address,uint256,bytes)[]",
    "(uint64,bytes32,uint16,uint256)",
    "uint256",
    "(address,bytes,bytes32)[]",
)
POOL = Address("0x" + "77" * 20)
LENDER = Address("0x" + "1e" * 20)
WETH = Address("0x" + "ee" * 20)
OPERATOR = Address("0x" + "0f" * 20)
EXECUTOR = Address("0x" + "0e" * 20)
CALL = Call(POOL, b"\x01\x02\x03", Wei(5))
AMOUNTS = st.integers(0, 10**24)


def atomic(*, min_profit: int = 0, gas_cost: int = 0, cost_basis: int = 0, tip: TipRule | None = None) -> Plan:
    plan = make_plan(target_block=19_575_404)
    economics = replace(plan.economics, gas_cost=Wei(gas_cost), cost_basis=Wei(cost_basis))
    return replace(
        plan, calls=(CALL,), min_profit=Wei(min_profit), economics=economics, tip=tip or TipRule(Bps(0), Wei(0))
    )


def bid(*, pays: int, flat_tip: int, answer: bytes = b"\x2a".rjust(32, b"\0")) -> Plan:
    plan = make_plan(binds=pays, gain=-pays, target_block=100)
    economics: Economics = replace(plan.economics, pays=Wei(pays), tip=Wei(flat_tip))
    proof = Proof(View(POOL, b"\xaa\xbb"), answer)
    return replace(plan, calls=(CALL,), economics=economics, tip=TipRule(Bps(0), Wei(flat_tip)), proofs=(proof,))


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(0, 10_000), AMOUNTS)
def test_an_atomic_plan_must_earn_its_minimum_its_gas_and_what_the_pieces_had_cost(
    min_profit: int, gas_cost: int, cost_basis: int, share: int, most: int
) -> None:
    plan = atomic(min_profit=min_profit, gas_cost=gas_cost, cost_basis=cost_basis, tip=TipRule(Bps(share), Wei(most)))
    data = calldata(plan)
    assert data[:4] == program.EXECUTE_SELECTOR
    flashes, calls, guard, floor = decode(EXECUTE, data[4:])
    assert flashes == ()
    assert calls == ((POOL, 5, b"\x01\x02\x03"),)
    assert floor == min_profit + gas_cost + cost_basis
    assert guard == (19_575_404, bytes(32), share, most)


def test_flash_loans_go_in_as_planned_the_first_outermost() -> None:
    kinds = (FlashKind.MORPHO, FlashKind.AAVE_V3, FlashKind.BALANCER_V2, FlashKind.UNISWAP_V3)
    flashes = tuple(Flash(kind, LENDER, WETH, Wei(number), Wei(9)) for number, kind in enumerate(kinds, start=1))
    shown, *_ = decode(EXECUTE, calldata(replace(atomic(), flashes=flashes))[4:])
    assert shown == tuple((number - 1, LENDER, WETH, number) for number in range(1, 5))


@given(st.integers(1, 10**24), AMOUNTS)
def test_a_bid_may_spend_what_it_pays_and_the_tip_and_not_a_wei_more(pays: int, flat_tip: int) -> None:
    data = calldata(bid(pays=pays, flat_tip=flat_tip))
    assert data[:4] == program.ACQUIRE_SELECTOR
    calls, guard, most, proofs = decode(ACQUIRE, data[4:])
    assert calls == ((POOL, 5, b"\x01\x02\x03"),)
    assert guard == (100, bytes(32), 0, flat_tip)
    assert most == pays + flat_tip
    assert proofs == ((POOL, b"\xaa\xbb", keccak(b"\x2a".rjust(32, b"\0"))),)


def test_groundwork_is_an_acquisition_that_may_spend_its_tip_alone() -> None:
    plan = replace(bid(pays=0, flat_tip=7), shape=Shape.GROUNDWORK, binds=Wei(0))
    _, _, most, proofs = decode(ACQUIRE, calldata(plan)[4:])
    assert most == 7
    assert len(proofs) == 1


def test_what_proves_nothing_is_not_sent() -> None:
    with pytest.raises(ValueError, match="prove"):
        calldata(replace(bid(pays=1, flat_tip=0), proofs=()))
    with pytest.raises(ValueError, match="proves nothing"):
        calldata(bid(pays=1, flat_tip=0, answer=b""))


@pytest.mark.parametrize(("used", "limit"), [(100_000, 160_000), (845_545, 1_352_872), (12_000_000, MOST_GAS)])
def test_the_transaction_pays_exactly_the_target_blocks_price_and_has_gas_to_spare(used: int, limit: int) -> None:
    plan = replace(make_plan(), base_fee=Wei(27 * GWEI))
    envelope = Envelope(plan, 1, OPERATOR, 41, EXECUTOR, Wei(3), b"\x99")
    fields = envelope.fields(used)
    assert (fields.chain_id, fields.nonce, fields.to, fields.data, fields.value) == (1, 41, EXECUTOR, b"\x99", 0)
    assert fields.gas == limit <= MOST_GAS
    assert fields.max_fee_per_gas == 27 * GWEI + 3
    assert fields.max_priority_fee_per_gas == 3


def test_a_plan_that_was_won_gives_the_builder_a_flat_tip_whatever_it_sells_for() -> None:
    """All of the gain up to the maximum, which is how the contract is told of a flat tip."""
    rule = TipRule(Bps(10_000), Wei(10**15))
    assert (rule.of(ETHER), rule.of(50 * ETHER)) == (10**15, 10**15)
    _, _, guard, _ = decode(EXECUTE, calldata(atomic(cost_basis=7 * ETHER, tip=rule))[4:])
    assert guard[2:] == (10_000, 10**15)
