"""What is read from ParaSpace's contracts: addresses, reserves, curves, prices, and the pieces of an account."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from keeper.domain.auctions import DutchExpThenLinear
from keeper.domain.calls import Reading
from keeper.domain.errors import HaltAdapter
from keeper.domain.facts import AssetTerms, Change, Compounding, Facts, Index, Price, PriceKey
from keeper.domain.units import WAD, ZERO_ADDRESS, Address, Bps, Ray, Wad, Wei
from keeper.protocols.paraspace import abi
from keeper.protocols.paraspace.records import Account, Contracts, Keys, Reserve, Side, Token, bits
from keeper.protocols.reading import Question, ask, ask_leniently

_PLAIN_NFTS = frozenset({1, 2, 4, 5, 12, 15, 17})
_PLAIN_TOKENS = frozenset({6, 7})
"""XTokenType: others rebase, or are valued piece by piece from inside (Uniswap v3 positions, validators)."""
_SAMPLES = 9


def read_contracts(provider: Address, keys: Keys) -> Reading[Contracts]:
    getters = (abi.GET_POOL, abi.GET_CONFIGURATOR, abi.GET_PRICE_ORACLE, abi.GET_SENTINEL, abi.GET_WETH)
    pool, configurator, oracle, sentinel, weth = yield from ask(
        keys.deployment, [Question(getter, provider) for getter in getters]
    )
    (recovery,) = yield from ask(keys.deployment, [Question(abi.RECOVERY, pool)])
    return Contracts(provider, pool, configurator, oracle, sentinel, weth, recovery)


def read_everything(provider: Address, floor_oracle: Address | None, keys: Keys) -> Reading[list[Change]]:
    """All that the adapter needs before the first log."""
    contracts = yield from read_contracts(provider, keys)
    changes = [Change(keys.contracts(), contracts)]
    changes += yield from read_reserves(contracts, floor_oracle, keys)
    return changes


def read_reserves(contracts: Contracts, floor_oracle: Address | None, keys: Keys) -> Reading[list[Change]]:
    """Every reserve, its terms, indices, tokens, curve, price and the price's source."""
    listed, base = yield from ask(
        keys.deployment,
        [Question(abi.GET_RESERVES_LIST, contracts.pool), Question(abi.BASE_CURRENCY, contracts.oracle)],
    )
    rows = yield from ask(keys.deployment, [Question(abi.GET_RESERVE_DATA, contracts.pool, (a,)) for a in listed])
    types = yield from ask_leniently([Question(abi.GET_XTOKEN_TYPE, row.xToken) for row in rows])
    sources = yield from ask_leniently([Question(abi.GET_SOURCE, contracts.oracle, (asset,)) for asset in listed])
    aggregators = yield from ask_leniently([Question(abi.AGGREGATOR, source or ZERO_ADDRESS) for source in sources])
    curves = yield from _read_curves(sorted({row.auctionStrategy for row in rows} - {ZERO_ADDRESS}), keys)
    reserves: dict[Address, Reserve] = {}
    changes: list[Change] = []
    for asset, row, kind, source, aggregator in zip(listed, rows, types, sources, aggregators, strict=True):
        word = row.configuration
        is_nft = bits(word, 168, 4) == 1
        floor = floor_oracle if is_nft and floor_oracle is not None else None
        reserve = Reserve(
            asset=asset,
            is_nft=is_nft,
            active=bits(word, 56, 1) == 1,
            paused=bits(word, 60, 1) == 1,
            protocol_fee_bps=Bps(bits(word, 152, 16)),
            x_token=row.xToken,
            debt_token=row.debtToken,
            strategy=row.auctionStrategy,
            curve=curves.get(row.auctionStrategy),
            is_supported=kind in (_PLAIN_NFTS if is_nft else _PLAIN_TOKENS),
            feed=floor or aggregator or source or ZERO_ADDRESS,
            source=source or ZERO_ADDRESS,
        )
        reserves[asset] = reserve
        changes += _of_reserve(reserve, row, base, keys)
    feeds: dict[Address, tuple[Address, ...]] = {}
    for reserve in reserves.values():
        feeds[reserve.feed] = (*feeds.get(reserve.feed, ()), reserve.asset)
    changes += [Change(keys.feed(feed), assets) for feed, assets in feeds.items()]
    changes.append(Change(keys.reserves(), reserves))
    priced = [asset for asset in listed if asset != base]
    changes += yield from read_prices(priced, reserves, contracts, floor_oracle, keys)
    return changes


def _of_reserve(reserve: Reserve, row: Any, base: Address, keys: Keys) -> list[Change]:  # noqa: ANN401 - an ABI record
    asset, word = reserve.asset, row.configuration
    price = keys.price(asset) if reserve.is_supported else PriceKey(keys.deployment, asset, "unsupported")
    terms = AssetTerms(
        price=None if asset == base else price,
        unit=1 if reserve.is_nft else 10 ** bits(word, 48, 8),
        threshold=Bps(bits(word, 16, 16)),
        bonus=Bps(bits(word, 32, 16)),
        is_nft=reserve.is_nft,
    )
    changes = [Change(keys.terms(asset), terms)]
    if reserve.is_nft:
        return [*changes, Change(keys.token(reserve.x_token), Token(asset, Side.NFT))]
    rates = (row.currentLiquidityRate, row.currentVariableBorrowRate)
    return [
        *changes,
        Change(keys.token(reserve.x_token), Token(asset, Side.SUPPLY)),
        Change(keys.token(reserve.debt_token), Token(asset, Side.DEBT)),
        *indices(asset, rates, (row.liquidityIndex, row.variableBorrowIndex), row.lastUpdateTimestamp, keys),
    ]


def indices(
    asset: Address, rates: tuple[int, int], values: tuple[int, int], timestamp: int, keys: Keys
) -> list[Change]:
    """Both indices of a reserve; pairs are (liquidity, borrow)."""
    debt = Index(Ray(values[1]), Ray(rates[1]), timestamp, Compounding.AAVE_V3)
    supply = Index(Ray(values[0]), Ray(rates[0]), timestamp, Compounding.LINEAR)
    return [Change(keys.debt_index(asset), debt), Change(keys.supply_index(asset), supply)]


def read_prices(
    assets: Sequence[Address],
    reserves: dict[Address, Reserve],
    contracts: Contracts,
    floor_oracle: Address | None,
    keys: Keys,
) -> Reading[list[Change]]:
    """Prices as the pool's oracle gives them; those of the floor oracle with the block after which it refuses them."""
    floors = [asset for asset in assets if floor_oracle is not None and reserves[asset].feed == floor_oracle]
    others = [asset for asset in assets if asset not in floors]
    changes: list[Change] = []
    if floor_oracle is not None:
        (config,) = yield from ask(keys.deployment, [Question(abi.FLOOR_CONFIG, floor_oracle)])
        rows = yield from ask(keys.deployment, [Question(abi.FLOOR_PRICE, floor_oracle, (asset,)) for asset in floors])
        changes.append(Change(keys.expiry(), config.expirationPeriod))
        for asset, row in zip(floors, rows, strict=True):
            last_block = row.updatedAt + config.expirationPeriod
            price = Price(Wei(row.twap), row.updatedTimestamp, row.updatedAt, last_block) if row.updatedAt else None
            changes.append(Change(keys.price(asset), price))
    values = yield from ask_leniently([Question(abi.GET_ASSET_PRICE, contracts.oracle, (asset,)) for asset in others])
    for asset, value in zip(others, values, strict=True):
        changes.append(Change(keys.price(asset), Price(Wei(value), 0, 0) if value else None))
    return changes


def _read_curves(strategies: Sequence[Address], keys: Keys) -> Reading[dict[Address, DutchExpThenLinear]]:
    """The curves of auction strategies; one that does not tell its parameters has none here.

    The chain decides: each curve is computed beside the strategy's own answers over its whole course.
    ``HaltAdapter`` (``PROTOCOL_CURVE``) where they differ: then no cost of ours could be right.
    """
    answers = yield from ask_leniently(
        [Question(getter, strategy) for strategy in strategies for getter in abi.CURVE_GETTERS]
    )
    count = len(abi.CURVE_GETTERS)
    curves: dict[Address, DutchExpThenLinear] = {}
    for i, strategy in enumerate(strategies):
        told = answers[count * i : count * (i + 1)]
        if None not in told and all(told):
            highest, turn, lowest, linear, exponential, tick = told
            curves[strategy] = DutchExpThenLinear(
                Wad(highest), Wad(turn), Wad(lowest), Wad(linear), Wad(exponential), tick
            )
    for strategy, curve in curves.items():
        moments = curve_moments(curve)
        chain = yield from ask_leniently([Question(abi.MULTIPLIER_AT, strategy, (0, moment)) for moment in moments])
        for moment, multiplier in zip(moments, chain, strict=True):
            if multiplier != curve.multiplier(moment):
                raise HaltAdapter(
                    "PROTOCOL_CURVE",
                    f"{keys.deployment}: after {moment} s strategy {strategy} has the multiplier {multiplier}, "
                    f"computed is {curve.multiplier(moment)}",
                    "the strategy is another contract than the one this adapter was written for",
                )
    return curves


def curve_moments(curve: DutchExpThenLinear) -> list[int]:
    """Seconds after the start at which a curve is compared: its first tick, its turn, its end, and points between."""
    end = curve.seconds_to_lowest()
    first = [0, curve.tick_seconds - 1, curve.tick_seconds, curve.tick_seconds + 1]
    return [*first, *(end * i // _SAMPLES for i in range(1, _SAMPLES + 1)), end + 1, 2 * end]


def read_pieces(
    accounts: Sequence[Account], reserves: dict[Address, Reserve], contracts: Contracts, keys: Keys
) -> Reading[list[Account]]:
    """The accounts with flags, traits, averages and auctions of their pieces as the chain has them.

    Raises ``HaltAdapter`` (``PROTOCOL_CURVE``) where a running auction has another curve than its strategy's.
    """
    pieces = [
        (account, nft, reserves[nft.collection].x_token)
        for account in accounts
        for nft in account.nfts
        if nft.collection in reserves
    ]
    asked = (abi.IS_USED_AS_COLLATERAL, abi.GET_TRAIT_MULTIPLIER, abi.IS_AUCTIONED)
    states = yield from ask_leniently(
        [Question(function, token, (nft.token_id,)) for _, nft, token in pieces for function in asked]
    )
    auctions = yield from ask_leniently(
        [Question(abi.GET_AUCTION_DATA, contracts.pool, (token, nft.token_id)) for _, nft, token in pieces]
    )
    holdings = [
        (account, collection) for account in accounts for collection in sorted({nft.collection for nft in account.nfts})
    ]
    holdings = [(account, collection) for account, collection in holdings if collection in reserves]
    averages = yield from ask_leniently(
        [
            Question(abi.AVG_MULTIPLIER_OF, reserves[collection].x_token, (account.user,))
            for account, collection in holdings
        ]
    )
    after = {account.user: replace(account, averages={}) for account in accounts}
    for i, (account, nft, _) in enumerate(pieces):
        used, multiplier, auctioned = states[3 * i : 3 * i + 3]
        start = None
        if auctioned and auctions[i] is not None:
            _compare(auctions[i], reserves[nft.collection], keys)
            start = auctions[i].startTime
        read = replace(nft, used=bool(used), multiplier=multiplier or WAD, auction_start=start)
        after[account.user] = after[account.user].with_nft(read)
    for (account, collection), average in zip(holdings, averages, strict=True):
        if average not in {None, WAD}:
            known = after[account.user]
            after[account.user] = replace(known, averages={**known.averages, collection: average})
    return list(after.values())


def _compare(data: Any, reserve: Reserve, keys: Keys) -> None:  # noqa: ANN401 - an ABI record
    curve = reserve.curve
    told = DutchExpThenLinear(
        Wad(data.maxPriceMultiplier),
        Wad(data.minExpPriceMultiplier),
        Wad(data.minPriceMultiplier),
        Wad(data.stepLinear),
        Wad(data.stepExp),
        data.tickLength,
    )
    if curve is not None and told != curve:
        raise HaltAdapter(
            "PROTOCOL_CURVE",
            f"{keys.deployment}: the auction of {reserve.asset} {data.tokenId} runs on {told}, its strategy says {curve}",
            "restart: the strategies are then read again",
        )


def read_again(
    accounts: Sequence[Address], facts: Facts, contracts: Contracts, reserves: dict[Address, Reserve], keys: Keys
) -> Reading[list[Account]]:
    """The accounts whose pieces are to be read again, as they now are."""
    known = [account for user in accounts if (account := facts.get(keys.account(user))) is not None]
    return (yield from read_pieces(known, reserves, contracts, keys))
