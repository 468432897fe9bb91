"""Any program at all: either the executor is richer by what was promised, as a model says, or nothing has happened.

The model is the brute-force twin: two purses, ETH and WETH, and the rules of each step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keeper.domain.calls import Call
from keeper.domain.units import ETHER, Address, Bps, Wei
from keeper.execution.program import Executed, Flash, FlashKind, Guard, Proof, encode_acquire, encode_execute
from tests.execution.contracts.lenders import fee
from tests.execution.contracts.test_incidents import attempts, lenders_asked_to_call
from tests.execution.contracts.world import ANY_BLOCK, BUILDER, CAPITAL, Reverted, World, call

pytestmark = pytest.mark.slow

EXAMPLES = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SMALL = st.integers(0, 100)
AMOUNTS = st.one_of(SMALL, st.integers(0, 6 * ETHER))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["gain ether", "gain weth", "lose ether", "lose weth", "wrap", "unwrap", "touch", "hook"]),
        AMOUNTS,
    ),
    max_size=6,
)
FLASHES = st.lists(
    st.tuples(st.sampled_from(FlashKind), st.integers(1, 20 * ETHER)), max_size=3, unique_by=lambda f: f[0]
)


class Refused(Exception):
    """The model says that the program does not go through."""


@dataclass
class Purse:
    ether: int = CAPITAL // 2
    weth: int = CAPITAL // 2
    touches: int = 0

    def take(self, step: str, amount: int) -> None:
        match step:
            case "gain ether":
                self.ether += amount
            case "gain weth":
                self.weth += amount
            case "lose ether":
                self.ether -= amount
            case "lose weth":
                self.weth -= amount
            case "wrap":
                self.ether, self.weth = self.ether - amount, self.weth + amount
            case "unwrap":
                self.ether, self.weth = self.ether + amount, self.weth - amount
            case _:
                self.touches += 1
        self.check()

    def check(self) -> None:
        if self.ether < 0 or self.weth < 0:
            raise Refused

    @property
    def money(self) -> int:
        return self.ether + self.weth


def calls_of(world: World, step: str, amount: int) -> list[Call]:
    other = world.counterparty
    match step:
        case "gain ether":
            return [call(other, "giveEther(uint256)", amount)]
        case "gain weth":
            return [call(other, "giveWeth(uint256)", amount)]
        case "lose ether":
            return [call(other, "takeEther()", value=amount)]
        case "lose weth":
            approve = call(world.weth, "approve(address,uint256)", other, amount)
            return [approve, call(other, "takeWeth(uint256)", amount)]
        case "wrap":
            return [call(world.weth, "deposit()", value=amount)]
        case "unwrap":
            return [call(world.weth, "withdraw(uint256)", amount)]
        case "hook":
            token = world.mint_nft(world.executor)
            sale = "safeTransferFrom(address,address,uint256)"
            return [call(world.nft, sale, world.executor, world.puppet, token)]
        case _:
            return [call(world.puppet, "touch()")]


def predict(steps: Sequence[tuple[str, int]], flashes: Sequence[Flash], purse: Purse) -> None:
    for flash in flashes:
        purse.weth += flash.amount
    for step, amount in steps:
        purse.take(step, amount)
    for flash in reversed(flashes):
        purse.weth -= flash.amount + fee(flash)
        purse.check()


@EXAMPLES
@given(
    steps=STEPS,
    loans=FLASHES,
    bps=st.integers(0, 10_000),
    cap=AMOUNTS,
    promised=st.one_of(SMALL, AMOUNTS),
    brought=st.one_of(st.just(0), AMOUNTS),
    builder=st.sampled_from(["honest", "re-enters", "refuses"]),
    evil=st.randoms(use_true_random=False),
)
def test_a_program_ends_as_the_model_says_or_not_at_all(
    world: World,
    steps: list[tuple[str, int]],
    loans: list[tuple[FlashKind, int]],
    bps: int,
    cap: int,
    promised: int,
    brought: int,
    builder: str,
    evil: Random,
) -> None:
    flashes = [world.flash(kind, amount) for kind, amount in loans]
    guard = Guard(2**64 - 1, tip_bps=Bps(bps), max_tip=Wei(cap))
    coinbase = {"honest": BUILDER, "re-enters": world.puppet, "refuses": world.nft}[builder]
    with world.chain.undone():
        kept = world.mint_nft(world.executor)
        acts = attempts(world)
        evil.shuffle(acts)
        world.script(*acts[:6])
        calls = [one for step, amount in steps for one in calls_of(world, step, amount)]
        world.chain.rpc("anvil_setCoinbase", coinbase)
        paid_before = world.chain.balance(coinbase)
        purse = Purse(ether=CAPITAL // 2 + brought)
        start = purse.money
        try:
            predict(steps, flashes, purse)
            gain = purse.money - start
            tip = min(max(gain, 0) * bps // 10_000, cap)
            if gain < 0 or gain - tip < promised:
                raise Refused
            if tip and builder == "refuses":
                raise Refused
        except Refused:
            with pytest.raises(Reverted):
                world.execute(calls, flashes=flashes, guard=guard, min_profit=promised, value=brought)
            assert world.money() == CAPITAL
        else:
            receipt = world.execute(calls, flashes=flashes, guard=guard, min_profit=promised, value=brought)
            assert world.money() == start + gain - tip >= start + promised
            assert world.books(receipt) == Executed(Wei(gain), Wei(tip))
            assert world.chain.balance(coinbase) - paid_before == tip
            assert world.succeeded() == 0
            assert world.touched() == purse.touches + (builder == "re-enters" and tip > 0)
            for spender in (world.counterparty, world.puppet, *world.lenders.values()):
                assert world.allowance(world.weth, spender) == 0
        assert world.owner_of(kept) == world.executor


@EXAMPLES
@given(steps=STEPS, allowed=AMOUNTS, tip=SMALL, brought=st.one_of(st.just(0), AMOUNTS), proven=st.booleans())
def test_a_purchase_never_costs_more_than_allowed_nor_ends_without_its_proof(
    world: World, steps: list[tuple[str, int]], allowed: int, tip: int, brought: int, proven: bool
) -> None:
    guard = Guard(2**64 - 1, max_tip=Wei(tip))
    with world.chain.undone():
        world.script(*attempts(world)[-6:])
        calls = [one for step, amount in steps for one in calls_of(world, step, amount)]
        token = world.mint_nft(world.executor if proven else world.outsider)
        proofs = [Proof.of_owner(world.nft, token, world.executor)]
        purse = Purse(ether=CAPITAL // 2 + brought)
        start = purse.money
        try:
            predict(steps, [], purse)
            spent = max(start - purse.money + tip, 0)
            if spent > allowed or not proven or purse.money < tip:
                raise Refused
        except Refused:
            with pytest.raises(Reverted):
                world.acquire(calls, proofs=proofs, max_spend=allowed, guard=guard, value=brought)
            assert world.money() == CAPITAL
        else:
            world.acquire(calls, proofs=proofs, max_spend=allowed, guard=guard, value=brought)
            assert world.money() == purse.money - tip >= start - allowed
            assert world.succeeded() == 0


@EXAMPLES
@given(data=st.data())
def test_no_outsider_moves_a_wei_or_a_token_or_a_right(world: World, data: st.DataObject) -> None:
    with world.chain.undone():
        token = world.mint_nft(world.executor)
        program = encode_execute(
            [world.flash(data.draw(st.sampled_from(FlashKind)))],
            [call(world.weth, "transfer(address,uint256)", world.outsider, 1)],
            ANY_BLOCK,
            Wei(0),
        )
        nested = data.draw(
            st.one_of(st.binary(max_size=200), st.integers(0, 2).map(lambda depth: depth.to_bytes(32) + program[4:]))
        )
        proof = Proof.of_owner(world.nft, token, world.executor)
        choices = [
            *attempts(world),
            *lenders_asked_to_call(world, nested),
            Call(world.executor, program),
            Call(world.executor, encode_acquire([], ANY_BLOCK, Wei(CAPITAL), [proof])),
            Call(world.executor, data.draw(st.binary(min_size=1, max_size=100))),
        ]
        sender: Address = data.draw(st.sampled_from([world.outsider, world.chain.accounts[5]]))
        for attempt in data.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=5)):
            with pytest.raises(Reverted):
                world.chain.send(sender, attempt.to, attempt.data)
        assert world.money() == CAPITAL
        assert world.owner_of(token) == world.executor
        assert world.chain.view(world.executor, "owner()", returns="(address)") == world.owner
        assert not world.chain.view(world.executor, "isOperator(address)", sender, returns="(bool)")
