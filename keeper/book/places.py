"""Places by collection: who buys and who sells, kept as their facts come and go."""

from collections import defaultdict
from collections.abc import Iterator

from sortedcontainers import SortedDict

from keeper.domain.markets import Place, PlaceKey
from keeper.domain.units import Address

_Name = tuple[str, str, str]


class Places:
    """Iteration is in the order of the keys, so that it depends on what is known and not on how it was learnt."""

    def __init__(self) -> None:
        self._exits: defaultdict[Address, dict[_Name, Place]] = defaultdict(SortedDict)
        self._listings: defaultdict[Address, dict[_Name, Place]] = defaultdict(SortedDict)

    def exits(self, collection: Address) -> Iterator[Place]:
        """The places that buy pieces of a collection."""
        return iter(self._exits[collection].values() if collection in self._exits else ())

    def listings(self, collection: Address) -> Iterator[Place]:
        """The places that sell pieces of a collection."""
        return iter(self._listings[collection].values() if collection in self._listings else ())

    def place_changed(self, key: PlaceKey, old: Place | None, new: Place | None) -> None:
        """Follow a changed fact."""
        name = (key.venue, key.deployment, key.id)
        if old is not None:
            _forget(self._exits, old.collection, name)
            _forget(self._listings, old.collection, name)
        if new is not None and new.buys:
            self._exits[new.collection][name] = new
        if new is not None and new.sells:
            self._listings[new.collection][name] = new

    def snapshot(self) -> object:
        """What is held, for comparing."""
        return [{collection: dict(held) for collection, held in side.items()} for side in (self._exits, self._listings)]


def _forget(side: dict[Address, dict[_Name, Place]], collection: Address, name: _Name) -> None:
    held = side.get(collection)
    if held is not None and held.pop(name, None) is not None and not held:
        del side[collection]
