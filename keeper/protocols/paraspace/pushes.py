"""Pending pushes to the floor oracle, and the prices that they would store."""

from collections.abc import Mapping

from keeper.domain.adapters import Forecast
from keeper.domain.blocks import PendingTransaction
from keeper.domain.env import Env
from keeper.domain.errors import SkipItem
from keeper.domain.facts import Price
from keeper.domain.units import Address, Wei
from keeper.protocols.paraspace import abi
from keeper.protocols.paraspace.records import Keys


def forecast(transaction: PendingTransaction, env: Env, floor_oracle: Address | None, keys: Keys) -> Forecast | None:
    """The prices that will stand if the push lands in ``env``'s block.

    Only where the transaction alone decides: an emergency price, and the first price of a collection. A feeder's push
    is one voice of a median, and the contract shows the other voices to nobody.
    """
    if floor_oracle is None or transaction.to != floor_oracle:
        return None
    expiry: int | None = env.facts.get(keys.expiry())
    prices = {asset: twap for asset, twap in _decided(transaction.data, env, keys).items() if twap > 0}
    if expiry is None or not prices:
        return None
    last = env.block + expiry
    return Forecast(
        transaction,
        tuple((keys.price(asset), Price(twap, env.timestamp, env.block, last)) for asset, twap in prices.items()),
    )


def _decided(data: bytes, env: Env, keys: Keys) -> Mapping[Address, Wei]:
    try:
        if data[:4] == abi.SET_EMERGENCY_PRICE.selector:
            one = abi.SET_EMERGENCY_PRICE.decode_input(data)
            return {one.asset: one.twap}
        if data[:4] == abi.SET_MULTIPLE_PRICES.selector:
            many = abi.SET_MULTIPLE_PRICES.decode_input(data)
            told = zip(many.assets, many.twaps, strict=True)
            return {asset: twap for asset, twap in told if env.facts.get(keys.price(asset)) is None}
    except (SkipItem, ValueError):
        return {}
    return {}
