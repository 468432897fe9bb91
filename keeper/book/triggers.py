"""The trigger index: which positions are due at a moment, without looking at those that are not."""

from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from keeper.book.accounts import Accounts, InAccounts, row_of
from keeper.book.buckets import BucketKey, Buckets, InBucket
from keeper.book.clocks import AtTime, Clocks
from keeper.book.values import Slots
from keeper.domain.env import Env
from keeper.domain.facts import Facts
from keeper.domain.health import AccountHealth
from keeper.domain.positions import Position, PositionKey
from keeper.domain.triggers import AllOf, OracleBelow, TimeAfter, Trigger

DEFAULT = "default"
_name = attrgetter("chain_id", "protocol", "deployment", "native_id")


@dataclass(frozen=True, slots=True)
class Due:
    """Positions whose default trigger is true (``now``), or can be neither affirmed nor denied (``unknown``); each in the
    order of the keys."""

    now: list[PositionKey] = field(default_factory=list)
    unknown: list[PositionKey] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A trigger that no ordering helps with; it is asked every time."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a position stands. ``part``: it was placed by one of several triggers that all have to be true."""

    at: InBucket | InAccounts | AtTime | _Elsewhere
    part: bool


class TriggerIndex:
    """Follows the positions among the facts; prices, indexes and terms are read when it is asked.

    Exact: floats only ever choose which buckets and accounts to look at, with a margin on the safe side.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._slots = Slots()
        self._buckets = Buckets(self._slots)
        self._accounts = Accounts(self._slots)
        self._clocks = Clocks()
        self._elsewhere: set[PositionKey] = set()
        self._parts: set[PositionKey] = set()

    def due(self, env: Env) -> Due:
        """Every position that is due at the moment, whose facts may assume other prices, terms and indexes than the
        book's."""
        now: list[PositionKey] = []
        unknown: list[PositionKey] = []
        with np.errstate(all="ignore"):
            values = self._slots.read(env)
            self._buckets.due(env, values, now, unknown)
            short, unclear = self._accounts.near(values)
        self._clocks.due(env.timestamp, now)
        parts = self._parts
        ask = [*short, *self._elsewhere]
        if parts:
            ask += [key for key in (*now, *unknown, *unclear) if key in parts]
            now = [key for key in now if key not in parts]
            unknown = [key for key in unknown if key not in parts]
            unclear = [key for key in unclear if key not in parts]
        unknown += unclear
        for key in ask:
            verdict = self._ask(key, env)
            if verdict is None:
                unknown.append(key)
            elif verdict:
                now.append(key)
        return Due(sorted(now, key=_name), sorted(unknown, key=_name))

    def position_changed(self, key: PositionKey, old: Position | None, new: Position | None) -> None:
        """Follow a changed fact."""
        before, after = _spot(old), _spot(new)
        if before == after:
            return
        if before is not None:
            self._remove(key, before)
        if after is not None:
            self._add(key, after)

    def snapshot(self) -> object:
        """What is held, for comparing."""
        return (
            self._buckets.snapshot(),
            self._accounts.snapshot(),
            self._clocks.snapshot(),
            set(self._elsewhere),
            set(self._parts),
        )

    def _ask(self, key: PositionKey, env: Env) -> bool | None:
        position = self._facts.get(key)
        return False if position is None else position.triggers[DEFAULT].eval(position, env).now

    def _add(self, key: PositionKey, spot: _Spot) -> None:
        match spot.at:
            case InBucket() as at:
                self._buckets.add(key, at)
            case InAccounts() as at:
                self._accounts.add(key, at)
            case AtTime() as at:
                self._clocks.add(key, at)
            case _:
                self._elsewhere.add(key)
        if spot.part:
            self._parts.add(key)

    def _remove(self, key: PositionKey, spot: _Spot) -> None:
        match spot.at:
            case InBucket() as at:
                self._buckets.remove(key, at)
            case InAccounts():
                self._accounts.remove(key)
            case AtTime() as at:
                self._clocks.remove(key, at)
            case _:
                self._elsewhere.remove(key)
        self._parts.discard(key)


def _spot(position: Position | None) -> _Spot | None:
    trigger = None if position is None else position.triggers.get(DEFAULT)
    if position is None or trigger is None:
        return None
    if isinstance(trigger, AllOf):
        spots = (_place(position, member) for member in trigger.triggers)
        return _Spot(next((at for at in spots if not isinstance(at, _Elsewhere)), _Elsewhere()), part=True)
    return _Spot(_place(position, trigger), part=False)


def _place(position: Position, trigger: Trigger) -> InBucket | InAccounts | AtTime | _Elsewhere:
    match trigger:
        case OracleBelow() if len(position.debt.parts()) == 1:
            (debt,) = position.debt.parts()
            return InBucket(BucketKey(trigger.collateral, trigger.debt, debt.index, trigger.strict), debt.scaled)
        case AccountHealth():
            return row_of(position, trigger)
        case TimeAfter():
            return AtTime(trigger.timestamp + 1 if trigger.strict else trigger.timestamp)
        case _:
            return _Elsewhere()
