"""Accounts with baskets: a sparse matrix, accounts by assets, times the vector of the assets' values.

The product is an upper bound of what each account is short of; whoever may be short at all is then decided by the
exact ``account_health``. The work of a block is two vector operations over the matrix's entries.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from keeper.book.values import Floats, Slots, Values
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.health import AccountHealth
from keeper.domain.positions import CollateralItem, ItemKind, Position, PositionKey
from keeper.domain.units import BPS, WAD

_MARGIN = 1e-9
"""Relative; a million times what adding up a hundred products in floats can be off by."""
_LIVE, _FREE = 1.0, -np.inf
"""What a row's sum starts from: the rounding of the whole account's ``percentMul``, and more; or never short."""


class Role(IntEnum):
    """What an entry's asset is to the account; NOTHING is for entries not in use."""

    NOTHING = 0
    PIECES = 1
    TOKENS = 2
    DEBT = 3


@dataclass(frozen=True, slots=True)
class Column:
    """One asset in one role. ``index`` is none for pieces."""

    role: Role
    terms: TermsKey
    index: IndexKey | None


@dataclass(frozen=True, slots=True)
class Entry:
    """``quantity`` multiplies the column's value, ``roundings`` what one rounding of it can be off by."""

    column: Column
    quantity: float
    roundings: float


@dataclass(frozen=True, slots=True)
class InAccounts:
    """Where an account stands: its row of the matrix."""

    entries: tuple[Entry, ...]


def row_of(position: Position, trigger: AccountHealth) -> InAccounts:
    """The account's row, grouped as ``account_health`` groups. All but pieces is scaled by ``below``, so that the account
    is short where the sum of its row is positive: below × (debt - payable) - percentMul(pieces, their threshold)."""
    below = trigger.below / WAD
    means = dict(position.mean_weights)
    entries: list[Entry] = []
    groups: dict[TermsKey, list[CollateralItem]] = {}
    for item in position.collateral:
        groups.setdefault(item.terms, []).append(item)
    for terms, items in groups.items():
        first = items[0]
        if first.kind is ItemKind.ERC721:
            weight = means.get(first.token, first.weight) / WAD
            entries.append(Entry(Column(Role.PIECES, terms, None), len(items) * weight, 1.0))
        else:
            index = IndexKey(terms.deployment, first.token, "supply")
            entries.append(Entry(Column(Role.TOKENS, terms, index), below * first.quantity, below))
    entries.extend(
        Entry(Column(Role.DEBT, debt.terms, debt.index), below * debt.scaled, below) for debt in position.debt.parts()
    )
    return InAccounts(tuple(entries))


class Accounts:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._columns: dict[Column, int] = {}
        self._column_slots: NDArray[np.intp] = np.zeros((3, 1), dtype=np.intp)
        """By column: role, slot of terms, slot of index. The first is for entries not in use."""
        self._keys: list[PositionKey] = []
        self._rows: dict[PositionKey, tuple[int, list[int]]] = {}
        """By account: its row, and where its entries are."""
        self._start: Floats = np.full(16, _FREE)
        self._free_rows: list[int] = []
        self._entries: NDArray[np.intp] = np.zeros((2, 64), dtype=np.intp)
        """By entry: row and column."""
        self._factors: Floats = np.zeros((2, 64))
        """By entry: quantity and roundings."""
        self._free_entries: list[int] = []
        self._used = 0

    def add(self, key: PositionKey, spot: InAccounts) -> None:
        row = self._free_rows.pop() if self._free_rows else self._new_row()
        self._keys[row] = key
        self._start[row] = _LIVE
        held: list[int] = []
        for entry in spot.entries:
            at = self._free_entries.pop() if self._free_entries else self._new_entry()
            self._entries[:, at] = row, self._column(entry.column)
            self._factors[:, at] = entry.quantity, entry.roundings
            held.append(at)
        self._rows[key] = (row, held)

    def remove(self, key: PositionKey) -> None:
        row, held = self._rows.pop(key)
        self._start[row] = _FREE
        self._entries[:, held] = 0
        self._factors[:, held] = 0
        self._free_rows.append(row)
        self._free_entries.extend(held)

    def near(self, values: Values) -> tuple[list[PositionKey], list[PositionKey]]:
        """The accounts that may be short, and those whose health is not known."""
        if not self._columns:
            return [], []
        value, rounding = self._column_values(values)
        (row, column), (quantity, roundings) = self._entries[:, : self._used], self._factors[:, : self._used]
        parts = quantity * value[column] + roundings * rounding[column]
        short = np.bincount(row, parts, minlength=len(self._keys)) + self._start[: len(self._keys)]
        return (
            [self._keys[at] for at in np.flatnonzero(short >= 0)],
            [self._keys[at] for at in np.flatnonzero(np.isnan(short))],
        )

    def snapshot(self) -> object:
        """What is held, for comparing."""
        names = [None, *self._columns]
        return {
            key: [(names[self._entries[1, at]], *self._factors[:, at].tolist()) for at in held]
            for key, (_, held) in self._rows.items()
        }

    def _column_values(self, values: Values) -> tuple[Floats, Floats]:
        """By column, an upper bound of what a unit adds to what an account is short of, and what roundings can add.

        Every ``//`` and half-up division of ``account_health`` is off from the true quotient by less than 1 or by 1/2;
        ``nft_threshold`` is cut to whole bps, hence ``threshold - 1``. Collateral without a threshold counts for nothing,
        but has to have a price all the same.
        """
        role, terms, index = self._column_slots
        price, unit = values.price[terms], values.unit[terms]
        threshold = (values.threshold[terms] - 1) / BPS
        grown = price / unit * (values.index[index] if len(values.index) else np.nan)
        cover = BPS / values.bonus[terms]
        pieces, tokens, debt = (role == wanted for wanted in (Role.PIECES, Role.TOKENS, Role.DEBT))
        ignored = (pieces | tokens) & (values.threshold[terms] == 0)
        roles = [ignored, pieces, tokens, debt]
        nothing = 0 * price
        value = np.select(roles, [nothing, -price * threshold, -grown * cover, grown])
        rounding = np.select(
            roles, [nothing, np.abs(threshold) / 2, (price / unit / 2 + 1) * cover + 1, price / unit / 2]
        )
        return value + _MARGIN * np.abs(value), rounding * (1 + _MARGIN)

    def _column(self, column: Column) -> int:
        at = self._columns.get(column)
        if at is None:
            at = self._columns[column] = len(self._columns) + 1
            index = 0 if column.index is None else self._slots.of_index(column.index)
            slots = np.array([[column.role], [self._slots.of_terms(column.terms)], [index]], dtype=np.intp)
            self._column_slots = np.append(self._column_slots, slots, axis=1)
        return at

    def _new_row(self) -> int:
        row = len(self._keys)
        if row == len(self._start):
            self._start = np.append(self._start, np.full(row, _FREE))
        self._keys.append(PositionKey(0, "", "", ""))
        return row

    def _new_entry(self) -> int:
        at = self._used
        if at == self._entries.shape[1]:
            self._entries = np.append(self._entries, np.zeros_like(self._entries), axis=1)
            self._factors = np.append(self._factors, np.zeros_like(self._factors), axis=1)
        self._used += 1
        return at
