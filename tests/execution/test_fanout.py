"""Sending: written down before the wire, to every relay at once, to none of them twice."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from keeper.chain.signer import LocalSigner, SignedTransaction
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.plans import Plan
from keeper.domain.units import ETHER, Address, Hash32
from keeper.execution.fanout import Fanout, Sending, replacement_uuid
from keeper.execution.relays import Relay, RelaySettings, SignedRequests, open_session
from keeper.ledger import Ledger, Listing, SubmissionState
from tests.support.bad_nodes import HttpNode
from tests.support.plans import make_plan

pytestmark = pytest.mark.timeout(60)

OPERATOR = Address("0x" + "0f" * 20)
TRANSACTION = SignedTransaction(b"\x02\xf8\x01", Hash32("0x" + "ab" * 32))
OTHER = SignedTransaction(b"\x02\xf8\x02", Hash32("0x" + "cd" * 32))


@dataclass
class Witness:
    """A relay that looks into the ledger's file at the moment when it is asked."""

    file: Path
    delay_seconds: float = 0.0
    answer: Any = field(default_factory=lambda: {"bundleHash": "0x" + "11" * 32})
    status: int = 200
    bodies: list[Any] = field(default_factory=list)
    seen: list[list[tuple[str, str, str, int]]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def answer_to(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        self.bodies.append(body)
        self.times.append(time.monotonic())
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as connection:
            query = """SELECT s.plan_id, s.relay, t.hash, s.target_block FROM submissions s
                       JOIN transactions t ON t.plan_id = s.plan_id AND t.target_block = s.target_block"""
            self.seen.append(connection.execute(query).fetchall())
        connection.close()
        await asyncio.sleep(self.delay_seconds)
        said = orjson.dumps({"jsonrpc": "2.0", "id": body["id"], "result": self.answer})
        return web.Response(status=self.status, body=said, content_type="application/json")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'keeper.db'}"


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "keeper.db")


@asynccontextmanager
async def fanout(url: str, witnesses: dict[str, Witness], *, seconds: float = 1.5) -> AsyncIterator[Fanout]:
    async with AsyncExitStack() as stack:
        ledger = await stack.enter_async_context(Ledger.open(url))
        session = await stack.enter_async_context(open_session())
        relays = []
        for name, witness in witnesses.items():
            server = await stack.enter_async_context(HttpNode(witness.answer_to))
            relays.append(Relay(RelaySettings(name, server.url, timeout_seconds=seconds), session))
        yield Fanout(relays, SignedRequests(LocalSigner(b"\x07" * 32)), ledger)


def willing(_: Plan) -> None:
    return None


async def send(fanout: Fanout, plan: Plan, transaction: SignedTransaction = TRANSACTION) -> list[Denial]:
    await fanout.ledger.record_intent(plan)
    return await fanout.send([Sending(plan, transaction, OPERATOR, 7)], willing)


async def test_a_relay_finds_the_submission_in_the_ledger_when_the_bundle_arrives(url: str, witness: Witness) -> None:
    async with fanout(url, {"one": witness}) as fan:
        assert await send(fan, make_plan(target_block=100)) == []
    assert witness.seen == [[("plan", "one", TRANSACTION.hash, 100)]]
    (body,) = witness.bodies
    assert body["method"] == "eth_sendBundle"
    assert body["params"] == [
        {
            "txs": ["0x02f801"],
            "blockNumber": "0x64",
            "revertingTxHashes": [],
            "replacementUuid": replacement_uuid("plan"),
        }
    ]


async def test_what_a_relay_says_is_written_down(url: str, witness: Witness) -> None:
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
        (row,) = await fan.ledger.listing(Listing.SUBMISSIONS)
        (unresolved,) = await fan.ledger.unresolved()
    assert (row["state"], row["response"]) == (SubmissionState.ACCEPTED, "0x" + "11" * 32)
    assert unresolved.relays == {"one": SubmissionState.ACCEPTED}
    assert [(each.hash, each.sender, each.nonce) for each in unresolved.transactions] == [
        (TRANSACTION.hash, OPERATOR, 7)
    ]
    assert (unresolved.first_target, unresolved.last_target) == (100, 100)


async def test_the_same_plan_goes_to_the_same_block_once(url: str, witness: Witness) -> None:
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
        await send(fan, make_plan())
        await send(fan, make_plan(), OTHER)
    assert len(witness.bodies) == 1


async def test_nor_again_after_a_restart(url: str, witness: Witness) -> None:
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
    assert len(witness.bodies) == 1


async def test_a_relay_that_was_added_since_gets_it_and_the_others_not_again(url: str, witness: Witness) -> None:
    new = Witness(witness.file)
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
    async with fanout(url, {"one": witness, "two": new}) as fan:
        await send(fan, make_plan())
    assert (len(witness.bodies), len(new.bodies)) == (1, 1)


async def test_the_next_block_is_another_submission_under_the_same_uuid(url: str, witness: Witness) -> None:
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan(target_block=100))
        await send(fan, make_plan(target_block=101), OTHER)
    first, second = (body["params"][0] for body in witness.bodies)
    assert (first["blockNumber"], second["blockNumber"]) == ("0x64", "0x65")
    assert first["replacementUuid"] == second["replacementUuid"]


async def test_no_relay_waits_for_another(url: str, witness: Witness) -> None:
    names = ("one", "two", "three")
    witnesses = {name: Witness(witness.file, delay_seconds=0.4) for name in names}
    async with fanout(url, witnesses) as fan:
        async with asyncio.timeout(1.0):
            await send(fan, make_plan())
        rows = await fan.ledger.listing(Listing.SUBMISSIONS)
    assert {row["relay"] for row in rows if row["state"] == SubmissionState.ACCEPTED} == set(names)
    asked = [moment for each in witnesses.values() for moment in each.times]
    assert max(asked) - min(asked) < 0.3


async def test_all_plans_of_a_block_are_written_down_before_the_first_of_them_leaves(
    url: str, witness: Witness
) -> None:
    plans = [make_plan(f"plan-{number}", native_id=str(number)) for number in range(3)]
    signed = [SignedTransaction(bytes([2, number]), Hash32(f"0x{number:064x}")) for number in range(3)]
    async with fanout(url, {"one": witness}) as fan:
        await fan.ledger.record_intents(plans)
        sendings = [Sending(plan, each, OPERATOR, 7) for plan, each in zip(plans, signed, strict=True)]
        assert await fan.send(sendings, willing) == []
    assert len(witness.bodies) == 3
    assert all(len(seen) == 3 for seen in witness.seen)


async def test_what_one_plan_is_denied_does_not_keep_the_others(url: str, witness: Witness) -> None:
    good, bad = make_plan("good"), make_plan("bad", native_id="2")
    denial = Denial(DenialCode.RISK_HALTED, str(bad.position), bad.target_block, bad.strategy)
    async with fanout(url, {"one": witness}) as fan:
        await fan.ledger.record_intents([good, bad])
        sendings = [Sending(good, TRANSACTION, OPERATOR, 7), Sending(bad, OTHER, OPERATOR, 8)]
        assert await fan.send(sendings, lambda plan: denial if plan.id == "bad" else None) == [denial]
        assert [plan.plan_id for plan in await fan.ledger.unresolved()] == ["good"]
    assert len(witness.bodies) == 1


async def test_a_relay_that_does_not_answer_in_time_may_have_it(url: str, witness: Witness) -> None:
    slow, quick = Witness(witness.file, delay_seconds=5), Witness(witness.file)
    async with fanout(url, {"slow": slow, "quick": quick}, seconds=0.2) as fan:
        async with asyncio.timeout(2):
            await send(fan, make_plan())
        (plan,) = await fan.ledger.unresolved()
        rows = {row["relay"]: row["response"] for row in await fan.ledger.listing(Listing.SUBMISSIONS)}
    assert plan.relays == {"slow": SubmissionState.UNRESOLVED, "quick": SubmissionState.ACCEPTED}
    assert str(rows["slow"]).startswith("RELAY_TIMEOUT")


async def test_what_every_relay_refused_is_not_waited_for(url: str, witness: Witness) -> None:
    witness.status = 403
    async with fanout(url, {"one": witness}) as fan:
        await send(fan, make_plan())
        assert await fan.ledger.unresolved() == []
        (row,) = await fan.ledger.listing(Listing.SUBMISSIONS)
    assert row["state"] == SubmissionState.REFUSED
    assert str(row["response"]).startswith("RELAY_FORBIDDEN")


async def test_a_word_against_it_directly_before_the_wire_is_the_last(url: str, witness: Witness) -> None:
    plan = make_plan(gain=ETHER)
    denial = Denial(DenialCode.RISK_HALTED, str(plan.position), plan.target_block, plan.strategy)
    async with fanout(url, {"one": witness}) as fan:
        await fan.ledger.record_intent(plan)
        assert await fan.send([Sending(plan, TRANSACTION, OPERATOR, 7)], lambda _: denial) == [denial]
        assert await fan.ledger.unresolved() == []
    assert witness.bodies == []


def test_a_plans_uuid_is_its_own_and_stays() -> None:
    assert replacement_uuid("a") == replacement_uuid("a") != replacement_uuid("b")
