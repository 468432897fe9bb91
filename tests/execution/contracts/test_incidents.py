"""What has emptied other bots does not empty this one. Each test is named after what happened."""

import pytest
from eth_abi.abi import encode

from keeper.domain.calls import Call
from keeper.domain.units import ETHER, MAX_UINT256, Bps, Hash32, Wei
from keeper.execution.program import (
    Executed,
    Flash,
    FlashKind,
    Guard,
    Proof,
    encode_acquire,
    encode_execute,
)
from tests.execution.contracts.chain import calldata
from tests.execution.contracts.world import ANY_BLOCK, BUILDER, CAPITAL, Reverted, World, call


def stolen_program(world: World, depth: int = 0) -> bytes:
    """What a lender is given with a program that lets the puppet take all WETH."""
    approve = call(world.weth, "approve(address,uint256)", world.puppet, MAX_UINT256)
    flashes = [world.flash(FlashKind.MORPHO, 1)]
    return encode(["uint256"], [depth]) + encode_execute(flashes, [approve], ANY_BLOCK, Wei(0))[4:]


def lenders_asked_to_call(world: World, data: bytes) -> list[Call]:
    """Every lender's request, and every callback directly, as an attacker would send them."""
    one = (world.weth, 1, data)
    simple = (world.executor, world.weth, 1, data, 0)
    arrays = ([world.weth], [1], data)
    pool = world.lenders[FlashKind.UNISWAP_V3]
    return [
        call(world.lenders[FlashKind.MORPHO], "flashLoan(address,uint256,bytes)", *one),
        call(
            world.lenders[FlashKind.AAVE_V3],
            "flashLoanSimple(address,address,uint256,bytes,uint16)",
            *simple,
        ),
        call(
            world.lenders[FlashKind.BALANCER_V2],
            "flashLoan(address,address[],uint256[],bytes)",
            *(world.executor, *arrays),
        ),
        call(pool, "flash(address,uint256,uint256,bytes)", world.executor, 1, 0, data),
        call(world.executor, "onMorphoFlashLoan(uint256,bytes)", 1, data),
        call(
            world.executor,
            "executeOperation(address,uint256,uint256,address,bytes)",
            *(world.weth, 1, 0, world.executor, data),
        ),
        call(
            world.executor,
            "receiveFlashLoan(address[],uint256[],uint256[],bytes)",
            *([world.weth], [1], [0], data),
        ),
        call(world.executor, "uniswapV3FlashCallback(uint256,uint256,bytes)", 0, 0, data),
    ]


def attempts(world: World) -> list[Call]:
    """Everything that somebody who gets to act may try to take from the executor."""
    program = encode_execute([], [], ANY_BLOCK, Wei(0))
    return [
        *lenders_asked_to_call(world, stolen_program(world)),
        Call(world.executor, program),
        call(world.executor, "rescueEther(uint256)", 1),
        call(world.executor, "rescueToken(address,uint256)", world.weth, 1),
        call(world.executor, "rescueNft(address,uint256)", world.nft, 0),
        call(world.executor, "setOperator(address,bool)", world.puppet, True),
        call(world.executor, "acceptOwnership()"),
        call(world.weth, "transferFrom(address,address,uint256)", world.executor, world.puppet, 1),
        call(world.nft, "transferFrom(address,address,uint256)", world.executor, world.puppet, 0),
    ]


def test_0xbadc0de_a_flash_loan_of_somebody_else_cannot_make_it_approve(world: World) -> None:
    for depth in (0, 1, MAX_UINT256):
        for attempt in lenders_asked_to_call(world, stolen_program(world, depth)):
            with pytest.raises(Reverted):
                world.chain.send(world.outsider, attempt.to, attempt.data)
    assert world.allowance(world.weth, world.puppet) == 0
    assert world.money() == CAPITAL


def test_0xbadc0de_nor_while_a_program_of_ours_runs(world: World) -> None:
    world.mint_nft(world.executor)
    world.script(*attempts(world))
    world.execute([call(world.puppet, "touch()")], flashes=[world.flash(FlashKind.MORPHO)])
    assert (world.touched(), world.succeeded()) == (1, 0)
    assert world.allowance(world.weth, world.puppet) == 0


def test_0xbadc0de_nor_with_our_own_program_between_the_request_and_the_callback(world: World) -> None:
    """The borrowed token hands over to the attacker while the lender's callback is awaited."""
    lender = world.lenders[FlashKind.MORPHO]
    for holder in (lender, world.executor):
        world.chain.invoke(world.owner, world.poisoned_token, "mint(address,uint256)", holder, 100)
    flash = Flash(FlashKind.MORPHO, lender, world.poisoned_token, Wei(10))
    program = encode_execute([flash], [], ANY_BLOCK, Wei(0))
    world.script(*lenders_asked_to_call(world, bytes(32) + program[4:]))
    world.chain.send(world.operator, world.executor, program)
    assert (world.touched(), world.succeeded()) == (2, 0)  # as the loan comes and as it goes


def test_low_carb_crusader_a_program_alone_loses_nothing(world: World) -> None:
    """Its bundle is taken apart: the trade that it was to follow has not happened, so the sale pays less."""
    buy = call(world.counterparty, "takeEther()", value=ETHER)
    poor_sale = call(world.counterparty, "giveWeth(uint256)", ETHER - 1)
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute([buy, poor_sale])
    assert world.money() == CAPITAL


def test_uncle_bandit_a_program_of_an_orphaned_block_does_not_run_on_its_sibling(world: World) -> None:
    with world.chain.undone():
        world.execute(value=1)
        orphan = Hash32(world.chain.rpc("eth_getBlockByNumber", "latest", False)["hash"])
    world.execute(value=2)
    with pytest.raises(Reverted, match="WrongParent"):
        world.execute(guard=Guard(2**64 - 1, parent_hash=orphan))


def test_salmonella_a_token_that_arrives_in_part_cannot_be_sold_at_a_loss(world: World) -> None:
    world.chain.invoke(world.owner, world.poisoned_token, "mint(address,uint256)", world.executor, 100)
    world.script(*attempts(world))
    sale = [
        call(world.counterparty, "takeEther()", value=ETHER),
        call(world.poisoned_token, "transfer(address,uint256)", world.counterparty, 100),
    ]
    with pytest.raises(Reverted, match="ProfitTooLow"):
        world.execute(sale)
    proof = Proof.of_answer(
        world.poisoned_token,
        calldata("balanceOf(address)", world.counterparty),
        (100).to_bytes(32),
    )
    with pytest.raises(Reverted) as refused:
        world.acquire(sale, proofs=[proof], max_spend=ETHER)
    assert refused.value.revert.name == "ProofFailed"
    assert refused.value.revert.args == (0, (10).to_bytes(32))


def test_generalised_front_runner_copied_calldata_fails_for_the_copier(world: World) -> None:
    program = encode_execute([], [call(world.counterparty, "giveWeth(uint256)", 9)], ANY_BLOCK, Wei(9))
    with pytest.raises(Reverted, match="NotOperator"):
        world.chain.send(world.outsider, world.executor, program)
    world.chain.send(world.operator, world.executor, program)


def test_fake_bundle_prices_a_gift_beforehand_raises_no_tip(world: World) -> None:
    world.chain.invoke(world.outsider, world.executor, "", value=ETHER)
    before = world.chain.balance(BUILDER)
    receipt = world.execute(
        [call(world.counterparty, "giveWeth(uint256)", 100)],
        guard=Guard(2**64 - 1, tip_bps=Bps(5_000), max_tip=Wei(ETHER)),
    )
    assert world.books(receipt) == Executed(gain=Wei(100), tip=Wei(50))
    assert world.chain.balance(BUILDER) == before + 50


def test_receiver_griefing_a_hook_that_re_enters_gets_nothing(world: World) -> None:
    token, kept = world.mint_nft(world.executor), world.mint_nft(world.executor)
    world.script(*attempts(world))
    sell = call(world.nft, "safeTransferFrom(address,address,uint256)", world.executor, world.puppet, token)
    world.execute([sell, call(world.counterparty, "giveWeth(uint256)", 1)], min_profit=1)
    assert (world.touched(), world.succeeded()) == (1, 0)
    assert world.owner_of(kept) == world.executor
    assert world.money() == CAPITAL + 1


def test_receiver_griefing_a_hook_that_refuses_undoes_the_sale(world: World) -> None:
    token = world.mint_nft(world.executor)
    world.chain.invoke(world.outsider, world.puppet, "setRefuse(bool)", True)
    with pytest.raises(Reverted):
        world.execute(
            [
                call(
                    world.nft,
                    "safeTransferFrom(address,address,uint256)",
                    *(world.executor, world.puppet, token),
                )
            ]
        )
    assert world.owner_of(token) == world.executor


def test_a_builder_that_re_enters_with_its_tip_gets_nothing_more(world: World) -> None:
    world.mint_nft(world.executor)
    world.chain.rpc("anvil_setCoinbase", world.puppet)
    world.script(*attempts(world))
    world.execute(
        [call(world.counterparty, "giveWeth(uint256)", 100)],
        guard=Guard(2**64 - 1, tip_bps=Bps(5_000), max_tip=Wei(ETHER)),
        min_profit=50,
    )
    assert (world.touched(), world.succeeded()) == (1, 0)
    assert world.money() == CAPITAL + 50
    assert world.chain.balance(world.puppet) == 50


def test_an_operator_that_is_a_contract_cannot_start_a_second_program_inside_the_first(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "setOperator(address,bool)", world.puppet, True)
    world.script(Call(world.executor, encode_execute([], [], ANY_BLOCK, Wei(0))))
    world.execute([call(world.puppet, "touch()")])
    assert (world.touched(), world.succeeded()) == (1, 0)
    world.chain.invoke(world.outsider, world.puppet, "touch()")
    assert (world.touched(), world.succeeded()) == (2, 1)


def test_a_builder_that_is_an_operator_cannot_start_a_program_with_its_tip(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "setOperator(address,bool)", world.puppet, True)
    world.chain.rpc("anvil_setCoinbase", world.puppet)
    world.script(Call(world.executor, encode_execute([], [], ANY_BLOCK, Wei(0))))
    tipped = Guard(2**64 - 1, tip_bps=Bps(5_000), max_tip=Wei(ETHER))
    world.execute([call(world.counterparty, "giveWeth(uint256)", 100)], guard=tipped)
    assert (world.touched(), world.succeeded()) == (1, 0)


def test_an_operator_that_is_a_contract_may_run_one_program_after_another(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "setOperator(address,bool)", world.puppet, True)
    token = world.mint_nft(world.executor)
    proof = Proof.of_owner(world.nft, token, world.executor)
    program = Call(world.executor, encode_execute([world.flash(FlashKind.MORPHO)], [], ANY_BLOCK, Wei(0)))
    purchase = Call(world.executor, encode_acquire([], ANY_BLOCK, Wei(0), [proof]))
    world.script(program, program, purchase, purchase, program)
    world.chain.invoke(world.outsider, world.puppet, "touch()")
    assert world.succeeded() == 5


def test_an_owner_that_is_a_contract_cannot_be_used_from_inside_a_program(world: World) -> None:
    world.chain.invoke(world.owner, world.executor, "transferOwnership(address)", world.puppet)
    world.script(call(world.executor, "acceptOwnership()"))
    world.execute([call(world.puppet, "touch()")])
    assert world.succeeded() == 0
    world.chain.invoke(world.outsider, world.puppet, "touch()")
    assert world.succeeded() == 1
    world.script(call(world.executor, "rescueEther(uint256)", 1))
    world.execute([call(world.puppet, "touch()")])
    assert world.succeeded() == 1


def test_key_compromise_an_operator_cannot_take_money_by_execute(world: World) -> None:
    for theft in (
        Call(world.operator, b"", Wei(1)),
        call(world.weth, "transfer(address,uint256)", world.operator, 1),
    ):
        with pytest.raises(Reverted, match="ProfitTooLow"):
            world.execute([theft], min_profit=0)
    for token in (world.weth, world.silent_token):
        with pytest.raises(Reverted, match="NotOwner"):
            world.chain.invoke(world.operator, world.executor, "rescueToken(address,uint256)", token, 1)
