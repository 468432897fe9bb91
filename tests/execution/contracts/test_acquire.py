"""Purchases kept as inventory, and bids: never more than was allowed, and never for nothing."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode

from keeper.domain.calls import Call
from keeper.domain.units import ETHER, MAX_UINT256, Address, Bps, Wei
from keeper.execution.program import Acquired, Guard, Proof, encode_acquire
from tests.execution.contracts.chain import calldata
from tests.execution.contracts.world import ANY_BLOCK, BUILDER, CAPITAL, Reverted, World, call


def flat_tip(tip: int) -> Guard:
    return Guard(max_block=2**64 - 1, max_tip=Wei(tip))


def bid(world: World, price: int) -> Call:
    return call(world.auction, "bid()", value=price)


def leads(world: World, price: int) -> Proof:
    answer = encode(["address", "uint256"], [world.executor, price])
    return Proof.of_answer(world.auction, calldata("highest()"), answer)


def sale(world: World, token_id: int) -> list[Call]:
    """The token from the owner, who has approved the executor, against ETH."""
    world.chain.invoke(world.owner, world.nft, "approve(address,uint256)", world.executor, token_id)
    take = call(world.nft, "transferFrom(address,address,uint256)", world.owner, world.executor, token_id)
    return [call(world.counterparty, "takeEther()", value=2 * ETHER), take]


def test_a_token_is_bought_for_at_most_the_price_allowed(world: World) -> None:
    token = world.mint_nft(world.owner)
    calls = sale(world, token)
    proof = Proof.of_owner(world.nft, token, world.executor)
    with pytest.raises(Reverted) as refused:
        world.acquire(calls, proofs=[proof], max_spend=2 * ETHER - 1)
    assert refused.value.revert.name == "SpentTooMuch"
    assert refused.value.revert.args == (2 * ETHER, 2 * ETHER - 1)
    receipt = world.acquire(calls, proofs=[proof], max_spend=2 * ETHER)
    assert world.owner_of(token) == world.executor
    assert world.books(receipt) == Acquired(spent=Wei(2 * ETHER), tip=Wei(0))
    assert world.money() == CAPITAL - 2 * ETHER


def test_money_for_another_token_than_the_one_wanted_is_not_spent(world: World) -> None:
    wanted, other = world.mint_nft(world.owner), world.mint_nft(world.owner)
    proof = Proof.of_owner(world.nft, wanted, world.executor)
    with pytest.raises(Reverted) as refused:
        world.acquire(sale(world, other), proofs=[proof], max_spend=2 * ETHER)
    assert refused.value.revert.name == "ProofFailed"
    assert refused.value.revert.args == (0, encode(["address"], [world.owner]))
    assert world.money() == CAPITAL


def test_a_bid_is_proven_by_the_auction_itself(world: World) -> None:
    world.acquire([bid(world, ETHER)], proofs=[leads(world, ETHER)], max_spend=ETHER)
    assert world.chain.view(world.auction, "bidder()", returns="(address)") == world.executor
    with pytest.raises(Reverted, match="ProofFailed"):
        world.acquire([bid(world, 2 * ETHER)], proofs=[leads(world, ETHER)], max_spend=2 * ETHER)


def test_every_proof_has_to_hold(world: World) -> None:
    token = world.mint_nft(world.owner)
    proofs = [leads(world, ETHER), Proof.of_owner(world.nft, token, world.executor)]
    with pytest.raises(Reverted) as refused:
        world.acquire([bid(world, ETHER)], proofs=proofs, max_spend=ETHER)
    assert refused.value.revert.name == "ProofFailed"
    assert refused.value.revert.args[0] == 1


def test_without_a_proof_nothing_is_bought(world: World) -> None:
    proof = leads(world, 1)
    data = encode_acquire([bid(world, 1)], ANY_BLOCK, Wei(1), [proof])
    one = data.index(encode(["(address,bytes,bytes32)[]"], [[(proof.target, proof.data, proof.expected)]])[32:])
    with pytest.raises(Reverted, match="NoProof"):
        world.chain.call(world.operator, world.executor, data[:one] + bytes(32))


@pytest.mark.parametrize("target", ["account without code", "function that is not there"])
def test_a_view_that_answers_nothing_proves_nothing(world: World, target: str) -> None:
    empty = Address("0x" + "ee" * 20) if target == "account without code" else world.counterparty
    proof = replace(
        Proof.of_answer(empty, b"abcd", b"x"),
        expected=bytes.fromhex("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    )
    with pytest.raises(Reverted, match="ProofFailed"):
        world.acquire([bid(world, 1)], proofs=[proof], max_spend=1)


def test_a_view_that_reverts_proves_nothing(world: World) -> None:
    world.chain.invoke(world.outsider, world.puppet, "setRefuse(bool)", True)
    refusal = calldata("Error(string)", "refused")
    proof = Proof.of_answer(world.puppet, calldata("touch()"), refusal)
    with pytest.raises(Reverted) as refused:
        world.acquire([bid(world, 1)], proofs=[proof], max_spend=1)
    assert refused.value.revert.args == (0, refusal)


def test_the_tip_is_flat_and_part_of_what_is_spent(world: World) -> None:
    before = world.chain.balance(BUILDER)
    purchase = {"proofs": [leads(world, ETHER)], "guard": flat_tip(7)}
    with pytest.raises(Reverted, match="SpentTooMuch"):
        world.acquire([bid(world, ETHER)], max_spend=ETHER + 6, **purchase)  # type: ignore[arg-type] # a bundle of keywords
    receipt = world.acquire([bid(world, ETHER)], max_spend=ETHER + 7, **purchase)  # type: ignore[arg-type] # as above
    assert world.books(receipt) == Acquired(spent=Wei(ETHER + 7), tip=Wei(7))
    assert world.chain.balance(BUILDER) - before == 7


def test_a_share_of_no_gain_is_refused(world: World) -> None:
    sealed = encode_acquire([bid(world, 1)], Guard(77, max_tip=Wei(5)), Wei(9), [leads(world, 1)])
    head = encode(["uint64", "bytes32", "uint16", "uint256"], [77, bytes(32), 0, 5])
    with_share = encode(["uint64", "bytes32", "uint16", "uint256"], [2**64 - 1, bytes(32), 1, 5])
    with pytest.raises(Reverted, match="FlatTipOnly"):
        world.chain.call(world.operator, world.executor, sealed.replace(head, with_share))
    with pytest.raises(ValueError, match="max_tip alone"):
        encode_acquire([], replace(flat_tip(5), tip_bps=Bps(1)), Wei(9), [leads(world, 1)])


def test_a_tip_that_the_executor_does_not_have_is_refused_by_name(world: World) -> None:
    everything = [call(world.weth, "withdraw(uint256)", CAPITAL // 2), bid(world, CAPITAL)]
    with pytest.raises(Reverted, match="TipFailed"):
        world.acquire(everything, proofs=[leads(world, CAPITAL)], max_spend=2 * CAPITAL, guard=flat_tip(1))


def test_an_absurd_tip_is_refused(world: World) -> None:
    with pytest.raises(Reverted):
        world.acquire([bid(world, 1)], proofs=[leads(world, 1)], max_spend=MAX_UINT256, guard=flat_tip(MAX_UINT256))


def test_weth_given_for_ether_spends_nothing(world: World) -> None:
    token = world.mint_nft(world.executor)
    receipt = world.acquire(
        [call(world.weth, "withdraw(uint256)", ETHER)],
        proofs=[Proof.of_owner(world.nft, token, world.executor)],
        max_spend=0,
    )
    assert world.books(receipt) == Acquired(Wei(0), Wei(0))


@pytest.mark.parametrize("who", ["owner", "outsider"])
def test_only_operators_buy(world: World, who: str) -> None:
    with pytest.raises(Reverted, match="NotOperator"):
        world.acquire([bid(world, 1)], proofs=[leads(world, 1)], max_spend=1, sender=getattr(world, who))


def test_the_guards_of_programs_hold_for_purchases(world: World) -> None:
    purchase = [bid(world, 1)]
    with pytest.raises(Reverted, match="TooLate"):
        world.acquire(purchase, proofs=[leads(world, 1)], max_spend=1, guard=Guard(max_block=1))
    world.chain.invoke(world.owner, world.executor, "pause(bool)", True)
    with pytest.raises(Reverted, match="Paused"):
        world.acquire(purchase, proofs=[leads(world, 1)], max_spend=1)


def test_the_executor_cannot_be_called_by_its_own_purchase(world: World) -> None:
    with pytest.raises(Reverted, match="SelfCall"):
        world.acquire([call(world.executor, "owner()")], proofs=[leads(world, 0)], max_spend=0)
