"""Debt models: what is owed at a moment, exactly as the contract computes it."""

from dataclasses import dataclass
from typing import Protocol

from keeper.domain.env import Env
from keeper.domain.facts import IndexKey, TermsKey
from keeper.domain.fixed_point import ray_mul
from keeper.domain.units import Address, Wei


class DebtModel(Protocol):
    """``owed`` is exact for the moment asked, in the smallest unit of the asset; ``None`` where a part of it is not
    known."""

    def owed(self, env: Env) -> Wei | None: ...

    def parts(self) -> "tuple[IndexScaled, ...]":
        """The single debts that make it up, one an asset."""
        ...


@dataclass(frozen=True, slots=True)
class IndexScaled:
    """A share of a reserve's debt: ``scaled`` × index, half up (Aave's variable debt and its forks)."""

    scaled: int
    index: IndexKey
    terms: TermsKey

    @property
    def asset(self) -> Address:
        return self.index.asset

    def owed(self, env: Env) -> Wei | None:
        index = env.index(self.index)
        return None if index is None else Wei(ray_mul(self.scaled, index))

    def parts(self) -> "tuple[IndexScaled, ...]":
        return (self,)


@dataclass(frozen=True, slots=True)
class Sum:
    """The debts of one account, each in its own asset; ``owed`` is their sum only where they share one asset."""

    debts: tuple[IndexScaled, ...]

    def owed(self, env: Env) -> Wei | None:
        if len({debt.asset for debt in self.debts}) > 1:
            raise ValueError(
                "debts of different assets have no common amount; ask the account's health for their value"
            )
        amounts = [debt.owed(env) for debt in self.debts]
        return None if None in amounts else Wei(sum(amount or 0 for amount in amounts))

    def parts(self) -> tuple[IndexScaled, ...]:
        return self.debts
