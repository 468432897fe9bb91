"""A set of log interests as node filters, and as a test for single logs."""

from collections.abc import Iterable
from typing import Any

from keeper.domain.blocks import Log, LogInterest
from keeper.domain.units import Address, Hash32

_ADDRESSES_PER_FILTER = 1000


class LogFilter:
    """What all interests together want.

    A node's filter is a product of addresses and topics, so its answer may hold more than is wanted; ``wants`` cuts
    it back. Interests in topics of any address are kept apart, or every topic would be asked of everybody.
    """

    def __init__(self, interests: Iterable[LogInterest]) -> None:
        self.interests = frozenset(interests)
        self._anybody: set[Hash32] = set()
        self._by_topic: dict[Hash32, set[Address]] = {}
        for interest in self.interests:
            if interest.addresses is None:
                self._anybody |= interest.topics
                continue
            for topic in interest.topics if interest.addresses else ():
                self._by_topic.setdefault(topic, set()).update(interest.addresses)

    def __bool__(self) -> bool:
        return bool(self._anybody or self._by_topic)

    def wants(self, log: Log) -> bool:
        """Whether any interest wants the log."""
        if not log.topics:
            return False
        topic = log.topics[0]
        return topic in self._anybody or log.address in self._by_topic.get(topic, ())

    def queries(self) -> list[dict[str, Any]]:
        """The address and topic part of the fewest node filters that cover all."""
        found: list[dict[str, Any]] = []
        if self._anybody:
            found.append({"topics": [sorted(self._anybody)]})
        addresses = sorted(set().union(*self._by_topic.values()))
        for start in range(0, len(addresses), _ADDRESSES_PER_FILTER):
            some = addresses[start : start + _ADDRESSES_PER_FILTER]
            found.append({"address": some, "topics": [sorted(self._by_topic)]})
        return found

    def select(self, logs: Iterable[Log]) -> tuple[Log, ...]:
        """The wanted ones, each once, in the chain's order."""
        wanted = {(log.block_number, log.log_index, log.block_hash): log for log in logs if self.wants(log)}
        return tuple(wanted[key] for key in sorted(wanted))
