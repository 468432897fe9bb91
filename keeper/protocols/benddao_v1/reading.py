"""What is read from BendDAO's contracts: addresses, parameters, feeds, and the state that later logs only change."""

from collections.abc import Sequence

from keeper.domain.calls import Reading
from keeper.domain.facts import AssetTerms, Change, Compounding, Facts, Index, Key, ParameterKey, Price
from keeper.domain.units import ZERO_ADDRESS, Address, Ray, Wei
from keeper.protocols.benddao_v1 import abi
from keeper.protocols.benddao_v1.records import (
    Contracts,
    Keys,
    NftFeed,
    OracleRules,
    Pause,
    ReserveFeed,
    Round,
    nft_rules,
    reserve_rules,
    threshold,
)
from keeper.protocols.reading import Question, ask, ask_leniently

_ROUNDS_AT_ONCE = 16
_OF_COLLECTIONS = frozenset({"nft", "rounds"})


def read_contracts(provider: Address, keys: Keys) -> Reading[Contracts]:
    getters = (
        abi.GET_LEND_POOL,
        abi.GET_LEND_POOL_LOAN,
        abi.GET_NFT_ORACLE,
        abi.GET_RESERVE_ORACLE,
        abi.GET_CONFIGURATOR,
    )
    pool, loans, nft_oracle, reserve_oracle, configurator = yield from ask(
        keys.deployment, [Question(getter, provider) for getter in getters]
    )
    return Contracts(provider, pool, loans, nft_oracle, reserve_oracle, configurator)


def read_everything(provider: Address, only: Sequence[Address] | None, keys: Keys) -> Reading[list[Change]]:
    """All that the adapter needs before the first log; ``only`` limits the collections."""
    contracts = yield from read_contracts(provider, keys)
    (nfts,) = yield from ask(keys.deployment, [Question(abi.GET_NFTS_LIST, contracts.pool)])
    wanted = [nft for nft in nfts if only is None or nft in only]
    changes = [Change(keys.contracts(), contracts)]
    changes += yield from read_pause(contracts, keys)
    changes += yield from read_reserves(contracts, keys)
    changes += yield from read_nfts(wanted, contracts, keys)
    oracle = yield from read_oracle(contracts, keys)
    rules: OracleRules = oracle[0].value
    changes += yield from read_rounds(wanted, rules.twap_seconds, contracts, keys)
    return changes + oracle


def read_pause(contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    paused, times = yield from ask(
        keys.deployment, [Question(abi.IS_PAUSED, contracts.pool), Question(abi.GET_PAUSED_TIME, contracts.pool)]
    )
    return [Change(keys.pause(), Pause(paused, times.start, times.duration))]


def read_oracle(contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    getters = (
        abi.PRICE_FEED_ADMIN,
        abi.TWAP_INTERVAL,
        abi.MAX_PRICE_DEVIATION,
        abi.MAX_PRICE_DEVIATION_WITH_TIME,
        abi.TIME_INTERVAL_WITH_PRICE,
        abi.MIN_UPDATE_TIME,
        abi.DECIMAL_PRECISION,
    )
    values = yield from ask(keys.deployment, [Question(getter, contracts.nft_oracle) for getter in getters])
    return [Change(keys.oracle(), OracleRules(*values))]


def read_nfts(nfts: Sequence[Address], contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    """Configuration and price of collections. A collection without a price has none here either."""
    words = yield from ask(
        keys.deployment, [Question(abi.GET_NFT_CONFIGURATION, contracts.pool, (nft,)) for nft in nfts]
    )
    asked = (abi.GET_ASSET_PRICE, abi.NFT_PAUSED, abi.GET_ASSET_MAPPING)
    answers = yield from ask_leniently(
        [Question(function, contracts.nft_oracle, (nft,)) for nft in nfts for function in asked]
    )
    stamps = yield from ask_leniently(
        [
            Question(function, contracts.nft_oracle, (nft, 0))
            for nft in nfts
            for function in (abi.GET_PREVIOUS_PRICE, abi.GET_PREVIOUS_TIMESTAMP)
        ]
    )
    changes = []
    for i, (nft, word) in enumerate(zip(nfts, words, strict=True)):
        price, paused, mapped = answers[3 * i : 3 * i + 3]
        spot, timestamp = stamps[2 * i : 2 * i + 2]
        changes += [
            Change(keys.nft(nft), nft_rules(word)),
            Change(keys.terms(nft), AssetTerms(keys.twap(nft), 1, threshold(word), is_nft=True)),
            Change(keys.nft_feed(nft), NftFeed(bool(paused), tuple(mapped or ()))),
            Change(keys.twap(nft), Price(Wei(price), timestamp or 0, 0) if price else None),
            Change(keys.spot(nft), Price(Wei(spot), timestamp or 0, 0) if spot else None),
        ]
    return changes


def read_rounds(nfts: Sequence[Address], window: int, contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    """The rounds that the next averages hang on, newest first until they are older than the window."""
    lengths = yield from ask_leniently(
        [Question(abi.GET_PRICE_FEED_LENGTH, contracts.nft_oracle, (nft,)) for nft in nfts]
    )
    found: dict[Address, list[Round]] = {nft: [] for nft in nfts}
    open_feeds = {nft: length for nft, length in zip(nfts, lengths, strict=True) if length}
    while open_feeds:
        wanted = [
            (nft, back)
            for nft, length in open_feeds.items()
            for back in range(len(found[nft]), min(len(found[nft]) + _ROUNDS_AT_ONCE, length))
        ]
        prices = yield from ask(
            keys.deployment, [Question(abi.GET_PREVIOUS_PRICE, contracts.nft_oracle, pair) for pair in wanted]
        )
        times = yield from ask(
            keys.deployment, [Question(abi.GET_PREVIOUS_TIMESTAMP, contracts.nft_oracle, pair) for pair in wanted]
        )
        for (nft, back), price, timestamp in zip(wanted, prices, times, strict=True):
            rounds = found[nft]
            if not rounds or rounds[-1].timestamp > rounds[0].timestamp - window:
                rounds.append(Round(open_feeds[nft] - 1 - back, price, timestamp))
        open_feeds = {
            nft: length
            for nft, length in open_feeds.items()
            if len(found[nft]) < length and found[nft][-1].timestamp > found[nft][0].timestamp - window
        }
    return [Change(keys.rounds(nft), tuple(reversed(rounds))) for nft, rounds in found.items()]


def read_reserves(contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    """Configuration, indices and price feeds of all reserves. WETH is the oracles' base currency."""
    listed, weth = yield from ask(
        keys.deployment,
        [
            Question(abi.GET_RESERVES_LIST, contracts.pool),
            Question(abi.RESERVE_ORACLE_WETH, contracts.reserve_oracle),
        ],
    )
    data = yield from ask(
        keys.deployment, [Question(abi.GET_RESERVE_DATA, contracts.pool, (reserve,)) for reserve in listed]
    )
    changes = [Change(keys.reserves(), tuple(listed))]
    for reserve, row in zip(listed, data, strict=True):
        rules = reserve_rules(row.configuration)
        source = None if reserve == weth else keys.spot(reserve)
        rates = (row.currentLiquidityRate, row.currentVariableBorrowRate)
        values = (row.liquidityIndex, row.variableBorrowIndex)
        changes += [
            Change(keys.reserve(reserve), rules),
            Change(keys.terms(reserve), AssetTerms(source, 10**rules.decimals)),
            *indices(reserve, rates, values, row.lastUpdateTimestamp, keys),
        ]
    changes += yield from read_feeds([reserve for reserve in listed if reserve != weth], contracts, keys)
    return changes


def read_feeds(reserves: Sequence[Address], contracts: Contracts, keys: Keys) -> Reading[list[Change]]:
    """Aggregators and last answers for reserves other than WETH."""
    proxies = yield from ask_leniently(
        [Question(abi.GET_AGGREGATOR, contracts.reserve_oracle, (reserve,)) for reserve in reserves]
    )
    known = {
        reserve: proxy for reserve, proxy in zip(reserves, proxies, strict=True) if proxy not in {None, ZERO_ADDRESS}
    }
    asked = (abi.AGGREGATOR, abi.DECIMALS, abi.LATEST_ROUND_DATA)
    answers = yield from ask_leniently([Question(function, proxy) for proxy in known.values() for function in asked])
    changes = [Change(keys.spot(reserve), None) for reserve in reserves if reserve not in known]
    feeds = []
    for i, (reserve, proxy) in enumerate(known.items()):
        aggregator, decimals, latest = answers[3 * i : 3 * i + 3]
        # A proxy names the aggregator that emits the answers; an aggregator that is asked directly emits them itself.
        feeds.append(ReserveFeed(reserve, proxy, aggregator or proxy, decimals or 0))
        value = None if latest is None or decimals is None else reserve_price(latest.answer, decimals)
        changes.append(Change(keys.spot(reserve), None if value is None else Price(value, latest.updatedAt, 0)))
    return [*changes, Change(keys.feeds(), tuple(feeds))]


def reserve_price(answer: int, decimals: int) -> Wei | None:
    """Wei of ETH for one whole token; ``None`` where the oracle reverts (negative) or its users do (zero).

    Source: ReserveOracle.getAssetPrice and formatDecimals.
    """
    return Wei(answer * 10**18 // 10**decimals) if answer > 0 else None


def indices(
    reserve: Address, rates: tuple[int, int], values: tuple[int, int], timestamp: int, keys: Keys
) -> list[Change]:
    """Both indices of a reserve; pairs are (liquidity, borrow).

    Without a liquidity rate a transaction moves neither index (ReserveLogic._updateIndexes), whatever the views say:
    then the debt stands still.
    """
    liquidity_rate, borrow_rate = rates
    debt = Index(Ray(values[1]), Ray(borrow_rate if liquidity_rate else 0), timestamp, Compounding.AAVE_V2)
    supply = Index(Ray(values[0]), Ray(liquidity_rate), timestamp, Compounding.LINEAR)
    return [Change(keys.debt_index(reserve), debt), Change(keys.supply_index(reserve), supply)]


def read_again(
    stale: Sequence[Key[object]], provider: Address, only: Sequence[Address] | None, facts: Facts, keys: Keys
) -> Reading[list[Change]]:
    """What the stale keys stand for; ``nft`` stands for all of a collection but its rounds."""
    contracts: Contracts | None = facts.get(keys.contracts())
    if contracts is None or keys.contracts() in stale:
        return (yield from read_everything(provider, only, keys))
    subjects: dict[str, list[Address]] = {}
    for key in dict.fromkeys(stale):
        if isinstance(key, ParameterKey) and (key.name not in _OF_COLLECTIONS or only is None or key.subject in only):
            subjects.setdefault(key.name, []).append(Address(key.subject))
    changes: list[Change] = []
    if "pause" in subjects:
        changes += yield from read_pause(contracts, keys)
    if "oracle" in subjects:
        changes += yield from read_oracle(contracts, keys)
    if "nft" in subjects:
        changes += yield from read_nfts(subjects["nft"], contracts, keys)
    if "rounds" in subjects:
        rules: OracleRules = (yield from read_oracle(contracts, keys))[0].value
        changes += yield from read_rounds(subjects["rounds"], rules.twap_seconds, contracts, keys)
    if {"reserves", "feeds"} & subjects.keys():
        changes += yield from read_reserves(contracts, keys)
    return changes
