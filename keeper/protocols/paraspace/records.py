"""What this adapter keeps as facts of its own, and under which keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from keeper.domain.auctions import DutchExpThenLinear
from keeper.domain.facts import IndexKey, ParameterKey, PriceKey, TermsKey
from keeper.domain.positions import PositionKey
from keeper.domain.units import WAD, Address, Bps

PROTOCOL = "paraspace"


@dataclass(frozen=True, slots=True)
class Contracts:
    """The deployment's contracts, as the addresses provider names them."""

    provider: Address
    pool: Address
    configurator: Address
    oracle: Address
    sentinel: Address
    """The zero address where there is none (on the main chain)."""
    weth: Address
    recovery: int
    """The NFT health factor, at 1e18, from which on an auction can be ended and no piece bought."""


class Side(StrEnum):
    SUPPLY = "supply"
    DEBT = "debt"
    NFT = "nft"


@dataclass(frozen=True, slots=True)
class Reserve:
    """A reserve besides price, terms and indices. Shares are of 1e4."""

    asset: Address
    is_nft: bool
    active: bool
    paused: bool
    protocol_fee_bps: Bps
    x_token: Address
    debt_token: Address
    strategy: Address
    """Of its auctions; the zero address where there are none."""
    curve: DutchExpThenLinear | None
    """``None`` without auctions, or where the strategy does not tell its parameters."""
    is_supported: bool
    """Whether balances are scaled by the index alone, and every piece is valued by floor and trait."""
    feed: Address
    """What asset's price answers come from: the floor oracle, an aggregator, or nobody (zero)."""
    source: Address
    """What the price oracle asks."""

    @property
    def is_running(self) -> bool:
        return self.active and not self.paused


@dataclass(frozen=True, slots=True)
class Token:
    """Whose token a contract is: a reserve's shares, its debts, or its pieces."""

    asset: Address
    side: Side


@dataclass(frozen=True, slots=True)
class Nft:
    """A piece of an account. ``used`` and ``multiplier`` (at 1e18) are read; a piece not read yet does not count."""

    collection: Address
    token_id: int
    used: bool = False
    multiplier: int = WAD
    auction_start: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Everything the deployment knows of a user: more than a position shows, which is what counts for its health."""

    user: Address
    version: tuple[int, int]
    supplies: Mapping[Address, int] = field(default_factory=dict)
    """Scaled, by asset."""
    debts: Mapping[Address, int] = field(default_factory=dict)
    flags: frozenset[Address] = frozenset()
    """The assets whose collateral flag is set."""
    nfts: tuple[Nft, ...] = ()
    averages: Mapping[Address, int] = field(default_factory=dict)
    """avgMultiplierOf, by collection, where it is not 1e18."""

    def moved(self, side: Side, asset: Address, scaled: int) -> "Account":
        """With so much more (or less) of a reserve's scaled balance."""
        before = self.debts if side is Side.DEBT else self.supplies
        after = dict(before)
        after[asset] = after.get(asset, 0) + scaled
        if after[asset] == 0:
            del after[asset]
        return replace(self, debts=after) if side is Side.DEBT else replace(self, supplies=after)

    def nft(self, collection: Address, token_id: int) -> Nft | None:
        return next((nft for nft in self.nfts if nft.collection == collection and nft.token_id == token_id), None)

    def with_nft(self, nft: Nft) -> "Account":
        """With a piece added or replaced."""
        others = self.without_nft(nft.collection, nft.token_id).nfts
        return replace(self, nfts=tuple(sorted((*others, nft), key=lambda one: (one.collection, one.token_id))))

    def without_nft(self, collection: Address, token_id: int) -> "Account":
        kept = tuple(nft for nft in self.nfts if (nft.collection, nft.token_id) != (collection, token_id))
        return replace(self, nfts=kept)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one deployment's facts. Every asset has one price, ``spot``; none if it is the base currency."""

    deployment: str
    chain_id: int

    def position(self, user: Address) -> PositionKey:
        return PositionKey(self.chain_id, PROTOCOL, self.deployment, user)

    def account(self, user: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "account", user)

    def pieces(self, user: Address) -> ParameterKey:
        """No fact: asked for again, it has flags, traits and auctions of a user's pieces read."""
        return ParameterKey(self.deployment, "pieces", user)

    def terms(self, asset: Address) -> TermsKey:
        return TermsKey(self.deployment, asset)

    def debt_index(self, asset: Address) -> IndexKey:
        return IndexKey(self.deployment, asset, "debt")

    def supply_index(self, asset: Address) -> IndexKey:
        return IndexKey(self.deployment, asset, "supply")

    def price(self, asset: Address) -> PriceKey:
        return PriceKey(self.deployment, asset, "spot")

    def contracts(self) -> ParameterKey:
        return ParameterKey(self.deployment, "contracts")

    def reserves(self) -> ParameterKey:
        """Every ``Reserve``, by asset, in the pool's order."""
        return ParameterKey(self.deployment, "reserves")

    def token(self, contract: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "token", contract)

    def feed(self, contract: Address) -> ParameterKey:
        """The assets that an aggregator prices, as a tuple."""
        return ParameterKey(self.deployment, "feed", contract)

    def expiry(self) -> ParameterKey:
        """The blocks for which the floor oracle accepts its own price."""
        return ParameterKey(self.deployment, "expiry_blocks")


def bits(word: int, start: int, width: int) -> int:
    """A field of ReserveConfiguration's bitmap."""
    return word >> start & ((1 << width) - 1)
