"""A program happens with its promised profit, or not at all."""

import pytest

from keeper.domain.calls import Call
from keeper.domain.units import ETHER, MAX_UINT256, ZERO_ADDRESS, Bps, Hash32, Wei
from keeper.execution.program import Executed, Guard, encode_execute
from tests.execution.contracts.world import ANY_BLOCK, BUILDER, CAPITAL, Reverted, World, call

NO_LIMIT = 2**64 - 1


def tip(bps: int, cap: int = 100 * ETHER) -> Guard:
    return Guard(max_block=NO_LIMIT, tip_bps=Bps(bps), max_tip=Wei(cap))


def earn(world: World, amount: int) -> Call:
    return call(world.counterparty, "giveWeth(uint256)", amount)


def test_profit_in_ether_and_in_weth_counts_together(world: World) -> None:
    receipt = world.execute(
        [
            call(world.counterparty, "giveEther(uint256)", 3 * ETHER),
            call(world.counterparty, "giveWeth(uint256)", 2 * ETHER),
            call(world.counterparty, "takeEther()", value=4 * ETHER),
        ],
        min_profit=ETHER,
    )
    assert world.money() == CAPITAL + ETHER
    assert world.books(receipt) == Executed(gain=Wei(ETHER), tip=Wei(0))


def test_the_profit_after_the_tip_is_what_it_returns(world: World) -> None:
    data = encode_execute([], [earn(world, 1_000)], tip(2_500), Wei(750))
    assert int.from_bytes(world.chain.call(world.operator, world.executor, data)) == 750


def test_one_wei_less_than_promised_undoes_everything(world: World) -> None:
    world.execute([earn(world, 1_000)], min_profit=1_000)
    with pytest.raises(Reverted) as refused:
        world.execute([earn(world, 999)], min_profit=1_000)
    before = CAPITAL + 1_000
    assert refused.value.revert.name == "ProfitTooLow"
    assert refused.value.revert.args == (before, before + 999, 0, 1_000)
    assert world.money() == before


def test_a_loss_is_refused_even_where_no_profit_is_asked_for(world: World) -> None:
    world.execute([], min_profit=0)
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute([call(world.counterparty, "takeEther()", value=1)], min_profit=0)


def test_an_absurd_promise_is_refused_by_name(world: World) -> None:
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute([earn(world, 1)], min_profit=MAX_UINT256, guard=tip(10_000))


def test_ether_sent_along_is_capital_and_no_profit(world: World) -> None:
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute([], value=ETHER, min_profit=1)
    receipt = world.execute([earn(world, 5)], value=ETHER, min_profit=5)
    assert world.books(receipt) == Executed(gain=Wei(5), tip=Wei(0))


@pytest.mark.parametrize(
    ("gain", "bps", "cap", "paid"),
    [
        (10_001, 5_000, ETHER, 5_000),  # rounded down
        (10_001, 5_000, 4_999, 4_999),
        (10_001, 10_000, ETHER, 10_001),
        (3, 3_333, ETHER, 0),
        (10_001, 0, ETHER, 0),
    ],
)
def test_the_builder_gets_its_share_of_the_gain_to_the_wei(
    world: World, gain: int, bps: int, cap: int, paid: int
) -> None:
    before = world.chain.balance(BUILDER)
    receipt = world.execute([earn(world, gain)], guard=tip(bps, cap), min_profit=gain - paid)
    assert world.chain.balance(BUILDER) - before == paid
    assert world.money() == CAPITAL + gain - paid
    assert world.books(receipt) == Executed(gain=Wei(gain), tip=Wei(paid))


def test_the_promised_profit_is_what_is_left_after_the_tip(world: World) -> None:
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute([earn(world, 10_000)], guard=tip(5_000), min_profit=5_001)


def test_a_tip_beyond_the_gain_is_refused(world: World) -> None:
    allowed = encode_execute([], [earn(world, 10_000)], tip(9_999), Wei(0))
    beyond = allowed.replace((9_999).to_bytes(32), (10_001).to_bytes(32))
    world.chain.call(world.operator, world.executor, allowed)
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.chain.call(world.operator, world.executor, beyond)


def test_weth_is_unwrapped_for_the_tip_only_as_far_as_ether_is_short(world: World) -> None:
    spend_ether = call(world.weth, "deposit()", value=CAPITAL // 2 - 10)
    world.execute([spend_ether, earn(world, 1_000)], guard=tip(5_000))
    assert world.chain.balance(world.executor) == 0
    assert world.money() == CAPITAL + 500


def test_ether_at_hand_pays_the_tip_without_touching_weth(world: World) -> None:
    world.execute([earn(world, 1_000)], guard=tip(5_000))
    assert world.chain.view(world.weth, "balanceOf(address)", world.executor) == CAPITAL // 2 + 1_000


def test_nobody_is_tipped_for_what_did_not_happen(world: World) -> None:
    before = world.chain.balance(BUILDER)
    with pytest.raises(Reverted):
        world.execute([earn(world, 1_000)], guard=tip(5_000), min_profit=501)
    assert world.chain.balance(BUILDER) == before


def test_a_builder_that_refuses_its_tip_undoes_the_program(world: World) -> None:
    world.chain.rpc("anvil_setCoinbase", world.puppet)
    world.chain.invoke(world.outsider, world.puppet, "setRefuse(bool)", True)
    with pytest.raises(Reverted, match="TipFailed"):
        world.execute([earn(world, 1_000)], guard=tip(5_000))
    assert world.money() == CAPITAL


def test_a_builder_without_an_account_is_tipped_too(world: World) -> None:
    world.chain.rpc("anvil_setCoinbase", ZERO_ADDRESS)
    before = world.chain.balance(ZERO_ADDRESS)
    world.execute([earn(world, 1_000)], guard=tip(5_000))
    assert world.chain.balance(ZERO_ADDRESS) == before + 500


@pytest.mark.parametrize("who", ["owner", "outsider", "puppet"])
def test_only_operators_run_programs(world: World, who: str) -> None:
    data = encode_execute([], [], ANY_BLOCK, Wei(0))
    with pytest.raises(Reverted, match="NotOperator"):
        world.chain.call(getattr(world, who), world.executor, data)


def test_nothing_runs_while_the_owner_has_paused_it(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "pause(bool)", True)
    with pytest.raises(Reverted, match="Paused"):
        world.execute()
    world.chain.invoke(world.owner, world.executor, "pause(bool)", False)
    world.execute()


def test_the_last_block_it_may_land_in_is_the_one_named(world: World) -> None:
    target = world.chain.head() + 1
    with pytest.raises(Reverted) as late:
        world.execute(guard=Guard(max_block=target - 1))
    assert (late.value.revert.name, late.value.revert.args) == ("TooLate", (target - 1,))
    assert world.chain.head() == target
    receipt = world.execute(guard=Guard(max_block=target + 1))
    assert receipt.block_number == target + 1


def test_it_runs_only_upon_the_block_it_was_simulated_on(world: World) -> None:
    parent = Hash32(world.chain.rpc("eth_getBlockByNumber", "latest", False)["hash"])
    world.execute(guard=Guard(max_block=NO_LIMIT, parent_hash=parent))
    with pytest.raises(Reverted, match="WrongParent"):
        world.execute(guard=Guard(max_block=NO_LIMIT, parent_hash=parent))


def test_a_failing_call_is_named_with_its_own_reason(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute([earn(world, 1), call(world.counterparty, "giveEther(uint256)", MAX_UINT256)])
    assert refused.value.revert.path == ("call 1",)
    assert (refused.value.revert.name, refused.value.revert.args) == ("Error", ("ether",))
    assert world.money() == CAPITAL


def test_a_call_that_fails_without_a_reason_is_named_too(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute([call(world.counterparty, "noSuchFunction()")])
    assert str(refused.value.revert) == "call 0 > no reason()"


def test_a_program_cannot_call_the_executor_itself(world: World) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute([earn(world, 1), call(world.executor, "owner()")])
    assert (refused.value.revert.name, refused.value.revert.args) == ("SelfCall", (1,))


def test_the_lock_is_released_for_the_next_program(world: World) -> None:
    for _ in range(2):
        world.execute([earn(world, 1)], min_profit=1)
    with pytest.raises(Reverted):
        world.execute([earn(world, 1)], min_profit=2)
    world.execute([earn(world, 1)], min_profit=1)


def test_a_megabyte_of_answer_costs_its_sender_but_is_not_copied(world: World) -> None:
    small = world.execute([call(world.counterparty, "takeEther()")]).gas_used
    large = world.execute([call(world.counterparty, "bomb()")]).gas_used
    allocated = 3 * 31_250 + 31_250**2 // 512  # what the target itself pays for its memory
    assert large - small < allocated + 5_000
