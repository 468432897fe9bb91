"""Denials: the coded reason why something that was looked at is not done, with the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class DenialCode(StrEnum):
    """``CATEGORY_CONDITION``. The value is what it means; the name is the code that everybody sees."""

    STATE_PRICE_UNKNOWN = "an oracle value it hangs on is missing or too old"
    STATE_AUCTION_HELD = "our bid stands; nothing to do until the auction ends or we are outbid"
    STATE_NOT_OPEN = "the step is not possible at this moment"
    STATE_ALREADY_IN_FLIGHT = "a plan for it was submitted and is not resolved yet"
    EXIT_NONE = "no pool and no offer takes the piece"
    EXIT_BELOW_COST = "what the exits bring, all fees off, is less than what the piece costs"
    EXIT_MAKER_UNFUNDED = "the offer's maker has not the balance or the approval to pay"
    EXIT_POOL_SHORT = "the pool has not the balance to pay what it quotes"
    EXIT_UNTRUSTED = "the pool, curve, recipient or zone is not one that the configuration trusts"
    EXIT_ORDER_DEAD = "the order is filled, cancelled, expired or signed under an old counter"
    PROFIT_TOO_SMALL = "the profit after fees, gas and tip is under the configured minimum"
    PLAN_CONFLICT = "another plan of this block uses the same pool inventory, offer or piece and earns more"
    PLAN_NO_LANE = "every operator account has a transaction in flight"
    PLAN_BLOCK_GAS = "the plans chosen before it use up the gas that a block may hold"
    FUNDING_UNAVAILABLE = "no flash lender has enough of the asset and own capital is short"
    FUNDING_ASSET_UNSUPPORTED = "it has to be paid in an asset that cannot be funded"
    SIMULATION_REVERTED = "the transaction reverts on the target block's state"
    SIMULATION_DISAGREES = "local maths, the node's simulation and the relay's do not agree to the wei"
    SIMULATION_UNAVAILABLE = "neither the node nor the relay could simulate it in time"
    RISK_MODE = "the mode does not allow sending"
    RISK_HALTED = "the kill switch is on"
    RISK_LIMIT_TRANSACTION = "it risks more than one transaction may"
    RISK_LIMIT_COLLECTION = "it would bind more in this collection than allowed"
    RISK_LIMIT_DAY = "the day's limit of capital or loss is used up"
    RISK_LIMIT_TOTAL = "open capital would be over its limit"
    RISK_COLLECTION_NOT_ALLOWED = "the collection is not on the list of those allowed"
    STRATEGY_FAILED = "the strategy raised an error and was halted"


@dataclass(frozen=True, slots=True)
class Denial:
    """``subject`` is what was denied: a position's, order's or plan's key as text. ``numbers`` hold amounts in wei,
    times in seconds, and whatever else the decision was made of; enough to follow it by hand."""

    code: DenialCode
    subject: str
    block: int
    strategy: str = ""
    numbers: Mapping[str, int | str] = field(default_factory=dict)

    def __str__(self) -> str:
        numbers = ", ".join(f"{name}={value}" for name, value in self.numbers.items())
        return f"{self.code.name}: {self.subject}" + (f": {numbers}" if numbers else "")
