"""Programs inside flash loans of the real lenders, one in another, repaid exactly."""

from dataclasses import replace
from itertools import permutations

import pytest

from keeper.domain.units import ETHER, Address, Wei
from keeper.execution.program import Executed, Flash, FlashKind
from tests.execution.contracts.lenders import LIQUIDITY, fee, set_balancer_fee
from tests.execution.contracts.world import CAPITAL, Reverted, World, call

KINDS = list(FlashKind)


@pytest.mark.parametrize("amount", [1, 999, 500 * ETHER + 1])
@pytest.mark.parametrize("kind", KINDS)
def test_each_lender_is_repaid_exactly_amount_and_fee(world: World, kind: FlashKind, amount: int) -> None:
    flash = world.flash(kind, amount)
    receipt = world.execute([call(world.counterparty, "giveWeth(uint256)", ETHER * 3)], flashes=[flash])
    assert world.books(receipt) == Executed(gain=Wei(3 * ETHER - fee(flash)), tip=Wei(0))
    assert world.money() == CAPITAL + 3 * ETHER - fee(flash)
    assert world.allowance(world.weth, flash.lender) == 0


def test_a_fee_that_balancers_governance_may_set_is_paid(world: World) -> None:
    set_balancer_fee(world.chain, world.lenders[FlashKind.BALANCER_V2], ETHER // 1_000)
    gain = call(world.counterparty, "giveWeth(uint256)", ETHER)
    receipt = world.execute([gain], flashes=[world.flash(FlashKind.BALANCER_V2, 1_001)])
    assert world.books(receipt) == Executed(gain=Wei(ETHER - 2), tip=Wei(0))


@pytest.mark.parametrize("kind", KINDS)
def test_the_borrowed_money_is_there_for_the_calls(world: World, kind: FlashKind) -> None:
    amount = 400 * ETHER
    flash = world.flash(kind, amount)
    trade = [
        call(world.weth, "approve(address,uint256)", world.counterparty, amount),
        call(world.counterparty, "takeWeth(uint256)", amount),
        call(world.counterparty, "giveWeth(uint256)", amount + ETHER * 2),
    ]
    with pytest.raises(Reverted):
        world.execute(trade)
    world.execute(trade, flashes=[flash], min_profit=2 * ETHER - fee(flash))


@pytest.mark.parametrize("order", list(permutations(KINDS)), ids=lambda kinds: "-".join(map(str, kinds)))
def test_flash_loans_nest_in_any_order_and_the_calls_run_once(world: World, order: tuple[FlashKind, ...]) -> None:
    flashes = [world.flash(kind, 100 * ETHER + kind) for kind in order]
    receipt = world.execute([call(world.counterparty, "giveWeth(uint256)", ETHER)], flashes=flashes)
    assert world.books(receipt) == Executed(Wei(ETHER - sum(map(fee, flashes))), Wei(0))


def test_a_lender_that_can_be_re_entered_may_appear_twice(world: World) -> None:
    flashes = [world.flash(FlashKind.MORPHO, 5), world.flash(FlashKind.MORPHO, 7)]
    world.execute(flashes=flashes)
    assert world.money() == CAPITAL


@pytest.mark.parametrize("kind", [FlashKind.BALANCER_V2, FlashKind.UNISWAP_V3])
def test_a_lender_that_locks_itself_cannot(world: World, kind: FlashKind) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute(flashes=[world.flash(kind), world.flash(kind)])
    assert refused.value.revert.path == ("flash 0", "flash 1")
    assert refused.value.revert.name == "Error"


def test_either_token_of_a_uniswap_pool_can_be_borrowed(world: World) -> None:
    pool = world.lenders[FlashKind.UNISWAP_V3]
    flash = Flash(FlashKind.UNISWAP_V3, pool, world.silent_token, Wei(ETHER))
    world.chain.invoke(world.owner, world.silent_token, "mint(address,uint256)", world.executor, fee(flash))
    world.execute(flashes=[flash])
    assert world.chain.view(world.silent_token, "balanceOf(address)", world.executor) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_more_than_a_lender_has_is_refused_by_the_lender(world: World, kind: FlashKind) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute(flashes=[world.flash(kind, LIQUIDITY * 2)])
    assert refused.value.revert.path == ("flash 0",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_loan_that_cannot_be_repaid_undoes_everything(world: World, kind: FlashKind) -> None:
    burn = call(world.weth, "transfer(address,uint256)", world.counterparty, CAPITAL // 2 + 1)
    with pytest.raises(Reverted):
        world.execute([burn], flashes=[world.flash(kind, ETHER)])
    assert world.money() == CAPITAL


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_of_a_call_comes_through_the_lender(world: World, kind: FlashKind) -> None:
    with pytest.raises(Reverted) as refused:
        world.execute([call(world.counterparty, "giveEther(uint256)", 10**30)], flashes=[world.flash(kind)])
    assert str(refused.value.revert) == "flash 0 > call 0 > Error(ether)"


def test_an_unknown_kind_is_refused(world: World) -> None:
    flash = Flash(4, world.lenders[FlashKind.MORPHO], world.weth, Wei(1))  # type: ignore[arg-type] # on purpose
    with pytest.raises(Reverted, match="UnknownFlashKind"):
        world.execute(flashes=[flash])


def test_a_token_that_answers_nothing_is_borrowed_and_repaid(world: World) -> None:
    lender = world.lenders[FlashKind.MORPHO]
    world.chain.invoke(world.owner, world.silent_token, "mint(address,uint256)", lender, 100)
    for _ in range(2):  # a second time, because this token refuses to change one approval into another
        world.execute(flashes=[Flash(FlashKind.MORPHO, lender, world.silent_token, Wei(100))])
    assert world.chain.view(world.silent_token, "balanceOf(address)", lender) == 100
    assert world.allowance(world.silent_token, lender) == 0


def fake(world: World, trick: int) -> Flash:
    world.chain.invoke(world.owner, world.weth, "deposit()", value=100)
    world.chain.invoke(world.owner, world.weth, "transfer(address,uint256)", world.fake_lender, 100)
    world.chain.invoke(world.outsider, world.fake_lender, "setTrick(uint8)", trick)
    return Flash(FlashKind.MORPHO, world.fake_lender, world.weth, Wei(100))


@pytest.mark.parametrize(
    ("trick", "error"),
    [
        (1, "NoCallback"),
        (2, "UnexpectedCallback"),
        (3, "UnexpectedCallback"),
        (4, "UnexpectedCallback"),
        (5, "UnexpectedCallback"),
    ],
    ids=["stays silent", "alters the program", "calls twice", "calls another callback", "lets another one call"],
)
def test_a_lender_that_plays_tricks_undoes_everything(world: World, trick: int, error: str) -> None:
    with pytest.raises(Reverted, match=error):
        world.execute([call(world.counterparty, "giveWeth(uint256)", 9)], flashes=[fake(world, trick)])
    assert world.money() == CAPITAL


def test_a_loan_that_somebody_else_asked_for_is_refused(world: World) -> None:
    flash = replace(fake(world, 0), kind=FlashKind.AAVE_V3)
    with pytest.raises(Reverted, match="UnexpectedCallback"):
        world.execute(flashes=[flash])


def test_a_lender_cannot_take_more_than_was_agreed(world: World) -> None:
    with pytest.raises(Reverted):
        world.execute([call(world.counterparty, "giveWeth(uint256)", 9)], flashes=[fake(world, 6)])
    assert world.money() == CAPITAL


def test_an_approval_that_a_lender_leaves_is_taken_back(world: World) -> None:
    world.execute(flashes=[fake(world, 7)], min_profit=100)
    assert world.allowance(world.weth, world.fake_lender) == 0
    world.chain.invoke(world.outsider, world.fake_lender, "loot(address,address)", world.weth, world.executor)
    assert world.money() == CAPITAL + 100


def test_an_account_without_code_is_no_lender(world: World) -> None:
    flash = Flash(FlashKind.MORPHO, Address("0x" + "ee" * 20), world.weth, Wei(1))
    with pytest.raises(Reverted, match="NoCallback"):
        world.execute(flashes=[flash])


@pytest.mark.parametrize("kind", KINDS)
def test_callbacks_answer_nobody_outside_a_program(world: World, kind: FlashKind) -> None:
    callbacks = {
        FlashKind.MORPHO: call(world.executor, "onMorphoFlashLoan(uint256,bytes)", 1, b""),
        FlashKind.AAVE_V3: call(
            world.executor,
            "executeOperation(address,uint256,uint256,address,bytes)",
            *(world.weth, 1, 1, world.executor, b""),
        ),
        FlashKind.BALANCER_V2: call(
            world.executor,
            "receiveFlashLoan(address[],uint256[],uint256[],bytes)",
            *([world.weth], [1], [0], b""),
        ),
        FlashKind.UNISWAP_V3: call(world.executor, "uniswapV3FlashCallback(uint256,uint256,bytes)", 0, 0, b""),
    }
    for sender in (world.outsider, world.operator, world.owner, *world.lenders.values()):
        with pytest.raises(Reverted, match="UnexpectedCallback"):
            world.chain.call(sender, world.executor, callbacks[kind].data)


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_can_make_a_lender_call_the_executor(world: World, kind: FlashKind) -> None:
    """Lenders that lend to a third party call it with whatever the caller says."""
    asks = {
        FlashKind.MORPHO: ("flashLoan(address,uint256,bytes)", (world.weth, 1, b"x")),
        FlashKind.AAVE_V3: (
            "flashLoanSimple(address,address,uint256,bytes,uint16)",
            (world.executor, world.weth, 1, b"x", 0),
        ),
        FlashKind.BALANCER_V2: (
            "flashLoan(address,address[],uint256[],bytes)",
            (world.executor, [world.weth], [1], b"x"),
        ),
        FlashKind.UNISWAP_V3: ("flash(address,uint256,uint256,bytes)", (world.executor, 1, 0, b"x")),
    }
    signature, arguments = asks[kind]
    for sender in (world.outsider, world.executor):
        with pytest.raises(Reverted):
            world.chain.call(sender, world.lenders[kind], call(world.executor, signature, *arguments).data)
