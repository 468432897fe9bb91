"""What became of what we did: plans in flight by their receipts, exposures by what happens to their positions."""

from collections.abc import Sequence
from functools import partial

from keeper import observe
from keeper.chain.reader import Reader, UnknownBlock
from keeper.domain.adapters import Event, Happening
from keeper.domain.blocks import Header
from keeper.domain.units import Address, Hash32, Wei
from keeper.engine.knowledge import patiently
from keeper.execution.flights import Fate, Flight, resolve
from keeper.execution.flights import Outcome as FlightOutcome
from keeper.ledger import (
    Exposure,
    ExposureState,
    Ledger,
    LineKind,
    Opening,
    Outcome,
    Result,
    Unresolved,
    Where,
)
from keeper.risk import RiskGate

_MOVES = frozenset({Event.OUTBID, Event.REDEEMED, Event.FINED, Event.FINALISED})
_RESULTS = {Fate.LANDED: Result.LANDED, Fate.REVERTED: Result.REVERTED}


class Settlement:
    """Asks the chain and writes to the ledger. The ledger says what is open, so that a restart goes on where it was."""

    def __init__(self, ledger: Ledger, reader: Reader, gate: RiskGate, executor: Address) -> None:
        self._ledger = ledger
        self._reader = reader
        self._gate = gate
        self._executor = executor

    async def settle(self, head: Header, happenings: Sequence[Happening]) -> list[Unresolved]:
        """Everything that is decided by ``head``; returns the plans that may still land.

        ``happenings`` are the block's; at start, those of the whole history that concern us. What was settled before is
        recognised, so nothing is booked twice.
        """
        pending = {plan.plan_id: plan for plan in await self._ledger.unresolved()}
        flights = [flight for plan in pending.values() for flight in _flights(plan)]
        outcomes = await patiently(lambda: resolve(flights, head, self._reader))
        for plan_id, plan in list(pending.items()):
            own = [outcome for outcome in outcomes if outcome.flight.plan_id == plan_id]
            on_chain = next((outcome for outcome in own if outcome.receipt is not None), None)
            if on_chain is not None:
                await self._landed(plan, on_chain, happenings, head)
            elif plan.last_target <= head.number:
                await self._missed(plan, own, head)
            else:
                continue
            del pending[plan_id]
            self._gate.release(plan_id)
        await self._move_exposures(happenings, head)
        return list(pending.values())

    async def _landed(
        self, plan: Unresolved, outcome: FlightOutcome, happenings: Sequence[Happening], head: Header
    ) -> None:
        """A plan is on chain: book it, open what it bound, close what it sold."""
        receipt = outcome.receipt
        if receipt is None:
            return
        result = _RESULTS[outcome.fate]
        bids = [h for h in happenings if h.log.tx_hash == receipt.tx_hash and h.event is Event.BID]
        opened = [
            Opening(bid.token, bid.token_id, bid.amount)
            for bid in bids
            if bid.account == self._executor and bid.token is not None and bid.token_id is not None
        ]
        closes = await self._exposure_of(plan.position) if not opened and result is Result.LANDED else None
        await self._ledger.settle(
            Outcome(
                plan_id=plan.plan_id,
                result=result,
                block_number=receipt.block_number,
                timestamp=await self._timestamp_of(receipt.block_hash, head),
                block_hash=receipt.block_hash,
                tx_hash=receipt.tx_hash,
                gas_used=receipt.gas_used,
                gas_cost=outcome.gas_cost,
                tip=outcome.tip,
                gain=outcome.gain,
            ),
            opened,
            closes.id if closes is not None else None,
        )
        self._tell_landed(plan, outcome, result, opened, closes)

    def _tell_landed(
        self,
        plan: Unresolved,
        outcome: FlightOutcome,
        result: Result,
        opened: Sequence[Opening],
        closes: Exposure | None,
    ) -> None:
        receipt = outcome.receipt
        if receipt is None:
            return
        if result is Result.REVERTED:
            observe.plan_lost(plan.plan_id, plan.strategy, result.value, block=receipt.block_number)
            return
        observe.plan_landed(
            plan.plan_id,
            plan.strategy,
            tx_hash=receipt.tx_hash,
            block=receipt.block_number,
            blocks_waited=receipt.block_number - plan.first_target + 1,
            predicted=plan.predicted_gain,
            realised=outcome.gain,
        )
        observe.profit_booked(plan.strategy, "gas", Wei(-outcome.gas_cost))
        observe.profit_booked(plan.strategy, "tip", Wei(-outcome.tip))
        for opening in opened:
            observe.exposure_opened(plan.position, opening.collection, opening.capital)
        if closes is not None:
            observe.exposure_closed(plan.position, closes.collection, closes.capital, "sold")
        if not opened:
            basis = closes.capital if closes is not None else 0
            observe.profit_booked(plan.strategy, "gross", Wei(outcome.gain - basis))

    async def _missed(self, plan: Unresolved, outcomes: Sequence[FlightOutcome], head: Header) -> None:
        """Its last target block is there without it. The nonces are the newest: the head may have left the chain by now."""
        nonces = {outcome.flight.sender: outcome.flight.nonce for outcome in outcomes}
        used = [
            account
            for account, nonce in nonces.items()
            if await patiently(partial(self._reader.nonce, account)) > nonce
        ]
        result = Result.LOST if used else Result.EXPIRED
        detail = f"nonce used by another transaction of {used[0]}" if used else ""
        await self._ledger.settle(
            Outcome(plan.plan_id, result, plan.last_target, head.timestamp, head.hash, detail=detail)
        )
        observe.plan_lost(plan.plan_id, plan.strategy, result.value, block=plan.last_target)

    async def _move_exposures(self, happenings: Sequence[Happening], head: Header) -> None:
        """Bids of ours that were outbid, redeemed or won, in somebody's transaction."""
        ours = [h for h in happenings if h.account == self._executor and h.event in _MOVES]
        for happening in ours:
            for exposure in await self._ledger.exposures_of(str(happening.position)):
                if happening.log.block_number < exposure.opened_block:
                    continue  # it is about an earlier bid on the same loan
                entered, lines = _move(happening, exposure, ours)
                if entered is None:
                    continue
                log = happening.log
                timestamp = await self._timestamp_of(log.block_hash, head)
                where = Where(log.block_number, log.block_hash, log.tx_hash, timestamp)
                if await self._ledger.move_exposure(exposure.id, entered, where, lines):
                    _tell_moved(exposure, entered, lines)

    async def _timestamp_of(self, block: Hash32, head: Header) -> int:
        """When a block was; only what happened while no keeper ran is older than the head.

        A block that has left the chain meanwhile will be taken back: until then the head's time will do.
        """

        async def ask() -> int:
            try:
                return (await self._reader.block(block)).timestamp
            except UnknownBlock:
                return head.timestamp

        return head.timestamp if block == head.hash else await patiently(ask)

    async def _exposure_of(self, position: str) -> Exposure | None:
        """The capital that is bound in a position."""
        exposures = await self._ledger.open_exposures()
        return next((exposure for exposure in exposures if exposure.position == position), None)


def _flights(plan: Unresolved) -> list[Flight]:
    return [
        Flight(plan.plan_id, transaction.hash, transaction.sender, transaction.nonce, plan.last_target)
        for transaction in plan.transactions
    ]


def _move(
    happening: Happening, exposure: Exposure, ours: Sequence[Happening]
) -> tuple[ExposureState | None, list[tuple[LineKind, Wei]]]:
    """Where a happening takes one exposure, and the money that comes with it.

    The last bidder gets the bid back, the first one the fine, which it does even when it was outbid long before.
    """
    fines = [
        (LineKind.FINE, other.amount)
        for other in ours
        if other.event is Event.FINED
        and other.log.tx_hash == happening.log.tx_hash
        and other.position == happening.position
    ]
    refund = (LineKind.REFUND, exposure.capital)
    match happening.event, exposure.state:
        case Event.OUTBID, ExposureState.OPEN if happening.amount == exposure.capital:
            return ExposureState.OUTBID, [refund]
        case Event.REDEEMED, ExposureState.OPEN:
            return ExposureState.REDEEMED, [refund, *fines]
        case Event.FINED, ExposureState.OUTBID:
            return ExposureState.REDEEMED, fines
        case Event.FINALISED, ExposureState.OPEN:
            return ExposureState.WON, []
        case _:
            return None, []


def _tell_moved(exposure: Exposure, entered: ExposureState, lines: Sequence[tuple[LineKind, Wei]]) -> None:
    if exposure.state is ExposureState.OPEN and entered is not ExposureState.WON:
        observe.exposure_closed(exposure.position, exposure.collection, exposure.capital, entered.value)
    for kind, amount in lines:
        if kind is LineKind.FINE:
            observe.profit_booked(exposure.strategy, "fine", amount)
