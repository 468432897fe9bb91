"""Loans of one collateral and one debt, in buckets in which their order by trigger price never changes.

Within a bucket (collateral, debt asset, index) all loans share price, threshold and index, so the one with the largest
scaled debt is always the first to go under. A block that changes nothing costs one comparison a bucket; a hit costs a
binary search.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keeper.book.ordered import Ordered
from keeper.book.values import Floats, Slots, Values
from keeper.domain.env import Env
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.positions import PositionKey
from keeper.domain.triggers import liquidation_limit
from keeper.domain.units import BPS, HALF_RAY, RAY, Ray, Wei

_MARGIN = 1 + 1e-9
"""Over a million times what the screen's few float operations can be off by."""
_EMPTY = -1.0


@dataclass(frozen=True, slots=True)
class BucketKey:
    """What all loans of a bucket share."""

    collateral: TermsKey
    debt: TermsKey
    index: IndexKey
    strict: bool


@dataclass(frozen=True, slots=True)
class InBucket:
    """Where a loan stands."""

    bucket: BucketKey
    scaled: int


class Buckets:
    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._rows: dict[BucketKey, int] = {}
        self._loans: list[Ordered[tuple[int, PositionKey]]] = []
        self._largest: Floats = np.empty(0)
        """By bucket, the largest scaled debt."""
        self._columns: NDArray[np.intp] = np.empty((3, 0), dtype=np.intp)
        """By bucket, the slots of collateral, debt and index."""

    def add(self, key: PositionKey, spot: InBucket) -> None:
        row = self._row(spot.bucket)
        self._loans[row].add((spot.scaled, key))
        self._largest[row] = max(self._largest[row], float(spot.scaled))

    def remove(self, key: PositionKey, spot: InBucket) -> None:
        row = self._row(spot.bucket)
        loans = self._loans[row]
        loans.remove((spot.scaled, key))
        last = loans.last()
        self._largest[row] = _EMPTY if last is None else last[0]

    def due(self, env: Env, values: Values, now: list[PositionKey], unknown: list[PositionKey]) -> None:
        """Add every loan that is over its limit to ``now``, every one whose limit or debt is not known to ``unknown``."""
        keys = list(self._rows)
        for row in self._near(values):
            bucket, loans = keys[row], self._loans[row]
            limit = liquidation_limit(bucket.collateral, bucket.debt, env)
            index = env.index(bucket.index)
            if limit is None or index is None:
                unknown.extend(key for _, key in loans)
                continue
            least = least_scaled(limit, index, strict=bucket.strict)
            if least is not None:
                now.extend(key for _, key in loans.at_least((least,)))

    def snapshot(self) -> object:
        """What is held, for comparing."""
        held = ((key, list(self._loans[row]), self._largest[row].item()) for key, row in self._rows.items())
        return {key: (loans, largest) for key, loans, largest in held if loans}

    def _near(self, values: Values) -> Iterator[int]:
        """The buckets whose largest loan may be over its limit: none that is gets lost, and few that are not are found.

        The limit is rounded down at every step here, by at most 1 in the division and 1/2 in ``percentMul``; the debt up.
        """
        if not len(self._largest):
            return iter(())
        collateral, debt, index = self._columns
        debt_price = np.where(values.price == 0, np.nan, values.price)[debt]
        quotient = values.unit[debt] * values.price[collateral] / debt_price
        limit = (quotient - 1) * (values.threshold[collateral] / BPS) - 1
        owed = self._largest * values.index[index] * _MARGIN + 1
        return map(int, np.flatnonzero(~(owed < limit) & (self._largest != _EMPTY)))

    def _row(self, bucket: BucketKey) -> int:
        row = self._rows.get(bucket)
        if row is None:
            row = self._rows[bucket] = len(self._rows)
            slots = self._slots
            columns = [
                [slots.of_terms(bucket.collateral)],
                [slots.of_terms(bucket.debt)],
                [slots.of_index(bucket.index)],
            ]
            self._loans.append(Ordered())
            self._largest = np.append(self._largest, _EMPTY)
            self._columns = np.append(self._columns, np.array(columns, dtype=np.intp), axis=1)
        return row


def least_scaled(limit: Wei, index: Ray, *, strict: bool) -> int | None:
    """The least scaled debt whose ``rayMul`` with ``index`` is over ``limit`` (or has reached it); ``None``: no debt is.

    (s × index + 1e27 / 2) // 1e27 >= owed, solved for s.
    """
    owed = limit + 1 if strict else limit
    if index == 0:
        return 0 if owed <= 0 else None
    return -((HALF_RAY - owed * RAY) // index)
