"""The ladder of proof: what agrees to the wei goes on; what does not is denied, with the difference."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from aiohttp import web

from keeper.assembly.keeper import explain_revert
from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.devnet.relay import Behaviour, Dialect, Fate, Fault
from keeper.domain.calls import Call
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.plans import Economics, Plan
from keeper.domain.units import ETHER, Wei
from keeper.engine import Adapters
from keeper.execution.relays import Bundle, Relay
from keeper.protocols.benddao_v1 import BendDaoV1
from keeper.simulation import Proven, Simulator, prove_all
from tests.support.bad_nodes import HttpNode
from tests.support.go_betweens import Alter, Json, go_between, refusing
from tests.support.ground import PRIORITY_FEE, Ground

pytestmark = pytest.mark.timeout(60)


async def prove(place: Ground, plan: Plan, simulator: Simulator | None = None) -> Proven | Denial:
    envelope = await place.envelope(plan)
    return await (simulator or place.simulator()).prove(envelope, place.operators[0], await place.head())


async def denied(place: Ground, plan: Plan, simulator: Simulator | None = None) -> Denial:
    outcome = await prove(place, plan, simulator)
    assert isinstance(outcome, Denial)
    assert outcome.subject == str(plan.position)
    assert outcome.block == plan.target_block
    assert outcome.numbers["plan"] == plan.id
    return outcome


def with_numbers(plan: Plan, **numbers: int) -> Plan:
    economics: Economics = replace(plan.economics, **{name: Wei(number) for name, number in numbers.items()})
    return replace(plan, economics=economics)


@pytest.mark.parametrize("kind", ["gift", "gift in a flash loan", "bid"])
async def test_a_plan_that_three_measurements_agree_on_lands_with_exactly_their_numbers(
    place: Ground, kind: str
) -> None:
    flash = 5 * ETHER if "flash" in kind else 0
    plan = await place.bid() if kind == "bid" else await place.gift(flash=flash)
    proven = await prove(place, plan)
    assert isinstance(proven, Proven)
    before = await place.wealth()
    bundle = Bundle((proven.transaction.raw,), plan.target_block, "6b1f3a52-30f5-4e0a-9a31-2f0f4f3c7d11")
    await place.client_of(place.relay.url).send(place.requests.make("eth_sendBundle", [bundle.body()]))
    built = await place.relay.build_block()
    assert [outcome.fate for outcome in place.relay.outcomes] == [Fate.INCLUDED]
    receipt = await place.reader.receipt(proven.transaction.hash)
    assert receipt is not None
    assert receipt.succeeded
    assert receipt.gas_used == proven.plan.economics.gas
    assert receipt.gas_used * receipt.effective_gas_price == proven.plan.economics.gas_cost
    assert receipt.effective_gas_price == plan.base_fee + PRIORITY_FEE == built.header.base_fee + PRIORITY_FEE
    assert await place.wealth() - before == plan.economics.gain - plan.economics.tip
    assert (proven.plan.economics.gain, proven.plan.economics.tip) == (plan.economics.gain, plan.economics.tip)


@pytest.mark.parametrize("wei", [-1, 1])
async def test_a_gain_that_is_off_by_one_wei_is_denied_with_that_wei(place: Ground, wei: int) -> None:
    plan = await place.gift()
    denial = await denied(place, with_numbers(plan, gain=plan.economics.gain + wei))
    assert denial.code is DenialCode.SIMULATION_DISAGREES
    assert denial.numbers["by"] == "node"
    assert denial.numbers["difference"] == -wei
    assert denial.numbers["measured_change"] == plan.economics.gain - plan.economics.tip
    assert denial.numbers["measured_tip"] == denial.numbers["expected_tip"]


@pytest.mark.parametrize("wei", [-1, 1])
async def test_a_tip_that_is_off_by_one_wei_is_denied_with_both_tips(place: Ground, wei: int) -> None:
    plan = await place.gift()
    denial = await denied(place, with_numbers(plan, tip=plan.economics.tip + wei))
    assert denial.code is DenialCode.SIMULATION_DISAGREES
    assert (denial.numbers["expected_tip"], denial.numbers["measured_tip"]) == (
        plan.economics.tip + wei,
        plan.economics.tip,
    )
    assert denial.numbers["difference"] == wei


async def test_a_bid_that_costs_a_wei_more_than_planned_is_denied(place: Ground) -> None:
    plan = await place.bid()
    told = with_numbers(plan, pays=plan.economics.pays - 1, gain=plan.economics.gain + 1)
    envelope = replace(await place.envelope(plan), plan=told)
    outcome = await place.simulator().prove(envelope, place.operators[0], await place.head())
    assert isinstance(outcome, Denial)
    assert (outcome.code, outcome.numbers["difference"]) == (DenialCode.SIMULATION_DISAGREES, -1)


async def test_what_reverts_is_denied_with_the_reason_in_its_owners_words(place: Ground) -> None:
    """A call to finalise an auction that nobody has opened."""
    bend = place.world.bend
    call = Call(bend.pool.address, bend.pool.data("liquidate", place.world.collections["apes"].address, 1, 0))
    gift = await place.gift(calls=[call])
    plan = replace(gift, position=replace(gift.position, deployment="benddao-v1"))
    config = BendDaoV1.Config(addresses_provider=bend.provider.address, start_block=0)
    adapters = Adapters([BendDaoV1("benddao-v1", 31337, config)], [])
    simulator = replace(place.simulator(), explain=partial(explain_revert, adapters))
    denial = await denied(place, plan, simulator)
    assert denial.code is DenialCode.SIMULATION_REVERTED
    assert denial.numbers["by"] == "node"
    reason = str(denial.numbers["reason"])
    assert reason.startswith("call 0 > ")
    assert "collateral" in reason


async def test_a_program_whose_profit_the_contract_refuses_reverts(place: Ground) -> None:
    """The contract holds the plan to its word, whatever local maths hoped for."""
    plan = await place.gift(ETHER, min_profit=ETHER)
    denial = await denied(place, plan)
    assert denial.code is DenialCode.SIMULATION_REVERTED


async def test_a_plan_that_its_measured_gas_makes_too_dear_is_denied_with_the_numbers(place: Ground) -> None:
    plan = await place.gift(ETHER // 100)
    least = plan.economics.gain - plan.economics.tip - 30_000 * plan.base_fee
    cheap = replace(with_numbers(plan, gas_cost=30_000 * plan.base_fee), min_profit=Wei(least))
    denial = await denied(place, replace(cheap, economics=replace(cheap.economics, gas=200_000)))
    assert denial.code is DenialCode.PROFIT_TOO_SMALL
    assert int(denial.numbers["gas_cost"]) > 30_000 * plan.base_fee
    assert int(denial.numbers["net"]) < least


@pytest.mark.parametrize("method", ["eth_simulateV1"])
async def test_a_node_that_cannot_simulate_leaves_the_plan_unproven(place: Ground, method: str) -> None:
    plan = await place.gift()
    async with (
        go_between(place.world.anvil.url, refusing(method)) as url,
        HttpClient(Endpoint(url)) as client,
    ):
        denial = await denied(place, plan, place.simulator(reader=Reader(client)))
    assert denial.code is DenialCode.SIMULATION_UNAVAILABLE
    assert method in str(denial.numbers["node"])


def _answered(result: Json) -> Alter:
    def alter(asked: Json, answer: Json) -> Json:
        return {"jsonrpc": "2.0", "id": asked["id"], "result": result(answer["result"])}

    return alter


def _without(name: str) -> Callable[[Json], Json]:
    def cut(blocks: Json) -> Json:
        del blocks[0]["calls"][3][name]
        return blocks

    return cut


@pytest.mark.parametrize(
    "result",
    [
        lambda _: None,
        lambda _: [],
        lambda _: {},
        lambda _: [{}],
        lambda blocks: [{"calls": blocks[0]["calls"][:4]}],
        lambda _: [{"calls": [None] * 7}],
        _without("status"),
        _without("gasUsed"),
        _without("returnData"),
    ],
    ids=["null", "no block", "an object", "no calls", "calls missing", "empty calls", "status", "gas", "data"],
)
async def test_a_simulation_that_makes_no_sense_is_no_proof(place: Ground, result: Callable[[Json], Json]) -> None:
    plan = await place.gift()
    async with (
        go_between(place.world.anvil.url, _answered(result)) as url,
        HttpClient(Endpoint(url)) as client,
    ):
        denial = await denied(place, plan, place.simulator(reader=Reader(client)))
    assert denial.code is DenialCode.SIMULATION_UNAVAILABLE
    assert "RPC_MALFORMED" in str(denial.numbers["node"])


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (Behaviour(fault=Fault.FORBIDDEN), "RELAY_FORBIDDEN"),
        (Behaviour(fault=Fault.RATE_LIMITED), "RELAY_RATE_LIMITED"),
        (Behaviour(fault=Fault.HTML), "502 Bad Gateway"),
        (Behaviour(fault=Fault.RESET), "RELAY_CONNECTION"),
        (Behaviour(fault=Fault.HANG), "RELAY_TIMEOUT"),
        (Behaviour(dialect=Dialect.BUILDERNET), "RELAY_UNKNOWN_METHOD"),
        (Behaviour(dialect=Dialect.NULL), "no result"),
    ],
    ids=["403", "429", "HTML", "reset", "hang", "no such method", "error null"],
)
async def test_a_relay_that_does_not_simulate_leaves_the_plan_unproven(
    place: Ground, behaviour: Behaviour, said: str
) -> None:
    plan = await place.gift()
    place.relay.behaviour = behaviour
    denial = await denied(place, plan, place.simulator(place.client_of(place.relay.url, seconds=0.4)))
    assert denial.code is DenialCode.SIMULATION_UNAVAILABLE
    assert said in str(denial.numbers["relay"])


@pytest.mark.parametrize(
    "body", ["null", '{"id":1,"result":null}', '{"id":1,"result":{}}', '{"error":null,"result":{"results":[{}]}}', ""]
)
async def test_a_relay_that_answers_nothing_leaves_the_plan_unproven(place: Ground, body: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=body, content_type="application/json")

    plan = await place.gift()
    async with HttpNode(answer) as server:
        denial = await denied(place, plan, place.simulator(place.client_of(server.url)))
    assert denial.code is DenialCode.SIMULATION_UNAVAILABLE


async def test_without_any_relay_that_simulates_nothing_is_proven(place: Ground) -> None:
    simulator = replace(place.simulator(), relays=())
    denial = await denied(place, await place.gift(), simulator)
    assert denial.code is DenialCode.SIMULATION_UNAVAILABLE


async def test_the_next_relay_is_asked_where_the_first_does_not_answer(place: Ground) -> None:
    async def forbid(_: web.Request) -> web.Response:
        return web.Response(status=403)

    async with HttpNode(forbid) as server:
        relays: list[Relay] = [place.client_of(server.url), place.client_of(place.relay.url)]
        assert isinstance(await prove(place, await place.gift(), place.simulator(*relays)), Proven)


def _off_by_one(field: str) -> Alter:
    """A relay that is wrong by one in a field of its result."""

    def alter(_: Json, answer: Json) -> Json:
        (outcome,) = answer["result"]["results"]
        if field == "value":
            outcome[field] = "0x" + (int(outcome[field], 16) + 1).to_bytes(32).hex()
        elif field == "gasUsed":
            outcome[field] += 1
        else:
            outcome[field] = str(int(outcome[field]) + 1)
        return answer

    return alter


@pytest.mark.parametrize(
    ("field", "name"), [("ethSentToCoinbase", "tip"), ("value", "result"), ("gasUsed", "gas_used")]
)
async def test_a_relay_that_is_one_off_is_not_believed(place: Ground, field: str, name: str) -> None:
    plan = await place.gift()
    async with go_between(place.relay.url, _off_by_one(field)) as url:
        denial = await denied(place, plan, place.simulator(place.client_of(url, name="liar")))
    assert denial.code is DenialCode.SIMULATION_DISAGREES
    assert denial.numbers["by"] == "liar"
    assert set(denial.numbers) == {"plan", "by", f"expected_{name}", f"measured_{name}"}
    assert int(denial.numbers[f"measured_{name}"]) - int(denial.numbers[f"expected_{name}"]) == 1


async def test_a_relay_on_whose_state_it_reverts_is_believed(place: Ground) -> None:
    def alter(_: Json, answer: Json) -> Json:
        (outcome,) = answer["result"]["results"]
        del outcome["value"]
        outcome |= {"error": "execution reverted", "revert": "not any more"}
        return answer

    async with go_between(place.relay.url, alter) as url:
        denial = await denied(place, await place.gift(), place.simulator(place.client_of(url)))
    assert denial.code is DenialCode.SIMULATION_REVERTED
    assert "execution reverted" in str(denial.numbers["reason"])


async def test_all_plans_of_a_block_are_proven_at_once(place: Ground) -> None:
    """Four plans, of which one is wrong, behind a relay that takes half a second: together they take less than two."""
    place.relay.behaviour = Behaviour(latency_seconds=0.5)
    plans = [await place.gift(ETHER + number, id_=f"gift-{number}") for number in range(4)]
    plans[2] = with_numbers(plans[2], gain=plans[2].economics.gain + 1)
    envelopes = [(await place.envelope(plan, number), place.operators[number]) for number, plan in enumerate(plans)]
    async with asyncio.timeout(1.0):
        proven, denials = await prove_all(place.simulator(), envelopes, await place.head())
    assert [each.plan.id for each in proven] == ["gift-0", "gift-1", "gift-3"]
    assert [denial.numbers["plan"] for denial in denials] == ["gift-2"]
