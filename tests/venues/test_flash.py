"""Flash lenders read from their real contracts: what they have, what they ask, and that they take exactly that."""

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from eth_utils.crypto import keccak

from keeper.domain.calls import Answer, Read, View, ViewFailed
from keeper.domain.plans import FlashKind, Lender
from keeper.domain.units import ETHER, Address, Wei
from keeper.execution.program import Flash, encode_execute
from keeper.venues.flash import FlashLenders
from tests.execution.contracts.lenders import AAVE_PREMIUM_BPS, LIQUIDITY, UNISWAP_FEE_PIPS
from tests.execution.contracts.world import ANY_BLOCK, World, call
from tests.execution.contracts.world import world as made_world
from tests.support.venue_chain import batch, drive

CASES = 500
NOBODY = Address("0x" + "0b" * 20)


@pytest.fixture(scope="session")
def _prepared() -> Iterator[World]:
    with made_world() as prepared:
        yield prepared


@pytest.fixture(name="world")
def _world(_prepared: World) -> Iterator[World]:
    with _prepared.chain.undone():
        yield _prepared


def addresses(world: World) -> dict[str, Address]:
    return {kind.name.lower(): address for kind, address in world.lenders.items()}


def source(world: World, **instead: tuple[Address, ...]) -> FlashLenders:
    lenders = {name: (address,) for name, address in addresses(world).items()}
    return FlashLenders(FlashLenders.Config(**({"tokens": (world.weth,)} | lenders | instead)))


def read(world: World, **instead: tuple[Address, ...]) -> dict[FlashKind, Lender]:
    return {lender.kind: lender for lender in drive(world.chain, source(world, **instead).read())}


def test_every_lender_offers_what_it_holds_at_its_own_fee(world: World) -> None:
    lenders = read(world)
    assert {kind: lender.fee_ppm for kind, lender in lenders.items()} == {
        FlashKind.MORPHO: 0,
        FlashKind.AAVE_V3: AAVE_PREMIUM_BPS * 100,
        FlashKind.BALANCER_V2: 0,
        FlashKind.UNISWAP_V3: UNISWAP_FEE_PIPS,
    }
    for lender in lenders.values():
        assert lender.available >= LIQUIDITY - 1_000
        assert lender.token == world.weth


def set_balancer_fee(world: World, share: int) -> None:
    """The share that the vault takes, at 1e18; only who holds the right role may set it."""
    chain, vault = world.chain, addresses(world)["balancer_v2"]
    collector = chain.view(vault, "getProtocolFeesCollector()", returns="(address)")
    authorizer = chain.view(vault, "getAuthorizer()", returns="(address)")
    selector = bytes.fromhex("6b6b9f69")
    role = chain.view(collector, "getActionId(bytes4)", selector, returns="(bytes32)")
    chain.invoke(chain.accounts[0], authorizer, "grantRole(bytes32,address)", role, chain.accounts[0])
    chain.invoke(chain.accounts[0], collector, "setFlashLoanFeePercentage(uint256)", share)


def set_aave_premium(world: World, bps: int) -> None:
    chain, pool = world.chain, addresses(world)["aave_v3"]
    provider = chain.view(pool, "ADDRESSES_PROVIDER()", returns="(address)")
    configurator = chain.view(provider, "getPoolConfigurator()", returns="(address)")
    chain.invoke(chain.accounts[0], configurator, "updateFlashloanPremiumTotal(uint128)", bps)


def test_random_loans_cost_exactly_the_fee_that_we_compute(world: World) -> None:
    chance, gift = random.Random("flash"), 20 * ETHER
    give = call(world.counterparty, "giveWeth(uint256)", gift)
    for premium, share in ((AAVE_PREMIUM_BPS, 123_456_789_012_345), (9, 10**16), (77, 1)):
        set_aave_premium(world, premium)
        set_balancer_fee(world, share)
        lenders = read(world)
        assert lenders[FlashKind.BALANCER_V2].fee_ppm == Fraction(share, 10**12)
        for kind, address in world.lenders.items():
            lender = lenders[FlashKind[kind.name]]
            amounts = [
                Wei(min(chance.getrandbits(chance.randint(1, 70)) or 1, lender.available))
                for _ in range(CASES // 3 + 1)
            ]
            requests = []
            for amount in [*amounts, lender.available]:
                data = encode_execute([Flash(kind, address, world.weth, amount)], [give], ANY_BLOCK, Wei(0))
                to = {"from": world.operator, "to": world.executor, "data": "0x" + data.hex(), "gas": hex(5_000_000)}
                requests.append(("eth_call", [to, "latest"]))
            for amount, answer in zip([*amounts, lender.available], batch(world.chain, requests), strict=True):
                assert gift - int(answer["result"], 16) == lender.fee(amount), (lender, amount)


def test_a_token_that_a_lender_does_not_hold_is_not_lent(world: World) -> None:
    lenders = read(world, tokens=(world.silent_token,))
    assert set(lenders) == {FlashKind.UNISWAP_V3}


def test_a_reserve_that_is_shut_for_flash_loans_lends_nothing(world: World) -> None:
    chain, pool = world.chain, addresses(world)["aave_v3"]
    provider = chain.view(pool, "ADDRESSES_PROVIDER()", returns="(address)")
    configurator = chain.view(provider, "getPoolConfigurator()", returns="(address)")
    admin = chain.accounts[0]
    for shut, opened in (
        (("setReserveFlashLoaning(address,bool)", False), ("setReserveFlashLoaning(address,bool)", True)),
        (("setReservePause(address,bool)", True), ("setReservePause(address,bool)", False)),
    ):
        chain.invoke(admin, configurator, shut[0], world.weth, shut[1])
        assert FlashKind.AAVE_V3 not in read(world)
        chain.invoke(admin, configurator, opened[0], world.weth, opened[1])
        assert FlashKind.AAVE_V3 in read(world)


def test_addresses_that_are_no_lenders_take_nothing_from_the_others(world: World) -> None:
    wrong = (NOBODY, world.weth)
    lenders = read(world, aave_v3=wrong, balancer_v2=wrong, uniswap_v3=wrong)
    assert set(lenders) == {FlashKind.MORPHO}


def test_a_paused_vault_lends_nothing(world: World) -> None:
    vault = addresses(world)["balancer_v2"]
    lenders = FlashLenders(FlashLenders.Config(tokens=(world.weth,), balancer_v2=(vault,)))

    def paused(read: Read, answer: Answer) -> Answer:
        """The vault of the package is past the time in which it could be paused."""
        asks_state = isinstance(read, View) and read.data == keccak(text="getPausedState()")[:4]
        return (1).to_bytes(32) + answer[32:] if asks_state and isinstance(answer, bytes) else answer

    assert len(drive(world.chain, lenders.read())) == 1
    assert drive(world.chain, lenders.read(), paused) == []


def test_a_pool_without_liquidity_in_range_lends_nothing_though_it_holds_tokens(world: World) -> None:
    chain, fee = world.chain, 500
    factory = chain.view(addresses(world)["uniswap_v3"], "factory()", returns="(address)")
    tokens = (world.weth, world.silent_token)
    chain.invoke(world.owner, factory, "createPool(address,address,uint24)", *tokens, fee)
    pool = Address(chain.view(factory, "getPool(address,address,uint24)", *tokens, fee, returns="(address)"))
    chain.invoke(world.owner, pool, "initialize(uint160)", 2**96)
    chain.invoke(world.owner, world.weth, "deposit()", value=ETHER)
    chain.invoke(world.owner, world.weth, "transfer(address,uint256)", pool, ETHER)
    assert FlashKind.UNISWAP_V3 not in read(world, uniswap_v3=(pool,))


def test_everything_is_asked_in_two_batches(world: World) -> None:
    reading, rounds = source(world).read(), 0
    answers: list[bytes | ViewFailed] | None = None
    while True:
        try:
            reads = next(reading) if answers is None else reading.send(answers)
        except StopIteration:
            break
        rounds += 1
        answers = [world.chain.call(world.operator, asked.to, asked.data) for asked in reads if isinstance(asked, View)]
    assert rounds == 2
    assert drive(world.chain, FlashLenders(FlashLenders.Config(tokens=())).read()) == []


def test_fees_round_as_each_lender_does() -> None:
    lender = Lender(FlashKind.AAVE_V3, NOBODY, NOBODY, Wei(ETHER), 500)
    assert [lender.fee(Wei(amount)) for amount in (999, 1_000, 2_999, 3_000)] == [0, 1, 1, 2]
    pool = replace(lender, kind=FlashKind.UNISWAP_V3, fee_ppm=3_000)
    assert [pool.fee(Wei(amount)) for amount in (0, 1, 333, 334)] == [0, 1, 1, 2]
    vault = replace(lender, kind=FlashKind.BALANCER_V2, fee_ppm=Fraction(1, 10**12))
    assert vault.fee(Wei(10**18)) == 1
    assert vault.fee(Wei(10**18 + 1)) == 2
    assert replace(lender, kind=FlashKind.MORPHO, fee_ppm=0).fee(Wei(10**24)) == 0
