"""What became of the cast, from the keeper's own ledger, and whether it is what had to become of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keeper.devnet.cast import Case, Cast, Ending
from keeper.devnet.stage import Updates
from keeper.domain.steps import Kind
from keeper.domain.units import Wei
from keeper.ledger import Explanation, ExposureState, Ledger, LineKind, Profit

_LEAST_SPLIT_PIECES = 3


@dataclass(frozen=True, slots=True)
class Landing:
    """A transaction of the keeper's that is on chain. Amounts in wei; ``gain`` is before the tip, without what a piece
    had cost before; ``fine`` what a bid was to earn if the borrower redeemed at once."""

    block: int
    shape: str
    steps: tuple[str, ...]
    sales: tuple[Mapping[str, Any], ...]
    flashes: tuple[Mapping[str, Any], ...]
    predicted: Wei
    gain: Wei
    tip: Wei
    gas_cost: Wei
    fine: Wei = Wei(0)

    @property
    def pieces(self) -> int:
        return sum(len(sale["token_ids"]) for sale in self.sales)

    @property
    def exits(self) -> frozenset[str]:
        """The kinds of places that it sold to."""
        return frozenset(str(sale["kind"]) for sale in self.sales)


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    block: int
    numbers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one loan. ``exposure`` is the state and the capital of what was bound in it."""

    case: Case
    landings: tuple[Landing, ...]
    refusal: Refusal | None
    exposure: tuple[ExposureState, Wei] | None
    fine: Wei
    first_seen: int | None
    """The first block that was decided for."""

    @property
    def earning(self) -> Landing | None:
        """The transaction that earned, where one did."""
        return next((landing for landing in self.landings if landing.shape == "atomic"), None)

    def faults(self, updates: Updates) -> Iterator[str]:
        """Everything that is not as it has to be, in words."""
        updated = updates.bend if self.case.position.startswith("benddao") else updates.para
        if self.first_seen != updated + 1:
            yield f"it was first decided about for block {self.first_seen}; the oracle's update was in {updated}"
        for landing in self.landings:
            if landing.gain != landing.predicted:
                yield f"block {landing.block}: {landing.gain - landing.predicted} wei off the prediction"
        if not self._ended_well():
            shapes = ", ".join(f"{landing.shape} in {landing.block}" for landing in self.landings) or "nothing landed"
            yield f"it has to be {self.case.ending.value}; {shapes}, exposure {self.exposure}, refusal {self.refusal}"

    def _ended_well(self) -> bool:
        earning = self.earning
        match self.case.ending:
            case Ending.REFUSED:
                spent = any(landing.shape != "groundwork" for landing in self.landings)
                return self.refusal is not None and not spent
            case Ending.REDEEMED:
                return self._state is ExposureState.REDEEMED and self.fine > 0 and earning is None
            case Ending.WON:
                return self._state is ExposureState.SOLD and earning is not None and Kind.FINALISE in earning.steps
            case Ending.POOL:
                return earning is not None and earning.exits == {"pool"}
            case Ending.OFFER:
                return earning is not None and earning.exits == {"offer"} and Kind.SEIZE_TOKENS in earning.steps
            case Ending.SPLIT:
                whole = earning is not None and earning.pieces >= _LEAST_SPLIT_PIECES
                return whole and earning is not None and earning.exits == {"pool", "offer"}

    @property
    def _state(self) -> ExposureState | None:
        return None if self.exposure is None else self.exposure[0]


@dataclass(frozen=True, slots=True)
class Review:
    results: tuple[Result, ...]
    profit: Profit
    faults: tuple[str, ...]


async def review(ledger: Ledger, cast: Cast, updates: Updates) -> Review:
    """Every case of the cast, and what was earned altogether."""
    results = tuple([_result(case, await ledger.explain(case.position)) for case in cast.cases])
    wrong = [f"{result.case.name}: {fault}" for result in results for fault in result.faults(updates)]
    wrong += [f"the ledger: {violation}" for violation in await ledger.verify()]
    return Review(results, await ledger.profit(), tuple(wrong))


def _result(case: Case, known: Explanation) -> Result:
    intents: dict[str, Any] = {str(row["plan_id"]): row for row in known.intents}
    landings = [_landing(intents[str(row["plan_id"])], row) for row in known.outcomes if row["result"] == "landed"]
    refusals = [
        Refusal(str(row["code"]), _int(row["first_block"]), _mapping(row["numbers"]))
        for row in known.denials
        if case.refusal is not None and row["code"] == case.refusal.name
    ]
    exposures = [(ExposureState(str(row["state"])), Wei(_int(row["capital"]))) for row in known.exposures]
    decided = [_int(row["created_block"]) for row in known.intents] + [
        _int(row["first_block"]) for row in known.denials
    ]
    return Result(
        case=case,
        landings=tuple(sorted(landings, key=lambda landing: landing.block)),
        refusal=refusals[0] if refusals else None,
        exposure=exposures[-1] if exposures else None,
        fine=Wei(sum(_int(row["amount_wei"]) for row in _in_force(known.entries) if row["kind"] == LineKind.FINE)),
        first_seen=min(decided, default=None),
    )


def _landing(intent: Mapping[str, Any], outcome: Mapping[str, Any]) -> Landing:
    decision = intent["decision"]
    basis = decision["economics"]["cost_basis"]
    return Landing(
        block=outcome["block_number"],
        shape=intent["shape"],
        steps=tuple(step["kind"] for step in decision["steps"]),
        sales=tuple(decision["sales"]),
        flashes=tuple(decision["flashes"]),
        predicted=Wei(outcome["predicted_gain"] - basis),
        gain=Wei(outcome["gain"] - basis),
        tip=Wei(outcome["tip"]),
        gas_cost=Wei(outcome["gas_cost"]),
        fine=Wei(sum(step["income_if_redeemed"] for step in decision["steps"])),
    )


def _in_force(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if not row["reverted"]]


def _int(value: object) -> int:
    return int(str(value))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
