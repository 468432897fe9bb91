"""Calls to contracts, as data: what adapters build and what the shells carry out."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from keeper.domain.units import Address, Wei

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """A state-changing call: target, ETH to send with it, calldata."""

    to: Address
    data: bytes
    value: Wei = Wei(0)


@dataclass(frozen=True, slots=True)
class View:
    """A read-only call: target and calldata."""

    to: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class ViewFailed:
    """A view that reverted; ``data`` is what it reverted with. Transport errors are raised by the reader instead."""

    data: bytes


@dataclass(frozen=True, slots=True)
class BalanceOf:
    """The ETH balance of an account, read like a view; the answer is 32 bytes big-endian."""

    account: Address


Read = View | BalanceOf
Answer = bytes | ViewFailed

Reading = Generator[list[Read], list[Answer], T]
"""A dialogue without I/O: yields batches of reads, is sent their answers in the same order, returns what it learnt.

Whoever drives it decides the block, the transport and the batching; a test drives it with a dictionary.
"""
