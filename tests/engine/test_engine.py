"""The tick, on a real chain with a real relay: who is asked, when, and what comes of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from keeper.chain.http_client import HttpClient
from keeper.chain.reader import Reader
from keeper.chain.rpc import Endpoint
from keeper.config.schema import Mode
from keeper.domain.units import ETHER
from keeper.execution.lanes import Lanes
from keeper.ledger import Ledger, LineKind, Listing, Result
from tests.support.bad_nodes import Proxy
from tests.support.engines import Broken, Gifts, make_parts, running, until
from tests.support.ground import TIP, Ground

pytestmark = pytest.mark.timeout(60)


async def results(ledger: Ledger) -> list[str]:
    return [str(row["result"]) for row in reversed(await ledger.listing(Listing.OUTCOMES))]


async def denials(ledger: Ledger, code: str) -> list[str]:
    rows = await ledger.listing(Listing.DENIALS)
    return [str(row["subject"]) for row in rows if row["code"] == code]


async def test_what_pays_lands_in_the_next_block_and_is_booked_to_the_wei(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts = Gifts(place, {"one": ETHER, "two": 2 * ETHER})
    before = await place.wealth()
    async with running(make_parts(place, ledger, tmp_path, [gifts]), place) as engine:
        gifts.amounts = {}
        await engine.next_block()
    assert await results(ledger) == [Result.LANDED, Result.LANDED]
    profit = await ledger.profit()
    tips = TIP.of(ETHER) + TIP.of(2 * ETHER)
    assert (profit.total(LineKind.GAIN), profit.total(LineKind.TIP)) == (3 * ETHER, -tips)
    assert await place.wealth() - before == 3 * ETHER - tips
    assert profit.total(LineKind.GAS) < 0


async def test_a_strategy_that_fails_is_halted_alone_and_the_reason_is_kept(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts, broken = Gifts(place, {"one": ETHER}), Broken()
    async with running(make_parts(place, ledger, tmp_path, [broken, gifts]), place) as engine:
        gifts.amounts = {}
        await engine.next_block()
        await engine.next_block()
    assert broken.asked == 1
    assert len(gifts.asked) >= 3
    assert await results(ledger) == [Result.LANDED]
    (row,) = (row for row in await ledger.listing(Listing.DENIALS) if row["code"] == "STRATEGY_FAILED")
    assert row["strategy"] == "broken"
    assert "ZeroDivisionError: no floor under this price" in str(row["numbers"])


async def test_blocks_that_are_already_old_are_learned_and_not_decided_on(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts = Gifts(place, {})
    head = await place.head()
    async with running(make_parts(place, ledger, tmp_path, [gifts]), place) as engine:
        await engine.evaluated(head.number)
        assert engine.parts.knowledge.book.head == head
    assert gifts.asked == [head.number + 1]


async def test_what_missed_its_block_is_tried_again_in_the_next(place: Ground, ledger: Ledger, tmp_path: Path) -> None:
    gifts = Gifts(place, {"one": ETHER})
    async with running(make_parts(place, ledger, tmp_path, [gifts]), place) as engine:
        assert len(await ledger.unresolved()) == 1
        place.relay.lose_slots()
        await engine.next_block()
        assert await results(ledger) == [Result.EXPIRED]
        gifts.amounts = {}
        await engine.next_block()
    assert await results(ledger) == [Result.EXPIRED, Result.LANDED]


async def test_a_position_in_flight_is_not_planned_again_when_its_block_is_replaced(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    """The head is reorganised while a bundle for the next block is out."""
    gifts = Gifts(place, {"one": ETHER})
    async with running(make_parts(place, ledger, tmp_path, [gifts]), place) as engine:
        head = (await place.head()).number
        gifts.amounts = {"two": ETHER}
        await engine.next_block()
        sent = len(await ledger.listing(Listing.SUBMISSIONS))
        asked = len(gifts.asked)
        await place.world.anvil.rpc("anvil_setCoinbase", "0x" + "99" * 20)
        await place.world.anvil.rpc("anvil_reorg", 1, [])
        await until(lambda: len(gifts.asked) > asked)
        await until(lambda: denied(ledger))
        assert gifts.asked[-1] == head + 2
        assert len(await ledger.listing(Listing.SUBMISSIONS)) == sent


async def denied(ledger: Ledger) -> bool:
    return bool(await denials(ledger, "STATE_ALREADY_IN_FLIGHT"))


async def test_a_reorganisation_takes_back_what_was_booked(place: Ground, ledger: Ledger, tmp_path: Path) -> None:
    gifts = Gifts(place, {"one": ETHER})
    async with running(make_parts(place, ledger, tmp_path, [gifts]), place) as engine:
        assert len(await ledger.unresolved()) == 1
        gifts.amounts = {}
        await engine.next_block()
        assert (await ledger.profit()).total(LineKind.GAIN) == ETHER
        await place.world.anvil.rpc("anvil_setCoinbase", "0x" + "99" * 20)
        await place.world.anvil.rpc("anvil_reorg", 1, [])

        async def taken_back() -> bool:
            return (await ledger.profit()).total(LineKind.GAIN) == 0

        await until(taken_back)
        await engine.next_block()
        assert await ledger.unresolved() == []
    assert Result.LANDED not in await results(ledger)


async def test_while_the_node_is_away_the_engine_waits_and_then_goes_on(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts = Gifts(place, {})
    port = int(place.world.anvil.url.rpartition(":")[2])
    async with Proxy(port) as proxy, HttpClient(Endpoint(proxy.url, timeout_seconds=0.3)) as client:
        parts = make_parts(place, ledger, tmp_path, [gifts], reader=Reader(client))
        async with running(parts, place) as engine:
            await engine.next_block()
            proxy.refusing = True
            proxy.cut()
            built = [await place.relay.build_block() for _ in range(3)]
            gifts.amounts = {"one": ETHER}
            proxy.refusing = False
            await engine.evaluated(built[-1].header.number)
            gifts.amounts = {}
            await engine.next_block()
            assert engine.parts.knowledge.book.head == await place.head()
    assert await results(ledger) == [Result.LANDED]


async def test_a_dry_run_proves_and_writes_down_and_sends_nothing(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts = Gifts(place, {"one": ETHER})
    async with running(make_parts(place, ledger, tmp_path, [gifts], mode=Mode.DRY_RUN), place) as engine:
        await engine.next_block()
        await engine.next_block()
    assert len(await ledger.listing(Listing.INTENTS)) == 1
    assert await ledger.listing(Listing.SUBMISSIONS) == []
    assert len(await denials(ledger, "RISK_MODE")) == 1
    assert list(place.relay.outcomes) == []


async def test_without_operator_keys_the_decision_is_all_there_is(
    place: Ground, ledger: Ledger, tmp_path: Path
) -> None:
    gifts = Gifts(place, {"one": ETHER})
    parts = replace(make_parts(place, ledger, tmp_path, [gifts]), lanes=Lanes(()))
    async with running(parts, place) as engine:
        await engine.next_block()
    assert await ledger.listing(Listing.SUBMISSIONS) == []
    assert len(await denials(ledger, "RISK_MODE")) == 1
    assert parts.gate.reserved() == ()
