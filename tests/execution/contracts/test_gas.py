"""What the executor costs on top of the work itself. ``pytest -n0 -s`` prints the figures."""

import pytest

from keeper.domain.calls import Call
from keeper.domain.units import ETHER, Bps, Wei
from keeper.execution.program import FlashKind, Guard, Proof, encode_execute
from tests.execution.contracts.chain import calldata
from tests.execution.contracts.world import ANY_BLOCK, Reverted, World, call

CEILINGS = {
    FlashKind.MORPHO: 27_000,
    FlashKind.AAVE_V3: 27_000,
    FlashKind.BALANCER_V2: 22_000,
    FlashKind.UNISWAP_V3: 22_000,
}


def show(figures: str) -> None:
    print(figures)  # noqa: T201 - the figures are what this module is run for by hand


def intrinsic(data: bytes) -> int:
    """What a transaction costs before its first instruction: EIP-2028."""
    return 21_000 + sum(16 if byte else 4 for byte in data)


def nothing(world: World) -> Call:
    return call(world.counterparty, "takeEther()")


def work_of(world: World, to: Call) -> int:
    """Gas of a call by itself, sent as a transaction of its own, without what the transaction costs."""
    return world.chain.send(world.operator, to.to, to.data, to.value).gas_used - intrinsic(to.data)


def gas(world: World, kinds: list[FlashKind], calls: list[Call], guard: Guard = ANY_BLOCK) -> int:
    """Gas of a program, without what its transaction and its calldata cost."""
    flashes = [world.flash(kind) for kind in kinds]
    data = encode_execute(flashes, calls, guard, Wei(0))
    return world.chain.send(world.operator, world.executor, data).gas_used - intrinsic(data)


def test_a_program_costs_little_more_than_its_calls(world: World) -> None:
    one = gas(world, [], [nothing(world)])
    ten = gas(world, [], [nothing(world)] * 10)
    show(f"execute with one no-op call: {one:,}; each further call: {(ten - one) / 9:,.0f}")
    assert one - work_of(world, nothing(world)) < 18_000
    assert (ten - one) / 9 < 900


@pytest.mark.parametrize("kind", list(FlashKind))
def test_a_flash_loan_costs_little_more_than_the_lender_itself(world: World, kind: FlashKind) -> None:
    """Against the same loan taken by the barest possible borrower, which only repays."""
    fee_money = call(world.weth, "transfer(address,uint256)", world.bare_borrower, ETHER)
    world.chain.send(world.owner, world.weth, calldata("deposit()"), ETHER)
    world.chain.send(world.owner, fee_money.to, fee_money.data)
    flash = world.flash(kind)
    ask = calldata("borrow(uint8,address,address,uint256)", kind, flash.lender, flash.token, flash.amount)
    world.chain.send(world.operator, world.bare_borrower, ask)  # the first loan of all fills empty storage
    bare = world.chain.send(world.operator, world.bare_borrower, ask).gas_used - intrinsic(ask)
    gain = call(world.counterparty, "giveEther(uint256)", ETHER)  # pays the fee and leaves WETH's storage alone
    ours = gas(world, [kind], [gain]) - gas(world, [], [gain]) + gas(world, [], [nothing(world)])
    show(f"{kind.name}: execute with the loan and a no-op {ours:,}; bare borrower {bare:,}; more {ours - bare:,}")
    assert ours - bare < CEILINGS[kind]


def test_figures_of_tip_and_acquisition(world: World) -> None:
    gain = call(world.counterparty, "giveWeth(uint256)", ETHER)
    tipped = Guard(2**64 - 1, tip_bps=Bps(5_000), max_tip=Wei(ETHER))
    more = gas(world, [], [gain], tipped) - gas(world, [], [gain])
    token = world.mint_nft(world.executor)
    proof = Proof.of_owner(world.nft, token, world.executor)
    bought = world.acquire([nothing(world)], proofs=[proof], max_spend=0).gas_used
    show(f"tip: {more:,}; acquire with one no-op call and one proof, transaction included: {bought:,}")
    assert more < 7_500
    assert bought < 56_000


def test_a_refusal_before_the_first_call_is_cheap(world: World) -> None:
    data = encode_execute([], [nothing(world)], Guard(max_block=0), Wei(0))
    with pytest.raises(Reverted, match="TooLate"):
        world.chain.send(world.operator, world.executor, data)
