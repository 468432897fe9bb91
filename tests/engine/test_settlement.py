"""What became of what we did: bids that stand, are outbid, redeemed with a fine, won and sold; and all of it taken back.

Transactions, receipts and blocks are a real chain's; what happens to the positions is told as an adapter would.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from keeper.config.schema import Mode
from keeper.domain.adapters import Event, Happening
from keeper.domain.blocks import Header, Log
from keeper.domain.plans import Plan
from keeper.domain.units import ETHER, Address, Hash32, Wei
from keeper.engine.settlement import Settlement
from keeper.execution.fanout import Fanout, Sending
from keeper.ledger import ExposureState, Ledger, LineKind, Listing, Result, Unresolved
from keeper.risk import KillSwitch, Limits, RiskGate, reservation
from tests.support.ground import FLAT_TIP, TIP, Ground

pytestmark = pytest.mark.timeout(60)

APES = Address("0x" + "a9" * 20)
RIVAL = Address("0x" + "1a" * 20)
BID, FINE = Wei(7 * ETHER), Wei(ETHER // 3)
_PLENTY = Wei(10_000 * ETHER)


@dataclass(frozen=True, slots=True)
class Keeper:
    """As much of the engine as settles; plans go through the real relay."""

    place: Ground
    ledger: Ledger
    gate: RiskGate
    settlement: Settlement

    async def send(self, plan: Plan, operator: int = 0) -> Hash32:
        """A plan on its way; returns its transaction's hash."""
        envelope = await self.place.envelope(plan, operator)
        signed = await self.place.operators[operator].sign_transaction(envelope.fields(400_000))
        self.gate.keep([reservation(plan)])
        await self.ledger.record_intent(plan)
        fanout = Fanout((self.place.client_of(self.place.relay.url),), self.place.requests, self.ledger)
        await fanout.send([Sending(plan, signed, envelope.sender, envelope.nonce)], lambda _: None)
        return signed.hash

    async def block(self, *happenings: Happening) -> tuple[Header, list[Unresolved]]:
        """The next block, settled."""
        await self.place.relay.build_block()
        return await self.settle(*happenings)

    async def settle(self, *happenings: Happening) -> tuple[Header, list[Unresolved]]:
        """The head, settled; happenings get its hash and number."""
        head = await self.place.head()
        here = [replace(h, log=replace(h.log, block_number=head.number, block_hash=head.hash)) for h in happenings]
        return head, await self.settlement.settle(head, here)

    async def stands(self) -> Plan:
        """A bid that has landed and is known to stand."""
        plan = await self.place.bid(BID)
        sent = await self.send(plan)
        await self.block(self.told(plan, Event.BID, BID, tx=sent))
        return plan

    def told(
        self, plan: Plan, event: Event, amount: int, *, who: Address | None = None, tx: str = "0x" + "77" * 32
    ) -> Happening:
        """An event about the piece, in our transaction or somebody's."""
        log = Log(APES, (), b"", 0, Hash32("0x" + "00" * 32), Hash32(tx), 0, 0)
        account = who or self.place.world.executor
        return Happening(event, plan.position, account, self.place.weth, Wei(amount), log, APES, 341)

    async def states(self) -> list[str]:
        return [str(row["state"]) for row in await self.ledger.listing(Listing.EXPOSURES)]

    async def booked(self, kind: LineKind) -> int:
        return (await self.ledger.profit()).total(kind)

    async def results(self) -> list[str]:
        return [str(row["result"]) for row in reversed(await self.ledger.listing(Listing.OUTCOMES))]


@pytest.fixture
def keeper(place: Ground, ledger: Ledger, tmp_path: Path) -> Keeper:
    limits = Limits(_PLENTY, _PLENTY, _PLENTY, _PLENTY, _PLENTY, None)
    gate = RiskGate(limits, Mode.LIVE, KillSwitch(tmp_path / "halt"))
    return Keeper(place, ledger, gate, Settlement(ledger, place.reader, gate, place.world.executor))


async def test_a_bid_that_landed_opens_an_exposure_of_its_price(keeper: Keeper) -> None:
    await keeper.stands()
    (exposure,) = await keeper.ledger.open_exposures()
    assert (exposure.collection, exposure.token_id, exposure.capital) == (APES, 341, BID)
    assert exposure.state is ExposureState.OPEN
    assert await keeper.booked(LineKind.BID) == -BID
    assert (await keeper.booked(LineKind.GAIN), await keeper.booked(LineKind.TIP)) == (0, -FLAT_TIP)
    assert keeper.gate.reserved() == ()
    assert await keeper.ledger.capital_open() == BID


async def test_a_plan_is_in_flight_until_its_block_has_come(keeper: Keeper) -> None:
    plan = await keeper.place.gift()
    await keeper.send(plan)
    _, flying = await keeper.settle()
    assert [each.plan_id for each in flying] == [plan.id]
    assert len(keeper.gate.reserved()) == 1
    _, flying = await keeper.block()
    assert flying == []
    assert keeper.gate.reserved() == ()
    assert await keeper.booked(LineKind.GAIN) == ETHER


async def test_being_outbid_gives_the_bid_back(keeper: Keeper) -> None:
    plan = await keeper.stands()
    higher = keeper.told(plan, Event.BID, BID + ETHER, who=RIVAL)
    await keeper.block(higher, keeper.told(plan, Event.OUTBID, BID))
    assert await keeper.states() == [ExposureState.OUTBID]
    assert await keeper.booked(LineKind.REFUND) == BID
    assert await keeper.ledger.capital_open() == 0
    assert await keeper.booked(LineKind.FINE) == 0


async def test_a_redemption_gives_the_last_bidder_the_bid_and_the_first_the_fine(keeper: Keeper) -> None:
    plan = await keeper.stands()
    await keeper.block(keeper.told(plan, Event.REDEEMED, BID), keeper.told(plan, Event.FINED, FINE))
    assert await keeper.states() == [ExposureState.REDEEMED]
    assert (await keeper.booked(LineKind.REFUND), await keeper.booked(LineKind.FINE)) == (BID, FINE)


async def test_the_first_bidder_gets_the_fine_although_it_was_outbid_long_before(keeper: Keeper) -> None:
    plan = await keeper.stands()
    await keeper.block(keeper.told(plan, Event.OUTBID, BID))
    redeemed = keeper.told(plan, Event.REDEEMED, BID + ETHER, who=RIVAL)
    await keeper.block(redeemed, keeper.told(plan, Event.FINED, FINE))
    assert await keeper.states() == [ExposureState.REDEEMED]
    assert (await keeper.booked(LineKind.REFUND), await keeper.booked(LineKind.FINE)) == (BID, FINE)


async def test_what_happens_to_others_is_none_of_our_money(keeper: Keeper) -> None:
    plan = await keeper.stands()
    other = replace(plan.position, native_id="another")
    events: Sequence[Happening] = (
        keeper.told(plan, Event.OUTBID, BID, who=RIVAL),
        keeper.told(plan, Event.FINED, FINE, who=RIVAL),
        keeper.told(replace(plan, position=other), Event.REDEEMED, BID),
    )
    await keeper.block(*events)
    assert await keeper.states() == [ExposureState.OPEN]
    assert await keeper.booked(LineKind.REFUND) == 0


async def test_what_was_won_is_sold_at_the_sales_price_less_its_cost(keeper: Keeper) -> None:
    plan = await keeper.stands()
    sale = replace(await keeper.place.gift(9 * ETHER, id_="sale"), position=plan.position)
    sent = await keeper.send(sale)
    await keeper.block(keeper.told(plan, Event.FINALISED, BID, tx=sent))
    assert await keeper.states() == [ExposureState.SOLD]
    assert await keeper.booked(LineKind.SALE) == 9 * ETHER
    profit = await keeper.ledger.profit()
    assert profit.cost_of_sales == BID
    gas, tips = profit.total(LineKind.GAS), FLAT_TIP + TIP.of(9 * ETHER)
    assert profit.net == 9 * ETHER - BID - tips + gas


async def test_what_somebody_else_finalised_for_us_is_won(keeper: Keeper) -> None:
    plan = await keeper.stands()
    await keeper.block(keeper.told(plan, Event.FINALISED, BID))
    assert await keeper.states() == [ExposureState.WON]
    assert await keeper.ledger.capital_open() == BID


async def test_telling_it_twice_books_it_once(keeper: Keeper) -> None:
    plan = await keeper.stands()
    events = (keeper.told(plan, Event.REDEEMED, BID), keeper.told(plan, Event.FINED, FINE))
    await keeper.block(*events)
    await keeper.settle(*events)
    assert (await keeper.booked(LineKind.REFUND), await keeper.booked(LineKind.FINE)) == (BID, FINE)


async def test_a_plan_that_missed_is_expired_and_one_whose_nonce_went_elsewhere_is_lost(keeper: Keeper) -> None:
    first, second = await keeper.place.gift(id_="first"), await keeper.place.gift(id_="second")
    await keeper.send(first, 0)
    await keeper.send(second, 1)
    other = await keeper.place.signed(await keeper.place.gift(ETHER // 2, id_="other"), 1)
    keeper.place.relay.lose_slots()
    await keeper.place.reader.send_raw(other.raw)
    await keeper.block()
    rows = {str(row["plan_id"]): row for row in await keeper.ledger.listing(Listing.OUTCOMES)}
    assert rows["first"]["result"] == Result.EXPIRED
    assert rows["second"]["result"] == Result.LOST
    assert keeper.place.operators[1].address in str(rows["second"]["detail"])
    assert keeper.gate.reserved() == ()


async def test_what_reverted_on_chain_costs_its_gas_and_nothing_else(keeper: Keeper) -> None:
    plan = replace(await keeper.place.gift(), min_profit=Wei(2 * ETHER))
    await keeper.send(plan)
    signed = await keeper.place.signed(plan)
    keeper.place.relay.lose_slots()
    await keeper.place.reader.send_raw(signed.raw)
    await keeper.block()
    assert await keeper.results() == [Result.REVERTED]
    assert await keeper.booked(LineKind.GAS) < 0
    assert await keeper.booked(LineKind.GAIN) == 0


async def test_a_reorganisation_takes_a_bid_back_and_it_may_land_again(keeper: Keeper) -> None:
    plan = await keeper.stands()
    gone = await keeper.place.head()
    await keeper.ledger.unsettle(gone.hash)
    assert await keeper.states() == [ExposureState.UNDONE]
    assert await keeper.ledger.capital_open() == 0
    (open_again,) = await keeper.ledger.unresolved()
    assert open_again.plan_id == plan.id
    sent = open_again.transactions[0].hash
    await keeper.settle(keeper.told(plan, Event.BID, BID, tx=sent))
    assert await keeper.ledger.capital_open() == BID


async def test_a_reorganisation_of_a_redemption_opens_the_exposure_again(keeper: Keeper) -> None:
    plan = await keeper.stands()
    head, _ = await keeper.block(keeper.told(plan, Event.REDEEMED, BID), keeper.told(plan, Event.FINED, FINE))
    await keeper.ledger.unsettle(head.hash)
    assert await keeper.states() == [ExposureState.OPEN]
    assert (await keeper.booked(LineKind.REFUND), await keeper.booked(LineKind.FINE)) == (0, 0)
    assert await keeper.ledger.capital_open() == BID
    await keeper.block(keeper.told(plan, Event.OUTBID, BID))
    assert await keeper.states() == [ExposureState.OUTBID]
