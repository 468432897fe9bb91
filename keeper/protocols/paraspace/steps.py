"""What can be done about an account: start an auction, buy a piece, pay a debt for tokens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from keeper.domain.auctions import Auction
from keeper.domain.debt import IndexScaled, Sum
from keeper.domain.env import Env
from keeper.domain.fixed_point import percent_div, percent_mul, ray_div, wad_mul
from keeper.domain.health import Health, account_health, token_balance
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionState
from keeper.domain.steps import Delivery, Kind, Payment, Piece, Proof, Role, Settlement, Step
from keeper.domain.tokens import word
from keeper.domain.triggers import TriggerResult, price_needs
from keeper.domain.units import BPS, WAD, ZERO_ADDRESS, Address, Bps, Wei
from keeper.protocols.paraspace import abi
from keeper.protocols.paraspace.records import Account, Contracts, Keys, Reserve

_GAS_OF_START = 400_000
_GAS_OF_PURCHASE = 850_000
_GAS_OF_SEIZURE = 650_000
_CLOSE_FACTOR = Bps(5_000)
_WHOLE_DEBT_UNDER = 950_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Situation:
    """An account at a moment: everything that its steps depend on."""

    position: Position
    env: Env
    contracts: Contracts
    reserves: Mapping[Address, Reserve]
    health: Health
    keys: Keys

    def pre(self, *, holds: bool, running: Sequence[Address]) -> TriggerResult:
        """Open if a condition holds and reserves run; unknown where a sequencer's sentinel would have to be asked."""
        env = self.env
        open_ = holds and all(self.reserves[asset].is_running for asset in running)
        needs = price_needs(self.position, env)
        return TriggerResult(open_ and env.who != self.position.debtor, needs=needs)

    def asked(self, result: TriggerResult, factor: int) -> TriggerResult:
        """A liquidation that a sentinel may forbid is neither open nor shut (ValidationLogic, error 59)."""
        guarded = self.contracts.sentinel != ZERO_ADDRESS and factor >= _WHOLE_DEBT_UNDER
        return replace(result, now=None) if guarded and result.now else result

    def value_and_unit(self, asset: Address) -> tuple[Wei, int] | None:
        """Price of one whole token in the base currency, and its smallest units."""
        terms = self.env.terms(self.keys.terms(asset))
        value = None if terms is None else self.env.value_of(terms)
        return None if terms is None or not value else (value, terms.unit)


def steps(position: Position, env: Env, keys: Keys) -> Sequence[Step]:
    """For every piece its next step, for every debt and every token collateral a seizure; none if health is unknown."""
    contracts: Contracts | None = env.facts.get(keys.contracts())
    reserves: Mapping[Address, Reserve] | None = env.facts.get(keys.reserves())
    health = account_health(position, env)
    if contracts is None or reserves is None or health is None:
        return ()
    now = Situation(position, env, contracts, reserves, health, keys)
    return [*_of_pieces(now), *_of_tokens(now)]


def _of_pieces(now: Situation) -> Iterator[Step]:
    for item in now.position.collateral:
        if item.kind is not ItemKind.ERC721:
            continue
        reserve = now.reserves[item.token]
        auction = now.position.auction_of(item.token, item.token_id)
        if auction is None and reserve.strategy != ZERO_ADDRESS:
            if reserve.curve is not None:
                yield _start(now, item, reserve)
        elif (step := _purchase(now, item, reserve, auction)) is not None:
            yield step


def _start(now: Situation, item: CollateralItem, reserve: Reserve) -> Step:
    """Costs gas alone. Open to anybody while the NFT health factor is under one (AuctionLogic.executeStartAuction)."""
    curve = reserve.curve
    opened = () if curve is None else (Auction(item.token, item.token_id, curve, now.env.timestamp),)
    debtor = now.position.debtor
    pre = TriggerResult(now.health.nft_factor < WAD and reserve.is_running, needs=price_needs(now.position, now.env))
    return Step(
        kind=Kind.START_AUCTION,
        position=now.position.key,
        piece=Piece(item.token, item.token_id),
        role=Role.ANYONE,
        pre=pre,
        settlement=Settlement.DELAYED,
        call=abi.START_AUCTION.call(now.contracts.pool, debtor, item.token, item.token_id),
        gas=_GAS_OF_START,
        proofs=(Proof(abi.IS_AUCTIONED.view(reserve.x_token, item.token_id), word(1)),),
        after=replace(now.position, state=PositionState.IN_AUCTION, auctions=(*now.position.auctions, *opened)),
    )


def _purchase(now: Situation, item: CollateralItem, reserve: Reserve, auction: Auction | None) -> Step | None:
    """The payment becomes the account's WETH collateral, the debt stays (LiquidationLogic.executeLiquidateERC721)."""
    cost = purchase_cost(now, item, reserve, auction)
    weth = now.contracts.weth
    if cost is None or weth not in now.reserves:
        return None
    paid, fee = cost
    limit = WAD if auction is None else now.contracts.recovery
    debtor = now.position.debtor
    pre = now.pre(
        holds=now.health.nft_factor < limit and now.health.debt > 0 and paid > fee, running=(item.token, weth)
    )
    return Step(
        kind=Kind.BUY,
        position=now.position.key,
        piece=Piece(item.token, item.token_id),
        role=Role.ANYONE,
        pre=now.asked(pre, now.health.nft_factor),
        settlement=Settlement.SYNC,
        call=abi.LIQUIDATE_NFT.call(now.contracts.pool, item.token, debtor, item.token_id, paid, False),
        gas=_GAS_OF_PURCHASE,
        pays=Payment(weth, paid, now.contracts.pool),
        receives=(Delivery(item.token, token_id=item.token_id),),
        after=_after_purchase(now, item, Wei(paid - fee)),
    )


def purchase_cost(
    now: Situation, item: CollateralItem, reserve: Reserve, auction: Auction | None
) -> tuple[Wei, Wei] | None:
    """What a piece costs in WETH with the protocol's fee, and the fee; ``None`` without a price.

    Source: LiquidationLogic._calculateERC721LiquidationParameters: floor × trait × multiplier, each half up; where there
    is no auction strategy, less the bonus.
    """
    terms, weth = now.env.terms(item.terms), now.value_and_unit(now.contracts.weth)
    floor = None if terms is None else now.env.value_of(terms)
    if terms is None or floor is None or weth is None:
        return None
    price: Wei | None = Wei(wad_mul(floor, item.weight))
    if auction is not None:
        price = auction.price(now.env.timestamp, Wei(wad_mul(floor, item.weight)))
    if price is None:
        return None
    cost = price * weth[1] // weth[0]
    paid = percent_div(cost, BPS if reserve.strategy != ZERO_ADDRESS else terms.bonus)
    fee = percent_mul(cost - paid, reserve.protocol_fee_bps)
    return Wei(paid + fee), Wei(fee)


def _after_purchase(now: Situation, bought: CollateralItem, supplied: Wei) -> Position | None:
    """The piece is gone, the payment is supplied and counts, whether WETH counted before or not."""
    position, weth = now.position, now.contracts.weth
    index = now.env.index(now.keys.supply_index(weth))
    if index is None:
        return None
    scaled = ray_div(supplied, index)
    items = [item for item in position.collateral if item != bought]
    held = next((item for item in items if item.kind is ItemKind.ERC20 and item.token == weth), None)
    if held is None:
        before = _uncounted(now, weth)
        custodian = now.reserves[weth].x_token
        terms = now.keys.terms(weth)
        items.append(CollateralItem(ItemKind.ERC20, weth, terms, quantity=before + scaled, custodian=custodian))
    else:
        items[items.index(held)] = replace(held, quantity=held.quantity + scaled)
    auctions = tuple(a for a in position.auctions if (a.token, a.token_id) != (bought.token, bought.token_id))
    return replace(
        position,
        collateral=tuple(sorted(items, key=lambda item: (item.kind is ItemKind.ERC721, item.token, item.token_id))),
        auctions=auctions,
        state=PositionState.IN_AUCTION if auctions else PositionState.OPEN,
        mean_weights=_means_without(position, bought),
    )


def _uncounted(now: Situation, asset: Address) -> int:
    """Scaled supply that does not count as collateral yet; the flag is set by the next supply."""
    account: Account | None = now.env.facts.get(now.keys.account(now.position.debtor))
    return 0 if account is None or asset in account.flags else account.supplies.get(asset, 0)


def _means_without(position: Position, gone: CollateralItem) -> tuple[tuple[Address, int], ...]:
    """The averages of weights after a piece left (MintableERC721Logic._executeUpdateUserAvgMultiplier)."""
    count = sum(item.token == gone.token and item.kind is ItemKind.ERC721 for item in position.collateral)
    means = []
    for collection, mean in position.mean_weights:
        if collection != gone.token:
            means.append((collection, mean))
        elif count > 1:
            total = mean * count - gone.weight
            means.append((collection, total // (count - 1) if total else WAD))
    return tuple(means)


def _of_tokens(now: Situation) -> Iterator[Step]:
    for debt in now.position.debt.parts():
        for item in now.position.collateral:
            if item.kind is ItemKind.ERC20 and (step := _seizure(now, debt, item)) is not None:
                yield step


@dataclass(frozen=True, slots=True)
class Seizure:
    """``asked`` is what the call offers to pay, ``paid`` what it pays for ``taken``; ``fee`` goes to the treasury."""

    asked: Wei
    paid: Wei
    taken: Wei
    fee: Wei
    balance: Wei


def _seizure(now: Situation, debt: IndexScaled, item: CollateralItem) -> Step | None:
    sizes = seizure(now, debt, item)
    if sizes is None or not sizes.paid or not sizes.taken:
        return None
    debtor = now.position.debtor
    after = _after_seizure(now, debt, item, sizes)
    pre = now.pre(holds=now.health.factor < WAD and after is not None, running=(debt.asset, item.token))
    return Step(
        kind=Kind.SEIZE_TOKENS,
        position=now.position.key,
        piece=None,
        role=Role.ANYONE,
        pre=now.asked(pre, now.health.factor),
        settlement=Settlement.SYNC,
        call=abi.LIQUIDATE_TOKENS.call(now.contracts.pool, item.token, debt.asset, debtor, sizes.asked, False),
        gas=_GAS_OF_SEIZURE,
        pays=Payment(debt.asset, sizes.paid, now.contracts.pool),
        receives=(Delivery(item.token, amount=sizes.taken),),
        after=after,
    )


def seizure(now: Situation, debt: IndexScaled, item: CollateralItem) -> Seizure | None:
    """How much of a debt can be paid, and the collateral for it; ``None`` where a price is not known.

    Source: LiquidationLogic._calculateDebt and _calculateERC20LiquidationParameters.
    """
    owed, balance = debt.owed(now.env), token_balance(item, now.env)
    debt_price, price = now.value_and_unit(debt.asset), now.value_and_unit(item.token)
    terms = now.env.terms(item.terms)
    if owed is None or balance is None or debt_price is None or price is None or terms is None or not terms.bonus:
        return None
    asked = percent_mul(owed, _CLOSE_FACTOR if now.health.factor > _WHOLE_DEBT_UNDER else BPS)
    worth = debt_price[0] * asked * price[1] // (price[0] * debt_price[1])
    taken, paid = percent_mul(worth, terms.bonus), asked
    if taken > balance:
        taken = balance
        paid = percent_div(price[0] * taken * debt_price[1] // (debt_price[0] * price[1]), terms.bonus)
    fee_bps = now.reserves[item.token].protocol_fee_bps
    fee = percent_mul(taken - percent_div(taken, terms.bonus), fee_bps) if fee_bps else 0
    return Seizure(Wei(asked), Wei(paid), Wei(taken - fee), Wei(fee), Wei(balance))


def _after_seizure(now: Situation, debt: IndexScaled, item: CollateralItem, sizes: Seizure) -> Position | None:
    """``None`` where fee and seizure, rounded up each for itself, are more than the whole: the contract underflows."""
    debt_index = now.env.index(debt.index)
    supply_index = now.env.index(now.keys.supply_index(item.token))
    if debt_index is None or supply_index is None:
        return None
    owing = replace(debt, scaled=debt.scaled - ray_div(sizes.paid, debt_index))
    owings = tuple(owing if one == debt else one for one in now.position.debt.parts())
    left = item.quantity - ray_div(sizes.taken, supply_index) - (ray_div(sizes.fee, supply_index) if sizes.fee else 0)
    if left < 0:
        return None
    is_whole = sizes.taken + sizes.fee == sizes.balance
    items = [replace(one, quantity=left) if one == item else one for one in now.position.collateral]
    if is_whole:
        items = [one for one in items if not (one.kind is ItemKind.ERC20 and one.token == item.token)]
    return replace(
        now.position,
        collateral=tuple(items),
        debt=Sum(tuple(one for one in owings if one.scaled)),
    )
