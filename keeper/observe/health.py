"""Whether the keeper does useful work, and whether it could act: what the engine tells, and what probes ask."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Report = Mapping[str, bool | int | float | str | Mapping[str, bool] | None]


@dataclass(slots=True)
class Health:
    """Written by the engine, read by the server. Times are seconds of ``clock``, a monotonic one.

    Alive means that a block was closed and evaluated within ``stale_after`` seconds, not that the process is up; a start
    counts as work, so that a keeper may take as long to catch up. Ready means that the book is complete, every role has
    an endpoint that works, and the state is active."""

    stale_after: float
    clock: Callable[[], float] = time.monotonic
    _worked_at: float = field(init=False)
    _block: int | None = field(init=False, default=None)
    _book_complete: bool = field(init=False, default=False)
    _endpoints: dict[str, bool] = field(init=False, default_factory=dict)
    _state: str = field(init=False, default="starting")

    def __post_init__(self) -> None:
        """A start is work, once."""
        self._worked_at = self.clock()

    def block_evaluated(self, number: int) -> None:
        """A block was closed and every strategy asked about it."""
        self._worked_at, self._block = self.clock(), number

    def history_read(self) -> None:
        """A part of the past went into the book: catching up is work too."""
        self._worked_at = self.clock()

    def book_completed(self, *, complete: bool = True) -> None:
        """Everything up to the chain's head is in the book, or is not any more."""
        self._book_complete = complete

    def endpoint_seen(self, role: str, *, works: bool) -> None:
        """Whether any endpoint of a role works."""
        self._endpoints[role] = works

    def state_changed(self, state: str) -> None:
        """``active`` or ``halted``."""
        self._state = state

    @property
    def state(self) -> str:
        return self._state

    @property
    def alive(self) -> bool:
        return self.clock() - self._worked_at <= self.stale_after

    @property
    def ready(self) -> bool:
        return self._book_complete and all(self._endpoints.values()) and self._state == "active"

    def liveness(self) -> Report:
        return {
            "alive": self.alive,
            "block": self._block,
            "age_seconds": round(self.clock() - self._worked_at, 3),
            "stale_after_seconds": self.stale_after,
        }

    def readiness(self) -> Report:
        return {
            "ready": self.ready,
            "book_complete": self._book_complete,
            "endpoints": dict(self._endpoints),
            "state": self._state,
        }
