"""The accounts from the logs of pool, shares, debts and pieces, and the positions that they make."""

from collections.abc import Mapping
from dataclasses import replace

from keeper.chain.codec import Record
from keeper.domain.adapters import NOTHING, Applied, Event, Happening
from keeper.domain.auctions import Auction
from keeper.domain.blocks import Log
from keeper.domain.debt import IndexScaled, Sum
from keeper.domain.errors import HaltAdapter
from keeper.domain.facts import Change, Facts, Index
from keeper.domain.fixed_point import ray_div
from keeper.domain.health import AccountHealth
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionState
from keeper.domain.units import WAD, ZERO_ADDRESS, Address, Wei
from keeper.protocols.paraspace.records import Account, Keys, Nft, Reserve, Side, Token

Reserves = Mapping[Address, Reserve]


def minted(record: Record, token: Token, log: Log, facts: Facts, keys: Keys) -> Applied:
    """``value`` is what was minted with the interest since the last time; it is less than that interest where in truth
    something was burnt (ScaledBalanceTokenBaseERC20._burnScaled)."""
    amount = record.value - record.balanceIncrease
    scaled = ray_div(amount, record["index"]) if amount >= 0 else -ray_div(-amount, record["index"])
    return _moved(record.onBehalfOf, token, scaled, log, facts, keys)


def burnt(record: Record, token: Token, log: Log, facts: Facts, keys: Keys) -> Applied:
    scaled = ray_div(record.value + record.balanceIncrease, record["index"])
    return _moved(record["from"], token, -scaled, log, facts, keys)


def transferred(record: Record, token: Token, log: Log, timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """Shares from account to account, by the index of the moment; mints and burns have events of their own."""
    sender, receiver = record["from"], record.to
    index: Index | None = facts.get(keys.supply_index(token.asset))
    if ZERO_ADDRESS in {sender, receiver} or index is None or sender == receiver:
        return NOTHING
    scaled = ray_div(record.value, index.at(timestamp))
    out = _moved(sender, token, -scaled, log, facts, keys)
    come = _moved(receiver, token, scaled, log, facts, keys)
    return Applied([*out.changes, *come.changes])


def nft_transferred(record: Record, token: Token, log: Log, facts: Facts, keys: Keys) -> Applied:
    """A piece comes, goes or changes hands; whether and how much it counts has to be read."""
    sender, receiver, applied = record["from"], record.to, []
    if sender == receiver:
        return Applied(stale=[keys.pieces(sender)])
    if sender != ZERO_ADDRESS:
        applied.append(_account(sender, log, facts, keys).without_nft(token.asset, record.tokenId))
    if receiver != ZERO_ADDRESS:
        applied.append(_account(receiver, log, facts, keys).with_nft(Nft(token.asset, record.tokenId)))
    changes = [change for account in applied for change in kept(account, facts, keys)]
    return Applied(changes, stale=[keys.pieces(account.user) for account in applied])


def collateral_flag(record: Record, log: Log, facts: Facts, keys: Keys, *, on: bool) -> Applied:
    account = _account(record.user, log, facts, keys)
    flags = account.flags | {record.reserve} if on else account.flags - {record.reserve}
    return Applied(kept(replace(account, flags=flags), facts, keys), stale=[keys.pieces(record.user)])


def auction_started(record: Record, log: Log, timestamp: int, facts: Facts, keys: Keys) -> Applied:
    account = _account(record.user, log, facts, keys)
    nft = account.nft(record.collateralAsset, record.collateralTokenId)
    if nft is None:
        raise HaltAdapter(
            "PROTOCOL_BOOK",
            f"{keys.position(record.user)}: transaction {log.tx_hash} tells of an auction of a piece it does not have",
            "logs are missing: start over from the deployment's start_block",
        )
    after = account.with_nft(replace(nft, used=True, auction_start=timestamp))
    happening = Happening(
        Event.AUCTION_STARTED,
        keys.position(record.user),
        record.user,
        record.collateralAsset,
        Wei(0),
        log,
        record.collateralAsset,
        record.collateralTokenId,
    )
    return Applied(kept(after, facts, keys), stale=[keys.pieces(record.user)], happenings=[happening])


def auction_ended(record: Record, log: Log, facts: Facts, keys: Keys) -> Applied:
    account = _account(record.user, log, facts, keys)
    nft = account.nft(record.collateralAsset, record.collateralTokenId)
    if nft is None:
        return NOTHING
    return Applied(
        kept(account.with_nft(replace(nft, auction_start=None)), facts, keys), stale=[keys.pieces(record.user)]
    )


def liquidated(record: Record, log: Log, keys: Keys, token_id: int | None) -> Applied:
    """The liquidator paid ``liquidationAmount`` of the liquidation asset for a piece or for tokens."""
    happening = Happening(
        Event.LIQUIDATED,
        keys.position(record.borrower),
        record.liquidator,
        record.liquidationAsset,
        Wei(record.liquidationAmount),
        log,
        record.collateralAsset,
        token_id,
    )
    return Applied(happenings=[happening])


def kept(account: Account, facts: Facts, keys: Keys, reserves: Reserves | None = None) -> list[Change]:
    """An account's new state, and the position that it makes; without debt there is none."""
    known: Reserves = reserves if reserves is not None else facts.get(keys.reserves()) or {}
    empty = not (account.supplies or account.debts or account.flags or account.nfts)
    return [
        Change(keys.account(account.user), None if empty else account),
        Change(keys.position(account.user), position_of(account, facts, keys, known)),
    ]


def position_of(account: Account, facts: Facts, keys: Keys, reserves: Reserves) -> Position | None:
    """What counts for an account's health; ``None`` where nothing is owed."""
    if not account.debts:
        return None
    tokens = tuple(
        CollateralItem(ItemKind.ERC20, asset, keys.terms(asset), quantity=scaled, custodian=reserves[asset].x_token)
        for asset, scaled in sorted(account.supplies.items())
        if asset in account.flags and asset in reserves and _counts(asset, facts, keys)
    )
    used = [
        nft
        for nft in account.nfts
        if nft.used
        and nft.collection in account.flags
        and nft.collection in reserves
        and _counts(nft.collection, facts, keys)
    ]
    pieces = tuple(
        CollateralItem(
            ItemKind.ERC721,
            nft.collection,
            keys.terms(nft.collection),
            nft.token_id,
            custodian=reserves[nft.collection].x_token,
            weight=nft.multiplier,
        )
        for nft in used
    )
    auctions = tuple(
        Auction(nft.collection, nft.token_id, curve, nft.auction_start)
        for nft in used
        if nft.auction_start is not None and (curve := reserves[nft.collection].curve) is not None
    )
    debts = tuple(
        IndexScaled(scaled, keys.debt_index(asset), keys.terms(asset))
        for asset, scaled in sorted(account.debts.items())
    )
    collections = sorted({nft.collection for nft in used})
    return Position(
        key=keys.position(account.user),
        state=PositionState.IN_AUCTION if auctions else PositionState.OPEN,
        debtor=account.user,
        collateral=(*tokens, *pieces),
        debt=Sum(debts),
        triggers={"default": AccountHealth(below=WAD)},
        version=account.version,
        auctions=auctions,
        mean_weights=tuple((collection, account.averages.get(collection, WAD)) for collection in collections),
    )


def _counts(asset: Address, facts: Facts, keys: Keys) -> bool:
    """Without a threshold an asset is no collateral, whatever its flag says."""
    terms = facts.get(keys.terms(asset))
    return terms is None or terms.threshold > 0


def _account(user: Address, log: Log, facts: Facts, keys: Keys) -> Account:
    version = (log.block_number, log.log_index)
    known: Account | None = facts.get(keys.account(user))
    return Account(user, version) if known is None else replace(known, version=version)


def _moved(user: Address, token: Token, scaled: int, log: Log, facts: Facts, keys: Keys) -> Applied:
    side = Side.DEBT if token.side is Side.DEBT else Side.SUPPLY
    account = _account(user, log, facts, keys).moved(side, token.asset, scaled)
    return Applied(kept(account, facts, keys))
