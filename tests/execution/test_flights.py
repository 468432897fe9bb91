"""What became of what was sent, by the receipts of a real chain."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint, NodeUnavailable
from keeper.chain.signer import SignedTransaction
from keeper.domain.plans import Plan
from keeper.domain.units import ETHER, Hash32, Wei
from keeper.execution.flights import Fate, Flight, Outcome, resolve
from keeper.execution.relays import Bundle
from tests.support.bad_nodes import Proxy
from tests.support.ground import FLAT_TIP, Ground, ground

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
async def place() -> AsyncIterator[Ground]:
    async with ground() as opened:
        yield opened


def flight_of(plan: Plan, signed: SignedTransaction, place: Ground, operator: int = 0) -> Flight:
    return Flight(plan.id, signed.hash, place.operators[operator].address, 0, plan.target_block)


async def through_the_relay(place: Ground, plan: Plan, signed: SignedTransaction) -> None:
    bundle = Bundle((signed.raw,), plan.target_block, "6b1f3a52-30f5-4e0a-9a31-2f0f4f3c7d11")
    await place.client_of(place.relay.url).send(place.requests.make("eth_sendBundle", [bundle.body()]))
    await place.relay.build_block()


async def resolved(place: Ground, *flights: Flight) -> list[Outcome]:
    return await resolve(flights, await place.head(), place.reader)


async def test_a_flight_that_landed_brings_the_executors_own_books(place: Ground) -> None:
    plan = await place.gift()
    signed = await place.signed(plan)
    await through_the_relay(place, plan, signed)
    (outcome,) = await resolved(place, flight_of(plan, signed, place))
    assert outcome.fate is Fate.LANDED
    assert (outcome.gain, outcome.tip) == (plan.economics.gain, plan.economics.tip)
    assert outcome.receipt is not None
    assert outcome.gas_cost == outcome.receipt.gas_used * (plan.base_fee + 1)


async def test_a_bid_that_landed_has_spent_what_it_bound(place: Ground) -> None:
    plan = await place.bid(3 * ETHER)
    signed = await place.signed(plan)
    await through_the_relay(place, plan, signed)
    (outcome,) = await resolved(place, flight_of(plan, signed, place))
    assert outcome.fate is Fate.LANDED
    assert (outcome.gain, outcome.tip) == (-3 * ETHER, FLAT_TIP)


async def test_a_flight_that_reverted_has_cost_its_gas(place: Ground) -> None:
    """It went through the public pool, where nobody keeps what reverts from landing."""
    plan = replace(await place.gift(), min_profit=Wei(2 * ETHER))
    signed = await place.signed(plan)
    await place.reader.send_raw(signed.raw)
    await place.relay.build_block()
    (outcome,) = await resolved(place, flight_of(plan, signed, place))
    assert outcome.fate is Fate.REVERTED
    assert (outcome.gain, outcome.tip) == (0, 0)
    assert outcome.gas_cost > 0


async def test_a_flight_whose_block_came_without_it_has_missed(place: Ground) -> None:
    plan = await place.gift()
    signed = await place.signed(plan)
    await place.relay.build_block()
    (outcome,) = await resolved(place, flight_of(plan, signed, place))
    assert (outcome.fate, outcome.receipt, outcome.gas_cost) == (Fate.MISSED, None, 0)


async def test_and_cannot_land_later(place: Ground) -> None:
    plan = await place.gift()
    signed = await place.signed(plan)
    await place.relay.build_block()
    before = await place.wealth()
    await place.reader.send_raw(signed.raw)
    await place.relay.build_block()
    receipt = await place.reader.receipt(signed.hash)
    assert receipt is None or not receipt.succeeded
    assert await place.wealth() == before


async def test_nothing_is_said_of_a_flight_whose_block_is_still_to_come(place: Ground) -> None:
    plan = await place.gift()
    signed = await place.signed(plan)
    assert await resolved(place, flight_of(plan, signed, place)) == []


async def test_several_flights_are_told_apart(place: Ground) -> None:
    plans = [await place.gift(id_=f"gift-{number}") for number in range(3)]
    signed = [await place.signed(plan, number) for number, plan in enumerate(plans)]
    await through_the_relay(place, plans[1], signed[1])
    outcomes = await resolved(
        place, *(flight_of(p, s, place, n) for n, (p, s) in enumerate(zip(plans, signed, strict=True)))
    )
    assert [(each.flight.plan_id, each.fate) for each in outcomes] == [
        ("gift-0", Fate.MISSED),
        ("gift-1", Fate.LANDED),
        ("gift-2", Fate.MISSED),
    ]


async def test_while_the_node_does_not_answer_nothing_is_resolved(place: Ground) -> None:
    """A cut line is no reason to call a flight missed: that would send it again."""
    flight = Flight("plan", Hash32("0x" + "ab" * 32), place.operators[0].address, 0, 1)
    head = await place.head()
    port = int(place.world.anvil.url.rpartition(":")[2])
    async with Proxy(port) as proxy, HttpClient(Endpoint(proxy.url, timeout_seconds=0.3)) as client:
        proxy.stall()
        with pytest.raises(NodeUnavailable):
            await resolve([flight], head, Reader(client))
        proxy.flow()
        async with asyncio.timeout(5):
            (outcome,) = await resolve([flight], head, Reader(client))
    assert outcome.fate is Fate.MISSED
