"""Events: from a signature to a topic and a decoder that costs microseconds."""

from collections.abc import Callable
from typing import Any

from keeper.chain.codec.record import Record, record_type
from keeper.chain.codec.signature import Param, parse_signature
from keeper.chain.codec.words import Row, malformed, word_decoder
from keeper.domain.blocks import Log
from keeper.domain.errors import SkipItem
from keeper.domain.units import Hash32

_CLEAN_ADDRESS = "0x" + "00" * 12


class Event:
    """An event by its Solidity signature.

    Addresses decode to lower-case ``Address``, integers to ``int``, ``bytesN`` to ``bytes``; an indexed value of
    dynamic type is only known by its hash and decodes to those 32 bytes.
    """

    def __init__(self, name: str, params: tuple[Param, ...], topic: Hash32) -> None:
        self.name = name
        self.params = params
        self.topic = topic
        indexed = [param for param in params if param.indexed]
        self._topics = [_topic_decoder(param) for param in indexed]
        self._topic_count = 1 + len(indexed)
        self._row = Row(name, [param for param in params if not param.indexed])
        self._make = record_type(name, tuple(param.name for param in params))
        by_name = [(not param.indexed, index) for index, param in enumerate(params)]
        # Topics first, then data: where each parameter of the declaration is found in that joined list.
        self._order = [position for position, _ in sorted(enumerate(sorted(by_name)), key=lambda pair: pair[1][1])]
        self._in_order = self._order == sorted(self._order)

    @classmethod
    def parse(cls, text: str) -> "Event":
        """Parse ``LoanCreated(address indexed user, uint256 amount, ...)``; ``HaltAdapter`` if it is none."""
        signature = parse_signature(text)
        return cls(signature.name, signature.inputs, Hash32("0x" + signature.hash().hex()))

    def __repr__(self) -> str:
        return f"Event({self.name}, {self.topic})"

    def matches(self, log: Log) -> bool:
        """Whether the log is of this event, by signature and number of indexed values.

        ERC-20's and ERC-721's ``Transfer`` share a signature and differ in that number.
        """
        return len(log.topics) == self._topic_count and log.topics[0] == self.topic

    def decode(self, log: Log) -> Record:
        """The values by name. Raises ``SkipItem`` (``ABI_MALFORMED``) unless topics and data fit exactly."""
        topics, data, row = log.topics, log.data, self._row
        if len(topics) != self._topic_count or topics[0] != self.topic:
            raise self._malformed(log, f"{len(topics)} topics where {self._topic_count} of {self.topic[:10]} belong")
        if row.is_static and len(data) != row.size:
            raise self._malformed(log, f"{len(data)} bytes of data where {row.size} belong")
        try:
            values: list[Any] = [decode(topic) for decode, topic in zip(self._topics, topics[1:], strict=True)]
            values += row.values(data)
        except (SkipItem, ValueError) as error:
            raise self._malformed(log, getattr(error, "message", "a topic is not hex")) from error
        return self._make(values if self._in_order else [values[position] for position in self._order])

    def _malformed(self, log: Log, why: str) -> SkipItem:
        return malformed(f"{self.name} by {log.address} in {log.tx_hash} log {log.log_index}: {why}")


def _topic_decoder(param: Param) -> Callable[[str], Any]:
    if param.dims or param.components or param.base in {"string", "bytes"}:
        return _topic_bytes
    if param.base == "uint256":
        return _topic_uint
    if param.base == "address":
        return _topic_address
    decode = word_decoder(param.base)
    return lambda topic: decode(_topic_bytes(topic), 0)


def _topic_bytes(topic: str) -> bytes:
    word = bytes.fromhex(topic[2:])
    if len(word) != 32:
        raise malformed(f"a topic of {len(word)} bytes")
    return word


def _topic_uint(topic: str) -> int:
    if len(topic) != 66:
        raise malformed(f"a topic of {len(topic)} characters")
    return int(topic, 16)


def _topic_address(topic: str) -> str:
    if len(topic) != 66 or not topic.startswith(_CLEAN_ADDRESS):
        raise malformed("an address topic has dirty upper bytes")
    return "0x" + topic[26:]
