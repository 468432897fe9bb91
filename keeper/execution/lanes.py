"""Nonce lanes: which operator account is free, and with which nonce it sends next.

One account carries one plan at a time. While a plan is in flight its nonce is spoken for: every variant of it, in
whichever block, uses that nonce, so that only one of them can ever land. A plan that has expired frees its nonce without
any transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keeper.chain.signer import Signer
from keeper.domain.units import Address


@dataclass(slots=True)
class Lane:
    """An operator account: the nonce that the chain expects, and the plan it is lent to."""

    signer: Signer
    nonce: int
    plan_id: str | None = None


class Lanes:
    """All operator accounts. Changed by the engine alone, between awaits."""

    def __init__(self, signers: Sequence[Signer], nonces: Mapping[Address, int]) -> None:
        self._lanes = [Lane(signer, nonces[signer.address]) for signer in signers]

    @property
    def free(self) -> int:
        return sum(lane.plan_id is None for lane in self._lanes)

    def of(self, plan_id: str) -> Lane | None:
        """The lane a plan already has: a replacement goes out under the same nonce."""
        return next((lane for lane in self._lanes if lane.plan_id == plan_id), None)

    def take(self, plan_id: str) -> Lane | None:
        """The plan's lane, or a free one, lent to it from now on; ``None`` if all are busy."""
        lane = self.of(plan_id) or next((lane for lane in self._lanes if lane.plan_id is None), None)
        if lane is not None:
            lane.plan_id = plan_id
        return lane

    def release(self, plan_id: str) -> None:
        """The plan is resolved: its account may carry another."""
        lane = self.of(plan_id)
        if lane is not None:
            lane.plan_id = None

    def confirm(self, nonces: Mapping[Address, int]) -> None:
        """What the chain says that each account sends next."""
        for lane in self._lanes:
            lane.nonce = nonces[lane.signer.address]

    @property
    def accounts(self) -> tuple[Address, ...]:
        return tuple(lane.signer.address for lane in self._lanes)
