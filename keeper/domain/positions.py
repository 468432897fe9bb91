"""Positions: loans, and accounts where health belongs to the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keeper.domain.auctions import Auction
from keeper.domain.debt import DebtModel
from keeper.domain.facts import Key, TermsKey
from keeper.domain.triggers import Trigger
from keeper.domain.units import WAD, Address


@dataclass(frozen=True, slots=True, order=True)
class PositionKey(Key["Position"]):
    """A position's name, never used again for another: ``native_id`` is the protocol's own id as text."""

    chain_id: int
    protocol: str
    deployment: str
    native_id: str

    def __str__(self) -> str:
        return f"{self.protocol}/{self.deployment}/{self.native_id}"


class PositionState(StrEnum):
    OPEN = "open"
    IN_AUCTION = "in_auction"


class ItemKind(StrEnum):
    ERC721 = "erc721"
    ERC20 = "erc20"


@dataclass(frozen=True, slots=True)
class CollateralItem:
    """One piece of collateral.

    ``quantity`` counts smallest units (1 for an ERC-721); for a supply that grows it is the scaled balance.
    ``weight`` multiplies the collection's price for this piece (a trait), at 1e18. ``terms`` say what it is worth.
    """

    kind: ItemKind
    token: Address
    terms: TermsKey
    token_id: int = 0
    quantity: int = 1
    custodian: Address = Address("")
    weight: int = WAD


@dataclass(frozen=True, slots=True)
class Position:
    """What is known of one loan or account. ``version`` is (block, log index) of the last log that changed it."""

    key: PositionKey
    state: PositionState
    debtor: Address
    collateral: tuple[CollateralItem, ...]
    debt: DebtModel
    triggers: Mapping[str, Trigger]
    """By name; ``default`` is the one that makes the position liquidatable, and the one that the index watches."""
    version: tuple[int, int]
    auctions: tuple[Auction, ...] = field(default=())
    mean_weights: tuple[tuple[Address, int], ...] = field(default=())
    """By collection, the protocol's own average of the pieces' weights (at 1e18), where it keeps one with its own
    rounding."""

    def auction_of(self, token: Address, token_id: int) -> Auction | None:
        """The running auction of one piece, if there is one."""
        return next((a for a in self.auctions if a.token == token and a.token_id == token_id), None)
