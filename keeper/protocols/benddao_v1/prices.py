"""Prices, indices and parameters from the logs of the pool, its oracles and its configurator."""

from collections.abc import Sequence

from keeper.chain.codec import Record
from keeper.domain.adapters import Applied
from keeper.domain.blocks import Log
from keeper.domain.facts import Change, Facts, Price
from keeper.domain.units import Wei
from keeper.protocols.benddao_v1.oracle import pushed, twap
from keeper.protocols.benddao_v1.reading import indices, reserve_price
from keeper.protocols.benddao_v1.records import Keys, OracleRules, ReserveFeed, Round


def reserve_data_updated(record: Record, _log: Log, timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """New indices. A price whose aggregator may not tell of its answers itself is read again on the way."""
    changes = indices(
        record.reserve,
        (record.liquidityRate, record.variableBorrowRate),
        (record.liquidityIndex, record.variableBorrowIndex),
        timestamp,
        keys,
    )
    feeds: tuple[ReserveFeed, ...] = facts.get(keys.feeds()) or ()
    silent = any(feed.reserve == record.reserve and feed.aggregator == feed.proxy for feed in feeds)
    return Applied(changes, stale=[keys.feeds()] if silent else [])


def set_asset_data(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    rules: OracleRules | None = facts.get(keys.oracle())
    rounds: tuple[Round, ...] = facts.get(keys.rounds(record.asset)) or ()
    window = rules.twap_seconds if rules is not None else record.timestamp
    after = pushed(rounds, Wei(record.price), record.timestamp, window, record.roundId)
    spot = Price(Wei(record.price), record.timestamp, log.block_number)
    return Applied([Change(keys.rounds(record.asset), after), Change(keys.spot(record.asset), spot)])


def set_asset_twap_price(record: Record, log: Log, _timestamp: int, facts: Facts, keys: Keys) -> Applied:
    """The average that liquidations go by (the last push while it is zero: NFTOracle.getAssetPrice).

    Where our own rounds give another one, they or the window are not what we think: both are read again.
    """
    spot = facts.get(keys.spot(record.asset))
    value = record.price or (spot.value if spot is not None else 0)
    price = Price(Wei(value), record.timestamp, log.block_number) if value else None
    rules: OracleRules | None = facts.get(keys.oracle())
    rounds: tuple[Round, ...] = facts.get(keys.rounds(record.asset)) or ()
    agrees = rules is not None and twap(rounds, record.timestamp, rules.twap_seconds) == record.price
    stale = () if agrees else (keys.oracle(), keys.rounds(record.asset))
    return Applied([Change(keys.twap(record.asset), price)], stale=stale)


def answer_updated(feeds: Sequence[ReserveFeed], record: Record, log: Log, keys: Keys) -> Applied:
    changes = []
    for feed in feeds:
        value = reserve_price(record.current, feed.decimals)
        price = None if value is None else Price(value, record.updatedAt, log.block_number)
        changes.append(Change(keys.spot(feed.reserve), price))
    return Applied(changes)


def pause_changed(_record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.pause()])


def oracle_changed(_record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.oracle()])


def collection_changed(record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.nft(record.asset), keys.rounds(record.asset)])


def mapping_changed(record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.nft(record.originAsset)])


def feeds_changed(_record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.feeds()])


def reserves_changed(_record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.reserves()])


def contracts_changed(_record: Record, _log: Log, _timestamp: int, _facts: Facts, keys: Keys) -> Applied:
    return Applied(stale=[keys.contracts()])
