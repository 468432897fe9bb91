"""The health of an account with a basket: ERC-20 collateral first, NFTs for what that does not cover."""

from dataclasses import dataclass

from keeper.domain.env import Env
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.fixed_point import percent_div, percent_mul, ray_mul, wad_div, wad_mul
from keeper.domain.positions import CollateralItem, ItemKind, Position
from keeper.domain.triggers import TriggerResult, price_needs
from keeper.domain.units import MAX_UINT256, Wei


@dataclass(frozen=True, slots=True)
class Health:
    """An account in its oracle's base currency. Factors are at 1e18, and 2**256 - 1 where nothing is owed."""

    collateral: Wei
    nft_collateral: Wei
    debt: Wei
    factor: int
    nft_factor: int


def account_health(position: Position, env: Env) -> Health | None:
    """The account's health at a moment; ``None`` where a price, an index or an asset's terms are not known.

    Collateral without a threshold counts for nothing. Source: ParaSpace GenericLogic.calculateUserAccountData.
    """
    tokens = nfts = weighted = nft_weighted = payable = 0
    for terms_key, items in _by_terms(position).items():
        terms = env.terms(terms_key)
        price = None if terms is None else env.value_of(terms)
        if terms is None or price is None:
            return None
        if terms.threshold == 0:
            continue
        if items[0].kind is ItemKind.ERC721:
            value = nft_value(position, items, price)
            nfts += value
            nft_weighted += value * terms.threshold
        else:
            balance = token_balance(items[0], env)
            if balance is None or not terms.bonus:
                return None  # without a bonus the contract's own view divides by zero
            value = price * balance // terms.unit
            tokens += value
            payable += percent_div(value, terms.bonus)
        weighted += value * terms.threshold
    debt = debt_value(position, env)
    if debt is None:
        return None
    total = tokens + nfts
    if debt == 0:
        return Health(Wei(total), Wei(nfts), Wei(0), MAX_UINT256, MAX_UINT256)
    factor = wad_div(percent_mul(total, weighted // total if total else 0), debt)
    nft_threshold = nft_weighted // nfts if nfts else 0
    nft_factor = MAX_UINT256 if payable >= debt else wad_div(percent_mul(nfts, nft_threshold), debt - payable)
    return Health(Wei(total), Wei(nfts), Wei(debt), factor, nft_factor)


def _by_terms(position: Position) -> dict[TermsKey, list[CollateralItem]]:
    groups: dict[TermsKey, list[CollateralItem]] = {}
    for item in position.collateral:
        groups.setdefault(item.terms, []).append(item)
    return groups


def nft_value(position: Position, items: list[CollateralItem], floor: Wei) -> int:
    """The account's pieces of one collection: (their number × the average of their weights) × floor, half up."""
    mean = dict(position.mean_weights).get(items[0].token)
    weight = items[0].weight if mean is None else mean
    return wad_mul(len(items) * weight, floor)


def token_balance(item: CollateralItem, env: Env) -> int | None:
    """A supplied ERC-20 balance with its interest: scaled × supply index, half up."""
    index = env.index(IndexKey(item.terms.deployment, item.token, "supply"))
    return None if index is None else ray_mul(item.quantity, index)


def debt_value(position: Position, env: Env) -> int | None:
    """What the account owes, in the oracle's base currency."""
    total = 0
    for debt in position.debt.parts():
        terms, owed = env.terms(debt.terms), debt.owed(env)
        price = None if terms is None else env.value_of(terms)
        if terms is None or owed is None or price is None:
            return None
        total += price * owed // terms.unit
    return total


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """The account's NFT health factor is under ``below`` (at 1e18)."""

    below: int

    def eval(self, position: Position, env: Env) -> TriggerResult:
        health = account_health(position, env)
        return TriggerResult(
            None if health is None else health.nft_factor < self.below, needs=price_needs(position, env)
        )
