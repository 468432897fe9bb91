"""The prices, terms and indexes that triggers hang on, at one moment, as vectors of floats: for screening only."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keeper.domain.env import Env
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.units import RAY

Floats = NDArray[np.float64]
UNKNOWN = math.nan
_NO_TERMS = (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Values:
    """By slot; NaN where it is not known, so that whatever is computed from it is NaN too.

    ``price`` and ``unit`` as in ``AssetTerms``, ``threshold`` and ``bonus`` in bps, ``index`` as a factor (1.0 is a ray).
    """

    price: Floats
    unit: Floats
    threshold: Floats
    bonus: Floats
    index: Floats


class Slots:
    """Gives every asset and index a slot, and reads them all: the work of a block is that of its assets, not its loans."""

    def __init__(self) -> None:
        self._terms: dict[TermsKey, int] = {}
        self._indexes: dict[IndexKey, int] = {}

    def of_terms(self, key: TermsKey) -> int:
        return self._terms.setdefault(key, len(self._terms))

    def of_index(self, key: IndexKey) -> int:
        return self._indexes.setdefault(key, len(self._indexes))

    def read(self, env: Env) -> Values:
        """What is known at the moment."""
        terms = np.array([self._terms_of(key, env) for key in self._terms], dtype=np.float64).reshape(-1, 4)
        indexes = [env.index(key) for key in self._indexes]
        price, unit, threshold, bonus = terms.T
        index = np.array([UNKNOWN if at is None else at / RAY for at in indexes], dtype=np.float64)
        return Values(price, unit, threshold, bonus, index)

    @staticmethod
    def _terms_of(key: TermsKey, env: Env) -> tuple[float, float, float, float]:
        terms = env.terms(key)
        if terms is None:
            return _NO_TERMS
        price = env.value_of(terms)
        return (UNKNOWN if price is None else float(price), float(terms.unit), terms.threshold, terms.bonus)
