"""NFTOracle's arithmetic: the average that a push stores, and whether the oracle takes a push."""

from collections.abc import Sequence

from keeper.domain.units import Wei
from keeper.protocols.benddao_v1.records import OracleRules, Round


def twap(rounds: Sequence[Round], now: int, window: int) -> Wei | None:
    """The average price over the last ``window`` seconds, rounds oldest first; ``None`` where they do not reach back.

    Source: NFTOracle.calculateTwapPrice: each price weighs by the time it was the newest inside the window, so one that
    is pushed at ``now`` weighs nothing; rounded down.
    """
    if not rounds:
        return None
    newest, start = rounds[-1], now - window
    if newest.timestamp < start or newest.index == 0:
        return newest.price
    weighted, until = newest.price * (now - newest.timestamp), newest.timestamp
    for round_ in reversed(rounds[:-1]):
        if round_.timestamp <= start:
            return Wei((weighted + round_.price * (until - start)) // window)
        weighted += round_.price * (until - round_.timestamp)
        until = round_.timestamp
    return Wei(weighted // (now - until)) if rounds[0].index == 0 else None


def pushed(
    rounds: Sequence[Round], price: Wei, timestamp: int, window: int, index: int | None = None
) -> tuple[Round, ...]:
    """The rounds after a push, without those that no average over ``window`` can reach any more.

    ``index`` is the place the oracle gave it (its next one if not told): what stood there before is gone.
    """
    place = index if index is not None else (rounds[-1].index + 1 if rounds else 0)
    kept = [known for known in rounds if known.index < place]
    kept.append(Round(place, price, timestamp))
    oldest = max((i for i, known in enumerate(kept) if known.timestamp <= timestamp - window), default=0)
    return tuple(kept[oldest:])


def accepts(rounds: Sequence[Round], price: Wei, timestamp: int, rules: OracleRules) -> bool:
    """Whether the oracle takes a price after those rounds. Source: NFTOracle.checkValidityOfPrice and _setAssetData."""
    if price <= 0:
        return False
    if not rounds:
        return True
    last = rounds[-1]
    if timestamp <= last.timestamp:
        return False
    if price == last.price:
        return True
    deviation = abs(price - last.price) * rules.precision // last.price
    elapsed = timestamp - last.timestamp
    if deviation > rules.max_deviation or elapsed < rules.min_update_seconds:
        return False
    return deviation <= rules.max_deviation_with_time or elapsed >= rules.deviation_seconds
