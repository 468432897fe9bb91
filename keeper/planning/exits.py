"""The best way to sell several pieces of one collection over many places at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keeper.domain.denials import DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import Executability, Place, PlaceKind, Quote, Refusal
from keeper.domain.units import Address, Wei

_ATOMIC = (Executability.ATOMIC, Executability.ATOMIC_WITH_SIGNATURE)


@dataclass(frozen=True, slots=True)
class Sale:
    """The quotes that take the pieces, together; ``refusals`` of places that would not, for the denial."""

    quotes: tuple[Quote, ...]
    refusals: tuple[Refusal, ...]
    unsold: int

    @property
    def net(self) -> Wei:
        return Wei(sum(quote.net for quote in self.quotes))


class _Offer(NamedTuple):
    """What one more piece brings at a place: its marginal net, less the gas that a new place costs."""

    worth: int
    quote: Quote


def sell(
    token_ids: Sequence[int],
    places: Iterable[Place],
    env: Env,
    asset: Address,
    kinds: frozenset[PlaceKind],
    taken: frozenset[str] = frozenset(),
) -> Sale:
    """The split of ``token_ids`` over ``places`` that nets most of ``asset``, gas included, without what is ``taken``.

    One piece after another goes where it brings most. Since no place pays more for a later piece than for an earlier
    one, this is the optimum whenever no two places share a resource; where they do, the better place keeps it.
    """
    usable = [place for place in places if place.kind in kinds and place.buys]
    chosen: dict[str, Quote] = {}
    refusals: dict[str, Refusal] = {}
    remaining = list(token_ids)
    while remaining:
        best: _Offer | None = None
        for place in usable:
            offer = _next(place, chosen, remaining, env, asset, taken)
            if isinstance(offer, Refusal):
                refusals.setdefault(str(place.key), offer)
            elif offer is not None and (best is None or offer.worth > best.worth):
                best = offer
        if best is None or best.worth <= 0:
            break
        name = str(best.quote.place)
        chosen[name] = best.quote
        held = {token for quote in chosen.values() for token in quote.token_ids}
        remaining = [token for token in token_ids if token not in held]
    return Sale(tuple(chosen.values()), tuple(refusals.values()), len(remaining))


def _next(
    place: Place, chosen: dict[str, Quote], remaining: Sequence[int], env: Env, asset: Address, taken: frozenset[str]
) -> _Offer | Refusal | None:
    """What the place gives for one more of the remaining pieces, on top of those it has already."""
    before = chosen.get(str(place.key))
    others = frozenset[str]().union(*(q.resources for name, q in chosen.items() if name != str(place.key)))
    token_ids = (*(before.token_ids if before else ()), remaining[0])
    quote = place.quote_sale(token_ids, env)
    if isinstance(quote, Refusal):
        return None if before else quote
    if quote.asset != asset:
        return Refusal(place.key, DenialCode.FUNDING_ASSET_UNSUPPORTED, (("asset", quote.asset),))
    if quote.executability not in _ATOMIC or quote.resources & (taken | others):
        return None if before else Refusal(place.key, DenialCode.PLAN_CONFLICT)
    gain = quote.net - (before.net if before else 0)
    gas = quote.gas - (before.gas if before else 0)
    return _Offer(gain - gas * env.base_fee, quote)
