"""The loan book from LendPoolLoan's logs, replayed by the contract's own arithmetic."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from keeper.chain.codec import Record
from keeper.domain.adapters import NOTHING, Applied, Event, Happening
from keeper.domain.auctions import Auction, English
from keeper.domain.blocks import Log
from keeper.domain.debt import IndexScaled
from keeper.domain.errors import HaltAdapter
from keeper.domain.facts import Change, Facts
from keeper.domain.fixed_point import ray_div
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey, PositionState
from keeper.domain.triggers import OracleBelow
from keeper.domain.units import ZERO_ADDRESS, Address, Bps, Wei
from keeper.protocols.benddao_v1.records import Keys, NftRules, Pause

RAISE_BPS = Bps(100)
"""PercentageMath.ONE_PERCENT, of the debt."""

Handler = Callable[[Record, Log, int, Facts, Keys], Applied]


def loan_created(record: Record, log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    collection, reserve = record.nftAsset, record.reserveAsset
    item = CollateralItem(ItemKind.ERC721, collection, keys.terms(collection), record.nftTokenId, custodian=log.address)
    position = Position(
        key=keys.loan(record.loanId),
        state=PositionState.OPEN,
        debtor=record.onBehalfOf,
        collateral=(item,),
        debt=IndexScaled(ray_div(record.amount, record.borrowIndex), keys.debt_index(reserve), keys.terms(reserve)),
        triggers={"default": OracleBelow(keys.terms(collection), keys.terms(reserve), strict=True)},
        version=(log.block_number, log.log_index),
    )
    return Applied([Change(position.key, position)])


def loan_updated(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    position = _loan(record, log, facts, keys)
    debt = single_debt(position)
    scaled = debt.scaled
    if record.amountAdded:
        scaled += ray_div(record.amountAdded, record.borrowIndex)
    if record.amountTaken:
        scaled -= ray_div(record.amountTaken, record.borrowIndex)
    return _changed(replace(position, debt=replace(debt, scaled=scaled)), log)


def loan_repaid(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    position = _loan(record, log, facts, keys)
    return Applied(
        [Change(position.key, None)],
        happenings=[_happening(Event.CLOSED, position, position.debtor, record.amount, log)],
    )


def loan_auctioned(record: Record, log: Log, timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """The bid, and the refund of the one before it."""
    position = _loan(record, log, facts, keys)
    running = position.auctions[0] if position.auctions else None
    if (running is None) != (record.previousBidder == ZERO_ADDRESS):
        raise _impossible(position.key, log, "a bid that does not follow the one before it")
    if running is None:
        rules: NftRules | None = facts.get(keys.nft(record.nftAsset))
        pause: Pause | None = facts.get(keys.pause())
        if rules is None or pause is None:
            raise _impossible(position.key, log, "an auction in a collection without a configuration")
        running = opened_auction(record.nftAsset, record.nftTokenId, timestamp, record.bidder, rules, pause)
    auction = replace(running, high_bid=Wei(record.price), high_bidder=record.bidder)
    after = replace(position, state=PositionState.IN_AUCTION, auctions=(auction,))
    happenings = [_happening(Event.BID, position, record.bidder, record.price, log)]
    if record.previousBidder != ZERO_ADDRESS:
        happenings.append(_happening(Event.OUTBID, position, record.previousBidder, record.previousPrice, log))
    applied = _changed(after, log)
    return replace(applied, happenings=happenings)


def loan_redeemed(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """The loan runs on; the auction is kept aside for LendPool's own event, which knows the fine."""
    position = _loan(record, log, facts, keys)
    if not position.auctions:
        raise _impossible(position.key, log, "a redemption without an auction")
    debt = single_debt(position)
    scaled = debt.scaled - ray_div(record.amountTaken, record.borrowIndex)
    after = replace(position, state=PositionState.OPEN, debt=replace(debt, scaled=scaled), auctions=())
    changes = [*_changed(after, log).changes, Change(keys.redeeming(record.loanId), position.auctions[0])]
    return Applied(changes)


def redeem(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """The last bidder has the bid back, then the first bidder gets the fine: two happenings, also if they are one."""
    aside = keys.redeeming(record.loanId)
    auction: Auction | None = facts.get(aside)
    position = facts.get(keys.loan(record.loanId))
    if auction is None or position is None:
        return NOTHING
    happenings = [
        _happening(event, position, bidder, amount, log)
        for event, bidder, amount in (
            (Event.REDEEMED, auction.high_bidder, auction.high_bid),
            (Event.FINED, auction.first_bidder, record.fineAmount),
        )
        if bidder is not None
    ]
    return Applied([Change(aside, None)], happenings=happenings)


def loan_liquidated(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """The winner (the event's ``user``) has the piece at the price of the bid."""
    position = _loan(record, log, facts, keys)
    if not position.auctions:
        raise _impossible(position.key, log, "a finalisation without an auction")
    bid = position.auctions[0].high_bid
    return Applied(
        [Change(position.key, None)], happenings=[_happening(Event.FINALISED, position, record.user, bid, log)]
    )


def opened_auction(
    collection: Address, token_id: int, timestamp: int, bidder: Address, rules: NftRules, pause: Pause
) -> Auction:
    """An auction as its first bid opens it, the bid itself not yet entered."""
    curve = English(rules.auction_seconds, rules.redeem_seconds, RAISE_BPS)
    extension = pause.extension(timestamp)
    return Auction(collection, token_id, curve, timestamp, first_bidder=bidder, extension_seconds=extension)


def timed(auction: Auction, rules: NftRules, pause: Pause) -> Auction:
    """The auction under the durations and the pause that hold now: both reach back to running auctions."""
    curve = English(rules.auction_seconds, rules.redeem_seconds, RAISE_BPS)
    return replace(auction, curve=curve, extension_seconds=pause.extension(auction.opened_at))


def retimed(positions: Iterable[Position], rules: Callable[[Address], NftRules | None], pause: Pause) -> list[Change]:
    """The positions whose running auction has other times than it is known with."""
    changes = []
    for position in positions:
        for auction in position.auctions:
            of_collection = rules(auction.token)
            if of_collection is not None and (after := timed(auction, of_collection, pause)) != auction:
                changes.append(Change(position.key, replace(position, auctions=(after,))))
    return changes


def single_debt(position: Position) -> IndexScaled:
    """The one debt of a loan."""
    return position.debt.parts()[0]


def _loan(record: Record, log: Log, facts: Facts, keys: Keys) -> Position:
    key = keys.loan(record.loanId)
    position = facts.get(key)
    if position is None:
        raise _impossible(key, log, "a loan that was never created or is closed")
    return position


def _changed(position: Position, log: Log) -> Applied:
    after = replace(position, version=(log.block_number, log.log_index))
    return Applied([Change(after.key, after)])


def _happening(event: Event, position: Position, account: Address, amount: int, log: Log) -> Happening:
    item = position.collateral[0]
    reserve = single_debt(position).asset
    return Happening(event, position.key, account, reserve, Wei(amount), log, item.token, item.token_id)


def _impossible(key: PositionKey, log: Log, what: str) -> HaltAdapter:
    return HaltAdapter(
        "PROTOCOL_BOOK",
        f"{key}: transaction {log.tx_hash} log {log.log_index} tells of {what}",
        "logs are missing: start over from the deployment's start_block",
    )
