"""All protocols and venues of the process: who gets which log, whose steps, whose calls; and who was halted.

An adapter that raises ``HaltAdapter`` is out of step with the chain. It gets nothing more to do, what it knows is not
acted on, and the others go on.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from keeper import observe
from keeper.domain.adapters import NOTHING, Adapter, Applied, Forecast, Happening, LendingProtocol, Venue
from keeper.domain.blocks import Log, LogInterest, PendingTransaction
from keeper.domain.calls import Call, Reading
from keeper.domain.env import Env
from keeper.domain.errors import HaltAdapter, SkipItem
from keeper.domain.facts import Change, Facts, Key
from keeper.domain.markets import Quote
from keeper.domain.positions import Position
from keeper.domain.steps import Step
from keeper.domain.units import Address, Hash32

T = TypeVar("T")


class Adapters:
    """The adapters by deployment, and their logs by topic."""

    def __init__(self, protocols: Iterable[LendingProtocol], venues: Iterable[Venue]) -> None:
        self.protocols = {protocol.deployment: protocol for protocol in protocols}
        self.venues = {venue.deployment: venue for venue in venues}
        self.halted: dict[str, HaltAdapter] = {}
        self._routes: dict[Hash32, list[tuple[Adapter, LogInterest]]] = {}
        self._wanted: list[tuple[Adapter, LogInterest]] = []

    @property
    def live(self) -> list[Adapter]:
        """Those that are not halted."""
        everybody: list[Adapter] = [*self.protocols.values(), *self.venues.values()]
        return [adapter for adapter in everybody if adapter.deployment not in self.halted]

    def interests(self, facts: Facts) -> frozenset[LogInterest]:
        """Every log that anybody wants by now."""
        wanted = [(adapter, interest) for adapter in self.live for interest in adapter.interests(facts)]
        if wanted != self._wanted:
            self._wanted = wanted
            self._routes = {}
            for adapter, interest in wanted:
                for topic in interest.topics:
                    self._routes.setdefault(topic, []).append((adapter, interest))
        return frozenset(interest for _, interest in wanted)

    def apply(
        self, log: Log, timestamp: int, facts: Facts, write: Callable[[Iterable[Change]], None]
    ) -> tuple[dict[str, set[Key[object]]], list[Happening]]:
        """Give one log to those that want it and write what it comes to. Returns what has become stale, by deployment,
        and what happened."""
        stale: dict[str, set[Key[object]]] = {}
        happenings: list[Happening] = []
        for adapter, interest in self._routes.get(log.topics[0], ()) if log.topics else ():
            if interest.wants(log):
                applied = self.apply_to(adapter, log, timestamp, facts, write)
                if applied.stale:
                    stale.setdefault(adapter.deployment, set()).update(applied.stale)
                happenings += applied.happenings
        return stale, happenings

    def apply_to(
        self, adapter: Adapter, log: Log, timestamp: int, facts: Facts, write: Callable[[Iterable[Change]], None]
    ) -> Applied:
        """Give a log to one adapter alone and write what it comes to.

        A log of its own contracts that it cannot read halts it: without that log, all it knows may be wrong.
        """
        try:
            applied = self.guarded(adapter, partial(adapter.apply, log, timestamp, facts)) or NOTHING
        except SkipItem as error:
            self.halt(adapter, HaltAdapter(error.code, error.message, "the contract is not what its adapter expects"))
            return NOTHING
        write(applied.changes)
        return applied

    def adapter(self, deployment: str) -> Adapter:
        return self.protocols.get(deployment) or self.venues[deployment]

    def guarded(self, adapter: Adapter, act: Callable[[], T]) -> T | None:
        """What ``act`` returns; ``None`` from an adapter that is halted, or is halted by this."""
        if adapter.deployment in self.halted:
            return None
        try:
            return act()
        except HaltAdapter as error:
            self.halt(adapter, error)
            return None

    def halt(self, adapter: Adapter, error: HaltAdapter) -> None:
        self.halted[adapter.deployment] = error
        observe.adapter_halted(adapter.deployment, error)

    def steps(self, position: Position, env: Env) -> Sequence[Step]:
        """The position's steps by its own protocol; none while that is halted."""
        protocol = self.protocols[position.key.deployment]
        return self.guarded(protocol, partial(protocol.steps, position, env)) or ()

    def sale_calls(self, quote: Quote, env: Env) -> Sequence[Call]:
        return self.venues[quote.place.deployment].sale_calls(quote, env)

    def volatile(self, collections: Iterable[Address], facts: Facts) -> dict[str, list[Key[object]]]:
        """What has to be read again before a decision about these collections."""
        wanted: dict[str, list[Key[object]]] = {}
        for collection in collections:
            for deployment, venue in self.venues.items():
                keys = self.guarded(venue, partial(venue.volatile, collection, facts))
                if keys:
                    wanted.setdefault(deployment, []).extend(keys)
        return wanted

    def refreshing(self, deployment: str, keys: Sequence[Key[object]], facts: Facts) -> Reading[Sequence[Change]]:
        """The dialogue that reads stale facts of one deployment anew."""
        return self.adapter(deployment).refresh(keys, facts)

    def forecasts(self, transaction: PendingTransaction, env: Env) -> Iterable[Forecast]:
        """What a pending transaction would do to prices."""
        for protocol in self.protocols.values():
            forecast = self.guarded(protocol, partial(protocol.forecast, transaction, env))
            if forecast is not None:
                yield forecast

    def explain(self, deployment: str, revert: bytes) -> str:
        """Revert data in the words of whoever knows them: a venue by its own errors, else the protocol that the plan is
        about, whose codes mean nothing elsewhere."""
        texts = [venue.explain_failure(revert) for venue in self.venues.values()]
        texts.append(self.protocols[deployment].explain_failure(revert))
        return next((text for text in texts if text), "0x" + revert[:100].hex())
