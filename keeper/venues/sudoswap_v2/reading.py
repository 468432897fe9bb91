"""Reading pairs: what one is, once, and how it stands, at any block. Pure dialogues; whoever drives them does the I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keeper.domain.calls import Answer, BalanceOf, Read, Reading, ViewFailed
from keeper.domain.curves import Terms
from keeper.domain.pools import PoolSide, Royalty
from keeper.domain.units import BPS, ETHER, Address, Wad, Wei
from keeper.venues.answers import decoded
from keeper.venues.sudoswap_v2 import contracts
from keeper.venues.tokens import BALANCE_OF

_SIDES = (PoolSide.TOKEN, PoolSide.NFT, PoolSide.TRADE)
_ETH, _ERC20 = 0, 1
"""ILSSVMPairFactoryLike.PairVariant of ERC-721 pairs."""

_ROUND_SALE, _ODD_SALE = ETHER, 1_234_567_890_123_456_789
"""Two prices at which royalties are asked for: the first shows the shares, the second that they are shares."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a pair was made as; it never changes. ``token`` is ``None`` for ETH."""

    valid: bool
    collection: Address
    side: PoolSide
    curve: Address
    checker: Address
    token: Address | None


@dataclass(frozen=True, slots=True)
class Question:
    """A pair to look at: ``token`` it pays with (``None``: ETH) and a piece of the collection that exists."""

    pair: Address
    token: Address | None
    piece: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a pair stands. ``royalty`` is ``None`` where what is asked for is no share of the price."""

    terms: Terms
    balance: Wei
    asset_recipient: Address
    fee_recipient: Address
    royalty: Royalty | None


def read_identities(factory: Address, pairs: Sequence[Address]) -> Reading[list[Identity | None]]:
    """What each pair is; ``None`` for one that does not answer as an ERC-721 pair does."""
    first: list[Read] = []
    for pair in pairs:
        first.append(contracts.IS_VALID_PAIR.view(factory, pair))
        first.extend(function.view(pair) for function in _IDENTITY)
        first.append(contracts.TOKEN.view(pair))  # no ERC-20 pair, no answer
    if not first:
        return []
    answers = yield first
    size = len(first) // len(pairs)
    return [_identity(answers[at : at + size]) for at in range(0, len(answers), size)]


def read_standings(factory: Address, questions: Sequence[Question]) -> Reading[list[Standing | None]]:
    """How each pair stands; ``None`` for one that does not answer."""
    if not questions:
        return []
    reads: list[Read] = [contracts.PROTOCOL_FEE.view(factory)]
    for question in questions:
        pair, token = question.pair, question.token
        reads.extend(function.view(pair) for function in _STANDING)
        reads.append(BalanceOf(pair) if token is None else BALANCE_OF.view(token, pair))
        reads.append(contracts.ROYALTIES.view(pair, question.piece, _ROUND_SALE))
        reads.append(contracts.ROYALTIES.view(pair, question.piece, _ODD_SALE))
    answers = yield reads
    protocol_fee = decoded(contracts.PROTOCOL_FEE, answers[0])
    size = (len(reads) - 1) // len(questions)
    return [_standing(answers[at : at + size], protocol_fee) for at in range(1, len(answers), size)]


_IDENTITY = (
    contracts.PAIR_VARIANT,
    contracts.NFT,
    contracts.POOL_TYPE,
    contracts.BONDING_CURVE,
    contracts.PROPERTY_CHECKER,
)
_STANDING = (
    contracts.SPOT_PRICE,
    contracts.DELTA,
    contracts.FEE,
    contracts.ASSET_RECIPIENT,
    contracts.FEE_RECIPIENT,
)


def _identity(answers: Sequence[Answer]) -> Identity | None:
    valid = decoded(contracts.IS_VALID_PAIR, answers[0]) is True
    values = [decoded(function, answer) for function, answer in zip(_IDENTITY, answers[1:-1], strict=True)]
    if any(value is None for value in values):
        return None
    variant, collection, side, curve, checker = values
    token = decoded(contracts.TOKEN, answers[-1]) if variant == _ERC20 else None
    if variant not in {_ETH, _ERC20} or side >= len(_SIDES) or (variant == _ERC20 and token is None):
        return None
    return Identity(valid, collection, _SIDES[side], curve, checker, token)


def _standing(answers: Sequence[Answer], protocol_fee: int | None) -> Standing | None:
    *settings, balance, round_sale, odd_sale = answers
    values = [decoded(function, answer) for function, answer in zip(_STANDING, settings, strict=True)]
    if isinstance(balance, ViewFailed) or len(balance) < 32 or protocol_fee is None or None in values:
        return None
    spot, delta, fee, asset_recipient, fee_recipient = values
    return Standing(
        Terms(spot, delta, Wad(fee), Wad(protocol_fee)),
        Wei(int.from_bytes(balance[:32])),
        asset_recipient,
        fee_recipient,
        _royalty(decoded(contracts.ROYALTIES, round_sale), decoded(contracts.ROYALTIES, odd_sale)),
    )


def _royalty(round_sale: Any, odd_sale: Any) -> Royalty | None:  # noqa: ANN401 - the codec's records
    """The shares behind two answers; ``None`` unless both are shares in whole bps, each part rounded down."""
    if round_sale is None or odd_sale is None:
        return None
    parts = tuple(amount * BPS // _ROUND_SALE for amount in round_sale.amounts)
    for price, answer in ((_ROUND_SALE, round_sale), (_ODD_SALE, odd_sale)):
        if tuple(answer.amounts) != tuple(price * part // BPS for part in parts):
            return None
    return Royalty(parts)
