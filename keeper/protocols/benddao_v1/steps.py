"""What can be done about a loan: bid, and finalise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keeper.domain.auctions import Auction
from keeper.domain.env import Env
from keeper.domain.fixed_point import percent_mul
from keeper.domain.positions import Position, PositionState
from keeper.domain.steps import Delivery, Kind, Payment, Piece, Proof, Role, Settlement, Step
from keeper.domain.tokens import word
from keeper.domain.triggers import TriggerResult
from keeper.domain.units import BPS, ETHER, Address, Bps, Wei
from keeper.protocols.benddao_v1 import abi
from keeper.protocols.benddao_v1.book import opened_auction, single_debt
from keeper.protocols.benddao_v1.records import Contracts, Keys, NftRules, Pause, ReserveRules

_GAS_OF_BID = 500_000
_GAS_OF_FINALISATION = 700_000
"""What BendDAO's own documentation recommends as limits; loans with staked apes need the most."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A loan at a moment: everything that its steps depend on."""

    position: Position
    env: Env
    contracts: Contracts
    rules: NftRules
    reserve_rules: ReserveRules
    pause: Pause
    keys: Keys

    @property
    def collection(self) -> Address:
        return self.position.collateral[0].token

    @property
    def token_id(self) -> int:
        return self.position.collateral[0].token_id

    @property
    def reserve(self) -> Address:
        return single_debt(self.position).asset

    @property
    def is_running(self) -> bool:
        """Whether the pool, the reserve and the collection take steps at all (ValidationLogic, 401, 302, 310)."""
        return not self.pause.paused and self.rules.active and self.reserve_rules.active


def situation(position: Position, env: Env, keys: Keys) -> Situation | None:
    """``None`` where a parameter is not known."""
    facts = env.facts
    contracts: Contracts | None = facts.get(keys.contracts())
    pause: Pause | None = facts.get(keys.pause())
    rules: NftRules | None = facts.get(keys.nft(position.collateral[0].token))
    reserve_rules: ReserveRules | None = facts.get(keys.reserve(single_debt(position).asset))
    if contracts is None or pause is None or rules is None or reserve_rules is None:
        return None
    return Situation(position, env, contracts, rules, reserve_rules, pause, keys)


def steps(position: Position, env: Env, keys: Keys) -> Sequence[Step]:
    """A bid while one can be made now or later; the finalisation of an auction that runs or is over."""
    now = situation(position, env, keys)
    debt = position.debt.owed(env)
    if now is None or debt is None:
        return ()
    if position.state is PositionState.OPEN:
        return _first_bid(now, debt)
    auction = position.auctions[0]
    return (*_raise(now, auction, debt), _finalisation(now, auction, debt))


def _first_bid(now: Situation, debt: Wei) -> Sequence[Step]:
    price, fine = liquidate_price(now, debt), bid_fine(now, debt)
    if price is None or fine is None:
        return ()
    condition = now.position.triggers["default"].eval(now.position, now.env)
    pre = replace(condition, now=condition.now if now.is_running else False)
    opened = opened_auction(now.collection, now.token_id, now.env.timestamp, now.env.who, now.rules, now.pause)
    return [_bid(now, opened, price, pre, fine)]


def _raise(now: Situation, auction: Auction, debt: Wei) -> Sequence[Step]:
    price = auction.price(now.env.timestamp, debt)
    if price is None:
        return ()
    return [_bid(now, auction, price, TriggerResult(now.is_running), Wei(0))]


def _bid(now: Situation, auction: Auction, price: Wei, pre: TriggerResult, fine: Wei) -> Step:
    who = now.env.who
    loan_id = int(now.position.key.native_id)
    raised = replace(auction, high_bid=price, high_bidder=who)
    return Step(
        kind=Kind.BID,
        position=now.position.key,
        piece=Piece(now.collection, now.token_id),
        role=Role.ANYONE,
        pre=pre,
        settlement=Settlement.DELAYED,
        call=abi.AUCTION.call(now.contracts.pool, now.collection, now.token_id, price, who),
        gas=_GAS_OF_BID,
        pays=Payment(now.reserve, price, now.contracts.pool),
        proofs=(Proof(abi.GET_LOAN_HIGHEST_BID.view(now.contracts.loans, loan_id), word(who) + word(price)),),
        closes_at=raised.closes_at(),
        income_if_redeemed=fine,
        after=replace(now.position, state=PositionState.IN_AUCTION, auctions=(raised,)),
    )


def _finalisation(now: Situation, auction: Auction, debt: Wei) -> Step:
    """Whoever calls pays what interest has added over the bid; the piece goes to the highest bidder."""
    gap = Wei(max(0, debt - auction.high_bid))
    closes_at = auction.closes_at() or 0
    is_ours = auction.high_bidder == now.env.who
    over = now.env.timestamp > closes_at
    return Step(
        kind=Kind.FINALISE,
        position=now.position.key,
        piece=Piece(now.collection, now.token_id),
        role=Role.WINNER if is_ours else Role.ANYONE,
        pre=TriggerResult(over and now.is_running, earliest_timestamp=closes_at + 1),
        settlement=Settlement.SYNC,
        call=abi.LIQUIDATE.call(now.contracts.pool, now.collection, now.token_id, gap),
        gas=_GAS_OF_FINALISATION,
        pays=Payment(now.reserve, gap, now.contracts.pool) if gap else None,
        receives=(Delivery(now.collection, token_id=now.token_id),) if is_ours else (),
    )


def liquidate_price(now: Situation, debt: Wei) -> Wei | None:
    """The least first bid: the oracle's value less the discount, and the debt at least; ``None`` without a price.

    Source: GenericLogic.calculateLoanLiquidatePrice.
    """
    terms = now.env.terms(now.keys.terms(now.collection))
    reserve_terms = now.env.terms(now.keys.terms(now.reserve))
    if terms is None or reserve_terms is None:
        return None
    price, reserve_price = now.env.value_of(terms), now.env.value_of(reserve_terms)
    if price is None or not reserve_price:
        return None
    if now.rules.discount_bps >= BPS:
        return debt
    in_reserve = reserve_terms.unit * price // reserve_price
    return max(debt, Wei(percent_mul(in_reserve, Bps(BPS - now.rules.discount_bps))))


def bid_fine(now: Situation, debt: Wei) -> Wei | None:
    """What a redeemer pays to the first bidder, at this moment; ``None`` without the reserve's price.

    Source: GenericLogic.calculateLoanBidFine: a share of the debt, and at least a share of one ether's worth.
    """
    terms = now.env.terms(now.keys.terms(now.reserve))
    reserve_price = None if terms is None else now.env.value_of(terms)
    if terms is None or not reserve_price:
        return None
    least = percent_mul(ETHER * terms.unit // reserve_price, now.rules.min_bid_fine_bps)
    return Wei(max(percent_mul(debt, now.rules.redeem_fine_bps), least))
