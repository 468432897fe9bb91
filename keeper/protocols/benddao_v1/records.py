"""What this adapter keeps as facts of its own, and under which keys."""

from dataclasses import dataclass

from keeper.domain.facts import IndexKey, ParameterKey, PriceKey, TermsKey
from keeper.domain.positions import PositionKey
from keeper.domain.units import Address, Bps, Wei

PROTOCOL = "benddao_v1"


@dataclass(frozen=True, slots=True)
class Contracts:
    """The deployment's contracts, as the addresses provider names them."""

    provider: Address
    pool: Address
    loans: Address
    nft_oracle: Address
    reserve_oracle: Address
    configurator: Address


@dataclass(frozen=True, slots=True)
class NftRules:
    """A collection's part of the configuration word that its auctions depend on. Shares are of 1e4."""

    active: bool
    discount_bps: Bps
    """The ``liquidationBonus``: what the first bid may be under the oracle's value; 1e4 asks for the debt alone."""
    redeem_seconds: int
    auction_seconds: int
    redeem_fine_bps: Bps
    min_bid_fine_bps: Bps
    """Least fine, as a share of one ether's worth of the reserve."""


@dataclass(frozen=True, slots=True)
class ReserveRules:
    """What is asked of a reserve besides its price and indices."""

    active: bool
    decimals: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Whether the pool stands still, and its last pause: start and length in seconds."""

    paused: bool
    start: int
    duration: int

    def extension(self, opened_at: int) -> int:
        """By how much an auction opened at a second is lengthened (LiquidateLogic, ``extraAuctionDuration``)."""
        return self.duration if self.duration > 0 and opened_at <= self.start else 0


@dataclass(frozen=True, slots=True)
class Round:
    """A pushed price. ``index`` is its place in the oracle's list."""

    index: int
    price: Wei
    timestamp: int


@dataclass(frozen=True, slots=True)
class OracleRules:
    """NFTOracle's own settings. Deviations have ``precision`` as their one; times are seconds."""

    admin: Address
    twap_seconds: int
    max_deviation: int
    max_deviation_with_time: int
    deviation_seconds: int
    min_update_seconds: int
    precision: int


@dataclass(frozen=True, slots=True)
class NftFeed:
    """A collection at the NFT oracle: whether pushes of it are passed over, and which collections mirror it."""

    paused: bool
    mapped: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class ReserveFeed:
    """The Chainlink aggregator behind a reserve's price: what ReserveOracle asks, and what emits the answers."""

    reserve: Address
    proxy: Address
    aggregator: Address
    decimals: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one deployment's facts. A collection has two prices, ``twap`` (what liquidation goes by) and
    ``spot`` (the last push); a reserve has ``spot`` alone, and none where it is the oracle's base currency."""

    deployment: str
    chain_id: int

    def loan(self, loan_id: int) -> PositionKey:
        return PositionKey(self.chain_id, PROTOCOL, self.deployment, str(loan_id))

    def terms(self, asset: Address) -> TermsKey:
        return TermsKey(self.deployment, asset)

    def debt_index(self, reserve: Address) -> IndexKey:
        return IndexKey(self.deployment, reserve, "debt")

    def supply_index(self, reserve: Address) -> IndexKey:
        return IndexKey(self.deployment, reserve, "supply")

    def twap(self, collection: Address) -> PriceKey:
        return PriceKey(self.deployment, collection, "twap")

    def spot(self, asset: Address) -> PriceKey:
        return PriceKey(self.deployment, asset, "spot")

    def contracts(self) -> ParameterKey:
        return ParameterKey(self.deployment, "contracts")

    def pause(self) -> ParameterKey:
        return ParameterKey(self.deployment, "pause")

    def oracle(self) -> ParameterKey:
        return ParameterKey(self.deployment, "oracle")

    def nft(self, collection: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "nft", collection)

    def reserve(self, reserve: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "reserve", reserve)

    def rounds(self, collection: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "rounds", collection)

    def nft_feed(self, collection: Address) -> ParameterKey:
        return ParameterKey(self.deployment, "nft_feed", collection)

    def feeds(self) -> ParameterKey:
        """Every ``ReserveFeed`` of the deployment, in one tuple."""
        return ParameterKey(self.deployment, "feeds")

    def reserves(self) -> ParameterKey:
        """The addresses of the reserves, in one tuple."""
        return ParameterKey(self.deployment, "reserves")

    def redeeming(self, loan_id: int) -> ParameterKey:
        """The auction that LendPoolLoan has just cleared, until LendPool's own event tells the fine."""
        return ParameterKey(self.deployment, "redeeming", str(loan_id))


def nft_rules(word: int) -> NftRules:
    """From NftConfiguration's bitmap."""
    return NftRules(
        active=bool(word >> 56 & 1),
        discount_bps=Bps(word >> 32 & 0xFFFF),
        redeem_seconds=(word >> 64 & 0xFF) * 3600,
        auction_seconds=(word >> 72 & 0xFF) * 3600,
        redeem_fine_bps=Bps(word >> 80 & 0xFFFF),
        min_bid_fine_bps=Bps(word >> 112 & 0xFFFF),
    )


def threshold(word: int) -> Bps:
    """The liquidation threshold in NftConfiguration's bitmap."""
    return Bps(word >> 16 & 0xFFFF)


def reserve_rules(word: int) -> ReserveRules:
    """From ReserveConfiguration's bitmap."""
    return ReserveRules(active=bool(word >> 56 & 1), decimals=word >> 48 & 0xFF)
