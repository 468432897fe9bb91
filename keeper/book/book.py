"""What is known now: facts under typed keys, one writer, every block's changes kept so that they can be taken back."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from keeper.book.auctions import RunningAuctions
from keeper.book.census import Census
from keeper.book.places import Places
from keeper.book.triggers import TriggerIndex
from keeper.domain.blocks import Header
from keeper.domain.errors import StopProcess
from keeper.domain.facts import Change, Key
from keeper.domain.markets import PlaceKey
from keeper.domain.positions import PositionKey
from keeper.domain.units import Hash32

V = TypeVar("V")
Listener = Callable[[Any, Any, Any], None]
"""Is told of every changed fact: key, old value, new value; ``None`` where there is none."""

DEPTH = 64


@dataclass(frozen=True, slots=True)
class _Prior:
    """A fact before somebody changed it: ``place`` is where its key stood in the order of its kind."""

    value: Any
    place: int


@dataclass(frozen=True, slots=True)
class _BlockRecord:
    """How a block found every fact that it changed; ``None``: not known."""

    header: Header
    parent: Header | None
    priors: dict[Key[Any], _Prior | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a book knows and derives, comparable: equal snapshots answer every question alike."""

    head: Header | None
    facts: dict[type[Key[Any]], tuple[tuple[Key[Any], Any], ...]]
    """By kind, in the order in which they became known."""
    derived: dict[str, object]


class Book:
    """The only state that decisions are made of. Implements ``keeper.domain.facts.Facts``.

    Blocks are applied between ``begin`` and ``commit`` and undone whole, newest first, as far back as ``depth`` blocks.
    The indexes (``triggers``, ``places``, ``auctions``, ``census``) follow the facts alone and are therefore rolled back
    with them.
    Misuse raises ``StopProcess``: a book that may be wrong must not be traded on.
    """

    def __init__(self, depth: int = DEPTH) -> None:
        self.triggers = TriggerIndex(self)
        self.places = Places()
        self.auctions = RunningAuctions()
        self.census = Census()
        self._listeners: dict[type[Key[Any]], tuple[Listener, ...]] = {
            PositionKey: (
                self.triggers.position_changed,
                self.auctions.position_changed,
                self.census.position_changed,
            ),
            PlaceKey: (self.places.place_changed,),
        }
        self._facts: dict[Key[Any], Any] = {}
        self._places: dict[type[Key[Any]], dict[Key[Any], int]] = {}
        self._disordered: set[type[Key[Any]]] = set()
        self._next_place = count()
        self._head: Header | None = None
        self._open: _BlockRecord | None = None
        self._records: deque[_BlockRecord] = deque(maxlen=depth)

    @property
    def head(self) -> Header | None:
        """The last block that was committed."""
        return self._head

    def get(self, key: Key[V]) -> V | None:
        value: V | None = self._facts.get(key)
        return value

    def keys(self, kind: type[Key[V]]) -> Iterator[Key[V]]:
        """Every key of exactly this kind, in the order in which they became known."""
        if kind in self._disordered:
            ordered = sorted(self._places[kind].items(), key=lambda entry: entry[1])
            self._places[kind] = dict(ordered)
            self._disordered.remove(kind)
        yield from self._places.get(kind, ())

    def begin(self, header: Header) -> None:
        """Open the block after the head; the first block may be any."""
        if self._open is not None:
            raise StopProcess("BOOK_BLOCK_OPEN", f"block {self._open.header.number} is not committed yet")
        if self._head is not None and header.parent_hash != self._head.hash:
            raise StopProcess(
                "BOOK_NOT_A_CHILD",
                f"block {header.number} ({header.hash}) does not follow block {self._head.number} ({self._head.hash})",
                "roll back to its parent first; after a restart the book is built anew",
            )
        self._open = _BlockRecord(header, self._head)

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes that belong to the open block: they go when it is rolled back."""
        record = self._open
        if record is None:
            raise StopProcess("BOOK_NO_BLOCK", "changes of a block were applied while none was open")
        for change in changes:
            key, value = change.key, change.value
            if _same(self._facts.get(key), value):
                continue
            if key not in record.priors:
                record.priors[key] = self._prior(key)
            self._set(key, value)

    def apply_timeless(self, changes: Iterable[Change]) -> None:
        """Make changes that no block brought and no rollback takes: a feed's orders, history older than any reorg.

        After a rollback the facts are as if the blocks undone had never been, and these changes had been made all the
        same: where such a block had changed the same fact, what was written here is what remains.
        """
        for change in changes:
            key, value = change.key, change.value
            place = next(self._next_place)
            for record in (*self._records, *([self._open] if self._open is not None else ())):
                if key in record.priors:
                    prior = record.priors[key]
                    record.priors[key] = (
                        None if value is None else _Prior(value, place if prior is None else prior.place)
                    )
            if not _same(self._facts.get(key), value):
                self._set(key, value, place)

    def commit(self) -> None:
        """Close the open block: it is the head now."""
        if self._open is None:
            raise StopProcess("BOOK_NO_BLOCK", "there is no open block to commit")
        self._head = self._open.header
        self._records.append(self._open)
        self._open = None

    def rollback(self, blocks: int) -> None:
        """Undo the newest ``blocks`` committed blocks, and before them the open one, if there is one."""
        if blocks > len(self._records):
            raise StopProcess(
                "BOOK_REORG_TOO_DEEP",
                f"{blocks} blocks have to be undone, {len(self._records)} can be",
                "restart: the book is then built anew from the chain",
            )
        if self._open is not None:
            self._undo(self._open)
            self._open = None
        for _ in range(blocks):
            record = self._records.pop()
            self._undo(record)
            self._head = record.parent

    def rollback_to(self, block_hash: Hash32) -> None:
        """Undo every block after this one, which becomes the head."""
        if self._head is not None and self._head.hash == block_hash:
            self.rollback(0)
            return
        for blocks, record in enumerate(reversed(self._records), start=1):
            if record.parent is not None and record.parent.hash == block_hash:
                self.rollback(blocks)
                return
        raise StopProcess(
            "BOOK_REORG_TOO_DEEP",
            f"block {block_hash} is none of the {len(self._records)} that can be gone back to",
            "restart: the book is then built anew from the chain",
        )

    def snapshot(self) -> Snapshot:
        """Everything, copied; for tests and for comparing two books."""
        facts = {kind: tuple((key, self._facts[key]) for key in self.keys(kind)) for kind in self._places}
        return Snapshot(
            self._head,
            {kind: entries for kind, entries in facts.items() if entries},
            {
                "triggers": self.triggers.snapshot(),
                "places": self.places.snapshot(),
                "auctions": self.auctions.snapshot(),
                "census": self.census.snapshot(),
            },
        )

    def _prior(self, key: Key[Any]) -> _Prior | None:
        value = self._facts.get(key)
        return None if value is None else _Prior(value, self._places[type(key)][key])

    def _undo(self, record: _BlockRecord) -> None:
        for key, prior in record.priors.items():
            if prior is None:
                if key in self._facts:
                    self._set(key, None)
                continue
            places = self._places[type(key)]
            if places.get(key) != prior.place:
                self._disordered.add(type(key))
            self._set(key, prior.value, prior.place)
            places[key] = prior.place

    def _set(self, key: Key[Any], value: object, place: int | None = None) -> None:
        """The one place where a fact changes. ``place`` is for a key that is new; by default it comes last."""
        old = self._facts.get(key)
        places = self._places.setdefault(type(key), {})
        if value is None:
            del self._facts[key], places[key]
        else:
            self._facts[key] = value
            if old is None:
                places[key] = next(self._next_place) if place is None else place
        for listener in self._listeners.get(type(key), ()):
            listener(key, old, value)


def _same(old: object, new: object) -> bool:
    return old is new or (type(old) is type(new) and old == new)
