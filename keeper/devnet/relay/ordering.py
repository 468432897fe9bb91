"""Which bundles go into a block, and in what order: the greedy rules of the public builders, over any simulator.

A bundle is tried alone at the top, ranked by what it pays the coinbase per gas, and then tried again behind those
already taken: it goes in if nothing reverts that may not, and if it still pays 99 % of what it paid alone.
Source: flashbots/builder (mergeBundles, ValidateGasPriceAndProfit) and flashbots/rbuilder (order_commit).
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import groupby

from keeper.devnet.relay.pool import Bundle, Fate
from keeper.devnet.relay.simulate import Simulation
from keeper.devnet.relay.transactions import SignedTransaction
from keeper.domain.units import Hash32, Wei

TryOut = Callable[[Sequence[SignedTransaction], frozenset[Hash32]], Awaitable[Simulation]]
"""Runs transactions on the parent's state; those with a hash in the set may be left out where they are invalid."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a bundle does at one place. ``fate`` says why it cannot be there, if so."""

    bundle: Bundle
    simulation: Simulation
    fate: Fate | None = None
    reason: str = ""

    @property
    def txs(self) -> tuple[SignedTransaction, ...]:
        """Its transactions without those left out."""
        return tuple(ran.tx for ran in self.simulation.ran)

    @property
    def price(self) -> Fraction:
        """Wei to the coinbase per gas."""
        return Fraction(self.simulation.coinbase_diff, self.simulation.gas_used or 1)

    @property
    def waits_for_nonce(self) -> bool:
        """Whether another bundle could fill the gap before it."""
        return self.simulation.invalid is not None and self.simulation.invalid.waits_for_nonce


@dataclass(frozen=True, slots=True)
class Selection:
    """The bundles of a block in their order, and the ones that are not in it."""

    taken: tuple[Trial, ...]
    refused: tuple[Trial, ...]

    @property
    def txs(self) -> tuple[SignedTransaction, ...]:
        """The top of the block."""
        return tuple(tx for trial in self.taken for tx in trial.txs)


async def select_bundles(bundles: Iterable[Bundle], try_out: TryOut, gas_limit: int) -> Selection:
    """Chooses greedily; equal prices go by arrival."""
    alone = [await _try(bundle, (), try_out) for bundle in bundles]
    ranked = sorted((trial for trial in alone if trial.fate is None), key=lambda trial: -trial.price)
    waiting = [trial for trial in alone if trial.fate is not None and trial.waits_for_nonce]
    refused = [trial for trial in alone if trial.fate is not None and not trial.waits_for_nonce]
    taken: list[Trial] = []
    for first in [*ranked, *waiting]:
        before = tuple(tx for trial in taken for tx in trial.txs)
        trial = await _try(first.bundle, before, try_out) if before else first
        gas_before = sum(other.simulation.gas_used for other in taken)
        verdict = _judge_place(trial, first, gas_limit - gas_before)
        if verdict is None:
            taken.append(trial)
        else:
            refused.append(Trial(trial.bundle, trial.simulation, *verdict))
    return Selection(tuple(taken), tuple(refused))


def by_tip(txs: Iterable[SignedTransaction], base_fee: Wei) -> list[SignedTransaction]:
    """Best effective tip first, every sender's in the order of their nonces; equal tips go by arrival."""
    arrival = {tx.hash: index for index, tx in enumerate(txs)}
    by_sender = sorted(txs, key=lambda tx: (tx.sender, tx.nonce))
    lanes = [list(group) for _, group in groupby(by_sender, key=lambda tx: tx.sender)]
    heads = [(-lane[0].effective_tip(base_fee), arrival[lane[0].hash], lane) for lane in lanes]
    heapify(heads)
    ordered = []
    while heads:
        _, _, lane = heappop(heads)
        ordered.append(lane.pop(0))
        if lane:
            heappush(heads, (-lane[0].effective_tip(base_fee), arrival[lane[0].hash], lane))
    return ordered


async def _try(bundle: Bundle, before: tuple[SignedTransaction, ...], try_out: TryOut) -> Trial:
    txs = list(bundle.txs)
    while True:
        whole = await try_out([*before, *txs], bundle.reverting | bundle.dropping)
        simulation = whole.after(len(before))
        failed = [ran.tx for ran in simulation.ran if not ran.succeeded and ran.tx.hash not in bundle.reverting]
        droppable = [tx for tx in failed if tx.hash in bundle.dropping]
        if not droppable:
            return Trial(bundle, simulation, *_judge(simulation, failed))
        txs.remove(droppable[0])


def _judge(simulation: Simulation, failed: Sequence[SignedTransaction]) -> tuple[Fate | None, str]:
    if failed:
        return Fate.REVERTED, f"Transaction reverted: {failed[0].hash}"
    if simulation.invalid:
        return Fate.INVALID, f"InvalidTransaction({simulation.invalid.tx.hash}, {simulation.invalid.reason})"
    if simulation.gas_used == 0:
        return Fate.EMPTY, "Bundle inserted empty"
    if simulation.coinbase_diff < 0:
        return Fate.UNDERPAYS, f"Negative profit: {simulation.coinbase_diff}"
    return None, ""


def _judge_place(trial: Trial, alone: Trial, gas_left: int) -> tuple[Fate, str] | None:
    if trial.fate is not None:
        return (trial.fate if alone.fate else Fate.CONFLICT), trial.reason
    if alone.fate is None and trial.price * 100 < alone.price * 99:
        return Fate.UNDERPAYS, f"pays {trial.price} wei per gas here, {alone.price} alone"
    for ran in trial.simulation.ran:
        if ran.tx.gas > gas_left:
            return Fate.NO_ROOM, f"InvalidTransaction({ran.tx.hash}, Gas left is too low)"
        gas_left -= ran.gas_used
    return None
