"""Positions and steps for tests of decisions, with everything filled in that a test does not care about."""

from keeper.domain.auctions import Auction, English
from keeper.domain.calls import Call, View
from keeper.domain.debt import IndexScaled, Sum
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.plans import Appetite, TipRule
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey, PositionState
from keeper.domain.steps import Delivery, Kind, Payment, Piece, Proof, Role, Settlement, Step
from keeper.domain.triggers import TriggerResult
from keeper.domain.units import Address, Bps, Wei
from tests.support.markets import APES, WETH

POOL = Address("0x" + "b0" * 20)
DEBTOR = Address("0x" + "db" * 20)
APPETITE = Appetite(min_profit=Wei(0), tip=TipRule(Bps(0), Wei(0)), flat_tip=Wei(0))
OPEN, SHUT, UNKNOWN = TriggerResult(True), TriggerResult(False, earliest_timestamp=2_000_000_000), TriggerResult(None)


def position(
    number: int = 1, *, protocol: str = "house", token_ids: tuple[int, ...] = (7,), auctions: tuple[Auction, ...] = ()
) -> Position:
    """A loan on apes, or an account that holds several."""
    return Position(
        key=PositionKey(1, protocol, "test", str(number)),
        state=PositionState.IN_AUCTION if auctions else PositionState.OPEN,
        debtor=DEBTOR,
        collateral=tuple(
            CollateralItem(ItemKind.ERC721, APES, TermsKey("test", APES), token_id) for token_id in token_ids
        ),
        debt=Sum((IndexScaled(10**18, IndexKey("test", WETH), TermsKey("test", WETH)),)),
        triggers={},
        version=(1, 1),
        auctions=auctions,
    )


def step(
    kind: Kind,
    of: Position,
    pays: int = 0,
    *,
    token_id: int | None = 7,
    seizes: int = 0,
    pre: TriggerResult = OPEN,
    role: Role = Role.ANYONE,
    token: Address = WETH,
    after: Position | None = None,
    gas: int = 0,
) -> Step:
    """A step of the house: what it takes, and the ape or the WETH that it gives."""
    delivered = kind in (Kind.BUY, Kind.FINALISE)
    receives = (Delivery(APES, token_id=token_id),) if delivered else ()
    return Step(
        kind=kind,
        position=of.key,
        piece=None if token_id is None else Piece(APES, token_id),
        role=role,
        pre=pre,
        settlement=Settlement.SYNC if delivered or seizes else Settlement.DELAYED,
        call=Call(POOL, kind.encode()),
        gas=gas,
        pays=Payment(token, Wei(pays), POOL) if pays else None,
        receives=(*receives, Delivery(WETH, amount=seizes)) if seizes else receives,
        proofs=(Proof(View(POOL, b"who"), b"us"),) if kind in (Kind.BID, Kind.START_AUCTION) else (),
        after=after,
    )


def english(high_bid: int, bidder: Address, token_id: int = 7) -> Auction:
    """A running auction of a day."""
    curve = English(duration_seconds=86_400, redeem_seconds=86_400, raise_bps=Bps(100))
    return Auction(APES, token_id, curve, 1_700_000_000, Wei(high_bid), bidder, bidder)
