"""Nonce lanes: which operator account sends what, under which nonce.

One account carries one plan at a time: while a plan may still land, its account is busy. A bundle that was not included
frees its nonce without any transaction, and the executor's guard keeps it from landing in a later block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from keeper.chain.signer import Signer
from keeper.domain.units import Address


@dataclass(frozen=True, slots=True)
class Lane:
    """A free operator account and the nonce that it sends with next."""

    signer: Signer
    nonce: int


@dataclass(frozen=True, slots=True)
class Lanes:
    """All operator accounts of the process."""

    signers: Sequence[Signer]

    @property
    def accounts(self) -> tuple[Address, ...]:
        return tuple(signer.address for signer in self.signers)

    def free(self, nonces: Mapping[Address, int], busy: Iterable[Address]) -> list[Lane]:
        """The accounts without a transaction in flight. ``nonces`` are those that the chain expects next."""
        taken = frozenset(busy)
        return [
            Lane(signer, nonces[signer.address])
            for signer in self.signers
            if signer.address not in taken and signer.address in nonces
        ]
