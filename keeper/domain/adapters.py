"""What a protocol or a venue has to be: pure translators between a chain's logs and the domain's nouns.

An adapter does no I/O. What it has to read it asks for by yielding batches of reads (``Reading``); what it learns it
returns as ``Change``s. It keeps no state of its own: all it knows is in the book, so that a rollback takes it back too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from keeper.domain.blocks import Log, LogInterest, PendingTransaction
from keeper.domain.calls import Call, Reading
from keeper.domain.env import Env
from keeper.domain.facts import Change, Facts, Key, Price, PriceKey
from keeper.domain.markets import Quote
from keeper.domain.plans import Lender
from keeper.domain.positions import Position, PositionKey
from keeper.domain.steps import Step
from keeper.domain.units import Address, Wei


class Event(StrEnum):
    """What happens to positions that an exposure of ours can hang on."""

    BID = "bid"
    OUTBID = "outbid"
    REDEEMED = "redeemed"
    """The borrower took the piece back; ``account`` is the last bidder, ``amount`` the bid it gets back."""
    FINED = "fined"
    """Beside it: ``account`` is the first bidder, ``amount`` the fine that it earns."""
    FINALISED = "finalised"
    LIQUIDATED = "liquidated"
    AUCTION_STARTED = "auction_started"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened on chain. ``account`` is whom it concerns: the bidder, the outbid one, the first bidder
    who gets the fine, the winner, the buyer. Amounts in wei of ``asset``."""

    event: Event
    position: PositionKey
    account: Address
    asset: Address
    amount: Wei
    """The bid, the refund, the fine, the price: what the event is about."""
    log: Log
    token: Address | None = None
    token_id: int | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What a log comes to: changes to make at once, facts to read again once the block's logs are all applied, and
    happenings to tell the ledger."""

    changes: Sequence[Change] = ()
    stale: Sequence[Key[object]] = ()
    happenings: Sequence[Happening] = ()


NOTHING = Applied()


class Adapter(Protocol):
    """One deployment of a protocol or a venue on one chain."""

    @property
    def name(self) -> str:
        """Of the kind: ``benddao_v1``."""

    @property
    def deployment(self) -> str:
        """Of this deployment: the name of its config file's entry, unique in the process."""

    @property
    def start_block(self) -> int | None:
        """The first block that can hold a log of it; ``None`` where its past says nothing that a read does not."""

    def interests(self, facts: Facts) -> Sequence[LogInterest]:
        """The logs it wants, as far as the facts tell by now; asked again after every block."""

    def bootstrap(self, facts: Facts) -> Reading[Sequence[Change]]:
        """What it has to read once, before the first log: parameters, lists, addresses. Raises ``HaltAdapter`` where the
        contracts are not what the configuration says."""

    def apply(self, log: Log, timestamp: int, facts: Facts) -> Applied:
        """What one log comes to. Logs that are none of its own are answered with ``NOTHING``; one that cannot be true
        raises ``HaltAdapter``."""

    def refresh(self, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """Reads the facts under ``keys`` anew, at the block that the driver chooses."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The prices that a pending transaction will set, if it lands."""

    transaction: PendingTransaction
    prices: tuple[tuple[PriceKey, Price], ...]


class LendingProtocol(Adapter, Protocol):
    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        """Every step that somebody like ``env.who`` could take now or later; ``pre`` says whether now. Exact for ``env``;
        empty where a fact it needs is unknown (then a trigger's ``now`` is ``None`` too)."""

    def forecast(self, transaction: PendingTransaction, env: Env) -> Forecast | None:
        """The prices a pending transaction to one of its oracles would set; ``None`` if it is none of those."""

    def explain_failure(self, revert: bytes) -> str:
        """What revert data of this protocol's contracts means, for people."""


class Venue(Adapter, Protocol):
    def sale_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """The calls, in order, by which ``env.who`` sells what was quoted: exact approvals, then the sale, at no less."""

    def purchase_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        """The calls by which ``env.who`` buys what was quoted at no more."""

    def volatile(self, collection: Address, facts: Facts) -> Iterable[Key[object]]:
        """The facts about a collection's places that can change without a log of ours (a maker's balance): read again
        before a decision hangs on them."""

    def explain_failure(self, revert: bytes) -> str:
        """What revert data of this venue's contracts means, for people."""


@runtime_checkable
class TakesOrders(Protocol):
    """A venue whose orders are signed off chain and reach us as documents."""

    @property
    def orders_file(self) -> Path | None:
        """A file of such documents, one JSON object a line, that is followed as it grows."""

    def accept(self, document: Mapping[str, Any], facts: Facts) -> Sequence[Change]:
        """What a document comes to, none of it a block's. Raises ``SkipItem`` for one that is no good."""


class LenderSource(Protocol):
    """Where flash loans are offered."""

    def read(self) -> Reading[Sequence[Lender]]:
        """What each lender has and asks now."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What an adapter can do, for listings."""

    summary: str
    shapes: tuple[str, ...] = field(default=())
    ways: tuple[str, ...] = field(default=())
