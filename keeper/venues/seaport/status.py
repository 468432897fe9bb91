"""Reading what the chain says of orders and their makers: one dialogue for many orders, every question asked once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from keeper.chain.codec import Function
from keeper.domain.calls import Answer, Read, Reading, View
from keeper.domain.orders import Listing, Offer, OrderStatus
from keeper.domain.units import Address
from keeper.venues.answers import decoded
from keeper.venues.seaport import contracts
from keeper.venues.tokens import ALLOWANCE, BALANCE_OF


@dataclass(frozen=True, slots=True)
class Subject:
    """An order to look at. ``spender`` is who would take what its maker gives: Seaport or a conduit."""

    order: Offer | Listing
    spender: Address


def read_conduits(controller: Address, keys: Sequence[bytes]) -> Reading[dict[bytes, Address | None]]:
    """The conduit of each key; ``None`` where there is none."""
    if not keys:
        return {}
    answers = yield [contracts.CONDUIT.view(controller, key) for key in keys]
    found = {}
    for key, answer in zip(keys, answers, strict=True):
        said = decoded(contracts.CONDUIT, answer)
        found[key] = Address(said.conduit) if said is not None and said.exists else None
    return found


def read_statuses(seaport: Address, subjects: Sequence[Subject]) -> Reading[list[OrderStatus | None]]:
    """The status of each order, ``None`` where Seaport does not answer."""
    wanted: dict[Read, None] = {}
    for subject in subjects:
        wanted.update(dict.fromkeys(view for _, view in _questions(seaport, subject)))
    if not wanted:
        return []
    reads = list(wanted)
    answers = yield reads
    said = dict(zip(reads, answers, strict=True))
    return [_status(seaport, subject, said) for subject in subjects]


def _questions(seaport: Address, subject: Subject) -> Iterator[tuple[Function, View]]:
    order, spender = subject.order, subject.spender
    yield contracts.ORDER_STATUS, contracts.ORDER_STATUS.view(seaport, bytes.fromhex(order.key.id[2:]))
    yield contracts.COUNTER, contracts.COUNTER.view(seaport, order.maker)
    if isinstance(order, Offer):
        yield BALANCE_OF, BALANCE_OF.view(order.asset, order.maker)
        yield ALLOWANCE, ALLOWANCE.view(order.asset, order.maker, spender)
    else:
        yield contracts.OWNER_OF, contracts.OWNER_OF.view(order.collection, order.token_id)
        yield contracts.APPROVED, contracts.APPROVED.view(order.collection, order.token_id)
        yield contracts.APPROVED_FOR_ALL, contracts.APPROVED_FOR_ALL.view(order.collection, order.maker, spender)


def _status(seaport: Address, subject: Subject, said: Mapping[Read, Answer]) -> OrderStatus | None:
    state, counter, *rest = (decoded(function, said[view]) for function, view in _questions(seaport, subject))
    if state is None or counter is None:
        return None
    if isinstance(subject.order, Offer):
        balance, allowance = (value or 0 for value in rest)
    else:
        owner, approved, for_all = rest
        balance = int(owner == subject.order.maker)
        allowance = int(approved == subject.spender or for_all is True)
    filled = state.totalSize > 0 and state.totalFilled >= state.totalSize
    return OrderStatus(filled, state.isCancelled, counter, balance, allowance)
