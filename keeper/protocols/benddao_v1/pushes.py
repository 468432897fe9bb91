"""Pending pushes to the NFT oracle, and the prices that they would store."""

from collections.abc import Mapping

from keeper.domain.adapters import Forecast
from keeper.domain.blocks import PendingTransaction
from keeper.domain.env import Env
from keeper.domain.errors import SkipItem
from keeper.domain.facts import Price, PriceKey
from keeper.domain.units import Address, Wei
from keeper.protocols.benddao_v1 import abi
from keeper.protocols.benddao_v1.oracle import accepts, pushed, twap
from keeper.protocols.benddao_v1.records import Contracts, Keys, NftFeed, OracleRules, Round


def forecast(transaction: PendingTransaction, env: Env, keys: Keys) -> Forecast | None:
    """What the averages will be if the push lands in ``env``'s block; ``None`` if it is no push or would revert.

    A collection whose rounds are not known far enough back is left out.
    """
    contracts: Contracts | None = env.facts.get(keys.contracts())
    rules: OracleRules | None = env.facts.get(keys.oracle())
    if contracts is None or rules is None or transaction.to != contracts.nft_oracle:
        return None
    prices = _decode(transaction.data)
    if prices is None or transaction.sender != rules.admin:
        return None
    if len(prices) == 1 and _feed(next(iter(prices)), env, keys).paused:
        return None  # alone it reverts; in a batch it is passed over, and a batch of one changes nothing
    stored: list[tuple[PriceKey, Price]] = []
    for collection, price in prices.items():
        feed = _feed(collection, env, keys)
        if feed.paused:
            continue
        rounds: tuple[Round, ...] = env.facts.get(keys.rounds(collection)) or ()
        if not accepts(rounds, price, env.timestamp, rules):
            return None
        average = twap(pushed(rounds, price, env.timestamp, rules.twap_seconds), env.timestamp, rules.twap_seconds)
        if average is None:
            continue
        for asset in (collection, *feed.mapped):
            stored.append((keys.twap(asset), Price(average or price, env.timestamp, env.block)))
            stored.append((keys.spot(asset), Price(price, env.timestamp, env.block)))
    return Forecast(transaction, tuple(stored))


def _feed(collection: Address, env: Env, keys: Keys) -> NftFeed:
    known: NftFeed | None = env.facts.get(keys.nft_feed(collection))
    return known or NftFeed(paused=False, mapped=())


def _decode(data: bytes) -> Mapping[Address, Wei] | None:
    try:
        if data[:4] == abi.SET_ONE.selector:
            one = abi.SET_ONE.decode_input(data)
            return {one.asset: one.price}
        if data[:4] == abi.SET_MANY.selector:
            many = abi.SET_MANY.decode_input(data)
            return dict(zip(many.assets, many.prices, strict=True))
    except (SkipItem, ValueError):
        return None
    return None
