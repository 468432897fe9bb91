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

EXAMPLES = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SMALL = st.integers(0, 100)
AMOUNTS = st.one_of(SMALL, st.integers(0, 6 * ETHER))
GAINS = st.tuples(st.sampled_from(["gain ether", "gain weth"]), st.integers(0, 9 * ETHER))
OTHERS = st.tuples(
    st.sampled_from(["lose ether", "lose weth", "wrap", "unwrap", "touch", "hook"]),
    st.one_of(SMALL, st.integers(0, 2 * ETHER), AMOUNTS),
)
STEPS = st.lists(st.one_of(GAINS, OTHERS), max_size=6)
FLASHES = st.lists(
    st.tuples(st.sampled_from(FlashKind), st.integers(1, 20 * ETHER)), max_size=3, unique_by=lambda f: f[0]
)


class Overdrawn(Exception):
    """A purse does not hold what a step takes."""


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
            case "lose weth" | "repay":
                self.weth -= amount
            case "wrap":
                self.ether, self.weth = self.ether - amount, self.weth + amount
            case "unwrap":
                self.ether, self.weth = self.ether + amount, self.weth - amount
            case _:
                self.touches += 1
        if self.ether < 0 or self.weth < 0:
            raise Overdrawn

    @property
    def money(self) -> int:
        return self.ether + self.weth


def calls_of(world: World, step: str, amount: int) -> list[Call]:
    other = world.counterparty
    if step == "hook":
        token = world.mint_nft(world.executor)
        give = "safeTransferFrom(address,address,uint256)"
        return [call(world.nft, give, world.executor, world.puppet, token)]
    calls = {
        "gain ether": [call(other, "giveEther(uint256)", amount)],
        "gain weth": [call(other, "giveWeth(uint256)", amount)],
        "lose ether": [call(other, "takeEther()", value=amount)],
        "lose weth": [
            call(world.weth, "approve(address,uint256)", other, amount),
            call(other, "takeWeth(uint256)", amount),
        ],
        "wrap": [call(world.weth, "deposit()", value=amount)],
        "unwrap": [call(world.weth, "withdraw(uint256)", amount)],
        "touch": [call(world.puppet, "touch()")],
    }
    return calls[step]


@dataclass(frozen=True)
class Program:
    """A drawn program and the world that it meets."""

    steps: list[tuple[str, int]]
    loans: list[tuple[FlashKind, int]]
    bps: int
    cap: int
    asked: int
    """Wei of profit asked for beyond what the program earns: at 0 it just goes through, at 1 it must not."""
    brought: int
    builder: str
    acts: Random

    def gain(self, purse: Purse) -> int:
        return purse.money - CAPITAL - self.brought

    def tip(self, purse: Purse) -> int:
        return min(max(self.gain(purse), 0) * self.bps // 10_000, self.cap)

    def promised(self, purse: Purse | None) -> int:
        return max(self.gain(purse) - self.tip(purse) + self.asked, 0) if purse else 0

    @property
    def guard(self) -> Guard:
        return Guard(2**64 - 1, tip_bps=Bps(self.bps), max_tip=Wei(self.cap))


PROGRAMS = st.builds(
    Program,
    steps=STEPS,
    loans=FLASHES,
    bps=st.integers(0, 10_000),
    cap=st.one_of(SMALL, st.just(100 * ETHER)),
    asked=st.one_of(st.sampled_from([0, 0, 0, -1, 1]), st.integers(-ETHER, ETHER)),
    brought=st.one_of(st.just(0), AMOUNTS),
    builder=st.sampled_from(["honest", "honest", "re-enters", "re-enters", "refuses"]),
    acts=st.randoms(use_true_random=False),
)


def after(steps: Sequence[tuple[str, int]], flashes: Sequence[Flash], brought: int) -> Purse | None:
    """The purse after a program whose steps and repayments all go through; ``None`` if one does not."""
    purse = Purse(ether=CAPITAL // 2 + brought)
    purse.weth += sum(flash.amount for flash in flashes)
    try:
        for step, amount in steps:
            purse.take(step, amount)
        for flash in reversed(flashes):
            purse.take("repay", flash.amount + fee(flash))
    except Overdrawn:
        return None
    return purse


def books_of(program: Program, purse: Purse) -> Executed | None:
    """What the executor should say about a program; ``None`` if it should refuse it."""
    gain, tip = program.gain(purse), program.tip(purse)
    refused = gain < 0 or gain - tip < program.promised(purse) or (tip > 0 and program.builder == "refuses")
    return None if refused else Executed(Wei(gain), Wei(tip))


@EXAMPLES
@given(program=PROGRAMS)
def test_a_program_ends_as_the_model_says_or_not_at_all(world: World, program: Program) -> None:
    flashes = [world.flash(kind, amount) for kind, amount in program.loans]
    coinbase = {"honest": BUILDER, "re-enters": world.puppet, "refuses": world.nft}[program.builder]
    with world.chain.undone():
        kept = world.mint_nft(world.executor)
        acts = attempts(world)
        program.acts.shuffle(acts)
        world.script(*acts[:6])
        calls = [one for step, amount in program.steps for one in calls_of(world, step, amount)]
        world.chain.rpc("anvil_setCoinbase", coinbase)
        paid_before = world.chain.balance(coinbase)
        purse = after(program.steps, flashes, program.brought)
        data = encode_execute(flashes, calls, program.guard, Wei(program.promised(purse)))
        books = books_of(program, purse) if purse else None
        if purse is None or books is None:
            with pytest.raises(Reverted):
                world.chain.send(world.operator, world.executor, data, program.brought)
            assert world.money() == CAPITAL
        else:
            receipt = world.chain.send(world.operator, world.executor, data, program.brought)
            assert world.money() == CAPITAL + program.brought + books.profit
            assert books.profit >= program.promised(purse)
            assert world.books(receipt) == books
            assert world.chain.balance(coinbase) - paid_before == books.tip
            assert world.succeeded() == 0
            assert world.touched() == purse.touches + (program.builder == "re-enters" and books.tip > 0)
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
        purse = after(steps, [], brought)
        start = CAPITAL + brought
        if purse is None or start - purse.money + tip > allowed or not proven or purse.money < tip:
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
