"""The planner: of everything that could be done in a block, the set of transactions that together earns most.

Each opportunity becomes at most one plan. Two plans that want the same pool, offer, piece or position exclude each
other, since which of two bundles runs first is the builder's choice. Opportunities that compete are a cluster; a
cluster is tried in every order if it is small (the first takes what it wants, the next does with the rest), and from
the richest down if it is not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import permutations

from keeper.domain.calls import Call
from keeper.domain.denials import Denial, DenialCode
from keeper.domain.env import Env
from keeper.domain.markets import Quote
from keeper.domain.plans import Economics, Lender, Opportunity, Plan, Shape, TipRule
from keeper.domain.strategy import Desk
from keeper.domain.tokens import approve
from keeper.domain.units import Address, Bps, Wei
from keeper.planning.exits import Sale, sell
from keeper.planning.funding import Funding, fund

GAS_OF_PROGRAM = 60_000
"""Intrinsic gas, calldata and the executor's own checks: only for choosing before a simulation measures."""
GAS_OF_FLASH = 60_000
WHOLE_SEARCH = 4
"""Clusters up to this size are tried in every order: 24 orders at most."""


@dataclass(frozen=True, slots=True)
class Context:
    """What planning needs beside the opportunities: the market's read side, the moment, and the means."""

    desk: Desk
    env: Env
    weth: Address
    capital: Wei
    """WETH that the executor has now."""
    lenders: Sequence[Lender]
    sale_calls: Callable[[Quote, Env], Sequence[Call]]
    block_gas: int
    lanes: int
    """Operator accounts that are free: one transaction each."""


@dataclass(frozen=True, slots=True)
class Planner:
    def choose(self, opportunities: Iterable[Opportunity], context: Context) -> tuple[list[Plan], list[Denial]]:
        """The plans to go on with, richest first, and a denial for every opportunity that is in none of them."""
        by_position: dict[str, list[Opportunity]] = {}
        for opportunity in opportunities:
            by_position.setdefault(str(opportunity.position), []).append(opportunity)
        groups = list(by_position.values())
        alone = [best_plan(group, context, frozenset()) for group in groups]
        denials = [outcome for outcome in alone if isinstance(outcome, Denial)]
        wanted = [(group, plan) for group, plan in zip(groups, alone, strict=True) if isinstance(plan, Plan)]
        plans, refused = _settle_all(wanted, context)
        return _within_means(plans, denials + refused, context)


def best_plan(group: Sequence[Opportunity], context: Context, taken: frozenset[str]) -> Plan | Denial:
    """Of the alternatives about one position, the plan that earns most without using what is taken; else why none."""
    outcomes = [make_plan(opportunity, context, taken) for opportunity in group]
    plans = [outcome for outcome in outcomes if isinstance(outcome, Plan)]
    if plans:
        return max(plans, key=_worth)
    denials = [outcome for outcome in outcomes if isinstance(outcome, Denial)]
    return max(denials, key=lambda denial: int(denial.numbers.get("net", denial.numbers.get("gain", -(2**255)))))


def make_plan(opportunity: Opportunity, context: Context, taken: frozenset[str]) -> Plan | Denial:
    """One opportunity sized, sold, funded and written out as calls; or the reason why it does not pay."""
    env = context.env
    if str(opportunity.position) in taken:
        return _deny(DenialCode.PLAN_CONFLICT, opportunity, env)
    if opportunity.shape is not Shape.ATOMIC:
        return _committed(opportunity, context)
    sale = _sell(opportunity, context, taken)
    pays = _pays(opportunity, context)
    if isinstance(pays, Denial):
        return pays
    if sale.unsold:
        return _unsold(opportunity, sale, pays, env)
    return _funded(opportunity, context, sale, pays)


def _funded(opportunity: Opportunity, context: Context, sale: Sale, pays: Wei) -> Plan | Denial:
    env = context.env
    seized = sum(
        delivery.amount
        for step in opportunity.steps
        for delivery in step.receives
        if delivery.token_id is None and delivery.token == context.weth
    )
    proceeds = Wei(sale.net + seized)
    if proceeds < pays:
        numbers = {"pays": pays, "exit": proceeds, "gain": proceeds - pays}
        return _deny(DenialCode.EXIT_BELOW_COST, opportunity, env, **numbers)
    funding = fund(pays, context.weth, context.lenders, context.capital)
    if funding is None:
        return _deny(DenialCode.FUNDING_UNAVAILABLE, opportunity, env, pays=pays, capital=context.capital)
    economics = _economics(opportunity, sale, funding, proceeds, pays, env)
    if economics.net < opportunity.appetite.min_profit:
        return _deny(DenialCode.PROFIT_TOO_SMALL, opportunity, env, **_numbers(economics))
    return _plan(opportunity, context, sale.quotes, funding, economics)


def _pays(opportunity: Opportunity, context: Context) -> Wei | Denial:
    """What the steps take together, all of it in WETH; nothing else can be funded."""
    payments = [step.pays for step in opportunity.steps if step.pays is not None and step.pays.amount]
    foreign = sorted({payment.token for payment in payments} - {context.weth})
    if foreign:
        return _deny(DenialCode.FUNDING_ASSET_UNSUPPORTED, opportunity, context.env, asset=foreign[0])
    return Wei(sum(payment.amount for payment in payments))


def _committed(opportunity: Opportunity, context: Context) -> Plan | Denial:
    """A plan that earns later: a bid with own capital, or groundwork that costs gas alone."""
    pays = _pays(opportunity, context)
    if isinstance(pays, Denial):
        return pays
    needed = pays + opportunity.appetite.flat_tip
    if context.capital < needed:
        return _deny(DenialCode.FUNDING_UNAVAILABLE, opportunity, context.env, pays=needed, capital=context.capital)
    gas = GAS_OF_PROGRAM + sum(step.gas for step in opportunity.steps)
    economics = Economics(
        proceeds=Wei(0),
        pays=pays,
        flash_fees=Wei(0),
        gain=Wei(-pays),
        tip=opportunity.appetite.flat_tip,
        gas=gas,
        gas_cost=Wei(gas * context.env.base_fee),
    )
    return _plan(opportunity, context, (), Funding((), pays), economics)


def _sell(opportunity: Opportunity, context: Context, taken: frozenset[str]) -> Sale:
    """Every piece at its collection's best places."""
    ids_of: dict[Address, list[int]] = {}
    for piece in opportunity.pieces:
        ids_of.setdefault(piece.collection, []).append(piece.token_id)
    sales = [
        sell(token_ids, context.desk.exits(collection), context.env, context.weth, opportunity.exits, taken)
        for collection, token_ids in ids_of.items()
    ]
    return Sale(
        tuple(quote for sale in sales for quote in sale.quotes),
        tuple(refusal for sale in sales for refusal in sale.refusals),
        sum(sale.unsold for sale in sales),
    )


def _economics(opportunity: Opportunity, sale: Sale, funding: Funding, proceeds: Wei, pays: Wei, env: Env) -> Economics:
    gain = Wei(proceeds - pays - funding.fees)
    gas = (
        GAS_OF_PROGRAM
        + GAS_OF_FLASH * len(funding.flashes)
        + sum(step.gas for step in opportunity.steps)
        + sum(quote.gas for quote in sale.quotes)
    )
    return Economics(
        proceeds=proceeds,
        pays=pays,
        flash_fees=funding.fees,
        gain=gain,
        tip=opportunity.tip.of(gain),
        gas=gas,
        gas_cost=Wei(gas * env.base_fee),
        cost_basis=opportunity.cost_basis,
    )


def _plan(
    opportunity: Opportunity, context: Context, quotes: tuple[Quote, ...], funding: Funding, economics: Economics
) -> Plan:
    env = context.env
    calls: list[Call] = []
    for step in opportunity.steps:
        if step.pays is not None and step.pays.amount:
            calls.append(approve(step.pays.token, step.pays.spender, step.pays.amount))
        calls.append(step.call)
    for quote in quotes:
        calls += context.sale_calls(quote, env)
    resources = {str(opportunity.position)}.union(*(quote.resources for quote in quotes))
    return Plan(
        id=plan_id(opportunity),
        strategy=opportunity.strategy,
        position=opportunity.position,
        shape=opportunity.shape,
        target_block=env.block,
        timestamp=env.timestamp,
        base_fee=env.base_fee,
        steps=opportunity.steps,
        sales=quotes,
        flashes=funding.flashes,
        calls=tuple(calls),
        proofs=tuple(proof for step in opportunity.steps for proof in step.proofs),
        min_profit=opportunity.appetite.min_profit,
        tip=opportunity.tip if opportunity.shape is Shape.ATOMIC else TipRule(Bps(0), opportunity.appetite.flat_tip),
        economics=economics,
        own_capital=funding.own,
        binds=opportunity.binds,
        resources=frozenset(resources),
        collections=frozenset(piece.collection for piece in opportunity.pieces),
    )


def plan_id(opportunity: Opportunity) -> str:
    """The same for the same steps on the same position at the same version, in whichever block they are planned."""
    steps = [(step.kind, *(delivery.token_id for delivery in step.receives)) for step in opportunity.steps]
    text = repr((opportunity.strategy, str(opportunity.position), opportunity.version, steps))
    return sha256(text.encode()).hexdigest()[:16]


def _unsold(opportunity: Opportunity, sale: Sale, pays: Wei, env: Env) -> Denial:
    """Why a piece finds no buyer: the first place's reason, or that there is no place at all."""
    if not sale.refusals:
        return _deny(DenialCode.EXIT_NONE, opportunity, env, pays=pays, unsold=sale.unsold)
    refusal = sale.refusals[0]
    numbers: dict[str, int | str] = {"pays": pays, "unsold": sale.unsold, "place": str(refusal.place)}
    return _deny(refusal.code, opportunity, env, **(numbers | dict(refusal.numbers)))


def _numbers(economics: Economics) -> dict[str, int | str]:
    return {
        "proceeds": economics.proceeds,
        "pays": economics.pays,
        "flash_fees": economics.flash_fees,
        "gain": economics.gain,
        "tip": economics.tip,
        "gas_cost": economics.gas_cost,
        "cost_basis": economics.cost_basis,
        "net": economics.net,
    }


def _deny(code: DenialCode, opportunity: Opportunity, env: Env, **numbers: int | str) -> Denial:
    return Denial(code, opportunity.subject, env.block, opportunity.strategy, numbers)


def _worth(plan: Plan) -> int:
    """What a plan earns now. What only binds or prepares earns later, and counts as nothing but its cost."""
    return plan.economics.net + (plan.binds if plan.shape is Shape.INVENTORY else 0)


_Wanted = tuple[list[Opportunity], Plan]


def _settle_all(wanted: Sequence[_Wanted], context: Context) -> tuple[list[Plan], list[Denial]]:
    """Every cluster by itself; where one that gave way now uses what another cluster does, the two are one."""
    clusters = _merged([(plan.resources, [(group, plan)]) for group, plan in wanted])
    while True:
        outcomes = [_settle(members, context) for members in clusters]
        used = [frozenset[str]().union(*(plan.resources for plan in plans)) for plans, _ in outcomes]
        merged = _merged(list(zip(used, clusters, strict=True)))
        if len(merged) == len(clusters):
            plans = [plan for chosen, _ in outcomes for plan in chosen]
            return plans, [denial for _, refused in outcomes for denial in refused]
        clusters = merged


def _merged(parts: Sequence[tuple[frozenset[str], list[_Wanted]]]) -> list[list[_Wanted]]:
    """Parts that share a resource, directly or over others, put together."""
    clusters: list[tuple[frozenset[str], list[_Wanted]]] = []
    for resources, members in parts:
        touching = [cluster for cluster in clusters if cluster[0] & resources]
        clusters = [cluster for cluster in clusters if not cluster[0] & resources]
        together = resources.union(*(cluster[0] for cluster in touching))
        clusters.append((together, [entry for cluster in touching for entry in cluster[1]] + members))
    return [members for _, members in clusters]


def _settle(cluster: Sequence[_Wanted], context: Context) -> tuple[list[Plan], list[Denial]]:
    """The best outcome for opportunities that compete."""
    if len(cluster) == 1:
        return [cluster[0][1]], []
    richest_first = sorted(cluster, key=lambda entry: -_worth(entry[1]))
    orders = permutations(richest_first) if len(cluster) <= WHOLE_SEARCH else [tuple(richest_first)]
    return max((_in_order(order, context) for order in orders), key=lambda outcome: sum(map(_worth, outcome[0])))


def _in_order(order: Iterable[_Wanted], context: Context) -> tuple[list[Plan], list[Denial]]:
    """Each takes what it wants of what those before it have left."""
    plans: list[Plan] = []
    denials: list[Denial] = []
    taken: frozenset[str] = frozenset()
    for group, alone in order:
        outcome = best_plan(group, context, taken) if alone.resources & taken else alone
        if isinstance(outcome, Plan):
            plans.append(outcome)
            taken |= outcome.resources
        else:
            denials.append(outcome)
    return plans, denials


def _within_means(plans: Iterable[Plan], denials: list[Denial], context: Context) -> tuple[list[Plan], list[Denial]]:
    """The richest plans that fit into the capital, the block's gas and the free operator accounts, together."""
    capital, gas, lanes = int(context.capital), context.block_gas, context.lanes
    chosen: list[Plan] = []
    for plan in sorted(plans, key=_worth, reverse=True):
        code = (
            DenialCode.PLAN_NO_LANE
            if not lanes
            else DenialCode.PLAN_BLOCK_GAS
            if plan.economics.gas > gas
            else DenialCode.FUNDING_UNAVAILABLE
            if plan.own_capital > capital
            else None
        )
        if code is not None:
            numbers = {"capital": capital, "needs": plan.own_capital, "gas_left": gas, "gas": plan.economics.gas}
            denials.append(Denial(code, str(plan.position), plan.target_block, plan.strategy, numbers))
            continue
        chosen.append(plan)
        capital -= plan.own_capital
        gas -= plan.economics.gas
        lanes -= 1
    return chosen, denials
